"""law.md §2, as the model reckons it: what is due when, by the days of one controller or of several."""

from calendar import monthrange
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

DAY = timedelta(days=1)


def roll(calendar: Any, day: date) -> date:
    """The next day that is neither Saturday, Sunday nor holiday, or the day itself."""
    while day.weekday() >= 5 or day in calendar.holidays:
        day += DAY
    return day


def working_days_after(calendar: Any, day: date, count: int) -> date:
    """Working days later; the day itself is not counted."""
    for _ in range(count):
        day = roll(calendar, day + DAY)
    return day


class Dates:
    """The clock of one case under the rules of the EU."""

    def __init__(self, calendar: Any, received_at: datetime) -> None:
        self.calendar, self.calendars, self.received_at = calendar, [calendar], received_at
        self.received_on: date = calendar.local_date(received_at)
        self.clock_day = self.received_on
        """When the dates were last told."""
        self.questions: list[SimpleNamespace] = []
        self.extended_at: datetime | None = None
        self._last_days: dict[str, date] = {}

    def ask(self, kind: str, day: date, today: date) -> None:
        """A question leaves; only without undue delay does it stop the clock of the controller that was reached."""
        if day <= self.last_day_to_ask(self.calendar):
            self.questions.append(SimpleNamespace(kind=kind, asked=day, answered=None))
            self.clock_day = today

    def answer(self, kind: str, day: date, today: date) -> None:
        """What was asked and is open is answered, or waited for no longer; recorded late, never before it was asked."""
        for question in self.questions:
            if question.kind == kind and question.answered is None:
                question.answered = max(day, question.asked)
                self.clock_day = today

    def last_day_to_ask(self, calendar: Any) -> date:
        if calendar.country not in self._last_days:
            self._last_days[calendar.country] = working_days_after(calendar, self.received_on, 5)
        return self._last_days[calendar.country]

    def months(self, count: int, after: date | None = None) -> date:
        """The same day number some months after R, or after a day, or the last day of that month."""
        start = after or self.received_on
        years, month = divmod(start.month - 1 + count, 12)
        year = start.year + years
        return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))

    def suspended(self, calendar: Any, as_of: date, *kinds: str, certain: bool) -> timedelta:
        """S, or with one kind S_id: local dates in [asked, sufficient), once."""
        days: set[date] = set()
        for question in self.questions:
            if question.kind in kinds and question.asked <= min(self.last_day_to_ask(calendar), as_of):
                still_open = question.answered is None or question.answered > as_of
                if not (still_open and certain):
                    end = as_of if still_open else question.answered
                    days |= {question.asked + DAY * n for n in range((end - question.asked).days)}
        return timedelta(days=len(days))

    def month_ends(self, as_of: date, *, suspended: bool = True) -> date:
        """The un-extended statutory date: of those of all controllers that had the case, the earliest."""
        return min(
            roll(each, self.months(1) + (self._waited(each, as_of, certain=False) if suspended else timedelta()))
            for each in self.calendars
        )

    def dates(self, as_of: date, *, certain: bool = False) -> tuple[date, date | None, date]:
        """Statutory date, promise, effective date; `certain`, as if no open question had been asked."""
        extended_on = self.extended_at and self.calendar.local_date(self.extended_at)
        if extended_on and extended_on <= as_of and extended_on <= self.month_ends(extended_on):
            end = min(
                roll(each, self.months(3) + self._waited(each, as_of, certain=certain)) for each in self.calendars
            )
            return end, None, end
        statutory = min(
            roll(each, self.months(1) + self._waited(each, as_of, certain=certain)) for each in self.calendars
        )
        promise = min(
            self.received_on + 30 * DAY + self.suspended(each, as_of, "identity", certain=certain)
            for each in self.calendars
        )
        return statutory, promise, min(statutory, promise)

    def _waited(self, calendar: Any, as_of: date, *, certain: bool) -> timedelta:
        return self.suspended(calendar, as_of, "identity", "clarification", certain=certain)
