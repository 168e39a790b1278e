"""What is due in one list: dates of cases and of matters, now and as of a past time (docs/law §2, §13)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.domain.matter import MatterKind
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.projections.due_list import due_list
from tests.catalogue.matters import complained, noticed, written
from tests.desk.office import Office

ARRIVED = datetime(2026, 7, 1, 9, tzinfo=UTC)


def due(office: Office, **asked: Any) -> list[tuple[str, date, bool, UUID]]:
    """What, by when, whether an order sets it, and of which case or matter."""
    with office.service.database.reading() as connection:
        page = due_list(connection, **{"at": office.clock.now()} | asked)
    return [(row["due"], row["due_on"], row["by_order"], row["request_id"] or row["matter_id"]) for row in page.rows]


@pytest.fixture
def made(office: Office) -> dict[str, UUID]:
    """Two cases, a complaint, an order about the second case, an incident."""
    office.clock.time = ARRIVED
    first = office.registered(Right.ACCESS)
    complaint = UUID(complained(office, Call(office.ann), controller_id="callcentre-gb").resource_id)
    office.clock.time += timedelta(days=1)
    second = office.registered(Right.ACCESS)
    order = written(office, Call(office.ann), kind=MatterKind.ORDER, request_ids=(second,), due_on=date(2026, 7, 20))
    incident = UUID(noticed(office, Call(office.ann)).resource_id)
    return {
        "first": first,
        "complaint": complaint,
        "second": second,
        "order": UUID(order.resource_id),
        "incident": incident,
    }


def test_dates_of_cases_and_matters_stand_in_one_list_by_the_date_that_holds(
    office: Office, made: dict[str, UUID]
) -> None:
    listed = due(office)
    assert listed[0] == ("notify", date(2026, 7, 5), False, made["incident"])
    assert set(listed[1:3]) == {
        ("reply", date(2026, 7, 20), False, made["order"]),
        ("answer", date(2026, 7, 20), True, made["second"]),
    }
    assert listed[3:] == [
        ("acknowledge", date(2026, 7, 30), False, made["complaint"]),
        ("answer", date(2026, 7, 31), False, made["first"]),
    ]
    assert due(office, due_until=date(2026, 7, 20)) == listed[:3]
    assert due(office, due_from=date(2026, 7, 30)) == listed[3:]
    assert due(office, responsible="somebody-else") == []
    assert due(office, scope=frozenset({"callcentre-gb"})) == [listed[3]]
    assert due(office, scope=frozenset()) == []


@pytest.mark.parametrize("is_past", [False, True])
def test_pages_follow_each_other_without_a_gap(office: Office, made: dict[str, UUID], is_past: bool) -> None:
    at, found, cursor = office.clock.now(), list[UUID](), None
    while True:
        with office.service.database.reading() as connection:
            page = due_list(connection, at=at, is_past=is_past, cursor=cursor, limit=2)
        found += [row["request_id"] or row["matter_id"] for row in page.rows]
        if (cursor := page.next) is None:
            break
    assert found == [each for *_, each in due(office)]
    assert set(found) == set(made.values())


def test_the_list_as_of_a_past_time_is_the_one_that_was_shown_then(office: Office, made: dict[str, UUID]) -> None:
    # given
    then, shown = office.clock.now(), due(office)
    office.clock.time += timedelta(days=2)
    # when: much of it is settled, and what is left moves
    office.desk.matters.acknowledge(made["complaint"], Call(office.ann), channel=Channel.EMAIL)
    office.desk.matters.answer(made["order"], Call(office.ann), channel=Channel.POST, reasons="We did it.")
    office.desk.answers.withdraw(
        made["first"], office.call(made["first"]), confirmed=True, statement="Forget it.", item_ids=None
    )
    # then
    assert [each for *_, each in due(office)] == [made["incident"], made["second"]]
    assert due(office, at=then, is_past=True) == shown
    assert due(office, at=office.clock.now(), is_past=True) == due(office)


def test_a_date_that_has_passed_is_marked_as_missed(office: Office, made: dict[str, UUID]) -> None:
    office.clock.time += timedelta(days=31)
    for is_past in (False, True):
        with office.service.database.reading() as connection:
            rows = due_list(connection, at=office.clock.now(), is_past=is_past).rows
        assert {row["request_id"] or row["matter_id"] for row in rows if row["missed"]} == set(made.values())
