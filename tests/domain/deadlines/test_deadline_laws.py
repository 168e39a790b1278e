"""What holds for every deadline, whatever the facts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from dsr.domain.deadlines import (
    Deadline,
    Explanation,
    ExtensionTooLate,
    Suspension,
    SuspensionKind,
    WorkingCalendar,
    compute,
    earlier_of,
    explain,
    unextended_statutory_due,
)
from dsr.domain.deadlines.regime import REGIMES, Regime

CalendarOf = Callable[[str], WorkingCalendar]

DAYS = st.dates(date(2021, 1, 1), date(2036, 12, 31))
COUNTRIES = st.sampled_from(["DE", "AT", "FR", "PL", "RO", "GB", "IE", "BG", "US"])
ANY_REGIME = st.sampled_from(sorted(REGIMES.values(), key=lambda each: each.id))


ALL_KINDS = tuple(SuspensionKind)
MONOTONE = st.sampled_from(
    [
        (REGIMES["eu-gdpr"], ALL_KINDS),
        (REGIMES["uk-gdpr"], (SuspensionKind.IDENTITY, SuspensionKind.FEE)),
        (REGIMES["uk-gdpr"], (SuspensionKind.CLARIFICATION,)),
    ]
)
"""Regimes, and the kinds of questions among which waiting longer is never due earlier.

In the UK a proof starts the month anew and clarification before it no longer counts: 28 days of February can then
replace as many days of January and more.
"""


@st.composite
def received_and_asked(draw: st.DrawFn, kinds: Sequence[SuspensionKind] = ALL_KINDS) -> tuple[date, list[Suspension]]:
    """A day of arrival and up to four questions after it, some open."""
    received_on = draw(DAYS)
    questions = []
    for _ in range(draw(st.integers(0, 4))):
        asked = received_on + timedelta(days=draw(st.integers(0, 12)))
        length = draw(st.none() | st.integers(0, 60))
        sufficient = None if length is None else asked + timedelta(days=length)
        questions.append(Suspension(draw(st.sampled_from(kinds)), asked, sufficient))
    return received_on, questions


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def due(
    regime: Regime,
    calendar: WorkingCalendar,
    received_on: date,
    questions: Sequence[Suspension] = (),
    *,
    after: int = 0,
    access: bool = True,
) -> Deadline:
    return compute(
        regime=regime,
        calendar=calendar,
        received_on=received_on,
        suspensions=questions,
        as_of=received_on + timedelta(days=after),
        access=access,
    )


@given(regime=ANY_REGIME, country=COUNTRIES, first=DAYS, second=DAYS)
def test_who_writes_later_is_never_due_earlier(
    regime: Regime, country: str, first: date, second: date, calendar_of: CalendarOf
) -> None:
    first, second = sorted([first, second])
    early, late = (due(regime, calendar_of(country), day) for day in (first, second))
    assert early.statutory_due <= late.statutory_due
    assert early.effective_due <= late.effective_due
    assert early.operational_due <= late.operational_due


@given(regime=ANY_REGIME, country=COUNTRIES, told=received_and_asked(), after=st.integers(0, 120), access=st.booleans())
def test_the_effective_date_is_the_earlier_of_two_and_the_operational_one_a_working_day(
    *,
    regime: Regime,
    country: str,
    told: tuple[date, list[Suspension]],
    after: int,
    access: bool,
    calendar_of: CalendarOf,
) -> None:
    calendar = calendar_of(country)
    deadline = due(regime, calendar, *told, after=after, access=access)
    assert deadline.promise_due is not None
    assert deadline.effective_due == min(deadline.statutory_due, deadline.promise_due)
    assert calendar.is_working_day(deadline.statutory_due)
    assert calendar.is_working_day(deadline.operational_due)
    assert deadline.operational_due <= deadline.effective_due
    assert deadline.effective_ends_at == calendar.end_of(deadline.effective_due)
    assert deadline.certain_effective_due <= deadline.effective_due
    assert deadline.certain_statutory_due <= deadline.statutory_due
    assert deadline.certain_operational_due <= deadline.operational_due
    if not deadline.provisional:
        assert deadline.certain_effective_due == deadline.effective_due


@given(
    regime=ANY_REGIME,
    country=COUNTRIES,
    told=received_and_asked(),
    noticed=st.integers(0, 40),
    after=st.integers(0, 120),
)
def test_a_valid_extension_never_shortens_the_statutory_date(
    *,
    regime: Regime,
    country: str,
    told: tuple[date, list[Suspension]],
    noticed: int,
    after: int,
    calendar_of: CalendarOf,
) -> None:
    received_on, questions = told
    calendar, notice_on = calendar_of(country), received_on + timedelta(days=noticed)
    as_of = notice_on + timedelta(days=after)
    facts: dict[str, Any] = {
        "regime": regime,
        "calendar": calendar,
        "received_on": received_on,
        "suspensions": questions,
    }
    in_time = notice_on <= unextended_statutory_due(**facts, as_of=notice_on)
    try:
        extended = compute(**facts, extended_at=noon(notice_on), as_of=as_of)
    except ExtensionTooLate:
        assert not in_time
        return
    assert in_time
    assert extended.promise_due is None
    assert extended.effective_due == extended.statutory_due
    assert extended.statutory_due > compute(**facts, as_of=as_of).statutory_due


@given(data=st.data(), case=MONOTONE, country=COUNTRIES)
def test_a_suspension_never_moves_a_date_earlier(
    data: st.DataObject, case: tuple[Regime, Sequence[SuspensionKind]], country: str, calendar_of: CalendarOf
) -> None:
    regime, kinds = case
    received_on, questions = data.draw(received_and_asked(kinds))
    other_day, others = data.draw(received_and_asked(kinds))
    shift = received_on - other_day
    more = [
        Suspension(each.kind, each.asked + shift, each.sufficient + shift if each.sufficient else None)
        for each in others
    ]
    with_fewer = due(regime, calendar_of(country), received_on, questions, after=90)
    with_more = due(regime, calendar_of(country), received_on, questions + more, after=90)
    assert with_fewer.statutory_due <= with_more.statutory_due
    assert with_fewer.promise_due is not None
    assert with_more.promise_due is not None
    assert with_fewer.promise_due <= with_more.promise_due
    assert with_fewer.effective_due <= with_more.effective_due


@given(country=COUNTRIES, received_on=DAYS, delay=st.integers(0, 3), days=st.integers(0, 90))
def test_a_timely_suspension_of_n_days_adds_n_days_before_the_end_is_rolled(
    country: str, received_on: date, delay: int, days: int, calendar_of: CalendarOf
) -> None:
    asked = received_on + timedelta(days=delay)  # three calendar days are never more than five working days
    question = Suspension(SuspensionKind.IDENTITY, asked, asked + timedelta(days=days))
    free = due(REGIMES["eu-gdpr"], calendar_of(country), received_on)
    held = due(REGIMES["eu-gdpr"], calendar_of(country), received_on, [question], after=120)
    assert held.suspended_days == days
    assert free.promise_due is not None
    assert held.promise_due == free.promise_due + timedelta(days=days)


@given(data=st.data(), case=MONOTONE, first=st.integers(0, 120), second=st.integers(0, 120))
def test_looking_from_a_later_day_never_moves_a_date_earlier(
    data: st.DataObject,
    case: tuple[Regime, Sequence[SuspensionKind]],
    first: int,
    second: int,
    calendar_of: CalendarOf,
) -> None:
    regime, kinds = case
    told = data.draw(received_and_asked(kinds))
    first, second = sorted([first, second])
    then, now = (due(regime, calendar_of("DE"), *told, after=after) for after in (first, second))
    assert then.statutory_due <= now.statutory_due
    assert then.effective_due <= now.effective_due


@given(regime=ANY_REGIME, told=received_and_asked(), order=st.randoms(use_true_random=False), after=st.integers(0, 120))
def test_the_order_in_which_suspensions_are_told_changes_nothing(
    regime: Regime, told: tuple[date, list[Suspension]], order: Any, after: int, calendar_of: CalendarOf
) -> None:
    received_on, questions = told
    shuffled = order.sample(questions, len(questions))
    facts: dict[str, Any] = {"regime": regime, "calendar": calendar_of("FR"), "received_on": received_on}
    as_of = received_on + timedelta(days=after)
    assert explain(**facts, suspensions=questions, as_of=as_of) == explain(**facts, suspensions=shuffled, as_of=as_of)


@given(regime=ANY_REGIME, told=received_and_asked(), zones=st.sampled_from(["UTC", "Asia/Kolkata", "America/St_Johns"]))
def test_dates_do_not_depend_on_clock_changes(
    regime: Regime, told: tuple[date, list[Suspension]], zones: str, calendar_of: CalendarOf
) -> None:
    here = calendar_of("DE")
    one = due(regime, here, *told, after=60)
    other = due(regime, replace(here, zone=zones), *told, after=60)
    instants = (
        *("effective_ends_at", "certain_effective_ends_at", "promise_ends_at", "statutory_ends_at"),
        *("warnings", "propose_unidentified_at"),
    )
    ends = {name: getattr(other, name) for name in instants}
    assert replace(one, **ends) == other


@given(regime=ANY_REGIME, country=COUNTRIES, told=received_and_asked(), after=st.integers(0, 120))
def test_an_explanation_survives_json_and_ends_at_the_dates_it_explains(
    regime: Regime, country: str, told: tuple[date, list[Suspension]], after: int, calendar_of: CalendarOf
) -> None:
    received_on, questions = told
    explanation = explain(
        regime=regime,
        calendar=calendar_of(country),
        received_on=received_on,
        suspensions=questions,
        as_of=received_on + timedelta(days=after),
    )
    assert msgspec.json.decode(msgspec.json.encode(explanation), type=Explanation) == explanation
    told_dates = {step.rule: step.result for step in explanation.steps}
    deadline = explanation.deadline
    assert told_dates["received"] == deadline.received_on
    assert told_dates["promise"] == deadline.promise_due
    assert told_dates["effective"] == deadline.effective_due
    assert told_dates["operational"] == deadline.operational_due
    statutory = ("next-working-day", "suspended", "month")
    last_statutory = next(told_dates[rule] for rule in statutory if rule in told_dates)
    assert last_statutory == deadline.statutory_due
    assert ("provisional" in told_dates) is deadline.provisional


@given(regime=ANY_REGIME, told=received_and_asked(), after=st.integers(0, 120))
def test_between_joint_controllers_the_earlier_of_each_date_holds(
    regime: Regime, told: tuple[date, list[Suspension]], after: int, calendar_of: CalendarOf
) -> None:
    austria, germany = (due(regime, calendar_of(country), *told, after=after) for country in ("AT", "DE"))
    joint = earlier_of(austria, germany)
    assert joint == earlier_of(germany, austria)
    assert joint.statutory_due == min(austria.statutory_due, germany.statutory_due)
    assert joint.effective_ends_at == min(austria.effective_ends_at, germany.effective_ends_at)


@given(regime=ANY_REGIME, told=received_and_asked(), after=st.integers(0, 120))
def test_an_answer_is_late_from_the_end_of_the_effective_day(
    regime: Regime, told: tuple[date, list[Suspension]], after: int, calendar_of: CalendarOf
) -> None:
    assume(told[0].year < 2036)
    deadline = due(regime, calendar_of("DE"), *told, after=after)
    assert deadline.is_missed(deadline.effective_ends_at)
    assert not deadline.is_missed(deadline.effective_ends_at - timedelta(microseconds=1))
