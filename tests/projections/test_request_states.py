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

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.request.letters import NOTHING_HELD_STATEMENTS, LetterKind
from dsr.domain.request.values import AssuranceLevel, IdentityMethod
from dsr.domain.rights import Right
from dsr.projections.items import items
from dsr.projections.request_states import request_states
from dsr.projections.requests import requests
from tests.projections.mini_desk import MiniDesk
from tests.projections.player import Player

NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)
BERLIN = WorkingCalendar(
    country="DE", zone="Europe/Berlin", version="made up", first_year=2025, last_year=2032, holidays=()
)
ANN = CaseActing("ann", NOW, BERLIN)


def rows_of(desk: MiniDesk, table: sa.Table = request_states) -> list[dict[str, Any]]:
    with desk.database.reading() as connection:
        query = sa.select(table).order_by(*table.primary_key)
        return [dict(row) for row in connection.execute(query).mappings()]


def last(desk: MiniDesk) -> dict[str, Any]:
    (row,) = (row for row in rows_of(desk) if row["until"] is None)
    return row


def test_a_case_always_has_one_state(played: MiniDesk) -> None:
    rows = rows_of(played)
    assert any(row["until"] is not None for row in rows)
    for _, group in groupby(rows, key=itemgetter("request_id")):
        states = list(group)
        assert all(earlier["until"] == later["since"] for earlier, later in pairwise(states))
        assert all(row["since"] < row["until"] for row in states[:-1])
        assert states[-1]["until"] is None


def test_a_note_or_an_assignment_begins_no_new_state(desk: MiniDesk, player: Player) -> None:
    case = player.receive(NOW)
    desk.save(case)
    before = rows_of(desk)
    case.add_note(ANN, note=player.sealed())
    case.assign(ANN, assignee="ann")
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


def test_a_case_is_answered_on_the_local_date_of_the_letter_that_completes_it(desk: MiniDesk, player: Player) -> None:
    # given: two rights, each with its own letter
    case = player.receive(NOW)
    case.register(ANN, rights=(Right.ACCESS, Right.PORTABILITY))
    for item_id in ("access", "portability"):
        player.search(case, ANN, item_id)
        case.record_nothing_held(ANN, item_id=item_id)
    evening = datetime(2026, 3, 20, 23, 30, tzinfo=UTC)  # the 21st in Berlin

    def answer(right: Right, at: datetime) -> None:
        letter = replace(player.letter(LetterKind(right.value), at), statements=tuple(sorted(NOTHING_HELD_STATEMENTS)))
        case.record_answer(CaseActing("ann", at, BERLIN), letter=letter, item_ids=(right.value,))
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
    case.close(CaseActing("ann", evening + timedelta(days=9), BERLIN))
    case.reopen(CaseActing("ann", evening + timedelta(days=10), BERLIN), reason=player.sealed(), item_ids=("access",))
    desk.save(case)
    row = last(desk)
    assert (row["status"], row["outcome"], row["owed"], row["answered_on"]) == ("open", None, True, None)


def test_a_closed_case_waits_for_nothing(desk: MiniDesk, player: Player) -> None:
    # given: two questions are out, and an extension is proposed
    case = player.receive(NOW)
    case.register(ANN, rights=(Right.ACCESS,))
    case.ask_identity(ANN, doubt=player.sealed(), method=IdentityMethod.CALL_BACK, asked_at=NOW)
    case.ask_clarification(ANN, quantity=player.sealed(), asked_at=NOW)
    for kind in (LetterKind.IDENTITY_QUESTION, LetterKind.CLARIFICATION):
        case.record_answer(ANN, letter=player.letter(kind, NOW), item_ids=())
    case.propose_extension(ANN, ground="complexity", reasons=player.sealed())
    desk.save(case)
    (row,) = rows_of(desk, requests)
    assert (row["clock"], row["extension_pending"], last(desk)["suspended"]) == ("suspended", True, True)
    # when
    case.withdraw(replace(ANN, at=NOW + timedelta(days=4)), confirmed=True, statement=None)
    desk.save(case)
    # then
    (row,) = rows_of(desk, requests)
    shown = {name: row[name] for name in ("clock", "suspensions", "suspended_since", "extension_pending", "identity")}
    assert shown == {
        "clock": "running",
        "suspensions": {},
        "suspended_since": None,
        "extension_pending": False,
        "identity": "lapsed",
    }
    assert (row["status"], row["suspended_days"], last(desk)["suspended"]) == ("closed", 4, False)


def test_what_was_refused_unidentified_is_owed_once_who_asks_is_known(desk: MiniDesk, player: Player) -> None:
    case = player.receive(NOW)
    purged: dict[str, Any] = {"evidence_destroyed": ()}
    case.register(ANN, rights=(Right.ACCESS, Right.ERASURE))

    def ask() -> None:
        case.ask_identity(ANN, doubt=player.sealed(), method=IdentityMethod.CALL_BACK, asked_at=NOW)
        case.record_answer(ANN, letter=player.letter(LetterKind.IDENTITY_QUESTION, NOW), item_ids=())

    ask()
    case.give_up_identity(ANN, reason=player.sealed(), **purged)
    case.record_answer(ANN, letter=player.letter(LetterKind.REFUSAL, NOW), item_ids=())
    case.close(ANN, unidentified=True)
    case.reopen(ANN, reason=player.sealed(), item_ids=("access",))
    ask()
    case.confirm_identity(
        ANN, method=IdentityMethod.CALL_BACK, assurance=AssuranceLevel.HIGH, answered_at=NOW, **purged
    )
    desk.save(case)
    (row,) = rows_of(desk, requests)
    shown = [*row["items"], *rows_of(desk, items)]
    assert [(item["item_id"], item["status"], item["answered"]) for item in shown] == [
        ("access", "open", False),
        ("erasure", "open", False),
    ] * 2
    assert (last(desk)["owed"], last(desk)["refused"]) == (True, 0)


def test_what_happens_in_one_instant_is_one_state(desk: MiniDesk, player: Player) -> None:
    case = player.receive(NOW)
    case.register(ANN, rights=(Right.ACCESS, Right.ERASURE))
    desk.save(case)
    (row,) = rows_of(desk)
    assert row["rights"] == ["access", "erasure"]
