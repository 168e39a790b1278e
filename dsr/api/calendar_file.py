"""Due dates as an iCalendar file (RFC 5545): reference, right, date and link, and nothing of anybody."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

from icalendar import Calendar, Event

from dsr.projections.due_list import ANSWER
from dsr.projections.rows import Row

CALENDAR: Final = "text/calendar"
"""Its media type."""

MOST_ENTRIES: Final = 1000
"""The earliest dates that a calendar holds."""

_REFRESH: Final = timedelta(hours=4)


def calendar_of(rows: Iterable[Row], *, at: datetime, public_url: str) -> bytes:
    """The file with one entry for each row of the due list, each on its whole day.

    An entry keeps its id while its date moves, so that a calendar moves it too. Without a public address, entries bear
    no link.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Data subject rights//Due dates//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Due dates")
    calendar.add("refresh-interval", _REFRESH, parameters={"value": "DURATION"})
    for row in rows:
        calendar.add_component(_entry(row, at, public_url))
    return bytes(calendar.to_ical())


def _entry(row: Row, at: datetime, public_url: str) -> Event:
    due_on: date = row["due_on"]
    about = row["request_id"] or row["matter_id"]
    entry = Event()
    entry.add("uid", f"{row['due']}-{about}")
    entry.add("dtstamp", at)
    entry.add("dtstart", due_on)
    entry.add("dtend", due_on + timedelta(days=1))
    entry.add("summary", _summary(row))
    entry.add("transp", "TRANSPARENT")
    if public_url:
        entry.add("url", f"{public_url}/console/{'cases' if row['request_id'] else 'matters'}/{about}")
    return entry


def _summary(row: Row) -> str:
    """What is due, such as `Answer DSR-7KQ4-M2XN (access, erasure)`."""
    rights: list[Any] = row["rights"]
    what = row["due"].replace("-", " ").capitalize()
    said = f"{what} {row['reference']}"
    if row["due"] == ANSWER:
        said += f" ({', '.join(rights)})" if rights else " (to triage)"
    return f"Missed: {said}" if row["missed"] else said
