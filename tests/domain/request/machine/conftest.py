"""A small model of the law, written from law.md and not from the code: what is allowed, and what is due when.

It knows the EU regime, one case, and no event. The machine beside it compares the case with it after each step.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from dsr.domain.rights import Right

DAY = timedelta(days=1)


class Item:
    """One right in the model."""

    def __init__(self, right: Right, marketing: bool) -> None:
        self.right, self.status, self.answered, self.refused_at = right, "open", False, None
        self.absolute = right is Right.CONSENT_WITHDRAWAL or (right is Right.OBJECTION and marketing)

    @property
    def pending(self) -> bool:
        return self.status in ("open", "granted")


class Law:
    """What law.md says of one case."""

    def __init__(self, calendar: Any, received_at: datetime, authenticated: bool) -> None:
        self.calendar, self.received_at, self.authenticated = calendar, received_at, authenticated
        self.received_on: date = calendar.local_date(received_at)
        self.clock_day = self.received_on
        self.registered = self.closed = False
        self.outcome: str | None = None
        self.items: dict[str, Item] = {}
        self.identity, self.asked_on, self.evidence = "not-needed", None, set()
        self.opinions, self.supported = set(), False
        self.questions: list[SimpleNamespace] = []
        self.clarification: date | None = None
        self.extension: SimpleNamespace | None = None
        self.extended_at: datetime | None = None
        self.refusals: dict[str, SimpleNamespace] = {}
        self.last_word = self.executing = False
        self.last_day_to_ask = self.received_on
        for _ in range(5):
            self.last_day_to_ask = self.roll(self.last_day_to_ask + DAY)

    # law.md §2

    def roll(self, day: date) -> date:
        while day.weekday() >= 5 or day in self.calendar.holidays:
            day += DAY
        return day

    def months(self, count: int) -> date:
        years, month = divmod(self.received_on.month - 1 + count, 12)
        year = self.received_on.year + years
        return date(year, month + 1, min(self.received_on.day, monthrange(year, month + 1)[1]))

    def suspended(self, as_of: date, *kinds: str, certain: bool) -> timedelta:
        days = set()
        for q in self.questions:
            if q.kind in kinds and q.asked <= min(self.last_day_to_ask, as_of):
                still_open = q.answered is None or q.answered > as_of
                if not (still_open and certain):
                    end = as_of if still_open else q.answered
                    days |= {q.asked + DAY * n for n in range((end - q.asked).days)}
        return timedelta(days=len(days))

    def month_ends(self, as_of: date, certain: bool = False) -> date:
        return self.roll(self.months(1) + self.suspended(as_of, "identity", "clarification", certain=certain))

    def dates(self, as_of: date, certain: bool = False) -> tuple[date, date | None, date]:
        """Statutory date, promise, effective date."""
        extended_on = self.extended_at and self.calendar.local_date(self.extended_at)
        if extended_on and extended_on <= as_of and extended_on <= self.month_ends(extended_on):
            days = self.suspended(as_of, "identity", "clarification", certain=certain)
            end = self.roll(self.months(3) + days)
            return end, None, end
        statutory = self.month_ends(as_of, certain)
        promise = self.received_on + 30 * DAY + self.suspended(as_of, "identity", certain=certain)
        return statutory, promise, min(statutory, promise)

    # law.md §3

    @property
    def lifecycle(self) -> str:
        if self.closed:
            return "closed"
        if not self.items:
            return "received"
        return "executing" if self.executing else "assessing"

    @property
    def doubt(self) -> bool:
        return self.identity in ("asked", "insufficient", "failed")

    @property
    def in_question(self) -> bool:
        return self.identity in ("asked", "insufficient")

    def pending(self, *rights: Right) -> bool:
        return any(i.pending and (not rights or i.right in rights) for i in self.items.values())

    def ask(self, kind: str, day: date, today: date) -> None:
        self.questions.append(SimpleNamespace(kind=kind, asked=day, answered=None))
        if day <= self.last_day_to_ask:
            self.clock_day = today

    def answer(self, kind: str, day: date, today: date) -> None:
        for q in self.questions:
            if q.kind == kind and q.answered is None:
                q.answered = day
                if q.asked <= self.last_day_to_ask:
                    self.clock_day = today

    def has(self, *statuses: str) -> bool:
        return not self.closed and any(item.status in statuses for item in self.items.values())

    def close(self, outcome: str) -> None:
        self.closed, self.outcome, self.evidence = True, outcome, set()
        if outcome in ("unidentified", "duplicate"):
            for item in self.items.values():
                if item.pending and outcome == "unidentified":
                    item.status, item.answered = "refused", True
                elif item.pending:
                    item.status, item.answered = "withdrawn", False
            self.refusals.clear()


@pytest.fixture
def law() -> SimpleNamespace:
    """The model: `law.Law` for a case, `law.Item` for a right in it."""
    return SimpleNamespace(Law=Law, Item=Item)
