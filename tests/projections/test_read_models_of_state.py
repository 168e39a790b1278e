"""A save writes what a case shows otherwise than before, and nothing else; what falls into one instant is one state."""

import gc
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from dsr.database import Database
from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import IdentityMethod
from dsr.domain.rights import Right
from dsr.projections import project, rebuild, verify
from dsr.projections.agenda import agenda
from dsr.projections.request_states import request_states
from dsr.projections.requests import requests
from dsr.projections.shown import ShownCases
from tests.projections.mini_desk import MiniDesk
from tests.projections.player import Player
from tests.traffic import counted_in

NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)
BERLIN = WorkingCalendar(
    country="DE", zone="Europe/Berlin", version="made up", first_year=2025, last_year=2032, holidays=()
)


class StandingClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def timed_desk(database: Database, clock: StandingClock) -> MiniDesk:
    """A desk whose log tells the time by a clock that stands still."""
    return MiniDesk.on(database, clock)


def rows_of(database: Database, table: sa.Table) -> list[dict[str, Any]]:
    with database.reading() as connection:
        return [dict(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()]


def ann(at: datetime = NOW) -> CaseActing:
    return CaseActing("ann", at, BERLIN)


def ask(case: Any, player: Player, at: datetime) -> None:
    """Ask about identity, by a letter that leaves at once."""
    case.ask_identity(ann(at), doubt=player.sealed(), method=IdentityMethod.CALL_BACK, asked_at=at)
    case.record_answer(ann(at), letter=player.letter(LetterKind.IDENTITY_QUESTION, at), item_ids=())


def give_up(case: Any, player: Player, at: datetime) -> None:
    case.give_up_identity(ann(at), reason=player.sealed(), evidence_destroyed=())


def test_only_the_columns_that_differ_are_written_and_no_row_is_looked_up(desk: MiniDesk, player: Player) -> None:
    # given
    case = player.receive(NOW)
    case.register(ann(), rights=(Right.ACCESS,))
    desk.save(case)
    case.assign(ann(), assignee="bob")
    # when
    with counted_in(desk.database) as traffic:
        desk.save(case)
    # then
    sent = " ".join(" ".join(traffic.texts).split())
    written = re.findall(r"(INSERT INTO|DELETE FROM|UPDATE|FROM) (requests|items|agenda|request_states)\b", sent)
    assert written == [("UPDATE", "requests")]
    columns = sent.partition("UPDATE requests SET ")[2].partition(" WHERE ")[0]
    assert re.findall(r"(\w+)=", columns) == ["version", "assignee", "last_event_at", "last_position"]


def test_a_row_that_the_case_shows_no_more_is_removed(desk: MiniDesk, player: Player) -> None:
    case = player.receive(NOW)
    desk.save(case)
    assert len(rows_of(desk.database, agenda)) > 3
    case.withdraw(ann(), confirmed=True, statement=None, evidence_destroyed=())
    desk.save(case)
    assert rows_of(desk.database, agenda) == []


def test_two_saves_in_one_instant_are_one_state(timed_desk: Any, player: Player, clock: StandingClock) -> None:
    # given
    case = player.receive(NOW)
    case.register(ann(), rights=(Right.ACCESS,))
    timed_desk.save(case)
    clock.time = NOW + timedelta(days=1)
    # when: a question, then another right, while the clock of the log stands still
    ask(case, player, clock.time)
    timed_desk.save(case)
    case.open_items(ann(clock.time), rights=(Right.ERASURE,))
    timed_desk.save(case)
    # then
    first, second = rows_of(timed_desk.database, request_states)
    assert (first["since"], first["until"], first["suspended"], first["rights"]) == (NOW, clock.time, False, ["access"])
    assert (second["since"], second["until"]) == (clock.time, None)
    assert (second["suspended"], second["rights"]) == (True, ["access", "erasure"])
    assert verify(timed_desk.database, timed_desk.log) == []


def test_what_is_undone_in_the_same_instant_began_no_state(
    timed_desk: Any, player: Player, clock: StandingClock
) -> None:
    # given
    case = player.receive(NOW)
    case.register(ann(), rights=(Right.ACCESS,))
    timed_desk.save(case)
    before = rows_of(timed_desk.database, request_states)
    clock.time = NOW + timedelta(hours=1)
    # when: the clock stands still for a question, and runs again
    ask(case, player, clock.time)
    timed_desk.save(case)
    assert len(rows_of(timed_desk.database, request_states)) == 2
    give_up(case, player, clock.time)
    timed_desk.save(case)
    # then
    assert rows_of(timed_desk.database, request_states) == before
    assert verify(timed_desk.database, timed_desk.log) == []


def test_saves_in_the_instant_of_arrival_are_one_state(timed_desk: Any, player: Player) -> None:
    case = player.receive(NOW)
    timed_desk.save(case)
    case.register(ann(), rights=(Right.ACCESS,))
    timed_desk.save(case)
    (row,) = rows_of(timed_desk.database, request_states)
    assert (row["since"], row["until"], row["rights"]) == (NOW, None, ["access"])
    assert verify(timed_desk.database, timed_desk.log) == []


def test_events_of_a_case_are_not_saved_without_what_it_shows(desk: MiniDesk, player: Player) -> None:
    case = player.receive(NOW)
    with pytest.raises(LookupError), desk.store.appending() as saving:
        project(saving.connection, saving.save(case), *saving.also)
    assert desk.log.head().position == 0


def test_a_case_is_not_saved_where_nothing_is_known_of_what_it_showed(player: Player) -> None:
    case = player.receive(NOW)
    case.collect_events()
    case.assign(ann(), assignee="bob")
    with pytest.raises(LookupError):
        ShownCases().saving(case)


def test_what_a_case_showed_is_forgotten_with_it(player: Player) -> None:
    shown = ShownCases()
    case = player.receive(NOW)
    shown.loaded(case)
    assert len(shown) == 1
    del case
    gc.collect()
    assert len(shown) == 0


def test_the_queue_names_the_last_event_of_the_case_after_a_save_and_after_a_rebuild(
    desk: MiniDesk, player: Player
) -> None:
    # given
    case, other = player.receive(NOW), player.receive(NOW)
    desk.save(case)
    desk.save(other)
    case.add_note(ann(), note=player.sealed())
    (recorded,) = desk.save(case)
    # then
    for _ in range(2):
        row = next(row for row in rows_of(desk.database, requests) if row["request_id"] == case.id)
        assert (row["version"], row["last_position"], row["last_event_at"]) == (2, 3, recorded.recorded_at)
        # when
        rebuild(desk.database, desk.log, at=NOW)
