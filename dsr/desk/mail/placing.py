"""Placing a mail: a follow-up of a case, a message on a matter, a new case, or a repeated arrival (docs/law §3 on
follow-ups, §13).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dsr.desk.caller import service
from dsr.desk.dispatching.of_matters import open_letter
from dsr.desk.errors import AuthoritySender, OwnMailboxSender, RequestUnknown
from dsr.desk.mail.reading import Mail, content_ids
from dsr.desk.repository import Repository
from dsr.domain.dispatch import Dispatch
from dsr.domain.matter import Matter, MatterSender
from dsr.domain.request import Request
from dsr.domain.request.placement import EarlierMessage, Place, Thread, place
from dsr.domain.request.state_guards import require_not_forgotten
from dsr.domain.sealed import KeyDestroyed
from dsr.mailbox.limits import MailLimits
from dsr.mailbox.thread import ThreadHints, header_hints, thread_hints
from dsr.mailbox.trace import without_trace
from dsr.projections.dispatches import dispatch_of_message
from dsr.projections.matter_letters import matter_letter_of_message
from dsr.projections.matters import matter_of_reference
from dsr.projections.queue import request_by_reference
from dsr.ropa.authorities import authority_of_address
from dsr.vault import IndexPurpose
from dsr.vault.normal_form import normal_form

INTAKE: Final = service("intake")
"""The part of the service that takes mail in; it sees every case."""


_LOOKED_AT: Final = 50
"""How many letters of a matter are opened to find the sender of a reply: that which it answers, then the newest."""


@dataclass(frozen=True)
class OnMatter:
    """The mail joins this matter, whatever it asks for: a person examines it (docs/law §13)."""

    matter_id: UUID
    sender: MatterSender
    is_altered: bool
    """Another message with this Message-ID is known."""


def placed(repository: Repository, mail: Mail) -> Place | OnMatter:
    """The place of the mail in the present state.

    Raises AuthoritySender: an authority that does not reply to a letter of a matter opens one, never a request;
    CaseForgotten, FileForgotten.
    """
    known, thread = _known(repository, mail), _of_thread(repository, thread_hints(mail.parsed))
    if isinstance(thread, Matter) and (known is None or not known.same_content):
        thread.require_not_forgotten()
        sender = _sender(repository, thread, mail)
        if not mail.parsed.auto_submitted or (known is None and sender is MatterSender.KNOWN):
            return OnMatter(thread.id, sender, known is not None)
    if not isinstance(thread, Matter):
        _require_no_authority(mail)
    return place(
        known=known,
        thread=_thread(repository, mail, thread) if isinstance(thread, Request) else None,
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
    if mail.parsed.auto_submitted and _stream_of_letter(repository, mail.message_id) is not None:
        return True
    raise OwnMailboxSender()


def _require_no_authority(mail: Mail) -> None:
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


def _thread(repository: Repository, mail: Mail, case: Request) -> Thread:
    """The case that the message refers to, and who seems to write."""
    require_not_forgotten(case)
    same_sender = case.id in repository.index.find(IndexPurpose.EMAIL, mail.parsed.from_address)
    return Thread(case.id, same_sender, mail.parsed.sender_refuted, case.rights)


def claimed_request(repository: Repository, limits: MailLimits, raw: bytes) -> UUID | None:
    """The case whose thread the header of a message claims, which may be otherwise unreadable."""
    found = _of_thread(repository, header_hints(raw, limits))
    return found.id if isinstance(found, Request) else None


def _of_thread(repository: Repository, hints: ThreadHints) -> Request | Matter | None:
    """The case or matter of a thread: by Message-IDs first, then by references in the subject.

    A letter that joined another case leads there.
    """
    for stream_id in _streams_of_thread(repository, hints):
        case = case_of(repository, stream_id)
        while case is not None and case.has_joined and case.linked_to is not None:
            case = case_of(repository, case.linked_to)
        found = case or repository.find(Matter, stream_id)
        if found is not None:
            return found
    return None


def _streams_of_thread(repository: Repository, hints: ThreadHints) -> Iterator[UUID]:
    for message_id in hints.message_ids:
        known = repository.messages.find(message_id)
        if known is not None:
            yield known.stream_id
        elif (stream_id := _stream_of_letter(repository, message_id)) is not None:
            yield stream_id
    if hints.references or hints.matters:
        with repository.database.reading() as connection:
            cases = (request_by_reference(connection, each) for each in hints.references)
            referred = [row["request_id"] for row in cases if row is not None]
            matters = (matter_of_reference(connection, each) for each in hints.matters)
            referred += [each for each in matters if each is not None]
        yield from referred


def _stream_of_letter(repository: Repository, message_id: str) -> UUID | None:
    """The case or matter of our letter with this Message-ID; None: it is not ours."""
    with repository.database.reading() as connection:
        dispatch_id = dispatch_of_message(connection, f"<{message_id}>")
        if dispatch_id is None:
            letter = matter_letter_of_message(connection, f"<{message_id}>")
            return None if letter is None else letter["matter_id"]
    dispatch = repository.find(Dispatch, dispatch_id)
    return None if dispatch is None else dispatch.request_id


def _sender(repository: Repository, matter: Matter, mail: Mail) -> MatterSender:
    """Who writes on the matter: a person to whom it wrote, the same authority, or a stranger."""
    if mail.parsed.sender_refuted:
        return MatterSender.REFUTED
    writes, authority = mail.parsed.from_address, authority_of_address(mail.parsed.from_address)
    answered = {f"<{each}>" for each in thread_hints(mail.parsed).message_ids}
    by_answer = sorted(matter.letters, key=lambda each: matter.letters[each].message_id not in answered)
    for letter_id in by_answer[:_LOOKED_AT]:
        try:
            email = open_letter(repository, matter, letter_id)[0].address.email
        except KeyDestroyed:
            break
        if _same(email, writes) or (authority is not None and authority_of_address(email) is authority):
            return MatterSender.KNOWN
    return MatterSender.OTHER_ADDRESS


def _same(address: str, other: str) -> bool:
    return normal_form(IndexPurpose.EMAIL, address) == normal_form(IndexPurpose.EMAIL, other)
