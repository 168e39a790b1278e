"""A missed date stays missed, whatever moves it later (docs/law §10; GDPR Art. 5(2))."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from dsr.domain.deadlines import Deadline


class MissedKind(StrEnum):
    """The date that was missed; codes are public."""

    PROMISE = "promise"
    """The date that the privacy notice promises."""
    STATUTORY_DATE = "statutory-date"
    """The date of the statute, as it stood."""


@dataclass(frozen=True)
class Missed:
    """A date that passed without an answer, by what was on record then."""

    kind: MissedKind
    due: date
    noted_at: datetime
    """The first record after the date had passed."""
    moved_at: datetime | None = None
    """When the date was moved later; None while it is not."""
    stated_at: datetime | None = None
    """When the statement was recorded that moves it: before, if it had to be confirmed."""
    moved_by: str = ""
    """Who recorded that statement."""
    confirmed_by: str = ""
    """The approver who confirmed it, if it had to be confirmed."""


def dates_of(deadline: Deadline) -> Iterator[tuple[MissedKind, date, datetime]]:
    """The dates of a deadline, without an open question, and their ends."""
    if deadline.promise_due is not None and deadline.promise_ends_at is not None:
        yield MissedKind.PROMISE, deadline.promise_due, deadline.promise_ends_at
    yield MissedKind.STATUTORY_DATE, deadline.certain_statutory_due, deadline.statutory_ends_at


def is_later(deadline: Deadline, missed: Missed) -> bool:
    """Whether the deadline gives a later date than the one that was missed; an extension drops the promise."""
    if missed.kind is MissedKind.PROMISE:
        return deadline.promise_due is None or deadline.promise_due > missed.due
    return deadline.statutory_due > missed.due
