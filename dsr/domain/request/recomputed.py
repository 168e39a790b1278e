"""How an audit computes the dates of an event again: the state before it, and the rule of its type (docs/law §7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final, TypeVar

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import (
    Deadline,
    WorkingCalendar,
)
from dsr.domain.errors import DomainError
from dsr.domain.events import Event
from dsr.domain.request import Request
from dsr.domain.ropa import RecordOfProcessing, RopaMissing, RopaVersion, working_days

E = TypeVar("E", bound=Event)
B = TypeVar("B")


@dataclass(frozen=True)
class Before:
    """The state of the log when the event was recorded."""

    case: Request
    """The case after the earlier events, with corrected dates; for the first event, a new case."""
    previous: Event | None
    """The event before, of the same case."""
    record: RecordOfProcessing | None
    """All versions adopted until then."""

    @property
    def calendar(self) -> WorkingCalendar:
        """The working days that count for the case: those of every controller that had it, by the pinned version.

        Raises RopaMissing, RopaVersionUnknown, ControllerUnknown.
        """
        return self.calendar_of(*self.case.held_by)

    def calendar_of(self, first: str, *others: str) -> WorkingCalendar:
        """The working days that count if these controllers had the case in turn. Raises as above."""
        return self.calendar_corrected_by(self.case.calendar_version, first, *others)

    def calendar_corrected_by(self, number: int, first: str, *others: str) -> WorkingCalendar:
        """The same, by the calendars of that version of the record. Raises as above."""
        return working_days(self.version(self.case.ropa_version), self.version(number), (first, *others))

    def version(self, number: int) -> RopaVersion:
        """A version of the record of processing. Raises RopaMissing, RopaVersionUnknown."""
        if self.record is None:
            raise RopaMissing()
        return self.record.at_version(number)

    def acting(self, event: Event) -> CaseActing:
        """Who recorded the event, and when."""
        return CaseActing(event.actor, event.timestamp, self.calendar)

    def on(self, event: Event) -> date:
        """The local date on which an event was recorded."""
        return self.calendar.local_date(event.timestamp)


Dates = Mapping[str, Any]
"""Fields of an event with the values that the rules give."""

Rule = Callable[[E, B], Dates]


@dataclass(frozen=True)
class Discrepancy:
    """A field of an event that differs from what the rules give."""

    field: str
    """Such as `late` or `deadline.statutory_due`; `event` if a rule would have refused it."""
    recorded: object
    recomputed: object
    """The value that the rules give; if they refuse, the code of the refusal."""


RULES: Final[dict[type[Event], Rule[Any, Any]]] = {}
"""Functions that compute the legal dates, by event type; other events hold no dates."""


def recomputes(event_type: type[E]) -> Callable[[Rule[E, B]], Rule[E, B]]:
    """Register the function that computes the legal dates of these events."""

    def register(rule: Rule[E, B]) -> Rule[E, B]:
        if event_type in RULES:
            raise ValueError(f"{event_type.__name__} is recomputed twice")
        RULES[event_type] = rule
        return rule

    return register


def recompute(event: Event, before: object) -> tuple[int, tuple[Discrepancy, ...], Event]:
    """The number of fields computed, those that differ, and the event as it should have been. `before` is what the rule
    of its type asks for: the state of the case, or of the matter.

    Later events are compared with the corrected history, so that a wrong date is reported only where it occurs.
    """
    rule = RULES.get(type(event))
    if rule is None:
        return 0, (), event
    try:
        dates = rule(event, before)
    except DomainError as refusal:
        return 1, (Discrepancy("event", event.TOPIC, refusal.code),), event
    wrong = {name: value for name, value in dates.items() if getattr(event, name) != value}
    found = tuple(each for name, value in wrong.items() for each in _compare(name, getattr(event, name), value))
    return len(dates), found, replace(event, **wrong) if wrong else event


def _compare(name: str, recorded: object, recomputed: object) -> list[Discrepancy]:
    if isinstance(recorded, Deadline) and isinstance(recomputed, Deadline):
        pairs = [(each.name, getattr(recorded, each.name), getattr(recomputed, each.name)) for each in fields(Deadline)]
        return [Discrepancy(f"{name}.{part}", ours, theirs) for part, ours, theirs in pairs if ours != theirs]
    return [Discrepancy(name, recorded, recomputed)]
