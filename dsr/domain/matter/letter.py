"""Letters of authorities and courts: inquiries, orders and claims, with the date that they set (docs/law §13; GDPR Art.
58, 79, 82).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final, Self
from uuid import UUID

from dsr.domain.acting import Acting, CaseActing
from dsr.domain.deadlines.calendar import WorkingCalendar
from dsr.domain.events import Event
from dsr.domain.matter.guards import require_between, require_kind, require_unanswered
from dsr.domain.matter.state import MatterOpened, MatterState
from dsr.domain.matter.values import LETTERS, MatterDate, MatterDue, MatterHold, MatterKind
from dsr.domain.request.errors import ReasonRequired, ReceiptInFuture
from dsr.domain.request.values import Channel
from dsr.domain.ropa import Ropa
from dsr.domain.sealed import KeyIntroduction, Sealed

_WARN_WORKING_DAYS: Final = 5


class AuthorityLetterDescribed(Event):
    """Which authority or court wrote, and under which file number."""

    TOPIC: ClassVar[str] = "dsr.matter.letter-described"
    authority: str
    """Name of the authority or court: an organisation, never a person."""
    file_number: Sealed | None
    """It may identify a person there."""

    def apply(self, matter: MatterState) -> None:
        matter.authority = self.authority


class MatterDateMoved(Event):
    """A new letter of the authority or court set another date."""

    TOPIC: ClassVar[str] = "dsr.matter.date-moved"
    date: MatterDate
    received_at: datetime
    channel: Channel
    content: Sealed

    def apply(self, matter: MatterState) -> None:
        matter.date = self.date
        matter.is_warned = matter.is_missed = False


class MatterHoldsPlaced(Event):
    """Legal holds lie on cases that a claim concerns, until the matter is closed."""

    TOPIC: ClassVar[str] = "dsr.matter.holds-placed"
    holds: tuple[MatterHold, ...]

    def apply(self, matter: MatterState) -> None:
        matter.holds = (*matter.holds, *self.holds)


@dataclass(frozen=True)
class AuthorityLetter:
    """A letter of an authority or a court."""

    kind: MatterKind
    authority: str
    due_on: date
    channel: Channel
    received_at: datetime
    language: str


class AuthorityLetterCommands(MatterState):
    """open a letter of an authority or court, move its date, note holds."""

    @classmethod
    def open_letter(
        cls,
        acting: CaseActing,
        *,
        matter_id: UUID,
        reference: str,
        controller_id: str,
        letter: AuthorityLetter,
        request_ids: tuple[UUID, ...],
        document: Ropa,
        ropa_version: int,
        keys: tuple[KeyIntroduction, ...],
        file_number: Sealed | None,
        content: Sealed | None,
    ) -> Self:
        """Open an inquiry, an order or a claim, with the last day that it sets, which is never moved to a working day.

        Raises MatterOfOtherKind, ControllerUnknown, ReceiptInFuture, ReasonRequired (no content).
        """
        document.controller(controller_id)
        if letter.received_at > acting.at:
            raise ReceiptInFuture(received_at=letter.received_at.isoformat())
        if content is None:
            raise ReasonRequired("Write down what the letter says.")
        opened = cls.create(
            acting,
            MatterOpened,
            stream_id=matter_id,
            reference=reference,
            kind=letter.kind,
            controller_id=controller_id,
            channel=letter.channel,
            received_at=letter.received_at,
            received_on=acting.calendar.local_date(letter.received_at),
            language=letter.language,
            request_ids=request_ids,
            message_id=None,
            ropa_version=ropa_version,
            date=date_of_letter(letter.due_on, acting.calendar),
            keys=keys,
            sender=None,
            content=content,
        )
        require_kind(opened, *LETTERS)
        opened.record(acting, AuthorityLetterDescribed, authority=letter.authority, file_number=file_number)
        return opened

    def move_date(
        self, acting: CaseActing, *, due_on: date, received_at: datetime, channel: Channel, content: Sealed | None
    ) -> None:
        """Set another date, as a new letter of the authority or court says; nothing else moves it.

        Raises MatterClosed, MatterAnswered, MatterOfOtherKind, MatterDatesInvalid, ReasonRequired (no letter).
        """
        require_unanswered(self)
        require_kind(self, *LETTERS)
        require_between(self, acting, received_at)
        if content is None:
            raise ReasonRequired("Write down what the new letter says.")
        self.record(
            acting,
            MatterDateMoved,
            date=date_of_letter(due_on, acting.calendar),
            received_at=received_at,
            channel=channel,
            content=content,
        )

    def note_holds(self, acting: Acting, *, holds: tuple[MatterHold, ...]) -> None:
        """Note the legal holds that were placed on cases for a claim. Raises MatterClosed, MatterAnswered,
        MatterOfOtherKind.
        """
        require_unanswered(self)
        require_kind(self, MatterKind.COURT_CLAIM)
        self.record(acting, MatterHoldsPlaced, holds=holds)


SET_BY_LETTER: Final = "letter of the authority or court"
"""The source of a date that follows from no provision."""


def date_of_letter(due_on: date, calendar: WorkingCalendar) -> MatterDate:
    """The date that a letter sets; it is never moved to a working day."""
    return MatterDate(
        due=MatterDue.REPLY,
        on=due_on,
        ends_at=calendar.end_of(due_on),
        warn_at=calendar.begin_of(calendar.subtract_working_days(due_on, _WARN_WORKING_DAYS)),
        latest_on=None,
        source=SET_BY_LETTER,
    )
