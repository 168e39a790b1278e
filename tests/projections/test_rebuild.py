"""Rebuilding while the service works: nothing is lost, nothing stays behind, names are as migrations make them."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from dsr.database import Database, DatabaseBusy, SchemaTooNew
from dsr.database.metadata import main
from dsr.projections import PROJECTIONS, projection_named, projection_states, rebuild, require_current, verify
from dsr.projections.errors import ProjectionBehind, ProjectionUnknown, RebuildRunning
from dsr.projections.folding import Folding
from dsr.projections.positions import positions
from dsr.projections.shadow import Shadow
from tests.projections.mini_desk import MiniDesk
from tests.projections.player import Player

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def shadows(database: Database) -> list[str]:
    with database.reading() as connection:
        return [name for name in sa.inspect(connection).get_table_names() if "_shadow_" in name]


def differences_from_migration(database: Database) -> list[Any]:
    ours = {each.name for each in PROJECTIONS} | {positions.name}

    def include(thing: Any, _name: Any, kind: str, _reflected: bool, _other: Any) -> bool:
        return (thing.name if kind == "table" else thing.table.name) in ours

    with database.reading() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_object": include}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), main))


def primary_keys(database: Database) -> dict[str, str | None]:
    with database.reading() as connection:
        inspector = sa.inspect(connection)
        return {each.name: inspector.get_pk_constraint(each.name)["name"] for each in PROJECTIONS}


def test_a_rebuild_may_be_repeated_and_leaves_the_tables_as_migrations_make_them(played: MiniDesk) -> None:
    names = primary_keys(played.database)
    for _ in range(3):
        assert rebuild(played.database, played.log, at=NOW) == played.log.head().position
        assert differences_from_migration(played.database) == []
        assert primary_keys(played.database) == names
        assert shadows(played.database) == []
    assert verify(played.database, played.log) == []


def test_a_rebuild_of_an_empty_log_makes_empty_tables(desk: MiniDesk, player: Player) -> None:
    assert rebuild(desk.database, desk.log, at=NOW) == 0
    desk.save(player.receive(NOW))
    assert verify(desk.database, desk.log) == []


def test_commands_go_on_while_read_models_are_rebuilt(played: MiniDesk, player: Player) -> None:
    # given: somebody who saves one command after the other
    stop, saved, failures = Event(), [], list[BaseException]()

    def write() -> None:
        try:
            while not stop.is_set():
                case = player.receive(NOW)
                case.add_note(player.acting(NOW), note=player.sealed())
                played.save(case)
                saved.append(case.id)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test reports it
            failures.append(error)

    writer = Thread(target=write)
    writer.start()
    # when
    for _ in range(4):
        rebuild(played.database, played.log, at=NOW)
    stop.set()
    writer.join()
    # then
    assert failures == []
    assert len(saved) > 4
    assert verify(played.database, played.log) == []


def test_a_rebuild_that_dies_leaves_the_live_table_and_the_next_one_clears_up(
    played: MiniDesk, player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a process that dies in the middle of the swap
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Shadow, "swap", die)
        with pytest.raises(KeyboardInterrupt):
            rebuild(played.database, played.log, at=NOW)
    # then: it is as if nothing had been tried
    assert shadows(played.database)
    played.save(player.receive(NOW))
    assert verify(played.database, played.log) == []
    # when, then
    rebuild(played.database, played.log, at=NOW)
    assert shadows(played.database) == []
    assert verify(played.database, played.log) == []


def test_of_two_rebuilds_at_once_the_second_is_refused_and_the_first_goes_on(
    played: MiniDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a second rebuild begins once the first has folded everything
    run, refused = Folding.run, list[str]()

    def and_another(folding: Folding, *arguments: Any) -> None:
        monkeypatch.setattr(Folding, "run", run)
        run(folding, *arguments)
        with pytest.raises(RebuildRunning) as raised:
            rebuild(played.database, played.log, at=NOW)
        refused.append(raised.value.code)

    monkeypatch.setattr(Folding, "run", and_another)
    # when
    rebuild(played.database, played.log, at=NOW)
    # then
    assert refused == ["rebuild-running"]
    assert verify(played.database, played.log) == []
    assert shadows(played.database) == []
    # when, then: it is over
    rebuild(played.database, played.log, at=NOW)


def test_a_read_model_that_was_never_built_stays_behind_and_stops_no_command(played: MiniDesk, player: Player) -> None:
    # given: an installation that got a new read model
    items = projection_named("items")
    with played.database.writing() as connection:
        connection.execute(sa.delete(items.table))
        connection.execute(sa.delete(positions).where(positions.c.name == "items"))
    # when
    case = player.receive(NOW)
    case.register(player.acting(NOW), rights=(next(iter(case.suggested_rights)),))
    played.save(case)
    # then
    head = played.log.head().position
    with played.database.reading() as connection:
        states = {state.name: state for state in projection_states(connection, head)}
        with pytest.raises(ProjectionBehind, match="items"):
            require_current(connection, head)
    assert states["items"].behind == head
    assert states["requests"].behind == 0
    # when, then
    rebuild(played.database, played.log, (items,), at=NOW)
    with played.database.reading() as connection:
        require_current(connection, head)
    assert verify(played.database, played.log) == []


def test_other_handlers_ask_for_a_rebuild(played: MiniDesk, player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    timeline = projection_named("timeline")
    with played.database.writing() as connection:
        connection.execute(sa.update(positions).where(positions.c.name == "timeline").values(version=0))
    head = played.log.head().position
    # when
    with played.database.reading() as connection:
        (state,) = (each for each in projection_states(connection, head) if each.name == "timeline")
    # then
    assert (state.outdated, state.needs_rebuild, state.behind) == (True, True, 0)
    # when, then
    rebuild(played.database, played.log, (timeline,), at=NOW)
    with played.database.reading() as connection:
        (state,) = (each for each in projection_states(connection, head) if each.name == "timeline")
    assert not state.needs_rebuild
    assert state.rebuilt_at == NOW


def test_a_read_model_of_older_handlers_stops_and_commands_go_on(played: MiniDesk, player: Player) -> None:
    # given: this program has other handlers for the timeline than the one that built it
    timeline, head = projection_named("timeline"), played.log.head().position
    with played.database.writing() as connection:
        connection.execute(sa.update(positions).where(positions.c.name == "timeline").values(version=0))
    # when
    for _ in range(2):
        played.save(player.receive(NOW))
    # then: what it lacks is seen, and nothing else lacks anything
    with played.database.reading() as connection:
        states = {state.name: state for state in projection_states(connection, head + 2)}
    assert (states["timeline"].position, states["timeline"].behind) == (head, 2)
    assert {name for name, state in states.items() if state.needs_rebuild} == {"timeline"}
    # when, then
    rebuild(played.database, played.log, (timeline,), at=NOW)
    played.save(player.receive(NOW))
    assert verify(played.database, played.log) == []


@pytest.mark.parametrize(
    "newer",
    [
        sa.update(positions).where(positions.c.name == "timeline").values(version=99),
        sa.insert(positions).values(name="unheard-of", version=1),
    ],
    ids=["newer handlers", "a read model that is new"],
)
def test_a_running_process_appends_nothing_once_a_newer_program_has_built_a_read_model(
    played: MiniDesk, player: Player, newer: Any
) -> None:
    # given: a process that has worked so far, and an upgrade meanwhile
    played.save(player.receive(NOW))
    head = played.log.head().position
    with played.database.writing() as connection:
        connection.execute(newer)
    # when, then
    with pytest.raises(SchemaTooNew):
        played.save(player.receive(NOW))
    assert played.log.head().position == head


def test_an_unknown_read_model_is_refused() -> None:
    with pytest.raises(ProjectionUnknown, match="requests, items"):
        projection_named("nonsense")


def test_verify_finds_rows_that_are_missing_or_too_many(played: MiniDesk) -> None:
    # given
    staff = projection_named("staff")
    with played.database.writing() as connection:
        row = dict(connection.execute(sa.select(staff.table)).mappings().one())
        connection.execute(sa.delete(staff.table))
        connection.execute(sa.insert(staff.table).values(row | {"staff_id": UUID(int=1)}))
    # when
    found = verify(played.database, played.log)
    # then
    assert {(each.problem, each.key["staff_id"]) for each in found} == {
        ("unexpected", UUID(int=1)),
        ("missing", row["staff_id"]),
    }
    assert {str(each) for each in found} == {
        f"staff lacks the row staff_id={row['staff_id']}.",
        f"staff has a row staff_id={UUID(int=1)} that the log knows nothing of.",
    }


def test_a_read_model_that_is_behind_is_told_in_one_sentence(played: MiniDesk) -> None:
    with played.database.writing() as connection:
        connection.execute(sa.update(positions).where(positions.c.name == "staff").values(position=1))
    (found,) = verify(played.database, played.log)
    assert str(found) == f"staff is at 1 of {played.log.head().position}: rebuild it."


def test_a_rebuild_gives_way_to_a_reader_who_keeps_a_live_table(
    fresh_url: Callable[[str, str], str], player: Player, desk_on: Callable[[Database], Any]
) -> None:
    # given: a database where nobody waits long for a lock, and a report that reads the queue
    desk = desk_on(Database(f"{fresh_url('postgresql', 'main')}"))
    sa.event.listen(desk.database.engine, "connect", _wait_no_longer)
    desk.save(player.receive(NOW))
    with sa.create_engine(desk.database.engine.url).connect() as reader:
        reader.execute(sa.text("SELECT count(*) FROM requests"))
        # when
        with pytest.raises(DatabaseBusy):
            rebuild(desk.database, desk.log, at=NOW)
    # then
    assert verify(desk.database, desk.log) == []
    desk.database.close()


def _wait_no_longer(connection: Any, _record: object) -> None:
    connection.execute("SET lock_timeout = '100ms'")
    connection.commit()
