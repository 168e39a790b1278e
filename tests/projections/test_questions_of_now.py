"""What is late, due soon and waiting; the timeline as of a time; the register of decisions."""

from datetime import UTC, datetime, timedelta

from dsr.domain.request.letters import LetterKind
from dsr.domain.rights import Right
from dsr.projections import (
    DecisionFilter,
    DecisionKind,
    decision_list,
    decisions_of,
    due_soon,
    items_of,
    late,
    request_row,
    staff_member,
    timeline_of,
    totals,
    unacknowledged,
    workload,
)
from tests.projections.mini_desk import MiniDesk
from tests.projections.player import Player

NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)


def test_a_case_is_late_from_midnight_after_its_effective_date_and_not_before(desk: MiniDesk, player: Player) -> None:
    # given
    case = player.receive(NOW)
    desk.save(case)
    with desk.database.reading() as connection:
        row = request_row(connection, case.id)
        assert row is not None
        end = row["effective_ends_at"]
        # when, then
        assert late(connection, end - timedelta(seconds=1)) == []
        assert [each["request_id"] for each in due_soon(connection, end - timedelta(seconds=1))] == [case.id]
        assert [each["request_id"] for each in late(connection, end)] == [case.id]
        assert due_soon(connection, end) == []
        assert late(connection, end, scope=frozenset()) == []
        (load,) = workload(connection, end)
        assert (load.assignee, load.open, load.late, load.due_soon) == (None, 1, 1, 0)
        assert totals(connection, end).late == 1
        assert [each["request_id"] for each in unacknowledged(connection, end.date())] == [case.id]


def test_nothing_is_late_while_a_question_stops_the_clock_but_it_stays_in_sight(desk: MiniDesk, player: Player) -> None:
    # given
    case = player.receive(NOW)
    player.playing(case, NOW).ask_identity()
    case.record_answer(player.acting(NOW), letter=player.letter(LetterKind.IDENTITY_QUESTION, NOW), item_ids=())
    desk.save(case)
    # when
    with desk.database.reading() as connection:
        row = request_row(connection, case.id)
        assert row is not None
        past = row["effective_ends_at"] + timedelta(days=3)
        # then
        assert row["clock"] == "suspended"
        assert late(connection, past) == []
        assert [each["request_id"] for each in due_soon(connection, past)] == [case.id]


def test_a_question_whose_letter_has_not_left_stops_no_clock_and_hides_no_late_case(
    desk: MiniDesk, player: Player
) -> None:
    # given
    case = player.receive(NOW)
    player.playing(case, NOW).ask_identity()
    desk.save(case)
    # when
    with desk.database.reading() as connection:
        row = request_row(connection, case.id)
        assert row is not None
        # then
        assert (row["identity"], row["clock"], row["suspensions"]) == ("asked", "running", {})
        assert row["suspended_since"] is None
        assert [each["request_id"] for each in late(connection, row["effective_ends_at"])] == [case.id]


def test_the_timeline_shows_what_was_recorded_by_then_page_by_page(desk: MiniDesk, player: Player) -> None:
    case = player.receive(NOW)
    (first,) = desk.save(case)
    case.register(player.acting(NOW), rights=(Right.ACCESS, Right.ERASURE))
    desk.save(case)
    with desk.database.reading() as connection:
        assert len(timeline_of(connection, case.id, as_of=first.recorded_at).rows) == 1
        page = timeline_of(connection, case.id, limit=3)
        rest = timeline_of(connection, case.id, limit=3, cursor=page.next)
        backwards = timeline_of(connection, case.id, descending=True)
        assert [item["item_id"] for item in items_of(connection, case.id)] == ["access", "erasure"]
    assert [row["version"] for row in (*page.rows, *rest.rows)] == [1, 2, 3, 4]
    assert [row["version"] for row in backwards.rows] == [4, 3, 2, 1]
    received = page.rows[0]
    assert received["sealed"] == ["message", "original"]
    assert received["facts"]["channel"] == case.channel.value
    assert "keys" not in received["facts"]
    assert received["happened_at"] == case.received_at


def test_the_register_tells_kinds_apart_and_keeps_to_the_scope(played: MiniDesk) -> None:
    with played.database.reading() as connection:
        page = decision_list(connection, DecisionFilter(kind=DecisionKind.ADMISSION), limit=5)
        again = decision_list(connection, DecisionFilter(kind=DecisionKind.ADMISSION), limit=5, cursor=page.next)
        assert decision_list(connection, scope=frozenset()).rows == []
        positions = [row["position"] for row in (*page.rows, *again.rows)]
        assert positions == sorted(set(positions), reverse=True)
        assert all(row["kind"] == "admission" for row in page.rows)
        assert decisions_of(connection, page.rows[0]["request_id"])[0]["kind"] == "admission"


def test_who_left_is_still_known(played: MiniDesk) -> None:
    with played.database.reading() as connection:
        member = staff_member(connection, "ann")
        assert member is not None
        assert member.has_left
        assert member.scope == frozenset({"acme-de", "acme-fr"})
        assert staff_member(connection, "nobody") is None
