"""What is on hold: filters, scope and pages; what is held for a person."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa

from dsr.domain.request.message import MessageKind
from dsr.domain.request.standing import HoldKind
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.projections import CursorInvalid
from dsr.projections.holds import HoldFilter, hold_list, holds, holds_among, holds_of
from dsr.projections.requests import requests
from dsr.projections.rows import Row
from tests.projections.mini_desk import MiniDesk
from tests.projections.player import Player

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
CONTROLLERS = ("acme-de", "acme-fr")
SYSTEMS = (("crm",), ("crm", "telephony"), ("archive",))


@pytest.fixture
def held(desk: MiniDesk, player: Player) -> Any:
    """A dozen cases with holds of every kind, controller and extent; every third hold was released."""
    acting = player.acting(AT)
    kinds = product((HoldKind.RETENTION, HoldKind.LEGAL), CONTROLLERS, SYSTEMS)
    for number, (kind, controller_id, systems) in enumerate(kinds):
        case = player.receive(AT, suggested=())  # nothing else is held from its arrival
        for activity in ("recordings", "contracts"):
            case.place_hold(
                acting,
                hold_id=player.uuid(),
                kind=kind,
                controller_id=controller_id,
                activities=(activity,),
                systems=systems,
                reason=player.sealed(),
            )
        if number % 3 == 0:
            case.release_hold(acting, hold_id=next(iter(case.holds)), reason=player.sealed())
        desk.save(case)
    return desk


def all_rows(desk: MiniDesk) -> list[Row]:
    with desk.database.reading() as connection:
        return [dict(row) for row in connection.execute(sa.select(holds).order_by(holds.c.position)).mappings()]


def walk(desk: MiniDesk, filters: HoldFilter, *, limit: int = 2, **options: Any) -> list[Row]:
    """Every page, one after the other."""
    seen: list[Row] = []
    cursor = None
    while True:
        with desk.database.reading() as connection:
            page = hold_list(connection, filters, cursor=cursor, limit=limit, **options)
        assert len(page.rows) <= limit
        assert page.rows or page.next is None
        seen.extend(page.rows)
        if (cursor := page.next) is None:
            return seen


FILTERS: list[tuple[HoldFilter, Callable[[Row], bool]]] = [
    (HoldFilter(), lambda _: True),
    (HoldFilter(kind=HoldKind.LEGAL), lambda row: row["kind"] == "legal"),
    (HoldFilter(controller="acme-fr"), lambda row: row["controller_id"] == "acme-fr"),
    (HoldFilter(system="telephony"), lambda row: "telephony" in row["systems"]),
    (HoldFilter(activity="contracts"), lambda row: "contracts" in row["activities"]),
    (
        HoldFilter(kind=HoldKind.RETENTION, controller="acme-de", system="crm", activity="recordings"),
        lambda row: (
            (row["kind"], row["controller_id"]) == ("retention", "acme-de")
            and "crm" in row["systems"]
            and "recordings" in row["activities"]
        ),
    ),
    (HoldFilter(system="nowhere"), lambda _: False),
]


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_pages_show_each_hold_that_stands_once_in_the_order_in_which_it_was_placed(held: Any, limit: int) -> None:
    for filters, wanted in FILTERS:
        expected = [row for row in all_rows(held) if row["released_at"] is None and wanted(row)]
        assert walk(held, filters, limit=limit) == expected, filters


def test_a_message_that_suggests_a_copy_is_among_the_holds_until_it_is_examined(held: Any, player: Player) -> None:
    # given: a registered case with a later message, and one that nobody has registered
    acting, later = player.acting(AT), player.acting(AT + timedelta(days=1))
    case = player.receive(AT, suggested=(Right.ERASURE,))
    case.register(acting, rights=(Right.ERASURE,), controllers=(case.controller_id,))
    case.attach_follow_up(
        later,
        channel=Channel.EMAIL,
        received_at=AT + timedelta(hours=1),
        keys=(),
        message=player.sealed(),
        original=None,
        suggested_rights=(Right.ACCESS,),
    )
    new = player.receive(AT, suggested=(Right.OBJECTION,))
    for each in (case, new):
        held.save(each)
    (message,) = case.messages_waiting
    # then
    expected = {
        message.message_id: (case.id, AT + timedelta(hours=1), case.controller_id),
        new.id: (new.id, new.received_at, new.controller_id),
    }
    for filters in (HoldFilter(), HoldFilter(system="crm"), HoldFilter(activity="contracts")):
        found = walk(held, filters, limit=3)
        assert [row["placed_at"] for row in found] == sorted(row["placed_at"] for row in found)
        shown = {row["hold_id"]: row for row in found if row["position"] is None}
        assert {
            hold_id: (row["request_id"], row["placed_at"], row["controller_id"]) for hold_id, row in shown.items()
        } == expected
        assert {(row["kind"], *row["systems"], *row["activities"]) for row in shown.values()} == {("retention",)}
    for filters in (HoldFilter(released=True), HoldFilter(kind=HoldKind.LEGAL)):
        assert None not in {row["position"] for row in walk(held, filters)}
    elsewhere = frozenset(CONTROLLERS) - {case.controller_id, new.controller_id}
    assert None not in {row["position"] for row in walk(held, HoldFilter(), scope=elsewhere)}
    # when
    case.examine_messages(
        later, message_ids=(message.message_id,), kind=MessageKind.NOTHING_TO_DO, reason=player.sealed()
    )
    new.register(later, rights=(Right.RECTIFICATION,), controllers=(new.controller_id,))
    for each in (case, new):
        held.save(each)
    # then
    assert None not in {row["position"] for row in walk(held, HoldFilter())}


def test_released_holds_are_listed_when_they_are_asked_for_and_never_with_the_others(held: Any) -> None:
    released = [row for row in all_rows(held) if row["released_at"] is not None]
    assert len(released) == 4
    assert walk(held, HoldFilter(released=True), limit=1) == released
    assert {row["released_by"] for row in released} == {"ann"}
    legal = HoldFilter(released=True, kind=HoldKind.LEGAL)
    assert walk(held, legal) == [row for row in released if row["kind"] == "legal"]


def test_holds_of_controllers_out_of_scope_are_not_listed(held: Any) -> None:
    german = frozenset({"acme-de"})
    assert {row["controller_id"] for row in walk(held, HoldFilter(), scope=german)} == {"acme-de"}
    assert walk(held, HoldFilter(controller="acme-fr"), scope=german) == []
    assert walk(held, HoldFilter(), scope=frozenset()) == []


@pytest.mark.parametrize("cursor", ["", "nonsense", "WyJob2xkcyIsLTFd"])
def test_a_damaged_cursor_is_refused(held: Any, cursor: str) -> None:
    with pytest.raises(CursorInvalid), held.database.reading() as connection:
        hold_list(connection, HoldFilter(), cursor=cursor)


def test_what_is_held_in_some_cases_is_what_stands_there(held: Any) -> None:
    rows = all_rows(held)
    chosen = [rows[0]["request_id"], rows[2]["request_id"]]
    expected = [row["hold_id"] for row in rows if row["request_id"] in chosen and row["released_at"] is None]
    with held.database.reading() as connection:
        assert [hold.hold_id for hold in holds_of(connection, chosen)] == expected
        assert holds_of(connection, []) == ()


def test_what_is_held_among_cases_is_of_that_controller_in_that_system(held: Any) -> None:
    everybody = [sa.select(requests.c.request_id)]
    for controller_id, system in product(CONTROLLERS, ("crm", "telephony", "archive", "nowhere")):
        with held.database.reading() as connection:
            found = holds_among(connection, everybody * 2, controller_id=controller_id, system=system)
        expected = {
            row["hold_id"]
            for row in all_rows(held)
            if row["released_at"] is None and row["controller_id"] == controller_id and system in row["systems"]
        }
        assert {hold.hold_id for hold in found} == expected
        assert len(found) == len(expected), "found by two marks, shown once"
