"""What is decoded once is never wrong: readers see the newest that was committed, and nothing that was not."""

import importlib
import pkgutil
import typing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import is_dataclass
from threading import Event as Signal
from typing import Any
from uuid import UUID, uuid4

import pytest

import dsr.domain
from dsr.database import Database
from dsr.domain.events import event_types
from dsr.eventstore.mapper import EventMapper
from dsr.eventstore.recorder import LogApplicationRecorder
from dsr.eventstore.store import LogEventStore
from dsr.eventstore.streams import Streams
from tests.eventstore.test_application import Folder


class CountingMapper(EventMapper):
    """Counts what it decodes."""

    decoded = 0

    def read(self, *stored: Any) -> Any:
        self.decoded += 1
        return super().read(*stored)


@pytest.fixture
def mapper() -> CountingMapper:
    return CountingMapper()


@pytest.fixture
def streams(database: Database, mapper: CountingMapper) -> Streams:
    return Streams(database, mapper)


def save(database: Database, folder: Folder) -> None:
    """As another process does it."""
    with LogEventStore(EventMapper(), LogApplicationRecorder(database)).appending() as saving:
        saving.save(folder)


def versions(streams: Streams, stream_id: UUID) -> list[int]:
    return [event.originator_version for event in streams.read(stream_id)]


def test_only_what_is_new_is_decoded(database: Database, streams: Streams, mapper: CountingMapper) -> None:
    folder = Folder.open()
    folder.add(1, 2)
    save(database, folder)
    assert versions(streams, folder.id) == versions(streams, folder.id) == [1, 2, 3]
    assert mapper.decoded == 3
    folder.add(3)
    save(database, folder)
    assert versions(streams, folder.id) == [1, 2, 3, 4]
    assert mapper.decoded == 4
    assert streams.read(folder.id) == Streams(database, EventMapper()).read(folder.id)


def test_a_stream_that_is_not_there_is_empty_until_it_is(database: Database, streams: Streams) -> None:
    folder = Folder.open()
    assert streams.read(folder.id) == streams.read(uuid4()) == ()
    save(database, folder)
    assert versions(streams, folder.id) == [1]


def test_what_is_rolled_back_is_not_kept(database: Database, streams: Streams) -> None:
    folder = Folder.open()
    save(database, folder)
    versions(streams, folder.id)
    folder.add(1)
    with pytest.raises(ZeroDivisionError), database.appending():  # noqa: PT012 - one transaction
        save(database, folder)
        assert versions(streams, folder.id) == [1, 2], "a transaction sees what it appended"
        raise ZeroDivisionError
    assert versions(streams, folder.id) == [1]


def test_a_snapshot_shows_what_it_began_with_even_where_more_is_kept(database: Database, streams: Streams) -> None:
    folder = Folder.open()
    save(database, folder)
    folder.add(1)
    with database.reading(), ThreadPoolExecutor(1) as somebody_else:
        assert versions(streams, folder.id) == [1]
        somebody_else.submit(save, database, folder).result()
        assert somebody_else.submit(versions, streams, folder.id).result() == [1, 2]
        assert versions(streams, folder.id) == [1]
    assert versions(streams, folder.id) == [1, 2]


def test_another_log_in_the_place_of_this_one_is_read_anew(
    fresh_url: Callable[[str, str], str], backend: str, mapper: CountingMapper
) -> None:
    # given: a case that went on in two ways, as after a restore from a backup
    before, after = (Database(fresh_url(backend, "main")) for _ in range(2))
    folder = Folder.open()
    (opened,) = folder.collect_events()
    one: Any = opened.mutate(None)
    other: Any = opened.mutate(None)
    one.add(1, 2, 3)
    other.add(7, 8)
    recorders = {LogApplicationRecorder(before): one, LogApplicationRecorder(after): other}
    for recorder, each in recorders.items():
        recorder.append([mapper.to_stored_event(event) for event in (opened, *each.collect_events())])
    streams = Streams(before, mapper)
    assert versions(streams, folder.id) == [1, 2, 3, 4]
    # when
    streams._database = after
    # then
    read: list[Any] = list(streams.read(folder.id)[1:])
    assert [event.page for event in read] == [7, 8]
    before.close()
    after.close()


def test_no_more_is_kept_than_may_be(database: Database, mapper: CountingMapper) -> None:
    streams = Streams(database, mapper, most_events=10)
    folders = [Folder.open() for _ in range(6)]
    for folder in folders:
        folder.add(1, 2, 3)
        save(database, folder)
    for folder in folders:
        versions(streams, folders[0].id)  # which is therefore never the longest unread
        versions(streams, folder.id)
        assert streams._events == sum(len(held.events) for held in streams._held.values()) <= 10
    assert set(streams._held) == {folders[0].id, folders[-1].id}
    small = Streams(database, mapper, most_characters=10)
    assert versions(small, folders[0].id) == [1, 2, 3, 4]
    assert (small._events, small._characters) == (0, 0)


def test_readers_in_many_threads_see_whole_streams_that_never_go_back(database: Database) -> None:
    streams, stop = Streams(database, EventMapper(), most_events=30), Signal()
    folders = [Folder.open() for _ in range(4)]
    for folder in folders:
        save(database, folder)
    committed = dict.fromkeys((folder.id for folder in folders), 1)

    def read(number: int) -> int:
        stream_id, seen, rounds = folders[number % 4].id, 0, 0
        while not stop.is_set() or not rounds:
            least = committed[stream_id]
            found = versions(streams, stream_id)
            assert found == list(range(1, len(found) + 1))
            assert len(found) >= max(least, seen)
            seen, rounds = len(found), rounds + 1
        return rounds

    with ThreadPoolExecutor(8) as threads:
        readers = [threads.submit(read, number) for number in range(8)]
        for _ in range(10):
            for folder in folders:
                folder.add(1)
                save(database, folder)
                committed[folder.id] = folder.version
        stop.set()
        assert all(reader.result() for reader in readers)


def test_no_event_holds_anything_that_could_be_changed() -> None:
    """Events of one stream are shared by all who replay it."""
    for module in pkgutil.walk_packages(dsr.domain.__path__, "dsr.domain."):
        importlib.import_module(module.name)
    looked_at = set[Any]()

    def changeable(hint: Any) -> list[Any]:
        kind = typing.get_origin(hint) or hint
        found = [hint] if isinstance(kind, type) and issubclass(kind, list | dict | set | bytearray) else []
        for part in typing.get_args(hint):
            found += changeable(part)
        if isinstance(hint, type) and is_dataclass(hint) and hint not in looked_at:
            looked_at.add(hint)
            found += [] if hint.__dataclass_params__.frozen else [hint]  # type: ignore[attr-defined]  # of each
            for part in typing.get_type_hints(hint).values():
                found += changeable(part)
        return found

    for name, event_type in event_types().items():
        if name.startswith("dsr."):
            for field, hint in typing.get_type_hints(event_type).items():
                assert changeable(hint) == [], f"{name}: {field}"
