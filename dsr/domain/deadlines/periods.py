"""Periods as ISO 8601 writes them, in years, months, weeks and days."""

import re
from datetime import date, timedelta
from typing import Final

from dsr.domain.deadlines.months import add_months

_PERIOD: Final = re.compile(r"P(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?")


def is_period(text: str) -> bool:
    """Whether this can be computed: `P3Y`, `P6M`, `P2W`, `P30D`, or several of them in this order."""
    return _PERIOD.fullmatch(text) is not None


def add_period(day: date, period: str) -> date:
    """The day on which a period ends that begins on this one; months are counted before weeks and days."""
    match = _PERIOD.fullmatch(period)
    assert match is not None  # noqa: S101 - the record of processing was checked when it was adopted
    years, months, weeks, days = (int(group or 0) for group in match.groups())
    return add_months(day, 12 * years + months) + timedelta(days=7 * weeks + days)
