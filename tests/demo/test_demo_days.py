"""The story of the demo is lawful on whatever day it is told: weekends, Christmas, Easter, the last of February."""

from datetime import UTC, date, datetime, timedelta

from dsr.calendars import capital_zone, resolve
from dsr.demo.days import Days, morning, next_weekday
from dsr.domain.deadlines import (
    JointCalendar,
    Suspension,
    SuspensionKind,
    WorkingCalendar,
    acknowledge_by,
    check_extension,
    compute,
)
from dsr.domain.deadlines.regime import REGIMES

EVERY_DAY = [date(2026, 1, 1) + timedelta(days=day) for day in range(4 * 365 + 1)]
"""Four years, a leap day among them."""


def calendar(country: str) -> WorkingCalendar:
    return resolve(country, capital_zone(country), 2025, 2031)


def test_every_letter_came_on_a_weekday_before_today() -> None:
    for today in EVERY_DAY:
        days = Days(today)
        for letter in (1, 6, 20):
            arrived = days.ago(letter)
            assert arrived.weekday() < 5
            assert letter <= (today - arrived).days <= letter + 2


def test_the_identity_question_always_stops_the_clock_until_its_answer_came() -> None:
    germany, regime = calendar("DE"), REGIMES["eu-gdpr"]
    for today in EVERY_DAY:
        days = Days(today)
        received, asked = days.arrival("01-access-and-portability-de.eml"), days.asked
        answered = days.arrival("02-identity-answer-de.eml")
        assert received < asked < answered < today
        paused = (Suspension(SuspensionKind.IDENTITY, asked, answered),)

        deadline = compute(regime=regime, calendar=germany, received_on=received, suspensions=paused, as_of=today)

        assert deadline.suspended_days == (answered - asked).days
        assert today < deadline.effective_due


def test_the_notice_of_extension_always_leaves_in_time() -> None:
    poland, regime = calendar("PL"), REGIMES["eu-gdpr"]
    for today in EVERY_DAY:
        received = Days(today).arrival("04-access-of-an-employee-pl.eml")

        check_extension(
            regime=regime,
            calendar=poland,
            received_on=received,
            notice_at=datetime.combine(today, datetime.max.time(), UTC),
        )


def test_every_answer_of_the_story_leaves_before_it_is_due_and_after_its_letter_was_acknowledged() -> None:
    regime = REGIMES["eu-gdpr"]
    answered = {
        "03-erasure-and-consent-withdrawal-fr.eml": "FR",
        "05-erasure-nl.eml": "NL",
        "09-restriction-cs.eml": "CZ",
        "12-objection-of-an-employee-es.eml": "ES",
        "13-objection-to-recording-at.eml": "AT",
        "14-access-once-more-it.eml": "IT",
        "16-access-passed-on-pl.eml": "DE",
    }
    calendars = {country: calendar(country) for country in answered.values()}
    for today in EVERY_DAY:
        for letter, country in answered.items():
            received = Days(today).arrival(letter)
            due = compute(regime=regime, calendar=calendars[country], received_on=received, as_of=received)
            assert next_weekday(received) < today < due.effective_due


def test_the_guardian_is_answered_on_the_next_working_day() -> None:
    ireland, regime = calendar("IE"), REGIMES["eu-gdpr"]
    for today in EVERY_DAY:
        received = Days(today).arrival("15-guardian-of-a-child-en.eml")

        assert received < today <= acknowledge_by(regime, ireland, received)


def test_a_case_passed_on_from_germany_to_poland_is_never_due_later() -> None:
    germany, regime = calendar("DE"), REGIMES["eu-gdpr"]
    both = JointCalendar.joining(germany, [calendar("PL")])
    for today in EVERY_DAY:
        received = Days(today).arrival("16-access-passed-on-pl.eml")

        before, after = (
            compute(regime=regime, calendar=each, received_on=received, as_of=today) for each in (germany, both)
        )

        assert after.promise_due == before.promise_due
        assert after.statutory_due <= before.statutory_due
        assert today < after.effective_due <= before.effective_due


def test_mail_arrives_on_the_same_date_everywhere_in_europe() -> None:
    zones = [calendar(country) for country in ("IE", "DE", "GR", "EE")]
    for day in (date(2026, 3, 29), date(2026, 7, 1), date(2026, 10, 25), date(2026, 12, 31)):
        assert {zone.local_date(morning(day)) for zone in zones} == {day}
