"""Use cases of items: granted, carried out, nothing held, refused with four eyes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.letters import STATED_BY_THE_SERVICE, full_statements, made
from dsr.desk.repository import Repository, activities_of
from dsr.desk.unit_of_work import changing, use_case
from dsr.desk.upload_store import UploadStore
from dsr.domain.request import Request
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.erasure import ErasureGround
from dsr.domain.request.grounds import ON_BASES, ExcessClaim, RefusalCase
from dsr.domain.request.guards import require_item
from dsr.domain.request.item import Item
from dsr.domain.request.letters import is_blank
from dsr.domain.rights import Right
from dsr.domain.ropa import Ropa


@dataclass(frozen=True)
class RefusalDraft:
    """The facts a handler gives for refusing an item."""

    ground: str
    reasons: str
    facts: str
    provision: str
    extent: tuple[str, ...]
    claims: tuple[ExcessClaim, ...]
    previous_request_on: date | None
    statements: Mapping[str, object]
    """What the letter says besides, by code."""
    activities: tuple[str, ...] = ()
    """The processing concerned, from the record of processing, for grounds that depend on its legal basis."""
    in_part: bool = False
    """Refuses only the extent; effect is given to the rest."""
    covers_all: bool = False
    """States that the exception covers everything asked, so that the whole is refused."""
    intent: str = ""
    """For an excess, the facts that show the intent to abuse the right."""
    withheld_under: str = ""
    """The law that forbids telling the person the reasons; empty: they are told."""
    tells_provision: bool = True
    """Whether the person is told which provision limits the right, where the reasons are withheld."""


def _touched(document: Ropa, case: Request, item: Item, systems: tuple[str, ...]) -> tuple[str, ...]:
    """The recipients of the data that was rectified, erased or restricted, and of no other (GDPR Art. 19)."""
    about = activities_of(document, case, item)
    # What is restricted is restricted wherever it lies.
    where = document.systems_of(about) if item.right is Right.RESTRICTION else systems
    return document.recipients_touched(item.controller_id, activities=about, systems=where)


class ItemDesk:
    """grant, record done, record that nothing is held; propose and decide a refusal."""

    def __init__(self, repository: Repository, uploads: UploadStore) -> None:
        self._repository = repository
        self._uploads = uploads

    @use_case
    def grant(
        self,
        request_id: UUID,
        item_id: str,
        call: Call,
        *,
        erasure_ground: ErasureGround | None = None,
        provision: str = "",
        activities: tuple[str, ...] = (),
    ) -> Answer:
        """Grant an item; an erasure on a ground, for these activities or all of its controller.

        Raises ActivityUnknown.
        """
        repository = self._repository
        with changing(repository, request_id, call, item_id=item_id) as work:
            case = work.case
            item = require_item(case, item_id)
            erasure = item.right is Right.ERASURE
            bases = repository.bases(case, item.controller_id, activities) if erasure else ()
            document = repository.ropa.at_version(case.ropa_version).document
            case.grant(
                work.acting,
                item_id=item_id,
                erasure_ground=erasure_ground,
                provision=provision,
                activities=bases,
                systems=document.systems_of(each.activity for each in bases),
                other_holds=repository.other_holds(request_id) if erasure else (),
                copy_pending_elsewhere=erasure and repository.is_copy_pending_elsewhere(request_id, item.controller_id),
            )
        return work.answer

    @use_case
    def record_done(
        self,
        request_id: UUID,
        item_id: str,
        call: Call,
        *,
        account: str,
        done_at: datetime | None = None,
    ) -> Answer:
        """Record what was done; where follows from the search list, or from what was restricted. `done_at` None means
        now.

        Raises UploadUnfinished while a file for the item is still being uploaded, since a done item takes no files.
        """
        repository = self._repository
        with changing(repository, request_id, call, item_id=item_id) as work:
            case = work.case
            self._uploads.require_none(request_id, item_id)
            item, document = require_item(case, item_id), repository.ropa.at_version(case.ropa_version).document
            erasure = item.right is Right.ERASURE
            systems = _carried_out_in(document, case, item)
            case.record_done(
                work.acting,
                item_id=item_id,
                systems=systems,
                account=work.seal("account", account),
                recipients=_touched(document, case, item, systems),
                other_holds=repository.other_holds(request_id) if erasure else (),
                copy_pending_elsewhere=erasure and repository.is_copy_pending_elsewhere(request_id, item.controller_id),
                done_at=done_at,
            )
        return work.answer

    @use_case
    def record_nothing_held(
        self, request_id: UUID, item_id: str, call: Call, *, done_at: datetime | None = None
    ) -> Answer:
        """Record that the systems on the search list hold nothing; `done_at` None means now."""
        with changing(self._repository, request_id, call, item_id=item_id) as work:
            work.case.record_nothing_held(work.acting, item_id=item_id, done_at=done_at)
        return work.answer

    @use_case
    def propose_refusal(self, request_id: UUID, item_id: str, call: Call, *, draft: RefusalDraft) -> Answer:
        """Propose to refuse an item. Its letter names the remedies by itself.

        For a whole item on a ground that the record of processing decides, all of the controller's processing of such
        people's data counts: naming some of it refuses a part. Raises AuthorityUnknown, ActivityUnknown.
        """
        full_statements(draft.statements)
        # Reasons, facts and provision have fields of their own, from which the letter states them.
        stated = {*made(draft.statements), *STATED_BY_THE_SERVICE}
        stated |= {"reasons"} if not is_blank(draft.reasons) else set()
        stated |= {"facts"} if not is_blank(draft.facts) else set()
        stated |= {"provision"}
        with changing(self._repository, request_id, call, item_id=item_id) as work:
            refusal = RefusalCase(
                ground=draft.ground,
                reasons=work.seal("reasons", draft.reasons),
                facts=work.seal("facts", draft.facts),
                intent=work.seal("intent", draft.intent),
                provision=draft.provision,
                extent=draft.extent,
                claims=draft.claims,
                previous_request_on=draft.previous_request_on,
                activities=self._about(work.case, item_id, draft),
                in_part=draft.in_part,
                covers_all=draft.covers_all,
                withheld_under=draft.withheld_under,
                tells_provision=draft.tells_provision,
            )
            work.case.propose_refusal(work.acting, item_id=item_id, refusal=refusal, statements=stated)
        return work.answer

    @use_case
    def decide_refusal(self, request_id: UUID, item_id: str, call: Call, *, approve: bool, reason: str) -> Answer:
        """Approve, or decline with a reason; approval that does not wait for messages needs one too.

        Raises FourEyes for a DPO.
        """
        with changing(self._repository, request_id, call, item_id=item_id) as work:
            call.caller.require_decision_maker()
            sealed = work.seal("reason", reason)
            if approve:
                work.case.approve_refusal(work.acting, item_id=item_id, unexamined_reason=sealed)
            else:
                work.case.decline_refusal(work.acting, item_id=item_id, reason=sealed)
        return work.answer

    def _about(self, case: Request, item_id: str, draft: RefusalDraft) -> tuple[ActivityBasis, ...]:
        controller_id = require_item(case, item_id).controller_id
        named = self._repository.bases(case, controller_id, draft.activities) if draft.activities else ()
        if draft.in_part or draft.ground not in ON_BASES:
            return named
        return tuple(dict.fromkeys((*self._repository.bases(case, controller_id), *named)))


def _carried_out_in(document: Ropa, case: Request, item: Item) -> tuple[str, ...]:
    """Where an item is carried out: where its search found data; without a search list, where it was restricted.

    Other acts without a search list name their systems themselves.
    """
    if item.found_in is not None:
        return item.found_in
    restricted = (one for one in case.restrictions.values() if one.item_id == item.item_id)
    return document.systems_of(each for one in restricted for each in one.activities)
