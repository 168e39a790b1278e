"""Letters that were returned: the report of a mail server is matched by the Message-ID of ours, an envelope is recorded
by a person; both are shown with the letter and in its case.
"""

import dataclasses
from collections.abc import Iterator
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.dispatching.content import Address, open_content
from dsr.desk.dispatching.letters import Letters, find_for
from dsr.desk.dispatching.of_matters import return_letter
from dsr.desk.errors import LetterUnknown
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.staff_access import forgetting_address
from dsr.desk.unit_of_work import changing, retrying, unit_of_work, use_case
from dsr.domain.dispatch import Dispatch, DispatchState
from dsr.domain.events import Event
from dsr.domain.request.letters import Letter, LetterKind
from dsr.domain.request.recipients import RecipientTold
from dsr.domain.request.returned_letters import LetterReturnedBefore
from dsr.domain.sealed import KeyDestroyed
from dsr.domain.staff import Staff
from dsr.mailbox.bounce import Bounce
from dsr.projections.dispatches import dispatch_of_message
from dsr.projections.matter_letters import matter_letter_of_message
from dsr.vault import IndexPurpose


def record_bounce(letters: Letters, bounce: Bounce, call: Call) -> UUID | None:
    """Record that a mail server returned a letter, or is late with it. Returns the letter; None: it is not ours.

    The same report again changes nothing; nor does one about another recipient, to whom our letter was passed on, one
    about an earlier wording, or one about a letter of a file that was forgotten. After a letter was returned for good,
    the service releases no letter to the address of this person until the case is forgotten, and no mail to a member of
    staff until they have another address. Raises VersionStale where others change the case again and again.
    """
    with letters.repository.database.glancing() as connection:
        found = ((dispatch_of_message(connection, f"<{each}>"), f"<{each}>") for each in bounce.message_ids)
        dispatch_id, message_id = next((each for each in found if each[0] is not None), (None, ""))
        of_matters = (matter_letter_of_message(connection, f"<{each}>") for each in bounce.message_ids)
        of_matter = next((each for each in of_matters if each is not None), None)
    if dispatch_id is not None:
        returned = dispatch_id
        retrying(lambda: _record(letters, returned, message_id, bounce, call))
    elif of_matter is not None:
        dispatch_id = of_matter["letter_id"]
        return_letter(letters, of_matter["letter_id"], bounce, call)
    return dispatch_id


@use_case
def record_returned(
    letters: Letters, request_id: UUID, call: Call, *, version: int | None, dispatch_id: UUID | None, account: str
) -> Answer:
    """Record that an envelope came back: of a letter that the service wrote, or of the one that the event of this
    version recorded. Raises LetterUnknown, LetterReturnedBefore.
    """
    with changing(letters.repository, request_id, call) as work:
        case = work.case
        found = (
            (at, letter)
            for at, letter in _on_record(letters.repository, case.id)
            if at == version or (dispatch_id is not None and letter.dispatch_id == dispatch_id)
        )
        at, letter = next(found, (None, None))
        returned = dispatch_id if letter is None else letter.dispatch_id
        dispatch = None if returned is None else letters.repository.find(Dispatch, returned)
        if letter is not None:
            kind = letter.kind
        elif dispatch is None or dispatch.request_id != case.id or dispatch.sent_at is None:
            raise LetterUnknown()
        elif dispatch.state is DispatchState.BOUNCED:
            raise LetterReturnedBefore()
        else:  # a letter to others than the person, of which the case holds no copy
            kind = dispatch.kind
        case.note_returned_letter(
            work.acting,
            letter_version=at,
            dispatch_id=returned,
            kind=kind,
            account=work.seal("account", account),
            recipient=None if dispatch is None else dispatch.recipient,
            told_of=_told_of(letters.repository, dispatch),
        )
        if dispatch is not None:
            dispatch.record_bounced(work.acting, status="", permanent=True)
            work.add(dispatch)
    return work.answer


def _on_record(repository: Repository, request_id: UUID) -> Iterator[tuple[int, Letter]]:
    """The letters that left, each with the version of the event that recorded it."""
    for event in repository.application.events.get(request_id):
        assert isinstance(event, Event)  # noqa: S101 - the log of the service holds no others
        for each in dataclasses.fields(event):
            value = getattr(event, each.name)
            if isinstance(value, Letter):
                yield event.originator_version, value


def _told_of(repository: Repository, dispatch: Dispatch | None) -> tuple[str, ...]:
    """The items of which this letter told a recipient; none where the recipient had been told before."""
    if dispatch is None or dispatch.kind is not LetterKind.RECIPIENT_NOTICE:
        return ()
    return tuple(
        event.item_id
        for event in repository.application.events.get(dispatch.request_id)
        if isinstance(event, RecipientTold)
        and (event.recipient, event.told_at) == (dispatch.recipient, dispatch.sent_at)
        and event.item_id in dispatch.item_ids
    )


def _record(letters: Letters, dispatch_id: UUID, message_id: str, bounce: Bounce, call: Call) -> None:
    repository = letters.repository
    dispatch, case = find_for(letters, dispatch_id, call.caller)
    if case.is_forgotten or dispatch.state is not DispatchState.SENT or dispatch.message_id != message_id:
        return
    if dispatch.is_late and not bounce.permanent:
        return
    address, staff = _went_to(letters, dispatch)
    email = address.email if staff is None else letters.address_book.opened(staff)
    if not bounce.is_about(email):
        return
    with unit_of_work(repository, Call(call.caller)) as work:
        acting = work.acting
        dispatch.record_bounced(acting, status=bounce.status, permanent=bounce.permanent)
        work.add(dispatch)
        if bounce.permanent:
            on_record = (at for at, letter in _on_record(repository, case.id) if letter.dispatch_id == dispatch_id)
            case.note_returned_letter(
                repository.acting_on(case, acting),
                letter_version=next(on_record, None),
                dispatch_id=dispatch_id,
                kind=dispatch.kind,
                status=bounce.status,
                recipient=dispatch.recipient,
                told_of=_told_of(repository, dispatch),
            )
            work.add(case)
            if staff is not None:
                work.irrevocable(*forgetting_address(repository, staff))
                staff.note_returned_mail(acting, status=bounce.status)
                work.add(staff)
            if dispatch.kind is not LetterKind.STAFF_WARNING:
                work.effect(lambda: repository.index.write(case.id, {IndexPurpose.BOUNCED_EMAIL: [email]}))


def _went_to(letters: Letters, dispatch: Dispatch) -> tuple[Address, Staff | None]:
    """The address that the letter went to, and the member of staff who had it.

    An empty address once the person was forgotten; no member of staff once they have another address, or none.
    """
    try:
        address = open_content(letters.repository, dispatch).given.address
    except KeyDestroyed:
        return Address(), None
    if not address.staff or dispatch.sent_at is None:
        return address, None
    return address, letters.address_book.holder(address.staff, dispatch.sent_at)
