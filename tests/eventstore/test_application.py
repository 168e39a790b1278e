"""The library's Application works on our log, and the log can be read back in order."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.persistence import InfrastructureFactoryError, IntegrityError
from eventsourcing.utils import Environment

from dsr.database import Database
from dsr.domain.clock import Clock
from dsr.domain.events import Aggregate, CreatedEvent, Event
from dsr.domain.sealed import Sealed
from dsr.eventstore import log as log_module
from dsr.eventstore.factory import LogFactory
from dsr.eventstore.header import parse_header
from dsr.eventstore.log import Head, Log
from dsr.eventstore.store import recorded_of
from dsr.eventstore.tables import events

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


class Opened(CreatedEvent):
    TOPIC = "test.folder.opened"
    title: Sealed | None

    def apply(self, aggregate: "Folder") -> None:
        aggregate.pages = ()


class PageAdded(Event):
    TOPIC = "test.folder.page-added"
    page: int

    def apply(self, aggregate: "Folder") -> None:
        aggregate.pages = (*aggregate.pages, self.page)


class Folder(Aggregate):
    TOPIC = "test.folder"
    pages: tuple[int, ...] = ()

    @classmethod
    def open(cls, title: Sealed | None = None) -> "Folder":
        return cls._create(Opened, id=uuid4(), title=title, actor="ann")

    def add(self, *pages: int) -> None:
        for page in pages:
            self.trigger_event(PageAdded, page=page, actor="ann")


class SetClock:
    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


class Folders(Application[UUID]):
    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._parts = database, clock
        super().__init__()

    def construct_factory(self, env: Environment) -> LogFactory:
        database, clock = self._parts
        return LogFactory(database, clock=clock, env=env)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def folders(database: Database, clock: SetClock) -> Iterator[Folders]:
    with Folders(database, clock) as application:
        yield application


def test_a_saved_aggregate_is_loaded_as_it_was(folders: Folders) -> None:
    folder = Folder.open()
    folder.add(1, 2)
    folders.save(folder)
    loaded: Folder = folders.repository.get(folder.id)
    assert loaded == folder
    assert loaded.pages == (1, 2)
    with pytest.raises(AggregateNotFoundError):
        folders.repository.get(uuid4())


def test_of_two_who_changed_the_same_version_the_second_is_refused(folders: Folders) -> None:
    folder = Folder.open()
    folders.save(folder)
    first: Folder = folders.repository.get(folder.id)
    second: Folder = folders.repository.get(folder.id)
    first.add(1)
    second.add(2)
    folders.save(first)
    with pytest.raises(IntegrityError):
        folders.save(second)


def test_saving_tells_read_models_what_was_recorded_and_where(folders: Folders, database: Database) -> None:
    folder = Folder.open()
    folder.add(1)
    recorded = recorded_of(folders.save(folder))
    assert [(fact.position, fact.stream_version, fact.name, fact.recorded_at) for fact in recorded] == [
        (1, 1, "test.folder.opened", NOON),
        (2, 2, "test.folder.page-added", NOON),
    ]
    assert recorded == tuple(Log(database).read())


def test_the_keys_of_sealed_fields_stand_in_the_header(folders: Folders, database: Database) -> None:
    key = uuid4()
    folders.save(Folder.open(Sealed(key_id=key, seal_id=uuid4(), nonce=b"n", ciphertext=b"c")))
    with database.reading() as connection:
        row = connection.execute(sa.select(events)).one()
    assert parse_header(row.header).key_ids == (key,)
    assert parse_header(row.header).proves(row.payload.encode())


def test_the_head_is_the_last_event(folders: Folders, database: Database, clock: SetClock) -> None:
    log = Log(database)
    assert log.head() == Head(0, None)
    folders.save(Folder.open())
    clock.time += timedelta(hours=1)
    folders.save(Folder.open())
    assert log.head() == Head(2, NOON + timedelta(hours=1))


def test_the_log_is_read_in_order_across_chunks(
    folders: Folders, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "CHUNK", 4)
    folder = Folder.open()
    folder.add(*range(11))
    folders.save(folder)
    log = Log(database)
    for after, until, limit in [(0, None, None), (3, None, None), (0, 8, None), (2, None, 7), (0, 6, 6), (12, None, 1)]:
        expected = [place for place in range(1, 13) if place > after and place <= (until or 12)][:limit]
        assert [fact.position for fact in log.read(after, until=until, limit=limit)] == expected


def test_the_log_is_read_as_of_an_instant(folders: Folders, database: Database, clock: SetClock) -> None:
    for _ in range(3):
        folders.save(Folder.open())
        clock.time += timedelta(hours=1)
    seen = Log(database).read(recorded_until=NOON + timedelta(hours=1))
    assert [fact.recorded_at for fact in seen] == [NOON, NOON + timedelta(hours=1)]


def test_the_log_is_read_by_stream_and_by_name_across_chunks(
    folders: Folders, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr(log_module, "CHUNK", 3)
    first, second = Folder.open(), Folder.open()
    for page in range(6):
        first.add(page)
        second.add(page)
        folders.save(first, second)
    # when
    log, everything = Log(database), list(Log(database).read())
    # then
    for after, until, limit in [(0, None, None), (4, None, None), (0, 9, None), (2, None, 4)]:
        span: dict[str, Any] = {"after": after, "until": until, "limit": limit}
        between = [each for each in everything if after < each.position <= (until or 99)]
        assert list(log.read(**span, stream_id=first.id)) == [e for e in between if e.stream_id == first.id][:limit]
        assert (
            list(log.read(**span, names=(PageAdded.TOPIC,)))
            == [e for e in between if e.name == PageAdded.TOPIC][:limit]
        )
    both = log.read(stream_id=second.id, names=(Opened.TOPIC,))
    assert [(each.stream_id, each.name) for each in both] == [(second.id, Opened.TOPIC)]


@pytest.mark.parametrize("gaps", [(), (0,), (0, 0, 1, 1, 0), (1, 0, 0, 0, 2, 0, 1)])
def test_the_last_position_of_an_instant_is_found_by_halving(
    folders: Folders, database: Database, clock: SetClock, gaps: tuple[int, ...]
) -> None:
    for hours in gaps:
        clock.time += timedelta(hours=hours)
        folders.save(Folder.open())
    log = Log(database)
    for minutes in range(-30, 60 * 5, 30):
        instant = NOON + timedelta(minutes=minutes)
        assert log.position_at(instant) == sum(1 for _ in log.read(recorded_until=instant))


def test_the_log_read_inside_a_command_includes_what_it_appended(folders: Folders, database: Database) -> None:
    with database.appending():
        folders.save(Folder.open())
        assert len(list(Log(database).read())) == 1


def test_a_reader_of_the_log_holds_no_transaction_between_chunks(folders: Folders, database: Database) -> None:
    folders.save(Folder.open())
    reader = Log(database).read()
    next(reader)
    with pytest.raises(RuntimeError, match="no transaction"):
        _ = database.connection
    folders.save(Folder.open())


def test_a_subscription_follows_the_log_and_can_be_stopped_from_elsewhere(folders: Folders) -> None:
    seen: list[int] = []
    subscription = folders.recorder.subscribe()

    def follow() -> None:
        with subscription:
            seen.extend(notification.id for notification in subscription)

    follower = Thread(target=follow, daemon=True)
    follower.start()
    folders.save(Folder.open())
    folders.save(Folder.open())
    deadline = time.monotonic() + 10
    while len(seen) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    subscription.stop()
    follower.join(10)
    assert seen == [1, 2]
    assert not follower.is_alive()


def test_what_the_log_does_not_offer_is_refused_with_a_reason(database: Database) -> None:
    factory = LogFactory(database)
    with pytest.raises(InfrastructureFactoryError, match="nothing is tracked"):
        factory.tracking_recorder()
    with pytest.raises(InfrastructureFactoryError, match="through commands"):
        factory.process_recorder()
    with pytest.raises(InfrastructureFactoryError, match="events only"):
        factory.aggregate_recorder("snapshots")
