"""Letters that the service sends for a matter: written, released (some by a second person), sent, returned (docs/law
§5, §13).

When a letter leaves, its effect is recorded with it: the complaint is acknowledged, or the matter is answered.
"""

from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from dsr.domain.acting import Acting, CaseActing
from dsr.domain.dispatch import DispatchState
from dsr.domain.errors import Refused, Unknown
from dsr.domain.events import Event
from dsr.domain.frozen import replace
from dsr.domain.matter.complaint import ComplaintAcknowledged
from dsr.domain.matter.errors import MatterAcknowledged, MatterDatesInvalid
from dsr.domain.matter.guards import require_kind, require_open, require_unanswered
from dsr.domain.matter.state import MatterAnswerRecorded, MatterState
from dsr.domain.matter.values import MATTER_LETTERS, LetterOnItsWay, MatterLetterKind, MatterStatus
from dsr.domain.request.errors import FourEyes, ReasonRequired
from dsr.domain.request.values import Channel
from dsr.domain.sealed import Sealed

_ANSWERS: Final = (MatterLetterKind.ANSWER, MatterLetterKind.AUTHORITY_REPLY)

_UNDECIDED: Final = (DispatchState.DRAFT, DispatchState.QUEUED, DispatchState.FAILED)
"""States in which a person can still decide not to send the letter."""

_NOT_LEAVING: Final = (DispatchState.DRAFT, DispatchState.SENT, DispatchState.BOUNCED)
"""States in which nothing records that the letter left."""


class MatterLetterUnknown(Unknown):
    """The matter has no such letter. `GET /matters/{matter_id}/dispatches` lists its letters."""

    code = "matter-letter-unknown"


class MatterLetterNotDraft(Refused):
    """This letter is no longer a draft. Look at its `state` (`GET /matters/{matter_id}/dispatches`); to send another
    text, write another letter.
    """

    code = "matter-letter-not-draft"


class MatterLetterOfNotice(Refused):
    """This letter is part of a notice to many people, which is released as a whole:
    `POST /matters/{matter_id}/notices/{notice_id}/release`.
    """

    code = "matter-letter-of-notice"


class MatterLetterNotQueued(Refused):
    """This letter is not waiting to be sent. Release a draft with
    `POST /matters/{matter_id}/dispatches/{letter_id}/release`; a letter that left is not sent again.
    """

    code = "matter-letter-not-queued"


class MatterLetterNotByPost(Refused):
    """The service sends this letter by mail, and records that itself. Mark only a paper letter as posted."""

    code = "matter-letter-not-by-post"


class MatterLetterUnaddressed(Refused):
    """The letter needs an address for its channel: `address` has `email` for `email`, and `postal` for `post`."""

    code = "matter-letter-unaddressed"


class MatterLetterWritten(Event):
    """A letter of the matter was written, as a draft."""

    TOPIC: ClassVar[str] = "dsr.matter.letter-written"
    letter_id: UUID
    kind: MatterLetterKind
    channel: Channel
    language: str
    """ISO 639-1; a letter to a person in another language has its English text below."""
    message_id: str
    """Message-ID of the mail, with its angle brackets: the same on every attempt."""
    content: Sealed
    """Its address, its wording, and what the team wrote in it."""

    def apply(self, matter: MatterState) -> None:
        matter.letters[self.letter_id] = LetterOnItsWay(
            self.kind, self.channel, self.message_id, self.actor, version=self.originator_version
        )


class MatterLetterReleased(Event):
    """The letter may leave: the service mails it, or a person posts it."""

    TOPIC: ClassVar[str] = "dsr.matter.letter-released"
    letter_id: UUID
    not_before: datetime

    def apply(self, matter: MatterState) -> None:
        matter.letters[self.letter_id] = replace(
            matter.letters[self.letter_id],
            state=DispatchState.QUEUED,
            released_at=self.timestamp,
            not_before=self.not_before,
        )


class MatterLetterDiscarded(Event):
    """A person decided not to send the letter."""

    TOPIC: ClassVar[str] = "dsr.matter.letter-discarded"
    letter_id: UUID
    reason: Sealed

    def apply(self, matter: MatterState) -> None:
        _move(matter, self.letter_id, DispatchState.DISCARDED)


class MatterLetterSent(Event):
    """The letter left."""

    TOPIC: ClassVar[str] = "dsr.matter.letter-sent"
    letter_id: UUID
    sent_at: datetime
    transport: str
    """How it left, such as `smtp` or `post`."""

    def apply(self, matter: MatterState) -> None:
        _move(matter, self.letter_id, DispatchState.SENT)


class MatterLetterFailed(Event):
    """The letter will not leave; the code says why."""

    TOPIC: ClassVar[str] = "dsr.matter.letter-failed"
    letter_id: UUID
    reason: str

    def apply(self, matter: MatterState) -> None:
        _move(matter, self.letter_id, DispatchState.FAILED)


class MatterLetterReturned(Event):
    """A mail server returned the letter for good."""

    TOPIC: ClassVar[str] = "dsr.matter.letter-returned"
    letter_id: UUID
    status: str
    """RFC 3463."""

    def apply(self, matter: MatterState) -> None:
        _move(matter, self.letter_id, DispatchState.BOUNCED)


def _move(matter: MatterState, letter_id: UUID, state: DispatchState) -> None:
    matter.letters[letter_id] = replace(matter.letters[letter_id], state=state)


class SendingCommands(MatterState):
    """write, release and discard letters; record that they left, failed or came back."""

    def write_letter(
        self,
        acting: Acting,
        *,
        letter_id: UUID,
        kind: MatterLetterKind,
        channel: Channel,
        language: str,
        message_id: str,
        is_addressed: bool,
        content: Sealed,
    ) -> None:
        """Write a letter as a draft; it leaves only after it was released.

        Raises MatterClosed, MatterAnswered, MatterAcknowledged, MatterOfOtherKind, MatterLetterUnaddressed.
        """
        self._require_wanted(kind)
        require_kind(self, *MATTER_LETTERS[kind].kinds)
        if not is_addressed:
            raise MatterLetterUnaddressed()
        self.record(
            acting,
            MatterLetterWritten,
            letter_id=letter_id,
            kind=kind,
            channel=channel,
            language=language,
            message_id=message_id,
            content=content,
        )

    def release_letter(self, acting: Acting, *, letter_id: UUID, not_before: datetime) -> None:
        """Let a draft leave, from `not_before` on. A second person releases a letter that says more than is on record
        (docs/law §3).

        Raises MatterLetterUnknown, MatterLetterNotDraft, MatterLetterOfNotice, FourEyes, MatterClosed, MatterAnswered,
        MatterAcknowledged.
        """
        letter = self._require_undecided(letter_id, DispatchState.DRAFT)
        if letter.notice_id is not None:
            raise MatterLetterOfNotice()
        self._require_wanted(letter.kind)
        if MATTER_LETTERS[letter.kind].is_decided_by_two and acting.actor == letter.written_by:
            raise FourEyes()
        self.record(acting, MatterLetterReleased, letter_id=letter_id, not_before=max(not_before, acting.at))

    def discard_letter(self, acting: Acting, *, letter_id: UUID, reason: Sealed | None) -> None:
        """Decide not to send a letter. Raises MatterLetterUnknown, MatterLetterNotDraft (it left), ReasonRequired."""
        self._require_undecided(letter_id, *_UNDECIDED)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, MatterLetterDiscarded, letter_id=letter_id, reason=reason)

    def record_letter_sent(
        self,
        acting: CaseActing,
        *,
        letter_id: UUID,
        sent_at: datetime,
        transport: str,
        reasons: Sealed | None,
        remedies: Sealed | None,
    ) -> None:
        """Record that a letter left, and that it acknowledges the complaint or answers the matter, if nothing did.

        A letter that left counts even if a person discarded it meanwhile. `reasons` and `remedies` are what an answer
        says. Raises
        MatterLetterUnknown, MatterLetterNotQueued, MatterDatesInvalid.
        """
        letter = self._letter(letter_id)
        if letter.released_at is None or letter.state in _NOT_LEAVING:
            raise MatterLetterNotQueued()
        if not letter.released_at <= sent_at <= acting.at:
            raise MatterDatesInvalid(released_at=letter.released_at.isoformat())
        self.record(acting, MatterLetterSent, letter_id=letter_id, sent_at=sent_at, transport=transport)
        late = self.is_late(acting.at)
        if letter.kind is MatterLetterKind.ACKNOWLEDGEMENT and not self.acknowledged:
            self.record(acting, ComplaintAcknowledged, acknowledged_at=sent_at, channel=letter.channel, late=late)
        if letter.kind in _ANSWERS and self.status is MatterStatus.OPEN and reasons is not None:
            self.record(
                acting,
                MatterAnswerRecorded,
                answered_at=sent_at,
                channel=letter.channel,
                reasons=reasons,
                remedies=remedies,
                late=late,
            )

    def record_letter_failed(self, acting: Acting, *, letter_id: UUID, reason: str) -> None:
        """Record that a letter will not leave; `reason` is a code.

        Raises MatterLetterUnknown, MatterLetterNotQueued.
        """
        self._require_on_its_way(letter_id, DispatchState.QUEUED)
        self.record(acting, MatterLetterFailed, letter_id=letter_id, reason=reason)

    def record_letter_returned(self, acting: Acting, *, letter_id: UUID, status: str) -> None:
        """Record that a mail server returned a letter for good; once.

        That it had left in time stays true. Raises MatterLetterUnknown, MatterLetterNotQueued (it never left, or came
        back before).
        """
        self._require_on_its_way(letter_id, DispatchState.SENT)
        self.record(acting, MatterLetterReturned, letter_id=letter_id, status=status)

    def _letter(self, letter_id: UUID) -> LetterOnItsWay:
        letter = self.letters.get(letter_id)
        if letter is None:
            raise MatterLetterUnknown()
        return letter

    def _require_undecided(self, letter_id: UUID, *states: DispatchState) -> LetterOnItsWay:
        letter = self._letter(letter_id)
        if letter.state not in states:
            raise MatterLetterNotDraft(state=letter.state.value)
        return letter

    def _require_on_its_way(self, letter_id: UUID, state: DispatchState) -> None:
        letter = self._letter(letter_id)
        if letter.state is not state:
            raise MatterLetterNotQueued(state=letter.state.value)

    def _require_wanted(self, kind: MatterLetterKind) -> None:
        """A letter of this kind is still of use."""
        require_open(self)
        if kind in _ANSWERS:
            require_unanswered(self)
        if kind is MatterLetterKind.ACKNOWLEDGEMENT and self.acknowledged:
            raise MatterAcknowledged()
