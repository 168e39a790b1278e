"""A rebuild that several processes share: as one process would do it, and nothing is left of it where it fails."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing import active_children
from threading import Event, Thread
from uuid import UUID

import pytest
import sqlalchemy as sa

from dsr.eventstore.errors import EventUnreadable
from dsr.eventstore.tables import events
from dsr.projections import PROJECTIONS, rebuild, verify
from dsr.projections.errors import RebuildEnded
from dsr.projections.processes import WORTHWHILE, processes_for
from tests.projections.mini_desk import MiniDesk
from tests.projections.player import Player

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def emptied(desk: MiniDesk) -> MiniDesk:
    """A desk whose read models lost all their rows, so that a difference is seen unless all are made anew."""
    with desk.database.writing() as connection:
        for each in PROJECTIONS:
            connection.execute(sa.delete(each.table))
    return desk


def with_a_damaged_event(desk: MiniDesk) -> MiniDesk:
    """A desk in whose log one payload is no longer what it was, as only damage to the database could do it."""
    with desk.database.writing() as connection:
        if desk.database.is_sqlite:
            connection.execute(sa.text("DROP TRIGGER events_no_update"))
        else:
            connection.execute(sa.text("ALTER TABLE events DISABLE TRIGGER ALL"))
        connection.execute(sa.update(events).where(events.c.position == 3).values(payload="{}"))
    return desk


def test_the_rows_are_those_that_one_process_makes_while_commands_go_on(played: MiniDesk, player: Player) -> None:
    # given: somebody who saves one command after the other
    head = emptied(played).log.head().position
    stop, saved, amounts = Event(), list[UUID](), list[int]()

    def write() -> None:
        while not stop.is_set():
            case = player.receive(NOW)
            case.add_note(player.acting(NOW), note=player.sealed())
            played.save(case)
            saved.append(case.id)

    writer = Thread(target=write)
    writer.start()
    # when
    done = rebuild(
        played.database, played.log, at=NOW, processes=3, waiting=50, progress=lambda *told: amounts.append(told[0])
    )
    stop.set()
    writer.join()
    # then
    assert len(saved) > 4
    assert head < done <= played.log.head().position
    assert verify(played.database, played.log) == []
    # then: how far it was has been told all along
    assert amounts == sorted(amounts)
    assert amounts[-1] >= head
    assert len(amounts) > 3
    assert active_children() == []


def test_what_goes_wrong_in_one_process_ends_the_rebuild(played: MiniDesk) -> None:
    # given
    before = rows_of(with_a_damaged_event(played))
    # when
    with pytest.raises(EventUnreadable) as raised:
        rebuild(played.database, played.log, at=NOW, processes=2)
    # then: its cause is told, nothing is half done, nobody works on
    assert raised.value.facts["stream_version"]
    assert rows_of(played) == before
    assert active_children() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_process_that_is_killed_ends_the_rebuild(played: MiniDesk) -> None:
    before = rows_of(played)

    def kill_one(_done: int, _total: int) -> None:
        os.kill(active_children()[0].pid or 0, signal.SIGKILL)

    with pytest.raises(RebuildEnded) as raised:
        rebuild(played.database, played.log, at=NOW, processes=2, waiting=1, progress=kill_one)
    assert raised.value.facts == {"exit_code": -signal.SIGKILL}
    assert rows_of(played) == before
    assert active_children() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_interruption_ends_the_processes(played: MiniDesk) -> None:
    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(played.database, played.log, at=NOW, processes=2, waiting=1, progress=interrupt)
    assert active_children() == []


_REBUILD = """
import sys, time
from datetime import UTC, datetime
from multiprocessing import active_children
from dsr.database import Database
from dsr.eventstore.log import Log
from dsr.projections import rebuild

def show(done, total):
    print(*(each.pid for each in active_children()), flush=True)
    time.sleep(0.1)

database = Database(sys.argv[1])
rebuild(database, Log(database), at=datetime.now(UTC), processes=2, waiting=1, progress=show)
"""


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_command_that_started_it(played: MiniDesk, how: signal.Signals) -> None:
    # given: a command that rebuilds, and the ids of its processes; the first may be done before the second has started
    url = played.database.url
    running = subprocess.Popen(
        [sys.executable, "-c", _REBUILD, url], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert running.stdout is not None
    children = [int(each) for each in running.stdout.readline().split()]
    assert children
    # when
    running.send_signal(how)
    running.stdout.close()
    running.wait(20)
    # then
    until(lambda: not any(map(is_running, children)))
    rebuild(played.database, played.log, at=NOW)
    assert verify(played.database, played.log) == []


def test_a_short_log_is_not_worth_a_process() -> None:
    assert processes_for(WORTHWHILE - 1) == 1
    assert processes_for(WORTHWHILE) == min(4, len(os.sched_getaffinity(0)))


def rows_of(desk: MiniDesk) -> dict[str, list[tuple[object, ...]]]:
    """All that the read models hold."""
    with desk.database.reading() as connection:
        return {
            each.name: sorted(map(tuple, connection.execute(sa.select(each.table))), key=str) for each in PROJECTIONS
        }


def is_running(process_id: int) -> bool:
    """Whether there is such a process, other than one that ended and is only still listed."""
    try:
        with open(f"/proc/{process_id}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
