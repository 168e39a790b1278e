"""Use cases of deliveries: the password of a package that was told; a delivery to the wrong person (docs/law §12).

The letter with a password is a dispatch of kind `password`.
"""

from datetime import datetime
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.desk.errors import DispatchUnknown, ExportUnknown
from dsr.desk.exports.packages import kept_of, links_revoked
from dsr.desk.idempotency import Answer
from dsr.desk.matter_opening import IncidentNoticed, open_incident
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.dispatch import Dispatch
from dsr.domain.export import RevocationReason
from dsr.domain.request.misdelivery import Misdelivered
from dsr.domain.request.values import Channel


class DeliveryDesk:
    """tell the password; record a misdelivery."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def tell_password(
        self, request_id: UUID, item_id: str, call: Call, *, channel: Channel, told_at: datetime | None, account: str
    ) -> Answer:
        """Record that the password of the offered package was told (`told_at` None: now)."""
        with changing(self._repository, request_id, call, item_id=item_id) as work:
            work.case.tell_password(
                work.acting,
                item_id=item_id,
                channel=channel,
                told_at=told_at or work.acting.at,
                account=work.seal("account", account),
            )
        return work.answer

    @use_case
    def record_misdelivery(
        self,
        request_id: UUID,
        call: Call,
        *,
        what: Misdelivered,
        dispatch_id: UUID | None,
        export_id: UUID | None,
        noticed_at: datetime | None,
        account: str,
    ) -> Answer:
        """Record that a package, letter or password reached the wrong person (`noticed_at` None: now).

        All links of the case are revoked in the same transaction, those that expired too: none of them opens again. An
        incident is opened as well, whose 72 hours run from the noticing (docs/law §13; GDPR Art. 33).
        Raises DispatchUnknown or ExportUnknown for a letter or package of another case.
        """
        with changing(self._repository, request_id, call) as work:
            if export_id is not None and export_id not in {e.id for e in kept_of(self._repository, request_id)}:
                raise ExportUnknown()
            if dispatch_id is not None:
                letter = self._repository.find(Dispatch, dispatch_id)
                if letter is None or letter.request_id != request_id:
                    raise DispatchUnknown()
            misdelivery_id, noticed_at = uuid4(), noticed_at or work.acting.at
            work.case.record_misdelivery(
                work.acting,
                misdelivery_id=misdelivery_id,
                what=what,
                dispatch_id=dispatch_id,
                export_id=export_id,
                noticed_at=noticed_at,
                account=work.seal("account", account),
            )
            others = sorted(work.case.controllers - {work.case.controller_id})
            incident = IncidentNoticed(
                controllers=(work.case.controller_id, *others),
                channel=Channel.INTERFACE,
                certain_at=noticed_at,
                content=account,
                request_ids=(request_id,),
                misdelivery_id=misdelivery_id,
            )
            open_incident(self._repository, work, incident)
            work.add(*links_revoked(self._repository, request_id, work.acting, RevocationReason.MISDELIVERED))
        return work.answer
