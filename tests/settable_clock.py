"""The clock that tests set."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class SettableClock:
    """Tells the time that a test sets; stands still otherwise."""

    time: datetime = datetime(2026, 3, 5, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)
