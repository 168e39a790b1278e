"""A question to the person that helps to deal with their request, and what became of it (docs/law §10)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from dsr.domain.request.values import Channel


@dataclass(frozen=True)
class Question:
    """A question about any right, assigned by events only; it never holds plaintext and never stops the clock."""

    question_id: UUID
    asked_at: datetime
    """When the person was asked, or when it was decided to write the letter."""
    put_by: Channel | None = None
    """How the person was asked; None while the letter has not left, and once it came back."""
    remind_on: date | None = None
    """The local date of the reminder if no answer comes."""
    remind_at: datetime | None = None
    """0:00 local on that day, in UTC."""
    letter: UUID | None = None
    """The dispatch of the letter that asked it; None for one that was asked by hand."""
    answered_at: datetime | None = None
    """When the answer arrived."""
    message_id: UUID | None = None
    """The message that answered it; None for an answer that was told."""
    lapsed_at: datetime | None = None
    """When the case was closed without an answer."""

    @property
    def is_open(self) -> bool:
        """Whether an answer can still come in."""
        return self.answered_at is None and self.lapsed_at is None

    @property
    def was_put(self) -> bool:
        """Whether the person knows the question."""
        return self.put_by is not None
