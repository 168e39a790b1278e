"""A long stream costs what came since its snapshot, and what is loaded is always what the log says."""

import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from dsr.database import Database
from dsr.eventstore.recorder import LogApplicationRecorder
from dsr.eventstore.snapshots import Snapshots
from dsr.eventstore.streams import Streams
from dsr.projections.shown import shown_of
from tests.eventstore.test_application import Folder, PageAdded
from tests.eventstore.test_streams import CountingMapper, save
from tests.projections.test_golden_history import STORIES, read


def pages(snapshots: Snapshots, folder: Folder) -> tuple[int, ...]:
    found = snapshots.load(folder.id)
    assert isinstance(found, Folder)
    return found.pages


def filled(database: Database, count: int) -> Folder:
    folder = Folder.open()
    folder.add(*range(1, count))
    save(database, folder)
    return folder


@pytest.fixture
def mapper() -> CountingMapper:
    return CountingMapper()


@pytest.fixture
def streams(database: Database, mapper: CountingMapper) -> Streams:
    return Streams(database, mapper)


@pytest.fixture
def snapshots(database: Database, streams: Streams) -> Snapshots:
    return Snapshots(database, streams, every=3)


def test_only_what_came_since_is_folded(
    database: Database, snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    folder = filled(database, 4)
    snapshots.load(folder.id)
    folder.add(4, 5)
    save(database, folder)
    folded, apply = list[int](), PageAdded.apply

    def counting(event: PageAdded, aggregate: Folder) -> None:
        folded.append(event.originator_version)
        apply(event, aggregate)

    monkeypatch.setattr(PageAdded, "apply", counting)
    # when
    found = snapshots.load(folder.id)
    # then
    assert found == folder
    assert folded == [5, 6]


def test_what_a_refused_command_touched_is_not_loaded_again(database: Database, snapshots: Snapshots) -> None:
    # given
    folder = filled(database, 4)
    for _ in range(2):
        touched = snapshots.load(folder.id)
        assert isinstance(touched, Folder)
        # when
        touched.add(99)
    # then
    assert pages(snapshots, folder) == (1, 2, 3)


def test_an_empty_stream_is_nothing(snapshots: Snapshots) -> None:
    assert snapshots.load(uuid4()) is None


def test_what_is_rolled_back_is_not_kept(database: Database, snapshots: Snapshots) -> None:
    # given
    folder = filled(database, 2)
    folder.add(2, 3)
    # when
    with pytest.raises(ZeroDivisionError), database.appending():  # noqa: PT012 - one transaction
        save(database, folder)
        assert pages(snapshots, folder) == (1, 2, 3), "a transaction sees what it appended"
        raise ZeroDivisionError
    # then
    assert pages(snapshots, folder) == (1,)


def test_an_older_reading_shows_what_it_began_with(database: Database, snapshots: Snapshots) -> None:
    # given
    folder = filled(database, 4)
    folder.add(4)
    with database.reading(), ThreadPoolExecutor(1) as somebody_else:
        assert pages(snapshots, folder) == (1, 2, 3)
        # when
        somebody_else.submit(save, database, folder).result()
        assert somebody_else.submit(pages, snapshots, folder).result() == (1, 2, 3, 4)
        # then
        assert pages(snapshots, folder) == (1, 2, 3)
    assert pages(snapshots, folder) == (1, 2, 3, 4)


@pytest.mark.parametrize("held", [10_000, 0])
def test_another_log_in_the_place_of_this_one_is_folded_anew(
    fresh_url: Callable[[str, str], str], backend: str, mapper: CountingMapper, held: int
) -> None:
    # given: a case that went on in two ways, as after a restore from a backup
    before, after = (Database(fresh_url(backend, "main")) for _ in range(2))
    folder = Folder.open()
    (opened,) = folder.collect_events()
    one: Any = opened.mutate(None)
    other: Any = opened.mutate(None)
    one.add(1, 2, 3)
    other.add(7, 8, 9, 10)
    for database, each in ((before, one), (after, other)):
        events = [mapper.to_stored_event(event) for event in (opened, *each.collect_events())]
        LogApplicationRecorder(database).append(events)
    streams = Streams(before, mapper, most_events=held)
    snapshots = Snapshots(before, streams, every=3)
    assert pages(snapshots, folder) == (1, 2, 3)
    # when
    streams._database = snapshots._database = after
    # then
    assert pages(snapshots, folder) == (7, 8, 9, 10)
    before.close()
    after.close()


def test_no_more_is_kept_than_may_be(database: Database, streams: Streams) -> None:
    # given
    folders = [filled(database, 4) for _ in range(5)]
    snapshots = Snapshots(database, streams, every=3, most_bytes=1_000)
    # when
    for folder in folders:
        assert pages(snapshots, folders[0]) == pages(snapshots, folder) == (1, 2, 3)
    # then
    assert snapshots._bytes == sum(len(each.state) for each in snapshots._kept.values()) <= 1_000
    assert folders[0].id in snapshots._kept
    assert folders[1].id not in snapshots._kept


def test_a_stream_too_long_to_be_kept_drives_out_no_other(database: Database, mapper: CountingMapper) -> None:
    # given
    streams = Streams(database, mapper, most_events=10)
    short, long = filled(database, 3), filled(database, 11)
    streams.read(short.id)
    # when
    streams.read(long.id)
    # then
    assert set(streams._held) == {short.id}


def test_a_stream_of_ten_thousand_events_costs_a_hundred(database: Database, mapper: CountingMapper) -> None:
    # given: so many that its events are not kept in memory
    streams = Streams(database, mapper)
    snapshots = Snapshots(database, streams)
    folder = filled(database, 10_050)
    snapshots.load(folder.id)
    assert folder.id not in streams._held
    for page in (1, 2, 3):
        folder.add(page)
        save(database, folder)
        mapper.decoded = 0
        # when
        found = snapshots.load(folder.id)
        # then: the last event of the snapshot, and what came since
        assert found == folder
        assert mapper.decoded == 1 + page


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_case_goes_on_from_a_snapshot_as_from_its_events(path: Any) -> None:
    # given
    whole: Any = None
    resumed: Any = None
    for _, recorded in read(path).recorded():
        # when
        for each in recorded:
            whole, resumed = each.event.mutate(whole), each.event.mutate(pickle.loads(pickle.dumps(resumed)))  # noqa: S301 - ours
        # then
        assert resumed == whole
        assert shown_of(resumed) == shown_of(whole)
