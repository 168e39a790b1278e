"""Notices of an incident to many people: one letter each, in their language, released once (docs/law §13)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

import msgspec

from dsr.desk.caller import Call, Caller
from dsr.desk.dispatching.case_file import CaseFile
from dsr.desk.dispatching.content import Address
from dsr.desk.dispatching.of_matters import MatterLetterContent, seal_letter
from dsr.desk.dispatching.outbox import Outbox
from dsr.desk.errors import MatterLetterIncomplete, MatterUnknown
from dsr.desk.idempotency import Answer
from dsr.desk.matter_letters import MatterLetterDesk
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import UnitOfWork, unit_of_work, use_case
from dsr.desk.without_request import load, own_key, text_sealer
from dsr.domain.dispatch import DispatchState
from dsr.domain.matter import MATTER_LETTERS, Matter, MatterKind, MatterLetterKind
from dsr.domain.matter.guards import require_kind
from dsr.domain.matter.notices import NoticeLetter
from dsr.domain.request.letters import is_blank
from dsr.domain.request.values import Channel
from dsr.letters import MatterWording
from dsr.projections.matter_letters import notice_rows
from dsr.vault import IndexPurpose
from dsr.vault.normal_form import normal_form

_KIND: Final = MatterLetterKind.INCIDENT_NOTICE
_ENGLISH: Final = "en"


@dataclass(frozen=True)
class NoticeRecipient:
    """Somebody to tell: the person of a request, or an address. No `repr`, since it is personal data."""

    request_id: UUID | None = None
    address: Address = field(default_factory=Address)
    language: str = ""
    """ISO 639-1; empty: that of the request, else unknown."""

    def __repr__(self) -> str:
        return "<NoticeRecipient>"


class MatterNoticeDesk:
    """write a notice to many people; release it once; discard it."""

    def __init__(self, repository: Repository, letters: MatterLetterDesk, outbox: Outbox) -> None:
        self._repository = repository
        self._letters = letters
        self._outbox = outbox

    @use_case
    def prepare(
        self,
        matter_id: UUID,
        call: Call,
        *,
        texts: Mapping[str, Mapping[str, str]],
        recipients: tuple[NoticeRecipient, ...],
    ) -> Answer:
        """Write one letter to each person, as drafts: by mail where an address for mail is known, else by post.

        `texts` are what the team says, by language. Who is named twice gets one letter. ¶Raises MatterLetterIncomplete,
        RequestUnknown, KeyDestroyed (a request that was forgotten), and what `Matter.write_notice` raises.
        """
        repository, notice_id = self._repository, uuid4()
        with self._changing(matter_id, call, notice_id) as (work, matter):
            require_kind(matter, MatterKind.INCIDENT)
            _require_whole(texts)
            people = _once(self._person(each, call.caller, work.acting.at) for each in recipients)
            sender, day = self._letters.sender(matter), self._letters.calendar(matter).local_date(work.acting.at)
            wordings: dict[str, MatterWording] = {}
            letters = []
            for person in people:
                language = _language(person.language, texts)
                if language not in wordings:
                    wordings[language] = self._letters.notice(matter, texts, language)
                wording, letter_id = wordings[language], uuid4()
                content = MatterLetterContent(
                    address=person.address,
                    sender=sender,
                    subject=wording.subject,
                    parts=wording.parts,
                    texts=texts[language],
                    written_on=day,
                )
                letters.append(
                    NoticeLetter(
                        letter_id=letter_id,
                        channel=Channel.EMAIL if person.address.email else Channel.POST,
                        language=wording.languages[0],
                        message_id=f"<{letter_id}@{sender.mailbox.rpartition('@')[2]}>",
                        is_addressed=bool(person.address.email or person.address.postal),
                        content=seal_letter(repository, matter, content),
                    )
                )
            matter.write_notice(work.acting, notice_id=notice_id, letters=tuple(letters))
        return work.answer

    @use_case
    def release(self, matter_id: UUID, call: Call, *, notice_id: UUID, not_before: datetime | None = None) -> Answer:
        """Let all letters of the notice leave, one after the other from `not_before` on (None: now); those on paper
        once a person posts them. ¶Raises what `Matter.release_notice` raises.
        """
        with self._changing(matter_id, call, notice_id) as (work, matter):
            drafts = [each for each, letter in matter.letters.items() if letter.state is DispatchState.DRAFT]
            matter.release_notice(work.acting, notice_id=notice_id, not_before=not_before or work.acting.at)
            now_queued = ((each, matter.letters[each]) for each in drafts if each in matter.notices[notice_id])
            leaving = {each: letter.not_before or work.acting.at for each, letter in now_queued if letter.is_mailed}
            work.effect(lambda: self._outbox.add_all(leaving))
        return work.answer

    @use_case
    def discard(self, matter_id: UUID, call: Call, *, notice_id: UUID, reason: str) -> Answer:
        """Decide to send none of the letters of a notice that was not released. ¶Raises what `Matter.discard_notice`
        raises.
        """
        with self._changing(matter_id, call, notice_id) as (work, matter):
            seal = text_sealer(self._repository, matter.id, own_key(self._repository, matter))
            matter.discard_notice(work.acting, notice_id=notice_id, reason=seal("reason", reason))
        return work.answer

    def _person(self, recipient: NoticeRecipient, caller: Caller, at: datetime) -> NoticeRecipient:
        """The recipient with address and language. Raises RequestUnknown, KeyDestroyed."""
        if recipient.request_id is None:
            return recipient
        case = self._repository.request(recipient.request_id, caller)
        known = CaseFile(self._repository, case, at).on_file
        address = Address(name=known.name, email=known.email, postal=known.postal)
        return NoticeRecipient(address=address, language=recipient.language or case.language)

    @contextmanager
    def _changing(self, matter_id: UUID, call: Call, notice_id: UUID) -> Iterator[tuple[UnitOfWork, Matter]]:
        """A unit of work on one matter, which answers with the notice. Raises MatterUnknown, VersionStale."""
        with unit_of_work(self._repository, call) as work:
            matter = load(self._repository, Matter, matter_id, call.caller, unknown=MatterUnknown)
            work.change(matter, lambda: self._view(matter, notice_id))
            yield work, matter

    def _view(self, matter: Matter, notice_id: UUID) -> Answer:
        with self._repository.database.glancing() as connection:
            row = next(each for each in notice_rows(connection, matter.id) if each["notice_id"] == notice_id)
        return Answer(msgspec.json.encode(row), matter.version, str(notice_id))


def _require_whole(texts: Mapping[str, Mapping[str, str]]) -> None:
    """Each language says all that the letter has to say. Raises MatterLetterIncomplete."""
    for language, said in texts.items():
        missing = [each for each in MATTER_LETTERS[_KIND].texts if is_blank(said.get(each, ""))]
        if missing:
            raise MatterLetterIncomplete(language=language, missing=missing)


def _language(wanted: str, texts: Mapping[str, Mapping[str, str]]) -> str:
    """The language of a letter: that of the person if the team wrote in it, else English, else the first."""
    return next(each for each in (wanted, _ENGLISH, *texts) if each in texts)


def _once(people: Iterator[NoticeRecipient]) -> Iterator[NoticeRecipient]:
    """Each address once."""
    known = set[object]()
    for each in people:
        address = each.address
        place: object = normal_form(IndexPurpose.EMAIL, address.email) if address.email else address
        if place not in known:
            known.add(place)
            yield each
