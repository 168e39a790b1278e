"""Real calendars, and briefly written deadlines under them."""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache

import pytest

from dsr.calendars import capital_zone, resolve
from dsr.domain.deadlines import Explanation, Suspension, SuspensionKind, WorkingCalendar, explain
from dsr.domain.deadlines.regime import regime, regime_of_country


@cache
def resolved(country: str) -> WorkingCalendar:
    """The country's calendar for all years that these tests name."""
    return resolve(country, capital_zone(country), 2020, 2040)


@pytest.fixture(scope="session")
def calendar_of() -> Callable[[str], WorkingCalendar]:
    """A country's real calendar."""
    return resolved


@pytest.fixture(scope="session")
def explained() -> Callable[..., Explanation]:
    """Explain a deadline from what people write: dates as text, questions as KIND:ASKED:SUFFICIENT."""

    def due(
        received_on: str,
        country: str,
        *paused: str,
        extended_at: str | None = None,
        as_of: str | None = None,
        access: bool = True,
        under: str | None = None,
    ) -> Explanation:
        return explain(
            regime=regime(under) if under else regime_of_country(country),
            calendar=resolved(country),
            received_on=date.fromisoformat(received_on),
            suspensions=[question(each) for each in paused],
            extended_at=datetime.fromisoformat(extended_at) if extended_at else None,
            as_of=date.fromisoformat(as_of) if as_of else None,
            access=access,
        )

    return due


def question(text: str) -> Suspension:
    """Read KIND:ASKED:SUFFICIENT."""
    kind, asked, sufficient = text.split(":")
    return Suspension(
        SuspensionKind(kind), date.fromisoformat(asked), date.fromisoformat(sufficient) if sufficient else None
    )
