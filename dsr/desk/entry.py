"""Entry of requests that came by telephone, on paper, in person, or from the quarantine (GDPR Art. 12(1), (2))."""

from datetime import datetime
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.new_case import Arrival, Person, make_findable, new_case
from dsr.desk.originals import kept
from dsr.desk.quarantine import QuarantineDesk
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import unit_of_work, use_case
from dsr.domain.errors import Invalid
from dsr.domain.request.letters import is_blank
from dsr.domain.request.values import Channel
from dsr.mailbox.rights import suggest_rights


class PersonMissing(Invalid):
    """Say who asks: `person` needs at least one of `name`, `email`, `phone`, `identifiers` and `address`."""

    code = "person-missing"


class EntryDesk:
    """enter a request with its true arrival."""

    def __init__(self, repository: Repository, quarantine: QuarantineDesk) -> None:
        self._repository = repository
        self._quarantine = quarantine

    @use_case
    def enter_request(
        self,
        call: Call,
        *,
        controller_id: str,
        channel: Channel,
        received_at: datetime,
        person: Person,
        text: str,
        language: str,
        authenticated: bool = False,
        quarantine_id: UUID | None = None,
    ) -> Answer:
        """Open a case for a request; a quarantined message it came from is settled in the same transaction.

        Raises PersonMissing, RopaMissing, ControllerUnknown, ReceiptInFuture, QuarantineUnknown, QuarantineSettled,
        ClockResetForbidden (entered with a later arrival than the message had).
        """
        if is_blank(tuple(vars(person).values())):
            raise PersonMissing()
        repository = self._repository
        with unit_of_work(repository, call, assumes=True) as work:
            call.caller.require_controller(controller_id)
            request_id = uuid4()
            arrival = Arrival(
                controller_id=controller_id,
                channel=channel,
                received_at=received_at,
                content={"person": person, "text": text},
                language=language,
                rights=tuple(suggestion.right for suggestion in suggest_rights(text)),
                authenticated=authenticated,
            )
            waiting = None if quarantine_id is None else self._quarantine.load(quarantine_id, call.caller)
            if waiting is not None:
                waiting.enter(work.acting, request_id=request_id, received_at=received_at)
            keys = work.enter(kept(repository, None, ""))
            work.add(
                new_case(work.acting, repository, repository.ropa.current(), request_id, keys=keys, arrival=arrival)
            )
            if waiting is not None:
                work.add(waiting)
            work.effect(lambda: make_findable(repository, request_id, person))
            work.respond(lambda: work.view(request_id))
        return work.answer
