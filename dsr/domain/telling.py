"""When people are told that somebody waits for them: at once where it matters, else once a day (GDPR Art. 24(1)).

A mail for each event buries the one that matters. What is not urgent waits for the digest at 8:00 on the next working
day; what is urgent is gathered first, so that a burst of events makes one mail.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from dsr.domain.deadlines import WorkingCalendar


class WaitKind(StrEnum):
    """What somebody waits for; codes are public."""

    DATE = "date"
    """A date approaches or was missed."""
    APPROVAL = "approval"
    """A proposal or an edited letter waits for a second person."""
    ASSIGNMENT = "assignment"
    """A case or matter was assigned to them."""
    MESSAGE = "message"
    """A request or a message of a person that nobody has examined."""
    DRAFT = "draft"
    """A letter waits to be released."""
    LETTER = "letter"
    """A letter could not be sent, or came back."""
    TASK = "task"
    """Systems have to be searched."""
    PARKED = "parked"
    """A policy failed, and no attempt is left."""
    QUARANTINE = "quarantine"
    """A message that could not be read or placed."""
    MATTER = "matter"
    """A complaint, an incident, or a letter of an authority or a court."""


class TellingChoice(StrEnum):
    """When a member of staff wants to be told; codes are public."""

    BY_URGENCY = "by-urgency"
    """At once where it is urgent, else in the digest: what holds for whoever chose nothing."""
    AT_ONCE = "at-once"
    """At once."""
    DIGEST = "digest"
    """In the digest."""
    OFF = "off"
    """Not at all."""


SHORT: Final = 3
"""Working days left at which a clock is short."""

DIGEST_AT: Final = time(8)
"""Local time of the digest."""

APPROVAL_WITHIN: Final = timedelta(seconds=40)
"""How long a wait for an approver is gathered with others: it is told within a minute."""

QUIET: Final = timedelta(seconds=30)
"""How long nothing may be added before an urgent mail leaves."""

SPACING: Final = timedelta(minutes=10)
"""Between two urgent mails to one person, unless an approver is waited for."""

_DAY: Final = timedelta(days=1)
_LOOKED_AHEAD: Final = timedelta(days=14)
"""More days than three working days can take."""


@dataclass(frozen=True)
class Urgent:
    """Something that a person is told at once."""

    kind: WaitKind
    noted_at: datetime


def is_urgent(kind: WaitKind, due: date | None, *, today: date, calendar: WorkingCalendar) -> bool:
    """Whether people are told at once: an approver is waited for, or at most three working days are left."""
    if kind is WaitKind.APPROVAL:
        return True
    if due is None or due - today > _LOOKED_AHEAD:
        return False
    return due <= today or _working_days(calendar, after=today, until=due) <= SHORT


def next_digest(calendar: WorkingCalendar, after: datetime) -> datetime:
    """The first 8:00 local on a working day after this instant, in UTC."""
    zone = ZoneInfo(calendar.zone)
    day = calendar.local_date(after)
    while True:
        at = datetime.combine(day, DIGEST_AT, zone)
        if at > after and _works(calendar, day):
            return at.astimezone(after.tzinfo)
        day += _DAY


def is_digest_time(calendar: WorkingCalendar, now: datetime) -> bool:
    """Whether a digest may leave: from 8:00 local on a working day, so that one delayed by a failure waits for the next
    morning at most.
    """
    local = now.astimezone(ZoneInfo(calendar.zone))
    return local.time() >= DIGEST_AT and _works(calendar, local.date())


def leaves_now(gathered: Collection[Urgent], *, last_mail_at: datetime | None, now: datetime) -> bool:
    """Whether what is urgent for one person leaves now, in one mail.

    A wait for an approver leaves within a minute. Anything else leaves once nothing more is added, and ten minutes
    after the last mail at the earliest; it waits no longer than that.
    """
    approvals = [each.noted_at for each in gathered if each.kind is WaitKind.APPROVAL]
    if approvals and now - min(approvals) >= APPROVAL_WITHIN:
        return True
    if not gathered or (last_mail_at is not None and now - last_mail_at < SPACING):
        return False
    noted = [each.noted_at for each in gathered]
    return now - max(noted) >= QUIET or now - min(noted) >= SPACING


def _working_days(calendar: WorkingCalendar, *, after: date, until: date) -> int:
    days = (after + _DAY * number for number in range(1, (until - after).days + 1))
    return sum(_works(calendar, day) for day in days)


def _works(calendar: WorkingCalendar, day: date) -> bool:
    """Whether `day` is a working day. In years without known holidays, which stop legal dates, each weekday counts: a
    mail on a holiday does no harm.
    """
    if calendar.first_year <= day.year <= calendar.last_year:
        return calendar.is_working_day(day)
    return day.isoweekday() <= 5
