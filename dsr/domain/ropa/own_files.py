"""How long the privacy desk keeps its own files (GDPR Art. 5(1)(e), 30(1)(f); docs/law §7)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from dsr.domain.deadlines.periods import add_period

_THREE_YEARS: Final = "P3Y"


@dataclass(frozen=True)
class OwnRetention:
    """How long a controller keeps each kind of file, from the end of the year in which the file was closed; ISO 8601
    periods. Three years, unless the record of processing says otherwise.
    """

    case_files: str = _THREE_YEARS
    """Files of cases."""
    matters: str = _THREE_YEARS
    """Complaints, incidents, letters of authorities and courts."""
    quarantine: str = _THREE_YEARS
    """Messages that were discarded as no request."""
    disclosures: str = _THREE_YEARS
    """What was given to authorities."""
    own_erasures: str = _THREE_YEARS
    """Reports of data that was erased without a request."""


THREE_YEARS_EACH: Final = OwnRetention()


def kept_until(closed_on: date, period: str) -> date:
    """The first day on which a file may be forgotten that was closed on this local date."""
    return add_period(date(closed_on.year + 1, 1, 1), period)


def last_year_due(today: date, period: str) -> int:
    """The last year such that files closed in it may be forgotten today."""
    year = today.year - 1
    while kept_until(date(year, 12, 31), period) > today:
        year -= 1
    return year
