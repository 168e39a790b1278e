"""Every legal date that an event holds is borne out by the law, or named where it stands and nowhere else."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_type_hints

import pytest

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import Deadline, JointCalendar
from dsr.domain.events import event_types
from dsr.domain.request import Request
from dsr.domain.request.case import RequestCreated, RequestEvent
from dsr.domain.request.recomputing import RULES, Before, Discrepancy, recompute
from dsr.domain.rights import Right
from tests.domain.request.a_case import Made, OpenCase, record_of
from tests.reckoned_anew import objections

DAY = timedelta(days=1)

SAID_BY_SOMEBODY = {
    "original_received_on",  # of the case that it repeats: R of another stream
    "previous_request_on",
    "earlier_copy_on",
    "review_on",  # when a person wants to look again
    "expires_on",  # of an authority to act for somebody
    "offer_ends_on",  # until when the controller stands by a quote
    "unreadable_on",  # when the last key that opens a backup is destroyed, by the keyring
    "due_on",  # an authority or a court sets it
}
"""Dates that people set; no rule gives them."""


@pytest.fixture
def eventful(a_case: OpenCase) -> Any:
    """A case with a date in nearly every event: 2 March, identity and clarification asked, extended, refused."""
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-03")
    case.ask_clarification(at="2026-03-06")
    case.confirm_identity(at="2026-03-10")
    case.receive_clarification(at="2026-03-17")
    case.propose_extension(at="2026-03-20")
    case.approve_extension()
    case.send_extension_notice(at="2026-03-23")
    case.propose_refusal("access", at="2026-06-22")
    case.approve_refusal("access")
    case.record_answer("access", at="2026-06-24")
    return case


def named(eventful: Any, made: Made, name: str, **changes: Any) -> list[tuple[str, str]]:
    """What is named once the event of this name was stored with other values: its name and field."""
    events = [
        replace(each, **changes)
        if name == each.TOPIC.removeprefix("dsr.request.") and changes.keys() <= vars(each).keys()
        else each
        for each in eventful.events
    ]
    assert events != eventful.events
    return [(event, each.field) for event, each in made.discrepancies(events, eventful.calendar)]


def stored(eventful: Any, name: str) -> Any:
    return next(each for each in eventful.events if name == each.TOPIC.removeprefix("dsr.request."))


def test_an_honest_history_has_no_discrepancy(eventful: Any, made: Made) -> None:
    assert made.discrepancies(eventful.events, eventful.calendar) == []
    assert sum(type(each) in RULES for each in eventful.events) == 11


@pytest.mark.parametrize(
    ("event", "field", "value"),
    [
        ("received", "received_on", date(2026, 3, 3)),
        ("received", "acknowledge_by", date(2026, 3, 4)),
        ("received", "zone", "Europe/Lisbon"),
        ("received", "regime", "uk-gdpr"),
        ("received", "acknowledge_ends_at", datetime(2026, 3, 9, tzinfo=UTC)),
        ("identity-requested", "remind_on", date(2026, 3, 12)),
        ("identity-requested", "remind_at", datetime(2026, 3, 12, tzinfo=UTC)),
        ("identity-requested", "asked_on", date(2026, 3, 2)),
        ("clarification-requested", "asked_on", date(2026, 3, 2)),
        ("extension-proposed", "new_due", date(2026, 8, 1)),
        ("item-refused", "late", False),
        ("answer-sent", "late", False),
        ("answer-sent", "promise_missed", True),
    ],
)
def test_a_changed_value_is_named_where_it_stands_and_nowhere_else(
    eventful: Any, made: Made, event: str, field: str, value: Any
) -> None:
    assert named(eventful, made, event, **{field: value}) == [(event, field)]
    changed = [
        replace(each, **{field: value}) if f"dsr.request.{event}" == each.TOPIC else each for each in eventful.events
    ]
    objected = objections(changed, record_of(changed, eventful.calendar))
    assert any(f"dsr.request.{event} of" in where for _, where in objected), "nor does the verifier believe it"


@pytest.mark.parametrize("by", [-30, -1, 1, 30])
@pytest.mark.parametrize("which", ["clock-suspended", "clock-resumed"])
def test_dates_of_a_suspension_follow_from_question_and_answer(
    a_case: OpenCase, made: Made, by: Any, which: str
) -> None:
    # given
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-03")
    case.confirm_identity(at="2026-03-10")
    field = {"clock-suspended": "asked_on", "clock-resumed": "sufficient_on"}[which]
    # when
    events = [
        replace(each, **{field: getattr(each, field) + by * DAY}) if each.TOPIC.endswith(which) else each
        for each in case.events
    ]
    # then
    assert [(name, each.field) for name, each in made.discrepancies(events, case.calendar)] == [(which, field)]


@pytest.mark.parametrize("part", [each.name for each in fields(Deadline) if each.type in (date, datetime)])
def test_each_date_of_a_deadline_is_compared(a_case: OpenCase, made: Made, part: Any) -> None:
    case = a_case()
    received = case.events[0]
    moved = replace(received.deadline, **{part: getattr(received.deadline, part) + DAY})
    wrong = made.discrepancies([replace(received, deadline=moved)], case.calendar)
    expected = Discrepancy(f"deadline.{part}", getattr(moved, part), getattr(received.deadline, part))
    assert wrong == [("received", expected)]


@pytest.mark.parametrize(
    ("event", "field"),
    [("fee-quoted", "quoted_on"), ("clock-suspended", "asked_on"), ("clock-resumed", "sufficient_on")],
)
def test_where_the_month_starts_with_the_fee_its_days_are_checked(
    a_case: OpenCase, made: Made, event: str, field: str
) -> None:
    case = a_case(Right.ACCESS, country="GB")
    case.propose_fee()
    case.send_fee_notice(at="2026-03-04")
    case.record_fee_paid(at="2026-03-11")
    assert named(case, made, event, **{field: getattr(stored(case, event), field) + DAY}) == [(event, field)]


def test_passing_a_case_on_moves_no_clock(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    calendar = JointCalendar.joining(case.calendar, [made.calendar("FR")])
    case.request.reassign(
        CaseActing(made.handler, case.now, calendar), controller_id="acme-fr", joint=True, reason=made.sealed()
    )
    case.events += case.request.collect_events()
    assert named(case, made, "reassigned", received_on=date(2026, 3, 4)) == [("reassigned", "received_on")]
    by_one = case.request.deadline_as_of(date(2026, 3, 4), made.calendar("FR"))
    assert set(named(case, made, "reassigned", deadline=replace(by_one, suspended_days=3))) == {
        ("reassigned", "deadline.suspended_days")
    }


def test_a_deadline_extended_by_a_late_notice_is_named(eventful: Any, made: Made) -> None:
    notice = replace(stored(eventful, "deadline-extended").notice, dispatched_at=eventful.instant("2026-05-20"))
    assert ("deadline-extended", "event") in named(eventful, made, "deadline-extended", notice=notice)


def test_a_date_by_a_version_of_the_record_that_was_never_adopted_is_named(eventful: Any, made: Made) -> None:
    received = eventful.events[0]
    before = Before(received.mutate(None), None, None)
    count, found, same = recompute(received, before)
    assert (count, found, same) == (1, (Discrepancy("event", received.TOPIC, "ropa-missing"),), received)


def test_what_holds_no_date_is_not_recomputed(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    case.add_note()
    event = case.events[-1]
    assert recompute(event, Before(Request.__new__(Request), None, None)) == (0, (), event)


def test_no_legal_date_goes_unchecked() -> None:
    unchecked = []
    for name, event_type in event_types().items():
        if issubclass(event_type, RequestEvent | RequestCreated) and event_type.__module__.startswith("dsr."):
            for field, hint in get_type_hints(event_type).items():
                is_legal = hint in (Deadline, date, date | None) or field in ("late", "promise_missed")
                if is_legal and field not in SAID_BY_SOMEBODY and event_type not in RULES:
                    unchecked.append(f"{name}: {field}")
    assert unchecked == [], "write how it is reckoned in dsr/domain/request/recomputing.py"
