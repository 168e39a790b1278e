"""Notices of an incident to many people: one letter each, released once by a second person (GDPR Art. 34; docs/law
§13).

The letters leave one after the other, so that they hold up no other letter. From then on each is sent, fails or comes
back as any letter of a matter.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

from dsr.domain.acting import Acting
from dsr.domain.dispatch import DispatchState
from dsr.domain.errors import Invalid, Unknown
from dsr.domain.events import Event
from dsr.domain.frozen import replace
from dsr.domain.matter.guards import require_kind, require_open
from dsr.domain.matter.sending import MatterLetterNotDraft, MatterLetterUnaddressed, MatterLetterWritten
from dsr.domain.matter.state import MatterState
from dsr.domain.matter.values import MatterKind, MatterLetterKind
from dsr.domain.request.errors import FourEyes, ReasonRequired
from dsr.domain.request.values import Channel
from dsr.domain.sealed import Sealed

_PER_MINUTE: Final = 60
"""How many letters of one notice leave within a minute at most."""


class NoticeUnknown(Unknown):
    """The matter has no such notice. `GET /matters/{matter_id}/notices` lists its notices."""

    code = "notice-unknown"


class NoticeWithoutRecipients(Invalid):
    """A notice needs somebody to tell. Name at least one request or address in `recipients`."""

    code = "notice-without-recipients"


@dataclass(frozen=True)
class NoticeLetter:
    """The letter to one of the people, ready to be recorded."""

    letter_id: UUID
    channel: Channel
    language: str
    message_id: str
    is_addressed: bool
    content: Sealed


class MatterNoticeWritten(Event):
    """These letters, which were written just before, are one notice: they are released or discarded together."""

    TOPIC: ClassVar[str] = "dsr.matter.notice-written"
    notice_id: UUID
    letter_ids: tuple[UUID, ...]
    """In the order in which they leave."""

    def apply(self, matter: MatterState) -> None:
        matter.notices[self.notice_id] = self.letter_ids
        for letter_id in self.letter_ids:
            matter.letters[letter_id] = replace(matter.letters[letter_id], notice_id=self.notice_id)


class MatterNoticeReleased(Event):
    """All letters of the notice that are still drafts may leave: the first at `not_before`."""

    TOPIC: ClassVar[str] = "dsr.matter.notice-released"
    notice_id: UUID
    not_before: datetime
    per_minute: int
    """How many leave within a minute."""

    def apply(self, matter: MatterState) -> None:
        for place, letter_id in enumerate(matter.notices[self.notice_id]):
            letter = matter.letters[letter_id]
            if letter.state is DispatchState.DRAFT:
                matter.letters[letter_id] = replace(
                    letter,
                    state=DispatchState.QUEUED,
                    released_at=self.timestamp,
                    not_before=self.leaves_at(place),
                )

    def leaves_at(self, place: int) -> datetime:
        """When the letter at this place may leave."""
        return self.not_before + timedelta(seconds=place * 60 / self.per_minute)


class MatterNoticeDiscarded(Event):
    """A person decided to send none of the letters of the notice."""

    TOPIC: ClassVar[str] = "dsr.matter.notice-discarded"
    notice_id: UUID
    reason: Sealed

    def apply(self, matter: MatterState) -> None:
        for letter_id in matter.notices[self.notice_id]:
            letter = matter.letters[letter_id]
            if letter.state is DispatchState.DRAFT:
                matter.letters[letter_id] = replace(letter, state=DispatchState.DISCARDED)


class NoticeCommands(MatterState):
    """write, release and discard a notice to many people."""

    def write_notice(self, acting: Acting, *, notice_id: UUID, letters: tuple[NoticeLetter, ...]) -> None:
        """Write a notice as drafts, one letter to each person.

        Raises MatterClosed, MatterOfOtherKind, NoticeWithoutRecipients, MatterLetterUnaddressed.
        """
        require_open(self)
        require_kind(self, MatterKind.INCIDENT)
        if not letters:
            raise NoticeWithoutRecipients()
        unaddressed = [place for place, each in enumerate(letters) if not each.is_addressed]
        if unaddressed:
            raise MatterLetterUnaddressed(places=unaddressed)
        for each in letters:
            self.record(
                acting,
                MatterLetterWritten,
                letter_id=each.letter_id,
                kind=MatterLetterKind.INCIDENT_NOTICE,
                channel=each.channel,
                language=each.language,
                message_id=each.message_id,
                content=each.content,
            )
        self.record(
            acting, MatterNoticeWritten, notice_id=notice_id, letter_ids=tuple(each.letter_id for each in letters)
        )

    def release_notice(self, acting: Acting, *, notice_id: UUID, not_before: datetime) -> None:
        """Let all drafts of the notice leave, the first at `not_before` or now. A second person releases it.

        Raises NoticeUnknown, MatterClosed, MatterLetterNotDraft (no draft is left), FourEyes.
        """
        drafts = self._drafts_of(notice_id)
        require_open(self)
        if not drafts:
            raise MatterLetterNotDraft()
        if any(self.letters[each].written_by == acting.actor for each in drafts):
            raise FourEyes()
        self.record(
            acting,
            MatterNoticeReleased,
            notice_id=notice_id,
            not_before=max(not_before, acting.at),
            per_minute=_PER_MINUTE,
        )

    def discard_notice(self, acting: Acting, *, notice_id: UUID, reason: Sealed | None) -> None:
        """Decide to send none of the letters of a notice that was not released.

        Raises NoticeUnknown, MatterLetterNotDraft (no draft is left), ReasonRequired.
        """
        if not self._drafts_of(notice_id):
            raise MatterLetterNotDraft()
        if reason is None:
            raise ReasonRequired()
        self.record(acting, MatterNoticeDiscarded, notice_id=notice_id, reason=reason)

    def _drafts_of(self, notice_id: UUID) -> tuple[UUID, ...]:
        letter_ids = self.notices.get(notice_id)
        if letter_ids is None:
            raise NoticeUnknown()
        return tuple(each for each in letter_ids if self.letters[each].state is DispatchState.DRAFT)
