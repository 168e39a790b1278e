"""What the log promises, on both databases."""

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from eventsourcing.persistence import IntegrityError, StoredEvent

from dsr.database import Database, SchemaOutdated, SchemaTooNew, migrations
from dsr.eventstore.header import parse_header
from dsr.eventstore.mapper import SealedStoredEvent
from dsr.eventstore.recorder import LogApplicationRecorder, LogRecorder
from dsr.eventstore.tables import events

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


class SetClock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = NOON) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


def stored(stream: UUID, *versions: int, name: str = "test.happened", state: bytes = b"{}") -> list[StoredEvent]:
    return [StoredEvent(stream, version, name, state) for version in versions]


def positions(database: Database) -> list[int]:
    with database.reading() as connection:
        return list(connection.scalars(sa.select(events.c.position).order_by(events.c.position)))


def test_positions_stay_dense_when_appends_conflict(database: Database) -> None:
    recorder = LogApplicationRecorder(database)
    stream = uuid4()
    assert recorder.insert_events(stored(stream, 1, 2)) == [1, 2]
    with pytest.raises(IntegrityError):
        recorder.insert_events(stored(stream, 3, 2))
    assert recorder.insert_events(stored(stream, 3)) == [3]
    assert positions(database) == [1, 2, 3]


def test_positions_stay_dense_when_a_command_rolls_back(database: Database) -> None:
    recorder = LogApplicationRecorder(database)
    recorder.insert_events(stored(uuid4(), 1))
    with pytest.raises(ZeroDivisionError), database.appending():  # noqa: PT012 - one transaction
        assert recorder.insert_events(stored(uuid4(), 1)) == [2]
        raise ZeroDivisionError
    assert recorder.insert_events(stored(uuid4(), 1)) == [2]
    assert positions(database) == [1, 2]


def test_recorded_at_never_decreases_though_the_clock_jumps_back(database: Database) -> None:
    clock = SetClock()
    recorder = LogRecorder(database, clock=clock)
    first = recorder.append(stored(uuid4(), 1))
    clock.time = NOON - timedelta(hours=2)
    second = recorder.append(stored(uuid4(), 1))
    clock.time = NOON + timedelta(microseconds=1)
    third = recorder.append(stored(uuid4(), 1))
    assert (first.recorded_at, second.recorded_at, third.recorded_at) == (NOON, NOON, NOON + timedelta(microseconds=1))


def test_the_header_names_the_place_and_proves_the_payload(database: Database) -> None:
    stream, first_key, second_key = uuid4(), UUID(int=1), UUID(int=2)
    payload = '{"note":"für später ☂"}'.encode()
    event = SealedStoredEvent(stream, 1, "test.noted", payload, key_ids=(second_key, first_key, second_key))
    LogRecorder(database, clock=SetClock()).append([event])
    with database.reading() as connection:
        row = connection.execute(sa.select(events)).one()
    header = parse_header(row.header)
    assert header.log == "main"
    assert header.position == 1
    assert header.stream_id == stream
    assert header.stream_version == 1
    assert header.name == "test.noted"
    assert header.recorded_at == row.recorded_at == "2026-03-05T12:00:00.000000Z"
    assert header.key_ids == (first_key, second_key)
    assert header.payload_sha256 == hashlib.sha256(row.payload.encode()).hexdigest()
    assert header.proves(payload)
    assert not header.proves(payload + b" ")


def test_events_and_other_rows_of_a_command_roll_back_together(database: Database) -> None:
    recorder = LogApplicationRecorder(database)
    with database.writing() as connection:
        connection.execute(sa.text("CREATE TABLE read_model (stream TEXT)"))

    def command(stream: UUID) -> None:
        with database.appending():
            recorder.insert_events(stored(stream, 1))
            with database.writing() as inner:  # a projection, knowing nothing of the command
                inner.execute(sa.text("INSERT INTO read_model VALUES ('x')"))
            recorder.insert_events(stored(stream, 2))

    stream = uuid4()
    command(stream)
    with pytest.raises(IntegrityError):
        command(stream)
    with database.reading() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM read_model")) == 1
    assert positions(database) == [1, 2]


def test_a_failed_append_dooms_the_command_even_if_its_error_is_swallowed(database: Database) -> None:
    recorder = LogApplicationRecorder(database)
    stream = uuid4()
    recorder.insert_events(stored(stream, 1))
    other = uuid4()
    with pytest.raises(RuntimeError, match="roll back"), database.appending():  # noqa: PT012 - one transaction
        recorder.insert_events(stored(other, 1))
        with pytest.raises(IntegrityError):
            recorder.insert_events(stored(stream, 1))
    assert recorder.select_events(other) == []


def test_a_command_sees_what_it_appended_and_others_only_after_commit(database: Database) -> None:
    recorder = LogApplicationRecorder(database)
    stream = uuid4()
    with database.appending(), ThreadPoolExecutor(1) as somebody_else:
        recorder.insert_events(stored(stream, 1))
        assert len(recorder.select_events(stream)) == 1
        assert somebody_else.submit(recorder.select_events, stream).result() == []
    assert len(recorder.select_events(stream)) == 1


@pytest.mark.parametrize(("revision", "error"), [("9999", SchemaTooNew), ("0001", SchemaOutdated)])
def test_a_running_process_appends_nothing_to_a_database_of_another_version(
    database: Database, revision: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a process that has appended before, and an upgrade meanwhile
    monkeypatch.setattr(migrations, "_head", lambda: "0002")
    monkeypatch.setattr(migrations, "revisions", lambda kind: {"main": ["0002", "0001"], "keys": ["keys_0001"]}[kind])
    recorder = LogApplicationRecorder(database)
    at = sa.text("UPDATE alembic_version SET version_num = :revision")
    with database.writing() as connection:
        connection.execute(at, {"revision": "0002"})
    recorder.insert_events(stored(uuid4(), 1))
    with database.writing() as connection:
        connection.execute(at, {"revision": revision})
    # when, then
    with pytest.raises(error):
        recorder.insert_events(stored(uuid4(), 1))
    assert positions(database) == [1]


def test_logs_have_positions_of_their_own(database: Database) -> None:
    stream = uuid4()
    assert LogApplicationRecorder(database).insert_events(stored(stream, 1)) == [1]
    other = LogApplicationRecorder(database, log="other")
    assert other.insert_events(stored(stream, 1)) == [1]
    assert other.max_notification_id() == 1


def test_a_case_can_be_seen_as_it_stood_at_an_instant(database: Database) -> None:
    clock = SetClock()
    recorder = LogRecorder(database, clock=clock)
    stream = uuid4()
    for minute in range(3):
        clock.time = NOON + timedelta(minutes=minute)
        recorder.append(stored(stream, minute + 1))
    at = NOON + timedelta(minutes=1)
    assert [event.originator_version for event in recorder.select_events(stream, recorded_until=at)] == [1, 2]
    assert recorder.version_at(stream, at) == 2
    assert recorder.version_at(stream, NOON - timedelta(microseconds=1)) is None


def test_errors_of_the_database_quote_no_row(database: Database) -> None:
    recorder = LogRecorder(database)
    stream = uuid4()
    secret = b'{"note":"canary-4711"}'
    recorder.append(stored(stream, 1, state=secret))
    with pytest.raises(IntegrityError) as raised:
        recorder.append(stored(stream, 1, state=secret))
    chain: BaseException | None = raised.value
    while chain:
        assert "canary-4711" not in str(chain)
        chain = chain.__cause__ or chain.__context__


def test_many_threads_append_densely(database: Database) -> None:
    recorder = LogApplicationRecorder(database)
    with ThreadPoolExecutor(16) as threads:
        given = list(threads.map(lambda _: recorder.insert_events(stored(uuid4(), 1, 2)), range(100)))
    assert sorted(position for pair in given for position in pair) == positions(database) == list(range(1, 201))
    assert all(second == first + 1 for first, second in given)


def test_two_processes_append_densely_and_lose_nothing(database: Database, main_url: str) -> None:
    script = Path(__file__).with_name("append_many.py")
    count = 300
    processes = [
        subprocess.Popen(
            [sys.executable, str(script), main_url, str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    given = [int(position) for output in outputs for position in output.split()]
    assert sorted(given) == positions(database) == list(range(1, 4 * count + 1))
    with database.reading() as connection:
        instants = list(connection.scalars(sa.select(events.c.recorded_at).order_by(events.c.position)))
    assert instants == sorted(instants)
