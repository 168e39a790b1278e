"""Letters that came back: matched by our own Message-ID, shown with the letter and in its case."""

from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.casebook import Effect
from dsr.desk.dispatching.content import Address, open_content
from dsr.desk.dispatching.room import DispatchRoom
from dsr.desk.errors import VersionStale
from dsr.desk.idempotency import Answer
from dsr.desk.staff import forgetting_address
from dsr.domain.acting import Acting
from dsr.domain.dispatch import Dispatch, DispatchState
from dsr.domain.email_address import EmailAddressInvalid, email_address
from dsr.domain.events import Aggregate
from dsr.domain.request.letters import LetterKind
from dsr.domain.sealed import KeyDestroyed
from dsr.domain.staff import Staff
from dsr.mailbox.bounce import Bounce
from dsr.projections.dispatches import dispatch_of_message
from dsr.vault import IndexPurpose

_TRIES = 8
"""Against others who change the case at the same time."""


class Bouncing(DispatchRoom):
    """record a bounce."""

    def record_bounce(self, bounce: Bounce, call: Call) -> UUID | None:
        """Note that a letter came back, or is late; the letter it is about, None where it is about none of ours.

        The same report again changes nothing; nor does one about somebody else, to whom our letter was passed on, nor
        one on what it said before it was written anew. For good: nothing leaves by itself for this address of who asks
        any more, until the case is forgotten; a member of staff is written to no more, until another address is given.
        Raises VersionStale where the case is changed again and again.
        """
        with self._book.database.glancing() as connection:
            found = ((dispatch_of_message(connection, f"<{each}>"), f"<{each}>") for each in bounce.message_ids)
            dispatch_id, message_id = next((each for each in found if each[0] is not None), (None, ""))
        if dispatch_id is None:
            return None
        for attempt in range(1, _TRIES + 1):
            try:
                self._record(dispatch_id, message_id, bounce, call)
            except VersionStale:
                if attempt == _TRIES:
                    raise
            else:
                return dispatch_id
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _record(self, dispatch_id: UUID, message_id: str, bounce: Bounce, call: Call) -> None:
        book, at, actor = self._book, self._book.now(), call.caller.actor
        dispatch = self._load(dispatch_id, call.caller)
        case = self._case_of(dispatch, call.caller)
        if dispatch.state is not DispatchState.SENT or dispatch.message_id != message_id:
            return
        if dispatch.is_late and not bounce.permanent:
            return
        address, staff = self._went_to(dispatch)
        email = address.email if staff is None else self._work_addresses.opened(staff)
        if not _is_about(bounce, email):
            return
        dispatch.record_bounced(Acting(actor, at), status=bounce.status, permanent=bounce.permanent)
        changed: list[Aggregate] = [dispatch]
        effects, irrevocable = list[Effect](), list[Effect]()
        if bounce.permanent:
            case.note_returned_letter(
                book.acting_on(case, actor, at), dispatch_id=dispatch_id, kind=dispatch.kind, status=bounce.status
            )
            changed.append(case)
            if staff is not None:
                irrevocable = forgetting_address(book, staff)
                staff.note_returned_mail(Acting(actor, at), status=bounce.status)
                changed.append(staff)
            if dispatch.kind is not LetterKind.STAFF_WARNING:
                effects = [lambda: book.index.write(case.id, {IndexPurpose.BOUNCED_EMAIL: [email]})]
        book.commit(
            *changed,
            call=Call(call.caller),
            respond=lambda: Answer(b""),
            effects=effects,
            irrevocable=irrevocable,
        )

    def _went_to(self, dispatch: Dispatch) -> tuple[Address, Staff | None]:
        """Where it went, as far as that is still known: not of a person who was forgotten, nor of a member of staff who
        has another address, or none, by now."""
        try:
            address = open_content(self._book, dispatch).given.address
        except KeyDestroyed:
            return Address(), None
        if not address.staff or dispatch.sent_at is None:
            return address, None
        return address, self._work_addresses.holder(address.staff, dispatch.sent_at)


def _is_about(bounce: Bounce, email: str) -> bool:
    """Whether the letter went to whom the report names, as far as both are known."""
    try:
        return not bounce.recipients or email_address(email) in bounce.recipients
    except EmailAddressInvalid:  # not known any more
        return True
