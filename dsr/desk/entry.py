"""Entering what came by telephone, on paper, in person, or was read in the quarantine (GDPR Art. 12(1), (2))."""

from datetime import datetime
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.desk.casebook import Casebook, once
from dsr.desk.idempotency import Answer
from dsr.desk.new_case import Arrival, Person, make_findable, new_case
from dsr.desk.originals import kept
from dsr.desk.quarantine import QuarantineDesk
from dsr.domain.acting import Acting
from dsr.domain.events import Aggregate
from dsr.domain.request.values import Channel
from dsr.mailbox.rights import suggest_rights


class EntryDesk:
    """enter a request with its true arrival."""

    def __init__(self, book: Casebook, quarantine: QuarantineDesk) -> None:
        self._book = book
        self._quarantine = quarantine

    @once
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
        """Open a case for it; a quarantined message that is entered so is settled in the same transaction.

        Raises RopaMissing, ControllerUnknown, ReceiptInFuture, QuarantineUnknown, QuarantineSettled,
        ClockResetForbidden (entered with a later arrival than the message had).
        """
        book = self._book
        call.caller.require_controller(controller_id)
        request_id, at = uuid4(), book.now()
        arrival = Arrival(
            controller_id=controller_id,
            channel=channel,
            received_at=received_at,
            content={"person": person, "text": text},
            language=language,
            rights=tuple(suggestion.right for suggestion in suggest_rights(text)),
            authenticated=authenticated,
        )
        changed: list[Aggregate] = []
        if quarantine_id is not None:
            waiting = self._quarantine.load(quarantine_id, call.caller)
            waiting.enter(Acting(call.caller.actor, at), request_id=request_id, received_at=received_at)
            changed.append(waiting)
        with kept(book.keystore, book.blobs, request_id, None, "") as keys:
            changed.insert(
                0, new_case(book, book.ropa.current(), request_id, keys, arrival, at=at, actor=call.caller.actor)
            )
            return book.commit(
                *changed,
                call=call,
                respond=lambda: book.view(request_id),
                effects=[lambda: make_findable(book, request_id, person)],
            )
