"""One of several processes leads: on both databases, also where the leader is killed, or paused and woken again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import psycopg
import pytest

from dsr.database import Database
from dsr.database.errors import DatabaseUnavailable
from dsr.database.leadership import Leadership

LEADER = dedent(
    """
    import sys
    from pathlib import Path
    from dsr.database import Database
    from dsr.database.leadership import Leadership

    leadership = Leadership(Database(sys.argv[1]), "test", Path(sys.argv[2]))
    print(leadership.acquire(), flush=True)
    for _ in sys.stdin:
        print(leadership.acquire(), flush=True)
    """
)


@contextmanager
def process(url: str, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that tries to lead, and again for each line that it is sent."""
    command = [sys.executable, "-c", LEADER, url, str(folder)]
    started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def said(started: "subprocess.Popen[str]") -> bool:
    assert started.stdout is not None
    return {"True\n": True, "False\n": False}[started.stdout.readline()]


def ask(started: "subprocess.Popen[str]") -> bool:
    assert started.stdin is not None
    started.stdin.write("again\n")
    started.stdin.flush()
    return said(started)


def eventually(is_so: Callable[[], bool]) -> bool:
    """Whether it becomes so within seconds: a server notices a dead client when it looks."""
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        if is_so():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def candidate(main_url: str, tmp_path: Path) -> Iterator[Leadership]:
    """Somebody else who would lead, in this process."""
    database = Database(main_url)
    leadership = Leadership(database, "test", tmp_path)
    yield leadership
    leadership.release()
    database.close()


def test_one_leads_and_still_does_when_it_asks_again(candidate: Leadership, main_url: str, tmp_path: Path) -> None:
    with process(main_url, tmp_path) as first:
        assert said(first)
        assert not candidate.acquire()
        assert ask(first)
        assert not candidate.acquire()


def test_another_name_has_another_leader(candidate: Leadership, main_url: str, tmp_path: Path) -> None:
    database = Database(main_url)
    other = Leadership(database, "other", tmp_path)
    assert candidate.acquire()
    assert other.acquire()
    other.release()
    database.close()


def test_whoever_lets_go_is_followed_by_another(candidate: Leadership, main_url: str, tmp_path: Path) -> None:
    assert candidate.acquire()
    with process(main_url, tmp_path) as second:
        assert not said(second)
        candidate.release()
        assert eventually(lambda: ask(second))


def test_a_killed_leader_is_followed_by_another(candidate: Leadership, main_url: str, tmp_path: Path) -> None:
    with process(main_url, tmp_path) as first:
        assert said(first)
        assert not candidate.acquire()
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        assert eventually(candidate.acquire)


def test_a_paused_leader_leads_on_when_it_wakes(candidate: Leadership, main_url: str, tmp_path: Path) -> None:
    """Its lock is its session's, or its file's: nobody takes over, and nothing is right or wrong by that."""
    with process(main_url, tmp_path) as first:
        assert said(first)
        os.kill(first.pid, signal.SIGSTOP)
        try:
            assert not candidate.acquire()
        finally:
            os.kill(first.pid, signal.SIGCONT)
        assert ask(first)


def test_both_sides_notice_within_a_minute_that_the_other_machine_is_gone(postgres_url: str) -> None:
    """Over TCP; a machine that is gone says no goodbye, and its lock would live on."""
    database = Database(postgres_url)
    with database.engine.connect() as connection:
        server = connection.exec_driver_sql(
            "SELECT name, reset_val FROM pg_settings WHERE name LIKE 'tcp_keepalives%%' OR name = 'lock_timeout'"
        )
        assert dict(server.all()) == {
            "lock_timeout": "30000",
            "tcp_keepalives_count": "3",
            "tcp_keepalives_idle": "30",
            "tcp_keepalives_interval": "10",
        }
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        client = driver.info.get_parameters()
    assert {name: client[name] for name in client if "keepalives" in name or "timeout" in name} == {
        "keepalives_idle": "30",
        "keepalives_interval": "10",
        "keepalives_count": "3",
        "tcp_user_timeout": "60000",
    }
    database.close()


def end_sessions_with_locks(main_url: str) -> None:
    database = Database(main_url)
    with database.engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks"
            " WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
    database.close()


def test_a_leader_whose_session_was_ended_learns_it(
    main_url: str, candidate: Leadership, tmp_path: Path, backend: str
) -> None:
    """A file has no session; of a database, an administrator or a broken line may end one."""
    with process(main_url, tmp_path) as first:
        assert said(first)
        if backend == "postgresql":
            end_sessions_with_locks(main_url)
            assert eventually(candidate.acquire)
            assert first.poll() is None
        else:
            assert ask(first)


def test_who_lost_the_session_leads_again(main_url: str, candidate: Leadership, backend: str) -> None:
    """Before, the broken session was kept: nothing ran any more in any process until it was started anew."""
    assert candidate.acquire()
    if backend == "postgresql":
        end_sessions_with_locks(main_url)
        with pytest.raises(DatabaseUnavailable):
            candidate.acquire()
    assert eventually(candidate.acquire)
    assert candidate.acquire()
