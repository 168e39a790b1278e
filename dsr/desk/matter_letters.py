"""Letters of matters: written from what is on record and what the team says, in the language of the sender, then sent
by the service or posted (docs/law §13).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from dsr.catalogues import Domain, reading_language
from dsr.desk.caller import Call, Caller
from dsr.desk.dispatching.content import Address
from dsr.desk.dispatching.of_matters import MatterLetterContent, open_letter, record_sent, seal_letter
from dsr.desk.dispatching.outbox import Outbox
from dsr.desk.errors import MatterLetterIncomplete, MatterUnknown
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import UnitOfWork, unit_of_work, use_case
from dsr.desk.without_request import load, own_key, text_sealer
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.matter import MATTER_LETTERS, Matter, MatterLetterKind
from dsr.domain.matter.guards import require_kind
from dsr.domain.matter.sending import MatterLetterNotByPost, MatterLetterUnknown
from dsr.domain.request.letters import is_blank
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.ropa import Controller
from dsr.letters import MatterLetter, MatterWording, in_language_or_english, matter_letter, notice_to_many
from dsr.letters.fields import Sender
from dsr.letters.paper import matter_to_pdf
from dsr.projections.matter_letters import matter_letter_row
from dsr.ropa import AUTHORITIES

_BY_POST = "post"


@dataclass(frozen=True)
class WrittenMatterLetter:
    """A letter as the service wrote it. No `repr`, since it is personal data."""

    language: str
    """ISO 639-1; an acknowledgement that is not in English has its English text below."""
    subject: str
    text: str

    def __repr__(self) -> str:
        return "<WrittenMatterLetter>"


class MatterLetterDesk:
    """write the letters of matters; release, discard and print them; record that they were posted."""

    def __init__(self, repository: Repository, outbox: Outbox, *, english_if_untranslated: bool) -> None:
        """`english_if_untranslated`: write a letter with an untranslated sentence in English instead of failing."""
        self._repository = repository
        self._outbox = outbox
        self._english_if_untranslated = english_if_untranslated

    def write(
        self, matter_id: UUID, caller: Caller, *, kind: MatterLetterKind, texts: Mapping[str, str]
    ) -> WrittenMatterLetter:
        """Write a letter of this kind; `texts` are what the team says, by code. Nothing is stored.

        Raises MatterUnknown, MatterOfOtherKind, MatterLetterIncomplete.
        """
        wording = self._composed(self._load(matter_id, caller), kind, texts)
        return WrittenMatterLetter(wording.languages[0], wording.subject, wording.text)

    @use_case
    def prepare(
        self,
        matter_id: UUID,
        call: Call,
        *,
        kind: MatterLetterKind,
        texts: Mapping[str, str],
        channel: Channel,
        address: Address,
    ) -> Answer:
        """Write a letter of this kind as a draft; `texts` are what the team says, by code.

        Raises MatterLetterIncomplete, and what `Matter.write_letter` raises.
        """
        repository, letter_id = self._repository, uuid4()
        with self._changing(matter_id, call, letter_id) as (work, matter):
            wording, sender = self._composed(matter, kind, texts), self.sender(matter)
            content = MatterLetterContent(
                address=address,
                sender=sender,
                subject=wording.subject,
                parts=wording.parts,
                texts={code: text.strip() for code, text in texts.items() if not is_blank(text)},
                written_on=self.calendar(matter).local_date(work.acting.at),
            )
            matter.write_letter(
                work.acting,
                letter_id=letter_id,
                kind=kind,
                channel=channel,
                language=wording.languages[0],
                message_id=f"<{letter_id}@{sender.mailbox.rpartition('@')[2]}>",
                is_addressed=bool(address.email if channel is Channel.EMAIL else address.postal),
                content=seal_letter(repository, matter, content),
            )
        return work.answer

    @use_case
    def release(self, matter_id: UUID, call: Call, *, letter_id: UUID, not_before: datetime | None = None) -> Answer:
        """Let a draft leave: a mail from `not_before` on (None: now), a paper letter once a person posts it. ¶Raises
        what `Matter.release_letter` raises.
        """
        with self._changing(matter_id, call, letter_id) as (work, matter):
            matter.release_letter(work.acting, letter_id=letter_id, not_before=not_before or work.acting.at)
            letter = matter.letters[letter_id]
            leaves_at = letter.not_before or work.acting.at
            if letter.channel is Channel.EMAIL:
                work.effect(lambda: self._outbox.add(letter_id, not_before=leaves_at))
        return work.answer

    @use_case
    def discard(self, matter_id: UUID, call: Call, *, letter_id: UUID, reason: str) -> Answer:
        """Decide not to send a letter. ¶Raises DispatchLeaving while the service sends it, and what
        `Matter.discard_letter` raises.
        """
        repository = self._repository
        with self._changing(matter_id, call, letter_id) as (work, matter):
            seal = text_sealer(repository, matter.id, own_key(repository, matter))
            matter.discard_letter(work.acting, letter_id=letter_id, reason=seal("reason", reason))
            in_doubt = bool(self._outbox.in_doubt([letter_id]))
            work.effect(lambda: self._outbox.cancel(letter_id, work.acting.at, in_doubt=in_doubt))
        return work.answer

    @use_case
    def mark_posted(self, matter_id: UUID, call: Call, *, letter_id: UUID, posted_at: datetime | None = None) -> Answer:
        """Record that a paper letter was posted (None: now), and what this means for the matter. ¶Raises
        MatterLetterNotByPost, and what `Matter.record_letter_sent` raises.
        """
        with self._changing(matter_id, call, letter_id) as (work, matter):
            letter = matter.letters.get(letter_id)
            if letter is not None and letter.channel is not Channel.POST:
                raise MatterLetterNotByPost()
            sent_at = posted_at or work.acting.at
            record_sent(self._repository, work, matter, letter_id=letter_id, sent_at=sent_at, transport=_BY_POST)
        return work.answer

    def paper(self, matter_id: UUID, call: Call, *, letter_id: UUID, purpose: DisclosurePurpose) -> bytes:
        """The letter as PDF; the opening is recorded first.

        Raises MatterUnknown, MatterLetterUnknown, PaperUnprintable, KeyDestroyed.
        """
        repository, matter = self._repository, self._load(matter_id, call.caller)
        if letter_id not in matter.letters:
            raise MatterLetterUnknown()
        content, version = open_letter(repository, matter, letter_id)
        with unit_of_work(repository, Call(call.caller)) as work:
            matter.open(work.acting, purpose=purpose, versions=(version,))
            work.add(matter)
        reader = [*filter(None, (content.address.name, *content.address.postal))]
        return matter_to_pdf(content.wording, content.sender, reader=reader, written_on=content.written_on)

    def _composed(self, matter: Matter, kind: MatterLetterKind, texts: Mapping[str, str]) -> MatterWording:
        """The wording of a letter. Raises MatterOfOtherKind, MatterLetterIncomplete."""
        rule = MATTER_LETTERS[kind]
        require_kind(matter, *rule.kinds)
        missing = [each for each in rule.texts if is_blank(texts.get(each, ""))]
        if missing:
            raise MatterLetterIncomplete(missing=missing)
        letter = self._letter(matter, kind, {code: text.strip() for code, text in texts.items()})
        language = reading_language(Domain.LETTERS, matter.language, self._controller(matter).languages)
        return in_language_or_english(
            lambda spoken: matter_letter(letter, spoken),
            language,
            english_if_untranslated=self._english_if_untranslated,
        )

    def notice(self, matter: Matter, texts: Mapping[str, Mapping[str, str]], language: str) -> MatterWording:
        """The wording of a notice to many people in this language, one of those of `texts`."""
        letter = self._letter(matter, MatterLetterKind.INCIDENT_NOTICE, texts[language])
        return notice_to_many(letter, language, texts)

    def _letter(self, matter: Matter, kind: MatterLetterKind, texts: Mapping[str, str]) -> MatterLetter:
        controller = self._controller(matter)
        return MatterLetter(
            kind=kind,
            reference=matter.reference,
            received_on=self.calendar(matter).local_date(matter.received_at),
            controller=controller.name,
            mailbox=self.sender(matter).mailbox,
            regime=controller.regime,
            authority=AUTHORITIES[controller.authority],
            dpo_mailbox=controller.dpo_mailbox or "",
            texts=texts,
        )

    def sender(self, matter: Matter) -> Sender:
        """The controller that writes, with the mailbox that receives for it."""
        controller = self._controller(matter)
        document = self._repository.ropa.at_version(matter.ropa_version).document
        office = controller if controller.mailboxes else document.controller(controller.mailbox_of or controller.id)
        return Sender(
            name=controller.name,
            mailbox=office.mailboxes[0],
            country=controller.country,
            address=controller.address,
            regime=controller.regime,
        )

    def _controller(self, matter: Matter) -> Controller:
        return self._repository.ropa.at_version(matter.ropa_version).document.controller(matter.controller_id)

    def calendar(self, matter: Matter) -> WorkingCalendar:
        """The working days of the controller that writes."""
        return self._repository.ropa.at_version(matter.ropa_version).calendar(matter.controller_id)

    @contextmanager
    def _changing(self, matter_id: UUID, call: Call, letter_id: UUID) -> Iterator[tuple[UnitOfWork, Matter]]:
        """A unit of work on one matter, which answers with the letter. Raises MatterUnknown, VersionStale."""
        with unit_of_work(self._repository, call) as work:
            matter = self._load(matter_id, call.caller)
            work.change(matter, lambda: self._view(letter_id))
            yield work, matter

    def _load(self, matter_id: UUID, caller: Caller) -> Matter:
        return load(self._repository, Matter, matter_id, caller, unknown=MatterUnknown)

    def _view(self, letter_id: UUID) -> Answer:
        with self._repository.database.glancing() as connection:
            row = matter_letter_row(connection, letter_id)
        assert row is not None  # noqa: S101 - its row is made of its events
        return Answer(msgspec.json.encode(row), row["version"], str(letter_id))
