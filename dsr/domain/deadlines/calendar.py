"""Working days and local dates of one controller, frozen when its record of processing was adopted."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dsr.domain.errors import Refused

_DAY = timedelta(days=1)
_SATURDAY = 5


class CalendarExhausted(Refused):
    """No public holidays are known for this year. Adopt the record of processing again to load the years that are
    missing.
    """

    code = "calendar-exhausted"


@dataclass(frozen=True)
class WorkingCalendar:
    """Working days and the end of a day, for one country and zone.

    A calendar is data: holidays are resolved once and stored, so that an update of a holiday package moves no date. A
    question about a day outside `first_year`..`last_year` raises CalendarExhausted; nothing is guessed.
    """

    country: str
    """ISO 3166-1 alpha-2."""
    zone: str
    """IANA name of the time zone of the mailbox or desk."""
    version: str
    """Package and version that resolved the holidays, and that of our corrections: `holidays 0.109, corrections 1`."""
    first_year: int
    last_year: int
    holidays: tuple[date, ...]
    """Nationwide public holidays of those years; kept in order, so that equal calendars serialise equally."""
    doubtful: tuple[date, ...] = ()
    """Days that may be public holidays, in order. They count as working days, so that a duty ends early rather than
    late (docs/law §2).
    """

    def __post_init__(self) -> None:
        object.__setattr__(self, "holidays", tuple(sorted(set(self.holidays))))
        object.__setattr__(self, "doubtful", tuple(sorted(set(self.doubtful))))

    def each(self) -> tuple["WorkingCalendar", ...]:
        """All calendars that count: only this one."""
        return (self,)

    def local_date(self, instant: datetime) -> date:
        """The calendar date of the instant in the zone. Raises ValueError for a time without a zone."""
        if instant.tzinfo is None:
            raise ValueError("an instant needs a zone")
        return instant.astimezone(ZoneInfo(self.zone)).date()

    def end_of(self, day: date) -> datetime:
        """The instant, in UTC, of 24:00 local on `day`: the first instant that is too late.

        Where clocks change at midnight, `fold=0` takes the first 00:00, or the instant that skips it.
        """
        return datetime.combine(day + _DAY, time.min, ZoneInfo(self.zone)).astimezone(UTC)

    def begin_of(self, day: date) -> datetime:
        """The instant, in UTC, at which `day` begins in the zone."""
        return self.end_of(day - _DAY)

    def is_working_day(self, day: date) -> bool:
        """Whether `day` is neither Saturday, Sunday nor public holiday (Reg. 1182/71 Art. 2(2))."""
        return day.weekday() < _SATURDAY and not self.is_holiday(day)

    def is_holiday(self, day: date) -> bool:
        """Whether `day` is a nationwide public holiday. Raises CalendarExhausted."""
        if not self.first_year <= day.year <= self.last_year:
            raise CalendarExhausted(country=self.country, day=day.isoformat(), last_year=self.last_year)
        place = bisect_left(self.holidays, day)
        return place < len(self.holidays) and self.holidays[place] == day

    def is_doubtful(self, day: date) -> bool:
        """Whether `day` counts as a working day although it may be a public holiday."""
        place = bisect_left(self.doubtful, day)
        return place < len(self.doubtful) and self.doubtful[place] == day

    def differing_days(self, other: "WorkingCalendar") -> tuple[date, ...]:
        """The days of years that both know which only one of both counts as a public holiday, in order."""
        first, last = max(self.first_year, other.first_year), min(self.last_year, other.last_year)
        return tuple(day for day in sorted({*self.holidays} ^ {*other.holidays}) if first <= day.year <= last)

    def adds_nothing_to(self, other: "WorkingCalendar") -> bool:
        """Whether it counts the same days as `other`, in the years that both know, and knows no later year.

        Of joint calendars, each has to be among those of the other.
        """
        here, there = self.each(), other.each()
        return all(any(each._is_known_to(one) for one in there) for each in here) and all(
            any(each._is_known_to(one) for each in here) for one in there
        )

    def _is_known_to(self, other: "WorkingCalendar") -> bool:
        same_place = (self.country, self.zone) == (other.country, other.zone)
        return same_place and self.last_year <= other.last_year and not self.differing_days(other)

    def roll_forward(self, day: date) -> date:
        """The first working day on or after `day` (Reg. 1182/71 Art. 3(4))."""
        while not self.is_working_day(day):
            day += _DAY
        return day

    def roll_back(self, day: date) -> date:
        """The last working day on or before `day`."""
        while not self.is_working_day(day):
            day -= _DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; `day` itself is not counted, and need not be a working day."""
        for _ in range(count):
            day = self.roll_forward(day + _DAY)
        return day

    def subtract_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day before `day`; `day` itself is not counted, and need not be a working day."""
        for _ in range(count):
            day = self.roll_back(day - _DAY)
        return day

    def working_days_after(self, day: date, *, until: date) -> int:
        """Number of working days after `day`, up to and including `until`; 0 if `until` is earlier."""
        return sum(self.is_working_day(day + each * _DAY) for each in range(1, (until - day).days + 1))


@dataclass(frozen=True)
class JointCalendar(WorkingCalendar):
    """The calendar of the controller that received a request, with those of joint controllers it was passed to.

    R and local dates follow the first calendar; of each pair of dates the earlier applies (GDPR Art. 26(3); docs/law
    §2).
    """

    others: tuple[WorkingCalendar, ...] = ()

    @classmethod
    def joining(cls, first: WorkingCalendar, others: Iterable[WorkingCalendar]) -> WorkingCalendar:
        """Combine calendars; the first alone if no other counts. A calendar that is joint already is extended."""
        alone, *joined = first.each()
        joined += [each for each in others if each not in (alone, *joined)]
        return cls(**_facts(alone), others=tuple(dict.fromkeys(joined))) if joined else alone

    def each(self) -> tuple[WorkingCalendar, ...]:
        """All calendars, the receiving controller's first."""
        return (WorkingCalendar(**_facts(self)), *self.others)


def _facts(calendar: WorkingCalendar) -> dict[str, Any]:
    return {each.name: getattr(calendar, each.name) for each in fields(WorkingCalendar)}
