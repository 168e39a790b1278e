"""Keys that a process makes ahead of need: each handed out once, by one process, within its hour."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from alembic import command

from dsr.database import Database, migrations
from dsr.domain.sealed import DataKey, KeyDestroyed, KeyIntroduction, KeyPurpose, KeyUnknown, SealBroken
from dsr.vault import Keyring, SqlKeyStore
from dsr.vault.keystore import _place, _seal, data_keys
from dsr.vault.reserve import FEWEST, LIFETIME, MOST, Reserve, ReserveKey
from tests.settable_clock import SettableClock

HOUR = timedelta(hours=1)


class Made:
    """Stands in for the key database: counts commits."""

    def __init__(self, clock: SettableClock) -> None:
        self.clock = clock
        self.batches: list[int] = []

    def __call__(self, number: int) -> list[ReserveKey]:
        self.batches.append(number)
        return [ReserveKey(uuid4(), self.clock.now() + LIFETIME, os.urandom(32)) for _ in range(number)]


@pytest.fixture
def made(clock: SettableClock) -> Made:
    return Made(clock)


@pytest.fixture
def reserve(made: Made, clock: SettableClock) -> Reserve:
    return Reserve(made, clock.now)


class TestReserve:
    def test_a_key_is_handed_out_once_also_to_many_threads(self, reserve: Reserve) -> None:
        with ThreadPoolExecutor(8) as pool:
            taken = [key.key_id for keys in pool.map(reserve.take, [2] * 200) for key in keys]
        assert len(set(taken)) == 400

    def test_what_is_used_up_is_made_in_larger_batches_up_to_the_largest(self, reserve: Reserve, made: Made) -> None:
        for _ in range(200):
            reserve.take(2)
        assert made.batches[:4] == [FEWEST, 2 * FEWEST, 4 * FEWEST, MOST]
        assert set(made.batches[3:]) == {MOST}

    def test_a_command_that_needs_more_keys_than_a_batch_gets_them(self, reserve: Reserve) -> None:
        assert len({key.key_id for key in reserve.take(FEWEST + 5)}) == FEWEST + 5

    def test_after_its_hour_no_key_is_handed_out(self, reserve: Reserve, clock: SettableClock) -> None:
        [first] = reserve.take(1)
        clock.advance(minutes=59, seconds=59)
        [still] = reserve.take(1)
        assert still.expires_at == first.expires_at
        clock.advance(seconds=1)
        [later] = reserve.take(1)
        assert later.expires_at == first.expires_at + HOUR

    def test_an_idle_process_makes_few_keys_at_once(self, reserve: Reserve, made: Made, clock: SettableClock) -> None:
        for _ in range(100):
            reserve.take(2)
        for _ in range(3):
            clock.advance(hours=1)
            reserve.take(2)
        assert made.batches[-3:] == [FEWEST] * 3

    def test_a_process_that_was_forked_takes_none_of_its_parents_keys(self, reserve: Reserve) -> None:
        before = {key.key_id for key in reserve.take(1)}
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:  # pragma: no cover - another process
            os.write(writing, b"".join(key.key_id.bytes for key in reserve.take(FEWEST)))
            os._exit(0)
        os.waitpid(child, 0)
        theirs = {UUID(bytes=os.read(reading, 16)) for _ in range(FEWEST)}
        ours = before | {key.key_id for key in reserve.take(FEWEST)}
        assert len(theirs | ours) == FEWEST + FEWEST + 1

    def test_a_failure_to_make_keys_loses_none_of_those_that_are_left(self, made: Made, clock: SettableClock) -> None:
        failing = False

        def make(number: int) -> list[ReserveKey]:
            if failing:
                raise ConnectionError
            return made(number)

        reserve = Reserve(make, clock.now)
        reserve.take(FEWEST - 1)
        failing = True
        with pytest.raises(ConnectionError):
            reserve.take(2)
        assert len(reserve.take(1)) == 1


# In the key database -------------------------------------------------------------------------------------------------


class Introductions(dict[UUID, KeyIntroduction]):
    """What events say of the keys that they introduce."""

    def of(self, key_id: UUID) -> KeyIntroduction:
        if key_id not in self:
            raise KeyUnknown(key_id=key_id)
        return self[key_id]


@pytest.fixture
def introduced() -> Introductions:
    return Introductions()


@pytest.fixture
def open_store(
    keys_database: Database,
    keyring: Keyring,
    keystore: SqlKeyStore,  # which tied the database to the keyring
    introduced: Introductions,
    clock: SettableClock,
) -> Callable[[], SqlKeyStore]:
    """Another process of the same service."""
    return lambda: SqlKeyStore(keys_database, Keyring.load(keyring.path), introduction=introduced.of, now=clock.now)


@pytest.fixture
def store(open_store: Callable[[], SqlKeyStore]) -> SqlKeyStore:
    return open_store()


@pytest.fixture
def taken(store: SqlKeyStore, introduced: Introductions) -> DataKey:
    """One from the reserve, introduced by an event."""
    (key,) = store.take(KeyPurpose.CASE_FILE)
    introduced[key.key_id] = key.introduction()
    return key


def rows(database: Database) -> list[sa.Row[Any]]:
    with database.reading() as connection:
        return list(connection.execute(sa.select(data_keys)))


def test_a_key_of_the_reserve_opens_in_every_process_by_its_introduction(
    taken: DataKey, store: SqlKeyStore, open_store: Callable[[], SqlKeyStore]
) -> None:
    assert store.open(taken.key_id) == open_store().open(taken.key_id) == taken


def test_a_row_of_the_reserve_says_neither_what_for_nor_whose(
    store: SqlKeyStore, keys_database: Database, clock: SettableClock
) -> None:
    keys = store.take(*KeyPurpose)
    stored = rows(keys_database)
    assert {row.key_id for row in stored} >= {key.key_id for key in keys}
    assert {(row.stream_id, row.purpose) for row in stored} == {(None, None)}
    assert {row.expires_at.replace(tzinfo=UTC) for row in stored} == {clock.now() + HOUR}


def test_a_key_that_no_event_introduced_is_unknown(store: SqlKeyStore) -> None:
    (key,) = store.take(KeyPurpose.BLOB)
    with pytest.raises(KeyUnknown):
        store.open(key.key_id)


def test_a_key_to_which_its_event_does_not_commit_does_not_open(
    taken: DataKey, store: SqlKeyStore, introduced: Introductions
) -> None:
    forged = replace(taken, material=bytes(32))
    introduced[taken.key_id] = forged.introduction()
    with pytest.raises(SealBroken, match="commits"):
        store.open(taken.key_id)


@pytest.mark.parametrize("change", ["material", "purpose"])
def test_a_key_made_for_its_stream_does_not_open_either_unless_its_event_commits_to_it(
    store: SqlKeyStore, introduced: Introductions, change: str
) -> None:
    # given
    (key,) = store.create(uuid4(), KeyPurpose.WORK_ADDRESS)
    assert store.open(key.key_id) == key, "not introduced yet"
    introduced[key.key_id] = key.introduction()
    assert store.open(key.key_id) == key
    # when
    other = replace(key, material=bytes(32)) if change == "material" else replace(key, purpose=KeyPurpose.BLOB)
    introduced[key.key_id] = other.introduction()
    # then
    with pytest.raises(SealBroken, match="commits"):
        store.open(key.key_id)


@pytest.mark.parametrize("change", ["wrapped", "another key", "bound"])
def test_an_altered_row_of_the_reserve_does_not_open(
    taken: DataKey, store: SqlKeyStore, keys_database: Database, change: str
) -> None:
    stored = {row.key_id: row for row in rows(keys_database)}
    row, other = stored.pop(taken.key_id), next(iter(stored.values()))
    forged = {
        "wrapped": {"wrapped": bytes([row.wrapped[0] ^ 1]) + row.wrapped[1:]},
        "another key": {"wrapped": other.wrapped},
        "bound": {"stream_id": uuid4(), "purpose": "case-file", "expires_at": None},
    }[change]
    with keys_database.writing() as connection:
        connection.execute(sa.update(data_keys).where(data_keys.c.key_id == taken.key_id).values(forged))
    with pytest.raises(SealBroken):
        store.open(taken.key_id)


def test_a_destroyed_key_of_the_reserve_leaves_a_tombstone(
    taken: DataKey, store: SqlKeyStore, open_store: Callable[[], SqlKeyStore], keys_database: Database
) -> None:
    store.destroy([taken.key_id])
    for each in (store, open_store()):
        with pytest.raises(KeyDestroyed):
            each.open(taken.key_id)
    [row] = [each for each in rows(keys_database) if each.key_id == taken.key_id]
    assert (row.wrapped, row.kek_id) == (None, None)


def test_rotation_rewraps_keys_of_both_formats(
    taken: DataKey, store: SqlKeyStore, keyring: Keyring, keys_database: Database
) -> None:
    (bound,) = store.create(uuid4(), KeyPurpose.BLOB)
    assert store.rotate() == FEWEST + 1
    assert {row.kek_id for row in rows(keys_database)} == {Keyring.load(keyring.path).current.kek_id}
    assert [store.open(key.key_id) for key in (taken, bound)] == [taken, bound]


def test_a_key_that_was_made_ahead_before_a_rotation_opens_after_it(
    taken: DataKey, store: SqlKeyStore, introduced: Introductions, open_store: Callable[[], SqlKeyStore]
) -> None:
    open_store().rotate()
    (later,) = store.take(KeyPurpose.BLOB)
    introduced[later.key_id] = later.introduction()
    assert store.open(later.key_id) == later


def test_a_key_of_the_reserve_counts_as_made_when_its_hour_is_over(
    taken: DataKey, store: SqlKeyStore, clock: SettableClock
) -> None:
    made_at = clock.now()
    assert list(store.made_before(made_at + HOUR)) == []
    made = list(store.made_before(made_at + HOUR + timedelta(seconds=1)))
    assert (len(made), {each.of_reserve for each in made}) == (FEWEST, {True})


def test_keys_of_a_database_that_is_upgraded_open_as_before(
    empty_url: str, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a key database as it was before reserves
    database = Database(empty_url)
    with monkeypatch.context() as patched:
        upgrade = command.upgrade
        patched.setattr(command, "upgrade", lambda config, _: upgrade(config, "keys_0001"))
        migrations.upgrade(database, "keys")
    store, kek, stream_id = SqlKeyStore(database, keyring), keyring.current, uuid4()
    store.bind()
    key, gone = (DataKey(uuid4(), KeyPurpose.BLOB, os.urandom(32)) for _ in range(2))
    old = sa.table("data_keys", *(each._copy() for each in data_keys.c if each.name != "expires_at"))
    row = {"stream_id": stream_id, "purpose": "blob", "created_at": datetime(2026, 3, 5, tzinfo=UTC)}
    wrapped = _seal(kek, key.material, _place(key.key_id, stream_id, "blob", kek.kek_id))
    destroyed = datetime(2026, 3, 6, tzinfo=UTC)
    with database.writing() as connection:
        connection.execute(old.insert().values(row | {"key_id": key.key_id, "kek_id": kek.kek_id, "wrapped": wrapped}))
        connection.execute(old.insert().values(row | {"key_id": gone.key_id, "destroyed_at": destroyed}))
    # when
    migrations.upgrade(database, "keys")
    # then
    assert store.open(key.key_id) == key
    with pytest.raises(KeyDestroyed):
        store.open(gone.key_id)
    assert store.rotate() == 1
    assert store.open(key.key_id) == key
    assert len(store.take(KeyPurpose.CASE_FILE)) == 1
    database.close()
