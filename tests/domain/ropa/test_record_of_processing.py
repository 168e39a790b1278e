"""Versions of the record of processing: adopted once, kept for ever, pinned by cases."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from dsr.domain.acting import Acting
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.events import Event
from dsr.domain.ropa import (
    ROPA_ID,
    CalendarMissing,
    ControllerUnknown,
    OwnDay,
    OwnDays,
    RecordOfProcessing,
    RecordOpened,
    Ropa,
    RopaAdopted,
    RopaInvalid,
    RopaMissing,
    RopaUnchanged,
    RopaVersionUnknown,
    calendar_years,
)

AUTHORITIES = frozenset({"de-berlin"})
FIRST, SECOND = "1" * 64, "2" * 64


@pytest.fixture
def record(now: datetime) -> RecordOfProcessing:
    return RecordOfProcessing.open(Acting("ada", now))


def adopt(
    record: RecordOfProcessing,
    document: Ropa,
    sha256: str,
    calendars: tuple[WorkingCalendar, ...],
    at: datetime = datetime(2026, 3, 5, 9, 0, tzinfo=UTC),
) -> None:
    record.adopt(Acting("ada", at), document=document, sha256=sha256, calendars=calendars, authorities=AUTHORITIES)


def test_nothing_is_in_force_before_the_first_adoption(record: RecordOfProcessing) -> None:
    with pytest.raises(RopaMissing):
        _ = record.current


def test_there_is_one_record_on_one_stream(record: RecordOfProcessing, now: datetime) -> None:
    assert record.id == ROPA_ID == RecordOfProcessing.open(Acting("eve", now)).id


def test_adoption_puts_the_document_in_force_with_its_hash_and_holidays(
    record: RecordOfProcessing, ropa: Ropa, berlin: WorkingCalendar, now: datetime
) -> None:
    adopt(record, ropa, FIRST, (berlin,), at=now)

    opened, adopted = record.collect_events()
    assert isinstance(opened, RecordOpened)
    assert isinstance(adopted, RopaAdopted)
    assert (adopted.number, adopted.sha256, adopted.actor, adopted.timestamp) == (1, FIRST, "ada", now)
    assert record.current.document == ropa
    assert record.current.adopted_at == now
    assert record.current.calendar("callcentre-us") == berlin


def test_versions_count_from_one_and_a_case_keeps_the_one_that_it_pinned(
    record: RecordOfProcessing, ropa: Ropa, berlin: WorkingCalendar
) -> None:
    adopt(record, ropa, FIRST, (berlin,))
    smaller = replace(
        ropa,
        controllers=ropa.controllers[:1],
        activities=(
            replace(ropa.activities[0], controllers=("callcentre-de",), transfers=ropa.activities[0].transfers[1:]),
        ),
    )

    adopt(record, smaller, SECOND, (berlin,))

    assert record.current.number == 2
    with pytest.raises(ControllerUnknown):
        record.current.document.controller("callcentre-us")
    assert record.at_version(1).document.controller("callcentre-us").country == "US"


@pytest.mark.parametrize("number", [-1, 0, 2])
def test_a_version_that_was_never_adopted_is_unknown(
    record: RecordOfProcessing, ropa: Ropa, berlin: WorkingCalendar, number: int
) -> None:
    adopt(record, ropa, FIRST, (berlin,))

    with pytest.raises(RopaVersionUnknown):
        record.at_version(number)


def test_the_version_in_force_is_not_adopted_again(
    record: RecordOfProcessing, ropa: Ropa, berlin: WorkingCalendar
) -> None:
    adopt(record, ropa, FIRST, (berlin,))
    record.collect_events()

    with pytest.raises(RopaUnchanged):
        adopt(record, ropa, FIRST, (berlin,))

    assert list(record.collect_events()) == []


def test_the_same_document_is_adopted_again_to_store_the_holidays_of_further_years(
    record: RecordOfProcessing, ropa: Ropa, berlin: WorkingCalendar
) -> None:
    adopt(record, ropa, FIRST, (berlin,))
    later = replace(berlin, first_year=2027, last_year=2036, holidays=(date(2030, 12, 25),))

    adopt(record, ropa, FIRST, (later,), at=datetime(2030, 1, 2, tzinfo=UTC))

    assert record.current.number == 2
    assert record.at_version(1).calendars == (berlin,)


def test_an_earlier_document_may_come_back_into_force(
    record: RecordOfProcessing, ropa: Ropa, berlin: WorkingCalendar
) -> None:
    adopt(record, ropa, FIRST, (berlin,))
    adopt(record, replace(ropa, label="b"), SECOND, (berlin,))

    adopt(record, ropa, FIRST, (berlin,))

    assert record.current.number == 3


def test_a_document_that_breaks_rules_is_refused_with_every_problem(
    record: RecordOfProcessing, ropa: Ropa, berlin: WorkingCalendar
) -> None:
    german, american = ropa.controllers
    broken = replace(ropa, controllers=(replace(german, zone="Europe/Bonn", authority="de-bonn"), american))

    with pytest.raises(RopaInvalid) as refused:
        adopt(record, broken, FIRST, (berlin,))

    assert {problem.code for problem in refused.value.problems} == {"zone-unknown", "authority-unknown"}
    assert record.versions == ()


def test_old_cases_and_extensions_must_find_their_holidays(
    record: RecordOfProcessing, ropa: Ropa, berlin: WorkingCalendar, now: datetime
) -> None:
    assert calendar_years(now.date()) == (2023, 2032)
    for unfit in ((), (replace(berlin, zone="Europe/Busingen"),), (replace(berlin, last_year=2031),)):
        with pytest.raises(CalendarMissing):
            adopt(record, ropa, FIRST, unfit, at=now)


def test_the_events_are_plain_json_that_gives_the_same_record_back(
    record: RecordOfProcessing, ropa: Ropa, berlin: WorkingCalendar, now: datetime
) -> None:
    adopt(record, ropa, FIRST, (berlin,), at=now)
    adopt(record, replace(ropa, label="second"), SECOND, (berlin,), at=now + timedelta(days=1))
    events = [event for event in record.collect_events() if isinstance(event, Event)]

    stored = [(type(event), msgspec.json.encode(vars(event))) for event in events]
    again: RecordOfProcessing | None = None
    for event_type, content in stored:
        again = msgspec.json.decode(content, type=event_type).mutate(again)

    assert again == record
    readable = json.loads(stored[1][1])
    assert readable["document"]["activities"][0]["legal_basis"] == "consent"
    assert readable["calendars"][0]["holidays"] == ["2026-04-03", "2026-04-06", "2026-12-25"]


def test_a_controller_counts_days_of_its_own_and_others_do_not(
    record: RecordOfProcessing, ropa: Ropa, berlin: WorkingCalendar
) -> None:
    # given: 5 March is a holiday for the first controller, and Good Friday is none
    [first] = [each for each in ropa.controllers if each.id == "callcentre-de"]
    own = OwnDays(add=(OwnDay("2026-03-05", "Act 1"),), remove=(OwnDay("2026-04-03", "Act 2"),))
    corrected = replace(
        ropa, controllers=tuple(replace(first, calendar=own) if each is first else each for each in ropa.controllers)
    )
    # when
    adopt(record, corrected, FIRST, (berlin,))
    # then
    calendar = record.current.calendar(first.id)
    assert (calendar.is_holiday(date(2026, 3, 5)), calendar.is_holiday(date(2026, 4, 3))) == (True, False)
    assert calendar.version == "holidays 0.109, days of the record"
    assert record.current.calendars == (berlin,), "what was resolved stays as it was"
