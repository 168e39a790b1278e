"""Dates of the story: some days in the past, so that the story is lawful on any day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_MORNING = time(9, 30, tzinfo=UTC)
"""The same date everywhere in Europe."""


def weekday_on_or_before(day: date) -> date:
    """The day, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def next_weekday(day: date) -> date:
    """The first day after it that is no Saturday or Sunday."""
    following = day + timedelta(days=1)
    return following + timedelta(days=max(0, 7 - following.weekday()) if following.weekday() > 4 else 0)


def morning(day: date) -> datetime:
    """An instant on that date, for mail that arrives and letters that leave."""
    return datetime.combine(day, _MORNING)


@dataclass(frozen=True)
class Days:
    """Dates counted back from today, all of them past; a question is asked one weekday after its letter came."""

    today: date

    def ago(self, days: int) -> date:
        """A weekday at least so many days ago, at most two more."""
        return weekday_on_or_before(self.today - timedelta(days=days))

    @property
    def asked(self) -> date:
        """When Jana Lindner was asked who she is: within the five working days in which a question stops the clock."""
        return next_weekday(self.arrival("01-access-and-portability-de.eml"))

    def arrival(self, letter: str) -> date:
        """When a letter of the mailbox came."""
        return self.ago(_DAYS_AGO[letter])


_DAYS_AGO = {
    "01-access-and-portability-de.eml": 14,
    "02-identity-answer-de.eml": 6,
    "03-erasure-and-consent-withdrawal-fr.eml": 9,
    "04-access-of-an-employee-pl.eml": 20,
    "05-erasure-nl.eml": 5,
    "06-withdrawal-nl.eml": 2,
    "07-a-question-en.eml": 3,
    "08-rectification-el.eml": 2,
    "09-restriction-cs.eml": 4,
    "10-access-en-gb.eml": 1,
    "11-two-senders-it.eml": 1,
    "12-objection-of-an-employee-es.eml": 8,
    "13-objection-to-recording-at.eml": 5,
    "14-access-once-more-it.eml": 6,
    "15-guardian-of-a-child-en.eml": 1,
    "16-access-passed-on-pl.eml": 10,
}
