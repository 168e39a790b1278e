"""Every read model, on both databases: what is projected live is what the log says, however it is folded."""

import base64
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from random import Random
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsr.database import Database
from dsr.eventstore import log
from dsr.projections import PROJECTIONS, Problem, projection_states, rebuild, verify
from dsr.projections.decisions import READ_MODEL as DECISIONS
from dsr.projections.decisions import DecisionKind
from dsr.projections.folding import rows_of
from dsr.projections.read_model import ReadModel
from dsr.projections.rows import Row
from dsr.projections.summed import SummedReadModel
from tests.projections.mini_desk import MiniDesk
from tests.projections.player import Player

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def stored(database: Database, projection: ReadModel) -> list[Row]:
    keys = list(projection.table.primary_key)
    with database.reading() as connection:
        return [dict(row) for row in connection.execute(sa.select(projection.table).order_by(*keys)).mappings()]


def everything(database: Database) -> dict[str, list[Row]]:
    return {each.name: stored(database, each) for each in PROJECTIONS}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(min_value=0), cases=st.integers(1, 4), steps=st.integers(2, 30))
def test_live_rebuild_and_fold_in_memory_give_the_same_rows(
    seed: int, cases: int, steps: int, fresh_desk: Callable[[], Any]
) -> None:
    # given
    desk = fresh_desk()
    desk.play(Random(seed), cases=cases, steps=steps)  # noqa: S311 - reproducible, not secret
    live = everything(desk.database)
    # when: each history is folded in memory, nothing loaded and nothing written
    histories = [rows_of(history, PROJECTIONS) for history in desk.log.histories(until=desk.log.head().position)]
    for projection in PROJECTIONS:
        rows = [row for each in histories for row in each[projection]]
        rows = projection.summed(rows) if isinstance(projection, SummedReadModel) else rows
        # then
        assert in_order(projection, rows) == in_order(projection, live[projection.name])
    # when, then: folded into a scratch file
    assert verify(desk.database, desk.log) == []
    # when, then: rebuilt
    rebuild(desk.database, desk.log, at=NOW)
    assert everything(desk.database) == live


@pytest.mark.parametrize("waiting", [1, 7])
def test_a_rebuild_that_can_hold_few_rows_writes_them_more_often(
    played: MiniDesk, waiting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "CHUNK", 5)
    live = everything(played.database)
    rebuild(played.database, played.log, at=NOW, waiting=waiting)
    assert everything(played.database) == live


def in_order(projection: ReadModel, rows: Iterable[Row]) -> list[Row]:
    keys = [column.name for column in projection.table.primary_key]
    # What is written as JSON comes back as JSON.
    plain = [
        {name: msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value for name, value in row.items()}
        for row in rows
    ]
    return sorted(plain, key=lambda row: [row[key] for key in keys])


def test_histories_reach_every_table_and_most_events(played: MiniDesk) -> None:
    empty = {name for name, rows in everything(played.database).items() if not rows}
    assert empty == set()
    names = {row["name"] for row in stored(played.database, PROJECTIONS[2])}
    assert len(names) > 25


def test_every_kind_of_decision_appears_in_the_register(played: MiniDesk) -> None:
    rows = stored(played.database, DECISIONS)
    assert {row["kind"] for row in rows} == set(DecisionKind)
    taken = [row for row in rows if row["outcome"] not in {"open", "asked", "insufficient", "proposed", "quoted"}]
    assert all(row["decided_by"] and row["decided_at"] for row in taken)


def test_nothing_is_ever_behind(played: MiniDesk) -> None:
    with played.database.reading() as connection:
        states = projection_states(connection, played.log.head().position)
    assert [state.name for state in states] == [each.name for each in PROJECTIONS]
    assert all(state.behind == 0 and not state.needs_rebuild for state in states)


def test_a_rolled_back_append_leaves_no_row(desk: MiniDesk, player: Player) -> None:
    desk.save(player.receive(NOW))
    before = everything(desk.database)
    with suppress(ZeroDivisionError), desk.database.appending():
        desk.save(player.receive(NOW))
        _ = 1 / 0
    assert everything(desk.database) == before


def test_no_sealed_value_reaches_a_read_model(played: MiniDesk) -> None:
    text = repr(everything(played.database))
    assert "canary" not in text
    assert base64.b64encode(b"canary: Ada Lovelace").decode()[:20] not in text


@pytest.mark.parametrize("name", [each.name for each in PROJECTIONS])
def test_verify_names_a_tampered_row(played: MiniDesk, name: str) -> None:
    # given
    projection = next(each for each in PROJECTIONS if each.name == name)
    column = {
        "requests": "assignee",
        "items": "status",
        "timeline": "actor",
        "decisions": "decided_by",
        "staff": "identifier",
        "quarantine": "settled_by",
        "exports": "prepared_by",
        "dispatches": "released_by",
        "agenda": "at",
        "request_states": "outcome",
        "restrictions": "ground",
        "holds": "placed_by",
        "recipients": "settled_by",
        "own_erasures": "reported_by",
        "retention_batches": "decided_by",
        "authority_disclosures": "recorded_by",
        "matters": "closed_by",
        "matter_states": "closed_by",
        "matter_letters": "released_by",
        "matter_messages": "examined_by",
        "introduced_keys": "commitment",
        "missed_dates": "moved_by",
        "judged_suggestions": "outcome",
        "messages": "channel",
        "link_requests": "requested_at",
        "credentials": "issued_by",
        "passkeys": "revoked_by",
        "staff_sessions": "ended_by",
        "staff_accounts": "unlinked_by",
        "case_counts": "what",
        "due_counts": "what",
        "forgotten": "ordered_by",
    }[name]
    victim = stored(played.database, projection)[0]
    forged = NOW if column in ("at", "requested_at") else "mallory"
    keys = {key.name: victim[key.name] for key in projection.table.primary_key}
    with played.database.writing() as connection:
        connection.execute(
            sa.update(projection.table)
            .where(*(projection.table.c[key] == value for key, value in keys.items()))
            .values({column: forged})
        )
    # when
    (difference,) = verify(played.database, played.log)
    # then
    assert (difference.projection, difference.problem, difference.key) == (name, Problem.DIFFERENT, keys)
    assert difference.expected == {column: victim[column]}
    assert difference.found == {column: forged}
    place = " ".join(f"{key}={value}" for key, value in keys.items())
    assert str(difference) == f"{name} has another {column} than the log in the row {place}."
