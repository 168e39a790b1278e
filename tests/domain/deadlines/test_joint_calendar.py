"""Of the dates by the calendars of joint controllers the earlier hold (GDPR Art. 26(3); docs/law §2)."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.domain.deadlines import (
    ExtensionTooLate,
    JointCalendar,
    Suspension,
    SuspensionKind,
    WorkingCalendar,
    check_extension,
    compute,
    explain,
    is_late_refusal,
    unextended_statutory_due,
)
from dsr.domain.deadlines.regime import REGIMES

CalendarOf = Callable[[str], WorkingCalendar]

EU = REGIMES["eu-gdpr"]
DAYS = st.dates(date(2021, 1, 1), date(2036, 12, 31))
COUNTRIES = st.sampled_from(["DE", "AT", "FR", "PL", "RO", "IE", "BG"])
DATES = (
    "statutory_due",
    "effective_due",
    "operational_due",
    "effective_ends_at",
    "certain_statutory_due",
    "certain_effective_due",
    "certain_operational_due",
    "certain_effective_ends_at",
    "promise_ends_at",
    "statutory_ends_at",
    "unsuspended_due",
    "propose_unidentified_at",
)


@given(
    countries=st.lists(COUNTRIES, min_size=2, max_size=3, unique=True),
    received_on=DAYS,
    asked=st.integers(0, 5),
    waited=st.none() | st.integers(0, 40),
)
def test_every_date_is_the_earliest_of_those_by_each_calendar(
    countries: list[str], received_on: date, asked: int, waited: int | None, calendar_of: CalendarOf
) -> None:
    question = received_on + timedelta(days=asked)
    answer = None if waited is None else question + timedelta(days=waited)
    facts: dict[str, Any] = {
        "regime": EU,
        "received_on": received_on,
        "suspensions": [Suspension(SuspensionKind.IDENTITY, question, answer)],
        "as_of": received_on + timedelta(days=60),
    }
    calendars = [calendar_of(country) for country in countries]
    joint = compute(calendar=JointCalendar.joining(calendars[0], calendars[1:]), **facts)
    alone = [compute(calendar=each, **facts) for each in calendars]
    for name in DATES:
        assert getattr(joint, name) == min(getattr(each, name) for each in alone), name
    for place, warning in enumerate(joint.warnings):
        assert warning.begins_at == min(each.warnings[place].begins_at for each in alone)
    assert joint.received_on == received_on
    assert joint.promise_due == alone[0].promise_due


@given(country=COUNTRIES, received_on=DAYS)
def test_passing_on_and_back_changes_nothing(country: str, received_on: date, calendar_of: CalendarOf) -> None:
    here, there = calendar_of(country), calendar_of("GB")
    once = JointCalendar.joining(here, [there])
    back = JointCalendar.joining(once, [here, there])
    assert back == once
    assert JointCalendar.joining(here, [here]) is here
    told: dict[str, Any] = {"regime": EU, "received_on": received_on}
    assert compute(calendar=back, **told) == compute(calendar=once, **told)


def test_an_extension_and_a_refusal_keep_the_earlier_end(calendar_of: CalendarOf) -> None:
    # arrival on 8 April 2026: due on 8 May in Germany; a holiday in France, where it is Monday, 11 May
    joint = JointCalendar.joining(calendar_of("FR"), [calendar_of("DE")])
    told: dict[str, Any] = {"regime": EU, "calendar": joint, "received_on": date(2026, 4, 8)}
    on_saturday = datetime.combine(date(2026, 5, 9), time(10), ZoneInfo("Europe/Paris"))
    assert unextended_statutory_due(**told, as_of=date(2026, 4, 8)) == date(2026, 5, 8)
    with pytest.raises(ExtensionTooLate):
        check_extension(**told, notice_at=on_saturday)
    assert is_late_refusal(**told, refused_at=on_saturday)
    assert not is_late_refusal(
        regime=EU, calendar=calendar_of("FR"), received_on=date(2026, 4, 8), refused_at=on_saturday
    )


def test_the_explanation_names_the_other_calendar(calendar_of: CalendarOf) -> None:
    joint = JointCalendar.joining(calendar_of("FR"), [calendar_of("DE")])
    told = explain(regime=EU, calendar=joint, received_on=date(2026, 4, 8))
    [step] = [each for each in told.steps if each.rule == "joint-controller"]
    assert "of DE" in step.detail
    assert step.result == told.deadline.effective_due == date(2026, 5, 8)
