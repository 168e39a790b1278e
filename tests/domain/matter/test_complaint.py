"""Complaints: acknowledged in time, answered with reasons and remedies, closed with an outcome (docs/law §13)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from dsr.domain.errors import DomainError
from dsr.domain.matter import (
    ComplaintAcknowledged,
    MatterAnswerRecorded,
    MatterDateApproaching,
    MatterDateMissed,
    MatterOutcome,
    MatterStatus,
)
from dsr.domain.matter.errors import (
    MatterAcknowledged,
    MatterAnswered,
    MatterClosed,
    MatterDateNotDue,
    MatterDatesInvalid,
    MatterLinked,
    MatterUnanswered,
)
from dsr.domain.request.errors import ReasonRequired, ReceiptInFuture
from dsr.domain.request.values import Channel
from dsr.domain.ropa import ControllerUnknown
from tests.domain.matter.a_matter import ARRIVED, SEALED, acting, answer, complaint

LATER = ARRIVED + timedelta(days=3)


@pytest.mark.parametrize(
    ("received_at", "strict", "by_the_ico"),
    [
        (datetime(2026, 6, 19, 10, tzinfo=UTC), date(2026, 7, 18), date(2026, 7, 19)),  # the first day in force
        (datetime(2026, 7, 1, 9, tzinfo=UTC), date(2026, 7, 30), date(2026, 7, 31)),
        (datetime(2026, 7, 3, 22, 59, tzinfo=UTC), date(2026, 8, 1), date(2026, 8, 2)),  # 23:59 in London; a Saturday
        (datetime(2026, 7, 3, 23, 1, tzinfo=UTC), date(2026, 8, 2), date(2026, 8, 3)),  # R = 4 July; a Sunday
        (datetime(2026, 11, 26, 9, tzinfo=UTC), date(2026, 12, 25), date(2026, 12, 26)),  # Christmas
    ],
)
def test_a_complaint_in_the_united_kingdom_is_acknowledged_within_30_days_that_begin_when_it_is_received(
    received_at: datetime, strict: date, by_the_ico: date
) -> None:
    matter = complaint(received_at)
    assert matter.date is not None
    assert (matter.date.on, matter.date.latest_on) == (strict, by_the_ico)
    assert matter.date.ends_at == acting(received_at).calendar.end_of(strict)
    assert "s. 164A" in matter.date.source


def test_the_statute_sets_no_date_for_what_was_received_before_it_was_in_force() -> None:
    assert complaint(datetime(2026, 6, 18, 22, 59, tzinfo=UTC)).date is None


def test_in_the_union_a_complaint_has_the_date_that_the_record_promises_or_none() -> None:
    assert complaint(controller_id="callcentre-de").date is None
    promised = complaint(controller_id="callcentre-de", promise=14).date
    assert promised is not None
    assert (promised.on, promised.latest_on, promised.source) == (date(2026, 7, 15), None, "record of processing")


@pytest.mark.parametrize(("promise", "holds"), [(14, date(2026, 7, 15)), (60, date(2026, 7, 30))])
def test_the_earlier_of_statute_and_promise_holds(promise: int, holds: date) -> None:
    date_of_matter = complaint(promise=promise).date
    assert date_of_matter is not None
    assert date_of_matter.on == holds


def test_a_complaint_that_has_not_arrived_or_says_nothing_is_refused() -> None:
    for error, facts in (
        (ReceiptInFuture, {"received_at": LATER}),
        (ReasonRequired, {"content": None}),
        (ControllerUnknown, {"controller_id": "nobody"}),
    ):
        with pytest.raises(error):
            complaint(**facts)


def test_the_team_is_warned_once_and_a_missed_date_is_recorded_once() -> None:
    # given
    matter = complaint()
    assert matter.date is not None
    for moment in (ARRIVED, matter.date.warn_at - timedelta(seconds=1)):
        with pytest.raises(MatterDateNotDue):
            matter.record_due(acting(moment))
    # when
    for moment in (matter.date.warn_at, matter.date.ends_at):
        matter.record_due(acting(moment))
        with pytest.raises(MatterDateNotDue):
            matter.record_due(acting(moment))
    # then
    assert [type(each) for each in matter.pending_events[1:]] == [MatterDateApproaching, MatterDateMissed]


def test_a_service_that_was_away_records_only_that_the_date_was_missed() -> None:
    matter = complaint()
    matter.record_due(acting(ARRIVED + timedelta(days=60)))
    assert isinstance(matter.pending_events[-1], MatterDateMissed)


def test_an_acknowledgement_settles_the_date_and_is_given_once() -> None:
    matter = complaint()
    matter.acknowledge(acting(LATER), acknowledged_at=LATER, channel=Channel.EMAIL)
    (event,) = matter.pending_events[1:]
    assert isinstance(event, ComplaintAcknowledged)
    assert (matter.date, event.late) == (None, False)
    with pytest.raises(MatterDateNotDue):
        matter.record_due(acting(ARRIVED + timedelta(days=60)))
    with pytest.raises(MatterAcknowledged):
        matter.acknowledge(acting(LATER), acknowledged_at=LATER, channel=Channel.EMAIL)


def test_an_acknowledgement_that_is_recorded_after_its_date_is_late_whatever_day_is_stated() -> None:
    matter = complaint()
    matter.acknowledge(acting(ARRIVED + timedelta(days=40)), acknowledged_at=LATER, channel=Channel.EMAIL)
    event = matter.pending_events[-1]
    assert isinstance(event, ComplaintAcknowledged)
    assert event.late


def test_an_answer_acknowledges_too() -> None:
    matter = complaint()
    answer(matter, LATER)
    event = matter.pending_events[-1]
    assert isinstance(event, MatterAnswerRecorded)
    assert (event.late, matter.date, matter.status) == (False, None, MatterStatus.ANSWERED)
    with pytest.raises(MatterAcknowledged):
        matter.acknowledge(acting(LATER), acknowledged_at=LATER, channel=Channel.EMAIL)


def test_an_answer_has_reasons_and_remedies() -> None:
    for lacking in ("reasons", "remedies"):
        with pytest.raises(ReasonRequired):
            answer(complaint(), LATER, **{lacking: None})


def test_what_was_told_on_the_way_says_something_and_comes_before_the_answer() -> None:
    matter = complaint()
    matter.tell_progress(acting(LATER), told_at=LATER, channel=Channel.EMAIL, progress=SEALED)
    with pytest.raises(ReasonRequired):
        matter.tell_progress(acting(LATER), told_at=LATER, channel=Channel.EMAIL, progress=None)
    answer(matter, LATER)
    with pytest.raises(MatterAnswered):
        matter.tell_progress(acting(LATER), told_at=LATER, channel=Channel.EMAIL, progress=SEALED)


def test_nothing_happens_to_a_matter_before_it_arrived_or_in_the_future() -> None:
    for moment in (ARRIVED - timedelta(seconds=1), LATER + timedelta(seconds=1)):
        matter = complaint()
        with pytest.raises(MatterDatesInvalid):
            matter.acknowledge(acting(LATER), acknowledged_at=moment, channel=Channel.EMAIL)
        with pytest.raises(MatterDatesInvalid):
            matter.tell_progress(acting(LATER), told_at=moment, channel=Channel.EMAIL, progress=SEALED)
        with pytest.raises(MatterDatesInvalid):
            matter.record_answer(
                acting(LATER), answered_at=moment, channel=Channel.EMAIL, reasons=SEALED, remedies=SEALED
            )


def test_a_matter_is_answered_once_and_closes_only_with_answer_and_outcome() -> None:
    matter = complaint()
    with pytest.raises(MatterUnanswered):
        matter.close(acting(LATER), outcome=MatterOutcome.REJECTED)
    answer(matter, LATER)
    with pytest.raises(MatterAnswered):
        answer(matter, LATER)
    matter.close(acting(LATER), outcome=MatterOutcome.UPHELD)
    assert matter.status is MatterStatus.CLOSED


def test_nothing_changes_a_closed_matter() -> None:
    matter = complaint()
    answer(matter, LATER)
    matter.close(acting(LATER), outcome=MatterOutcome.UPHELD)
    refused: list[type[DomainError]] = []
    commands: tuple[Callable[[], None], ...] = (
        lambda: matter.acknowledge(acting(LATER), acknowledged_at=LATER, channel=Channel.EMAIL),
        lambda: matter.tell_progress(acting(LATER), told_at=LATER, channel=Channel.EMAIL, progress=SEALED),
        lambda: matter.assign(acting(LATER), responsible="bob"),
        lambda: matter.link_request(acting(LATER), request_id=uuid4()),
        lambda: answer(matter, LATER),
        lambda: matter.close(acting(LATER), outcome=MatterOutcome.REJECTED),
    )
    for command in commands:
        with pytest.raises(DomainError) as caught:
            command()
        refused.append(caught.type)
    assert refused == [MatterClosed] * 6


def test_a_case_is_linked_once() -> None:
    matter, request_id = complaint(), uuid4()
    matter.link_request(acting(LATER), request_id=request_id)
    assert matter.request_ids == (request_id,)
    with pytest.raises(MatterLinked):
        matter.link_request(acting(LATER), request_id=request_id)
