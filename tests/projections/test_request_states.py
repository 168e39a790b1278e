"""How cases stood: one row for each state, without gap or overlap, in agreement with the queue."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise
from operator import itemgetter
from random import Random
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.request.letters import NOTHING_HELD_STATEMENTS, LetterKind
from dsr.domain.rights import Right
from dsr.projections.request_states import request_states
from dsr.projections.requests import requests

NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)
BERLIN = WorkingCalendar(
    country="DE", zone="Europe/Berlin", version="made up", first_year=2025, last_year=2032, holidays=()
)


def rows_of(desk: Any, table: sa.Table = request_states) -> list[dict[str, Any]]:
    with desk.database.reading() as connection:
        query = sa.select(table).order_by(*table.primary_key)
        return [dict(row) for row in connection.execute(query).mappings()]


def last(desk: Any) -> dict[str, Any]:
    (row,) = (row for row in rows_of(desk) if row["until"] is None)
    return row


def test_a_case_always_has_one_state_and_only_the_last_one_carries_on(played: Any) -> None:
    rows = rows_of(played)
    assert any(row["until"] is not None for row in rows)
    for _, group in groupby(rows, key=itemgetter("request_id")):
        states = list(group)
        assert all(earlier["until"] == later["since"] for earlier, later in pairwise(states))
        assert all(row["since"] < row["until"] and row["carried"] is None for row in states[:-1])
        assert states[-1]["until"] is None
        assert states[-1]["carried"] is not None


def test_a_note_or_an_assignment_begins_no_new_state(desk: Any, player: Any) -> None:
    case = player.receive(NOW)
    desk.save(case)
    before = rows_of(desk)
    case.add_note(note=player.sealed(), at=NOW, actor="ann")
    case.assign(assignee="ann", at=NOW, actor="ann")
    desk.save(case)
    assert rows_of(desk) == before


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(min_value=0))
def test_the_state_that_holds_says_what_the_queue_says(seed: int, fresh_desk: Callable[[], Any]) -> None:
    # given
    desk = fresh_desk()
    desk.play(Random(seed), cases=4, steps=25)  # noqa: S311 - reproducible, not secret
    # when
    queue = {row["request_id"]: row for row in rows_of(desk, requests)}
    holding = [row for row in rows_of(desk) if row["until"] is None]
    # then
    assert len(holding) == len(queue)
    for state in holding:
        row = queue[state["request_id"]]
        same = ("controller_id", "received_on", "status", "outcome", "effective_due", "effective_ends_at", "extended")
        assert [state[name] for name in (*same, "late")] == [row[name] for name in (*same, "late")]
        assert state["suspended"] == (row["clock"] == "suspended")
        assert state["rights"] == list(dict.fromkeys(item["right"] for item in row["items"]))
        refused = [item for item in row["items"] if item["status"] == "refused" or item["refused_in_part"]]
        assert state["refused"] == len(refused)
        open_work = row["items_unanswered"] or row["items_open"] or row["lifecycle"] == "received"
        assert state["owed"] == (row["status"] == "open" and bool(open_work))
        has_answer = any(item["answered"] and item["status"] != "withdrawn" for item in row["items"])
        assert (state["answered_on"] is not None) == (has_answer and not row["items_unanswered"])


def test_a_case_is_answered_on_the_local_date_of_the_letter_that_completes_it(desk: Any, player: Any) -> None:
    # given: two rights, each with its own letter
    case = player.receive(NOW)
    case.register(rights=(Right.ACCESS, Right.PORTABILITY), at=NOW, actor="ann")
    for item_id in ("access", "portability"):
        case.record_nothing_held(item_id=item_id, systems=("crm",), at=NOW, actor="ann")
    evening = datetime(2026, 3, 20, 23, 30, tzinfo=UTC)  # the 21st in Berlin

    def answer(right: Right, at: datetime) -> None:
        letter = replace(player.letter(LetterKind(right.value), at), statements=tuple(sorted(NOTHING_HELD_STATEMENTS)))
        case.record_answer(letter=letter, item_ids=(right.value,), calendar=BERLIN, at=at, actor="ann")
        desk.save(case)

    # when, then
    answer(Right.ACCESS, NOW + timedelta(days=2))
    assert last(desk)["answered_on"] is None
    answer(Right.PORTABILITY, evening)
    assert last(desk)["answered_on"] == date(2026, 3, 21)
    # when a letter goes out once more, then the first one counts
    answer(Right.ACCESS, evening + timedelta(days=9))
    assert last(desk)["answered_on"] == date(2026, 3, 21)
    # when an item is to be decided again, then the case is open and unanswered as of then
    case.close(at=evening + timedelta(days=9), actor="ann")
    case.reopen(reason=player.sealed(), item_ids=("access",), at=evening + timedelta(days=10), actor="ann")
    desk.save(case)
    row = last(desk)
    assert (row["status"], row["outcome"], row["owed"], row["answered_on"]) == ("open", None, True, None)


def test_what_happens_in_one_instant_is_one_state(desk: Any, player: Any) -> None:
    case = player.receive(NOW)
    case.register(rights=(Right.ACCESS, Right.ERASURE), at=NOW, actor="ann")
    desk.save(case)
    (row,) = rows_of(desk)
    assert row["rights"] == ["access", "erasure"]
    assert row["from_position"] == 1
