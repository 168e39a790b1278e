"""Placing a mail: a follow-up of a case, a new case, or a repeated arrival (docs/law §3 on follow-ups)."""

from typing import Final
from uuid import UUID

from dsr.desk.caller import service
from dsr.desk.errors import AuthoritySender, OwnMailboxSender, RequestUnknown
from dsr.desk.mail.reading import Mail, content_ids
from dsr.desk.repository import Repository
from dsr.domain.dispatch import Dispatch
from dsr.domain.request import Request
from dsr.domain.request.placement import EarlierMessage, Place, Thread, place
from dsr.domain.request.state_guards import require_not_forgotten
from dsr.mailbox.limits import MailLimits
from dsr.mailbox.thread import ThreadHints, header_hints, thread_hints
from dsr.mailbox.trace import without_trace
from dsr.projections.dispatches import dispatch_of_message
from dsr.projections.queue import request_by_reference
from dsr.ropa.authorities import authority_of_address
from dsr.vault import IndexPurpose

INTAKE: Final = service("intake")
"""The part of the service that takes mail in; it sees every case."""


def placed(repository: Repository, mail: Mail) -> Place:
    """The place of the mail in the present state."""
    return place(
        known=_known(repository, mail),
        thread=_thread(repository, mail),
        rights=frozenset(mail.rights),
        automatic=mail.parsed.auto_submitted,
    )


def came_back(repository: Repository, mail: Mail) -> bool:
    """Whether the mail is one of our letters, returned automatically, so that there is nothing to answer.

    Raises OwnMailboxSender for any other mail from our own mailbox, such as a request passed on by a colleague: it must
    not be lost, and no case may be opened that would answer ourselves.
    """
    if mail.version.document.controller_of_mailbox(mail.parsed.from_address) is None:
        return False
    if mail.parsed.auto_submitted and _letter(repository, mail.message_id) is not None:
        return True
    raise OwnMailboxSender()


def require_no_authority(mail: Mail) -> None:
    """Check that no supervisory authority writes: it opens a matter, never a request (docs/law §13).

    Raises AuthoritySender.
    """
    if authority_of_address(mail.parsed.from_address) is not None:
        raise AuthoritySender()


def case_of(repository: Repository, request_id: UUID) -> Request | None:
    """The case id; None if the id belongs to a quarantined message."""
    try:
        return repository.request(request_id, INTAKE)
    except RequestUnknown:
        return None


def _known(repository: Repository, mail: Mail) -> EarlierMessage | None:
    messages = repository.messages
    known = messages.find(*content_ids(repository, mail.raw), mail.message_id)
    if known is None:
        return None
    return EarlierMessage(known.stream_id, messages.is_of(known, without_trace(mail.raw)))


def _thread(repository: Repository, mail: Mail) -> Thread | None:
    """The case that the message refers to."""
    case = _case_of_thread(repository, thread_hints(mail.parsed))
    if case is None:
        return None
    require_not_forgotten(case)
    same_sender = case.id in repository.index.find(IndexPurpose.EMAIL, mail.parsed.from_address)
    return Thread(case.id, same_sender, mail.parsed.sender_refuted, case.rights)


def claimed_request(repository: Repository, limits: MailLimits, raw: bytes) -> UUID | None:
    """The case whose thread the header of a message claims, which may be otherwise unreadable."""
    case = _case_of_thread(repository, header_hints(raw, limits))
    return None if case is None else case.id


def _case_of_thread(repository: Repository, hints: ThreadHints) -> Request | None:
    """The case of a thread: by Message-IDs first, then by references in the subject.

    A letter that joined another case leads there.
    """
    known = (repository.messages.find(message_id) for message_id in hints.message_ids)
    request_ids = [each.stream_id for each in known if each is not None]
    letters = (_letter(repository, message_id) for message_id in hints.message_ids)
    request_ids += [letter.request_id for letter in letters if letter is not None and letter.request_id is not None]
    if hints.references:
        with repository.database.reading() as connection:
            referred = (request_by_reference(connection, reference) for reference in hints.references)
            request_ids += [row["request_id"] for row in referred if row is not None]
    for request_id in request_ids:
        case = case_of(repository, request_id)
        while case is not None and case.has_joined and case.linked_to is not None:
            case = case_of(repository, case.linked_to)
        if case is not None:
            return case
    return None


def _letter(repository: Repository, message_id: str) -> Dispatch | None:
    """Our letter with this Message-ID."""
    with repository.database.reading() as connection:
        dispatch_id = dispatch_of_message(connection, f"<{message_id}>")
    return None if dispatch_id is None else repository.find(Dispatch, dispatch_id)
