"""Letters of matters on their way: the same outbox, leases and Message-IDs as the letters of cases (docs/law §13).

A letter of a matter has nothing that could be out of date with a case, so it leaves as it was released. What it means
for its matter is recorded with it.
"""

import logging
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

import msgspec

from dsr.desk.caller import Call
from dsr.desk.dispatching.content import Address
from dsr.desk.dispatching.letters import Letters
from dsr.desk.dispatching.outbox import OUTBOX, Attempt, Lease
from dsr.desk.errors import DispatchUnknown
from dsr.desk.matter_cases import note_order_on_cases
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import UnitOfWork, retrying, unit_of_work
from dsr.desk.without_request import own_key, text_sealer
from dsr.domain.dispatch import DispatchState
from dsr.domain.errors import DomainError, ServiceWide
from dsr.domain.matter import LetterOnItsWay, Matter, MatterLetterWritten
from dsr.domain.messages import MessageInDoubt, MessageRefused, OutgoingMessage
from dsr.domain.sealed import KeyDestroyed, Sealed
from dsr.letters import MatterWording
from dsr.letters.fields import Sender
from dsr.mailbox.bounce import Bounce
from dsr.projections.matter_letters import matter_letter_row

log = logging.getLogger("dsr.outbox")

_FIELD = "content"


class MatterLetterContent(msgspec.Struct, frozen=True, kw_only=True):
    """All of a letter, sealed as one value. Its `repr` shows no personal data."""

    address: Address
    sender: Sender
    subject: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    """ISO 639-1 of each part, with its paragraphs."""
    texts: Mapping[str, str]
    """What the team wrote, by code."""
    written_on: date

    def __repr__(self) -> str:
        return "<MatterLetterContent>"

    @property
    def wording(self) -> MatterWording:
        """Its wording."""
        return MatterWording(self.subject, self.parts)


def seal_letter(repository: Repository, matter: Matter, content: MatterLetterContent) -> Sealed:
    """Seal the content under the key of the matter. Raises KeyDestroyed."""
    return repository.sealer.seal_json(content, key=own_key(repository, matter), stream_id=matter.id, field=_FIELD)


def open_letter(repository: Repository, matter: Matter, letter_id: UUID) -> tuple[MatterLetterContent, int]:
    """The content of a letter, and the version of the event that holds it. Raises KeyDestroyed."""
    version = matter.letters[letter_id].version
    event = next(each for each in repository.application.events.get(matter.id, gt=version - 1, lte=version))
    assert isinstance(event, MatterLetterWritten)  # noqa: S101 - the matter says so
    plain = repository.sealer.open_json(event.content, stream_id=matter.id, field=_FIELD)
    return msgspec.convert(plain, MatterLetterContent, str_keys=True), event.originator_version


def find_letter(letters: Letters, letter_id: UUID) -> tuple[Matter, LetterOnItsWay]:
    """The letter with its matter, without a check of scope. Raises DispatchUnknown."""
    with letters.repository.database.glancing() as connection:
        row = matter_letter_row(connection, letter_id)
    matter = None if row is None else letters.repository.find(Matter, row["matter_id"])
    if matter is None:
        raise DispatchUnknown()
    return matter, matter.letters[letter_id]


def attempt_letter(letters: Letters, lease: Lease, now: datetime) -> DispatchState:
    """Send the letter, unless it fails before that. Raises what the transport raises; DispatchUnknown."""
    letter_id = lease.dispatch_id
    matter, letter = find_letter(letters, letter_id)
    if letter.state is not DispatchState.QUEUED:
        letters.outbox.remove(letter_id)
        return letter.state
    if lease.in_doubt is not None and lease.in_doubt.is_last:
        return fail_letter(letters, letter_id, MessageInDoubt.code)
    if now < matter.modified_on:  # by the clock of another machine, or by this one before it was set back
        letters.outbox.postpone(lease, until=matter.modified_on)
        return letter.state
    try:
        content, _ = open_letter(letters.repository, matter, letter_id)
    except DomainError as refusal:
        if isinstance(refusal, ServiceWide):
            raise
        return fail_letter(letters, letter_id, refusal.code if lease.in_doubt is None else MessageInDoubt.code)
    wording = content.wording
    message = OutgoingMessage(
        message_id=letter.message_id,
        sender=content.sender.mailbox,
        recipient=content.address.email,
        subject=wording.subject,
        text=wording.text,
        languages=wording.languages,
        written_at=letter.not_before or now,
    )
    first = letters.outbox.begin(lease, Attempt(now, matter.version))
    try:
        letters.transport.send(message)
    except MessageRefused as refused:
        return fail_letter(letters, letter_id, refused.code if lease.in_doubt is None else MessageInDoubt.code)
    left_at = max(letters.repository.now(), first.began_at)
    retrying(lambda: _note_sent(letters, letter_id, left_at))
    log.info("letter %s left", letter_id)
    return DispatchState.SENT


def fail_letter(letters: Letters, letter_id: UUID, reason: str) -> DispatchState:
    """Record that the letter will not leave, with a code that says why. Raises DispatchUnknown."""
    log.warning("letter %s will not be sent: %s", letter_id, reason)
    return retrying(lambda: _note_failed(letters, letter_id, reason))


def return_letter(letters: Letters, letter_id: UUID, bounce: Bounce, call: Call) -> None:
    """Record that a mail server returned the letter for good; a delay, or the same report again, changes nothing, nor
    does a report on a matter that was forgotten.

    Raises VersionStale where others change the matter again and again.
    """
    if bounce.permanent:
        retrying(lambda: _note_returned(letters, letter_id, bounce, call))


def record_sent(
    repository: Repository, work: UnitOfWork, matter: Matter, *, letter_id: UUID, sent_at: datetime, transport: str
) -> None:
    """Record within this work that a letter left, and what it means for its matter and for the cases of an order. Once
    its key was destroyed, it answers nothing: what it said is gone.

    Raises what `Matter.record_letter_sent` raises.
    """
    try:
        seal = text_sealer(repository, matter.id, own_key(repository, matter))
        texts = open_letter(repository, matter, letter_id)[0].texts
    except KeyDestroyed:
        reasons = remedies = None
    else:
        reasons = seal("reasons", texts.get("reasons") or texts.get("reply", ""))
        remedies = seal("remedies", texts.get("remedies", ""))
    calendar = repository.ropa.at_version(matter.ropa_version).calendar(matter.controller_id)
    matter.record_letter_sent(
        work.acting.on(calendar),
        letter_id=letter_id,
        sent_at=sent_at,
        transport=transport,
        reasons=reasons,
        remedies=remedies,
    )
    note_order_on_cases(repository, work, matter)


def _note_sent(letters: Letters, letter_id: UUID, left_at: datetime) -> None:
    with unit_of_work(letters.repository, OUTBOX) as work:
        matter, letter = find_letter(letters, letter_id)
        work.effect(lambda: letters.outbox.remove(letter_id))
        if letter.state in (DispatchState.SENT, DispatchState.BOUNCED):  # another process recorded it
            return
        work.add(matter)
        how = letters.transport.name
        record_sent(letters.repository, work, matter, letter_id=letter_id, sent_at=left_at, transport=how)


def _note_failed(letters: Letters, letter_id: UUID, reason: str) -> DispatchState:
    with unit_of_work(letters.repository, OUTBOX) as work:
        matter, letter = find_letter(letters, letter_id)
        work.effect(lambda: letters.outbox.remove(letter_id))
        if letter.state is not DispatchState.QUEUED:
            return letter.state
        matter.record_letter_failed(work.acting, letter_id=letter_id, reason=reason)
        work.add(matter)
    return DispatchState.FAILED


def _note_returned(letters: Letters, letter_id: UUID, bounce: Bounce, call: Call) -> None:
    with unit_of_work(letters.repository, Call(call.caller)) as work:
        matter, letter = find_letter(letters, letter_id)
        if letter.state is DispatchState.SENT and not matter.is_forgotten:
            matter.record_letter_returned(work.acting, letter_id=letter_id, status=bounce.status)
            work.add(matter)
