"""Times and dates on the command line."""

from datetime import date, datetime

import click


def aware_time(text: str) -> datetime:
    """Read an ISO 8601 time, which needs an offset. Raises click.BadParameter."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text} is not a time such as 2026-03-05T10:00:00+01:00") from error
    if time.utcoffset() is None:
        raise click.BadParameter(f"{text} has no offset; write a time such as 2026-03-05T10:00:00+01:00")
    if not date.min.year < time.year < date.max.year:
        raise click.BadParameter(f"{text} lies outside every calendar")
    return time


def local_day(text: str) -> date:
    """Read an ISO 8601 date. Raises click.BadParameter."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text} is not a date such as 2026-03-05") from error
