"""What every key store must keep, on both databases: SQL, keyring and several processes."""

import base64
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from dsr.database import Database
from dsr.database.migrations import Kind
from dsr.domain.sealed import DataKey, KeyDestroyed, KeyPurpose, KeyUnknown, SealBroken
from dsr.vault import Keyring, KeyringWrong, SqlKeyStore
from dsr.vault.keystore import data_keys, keyring_check


@pytest.fixture
def other_process(keys_url: str, keystore: SqlKeyStore, keyring: Keyring) -> Iterator[SqlKeyStore]:
    """A second key store with connections and a keyring of its own, loaded before anything changes."""
    database = Database(keys_url)
    yield SqlKeyStore(database, Keyring.load(keyring.path))
    database.close()


def stored_rows(database: Database) -> list[sa.Row[Any]]:
    with database.reading() as conn:
        return list(conn.execute(sa.select(data_keys)))


def test_a_key_that_was_made_opens_in_every_process(keystore: SqlKeyStore, other_process: SqlKeyStore) -> None:
    case_file, blob = keystore.create(uuid4(), KeyPurpose.CASE_FILE, KeyPurpose.BLOB)
    assert (case_file.purpose, blob.purpose) == (KeyPurpose.CASE_FILE, KeyPurpose.BLOB)
    assert len({case_file.material, blob.material}) == 2
    assert len(case_file.material) == 32
    for store in (keystore, other_process):
        assert store.open(case_file.key_id) == case_file
        assert store.open(blob.key_id) == blob


def test_never_made_and_forgotten_differ(keystore: SqlKeyStore) -> None:
    (key,) = keystore.create(uuid4(), KeyPurpose.CASE_FILE)
    keystore.destroy([key.key_id])
    with pytest.raises(KeyDestroyed):
        keystore.open(key.key_id)
    with pytest.raises(KeyUnknown):
        keystore.open(uuid4())


def test_a_key_destroyed_by_one_process_opens_in_no_other(keystore: SqlKeyStore, other_process: SqlKeyStore) -> None:
    (key,) = keystore.create(uuid4(), KeyPurpose.IDENTITY_EVIDENCE)
    other_process.open(key.key_id)
    keystore.destroy([key.key_id])
    with pytest.raises(KeyDestroyed):
        other_process.open(key.key_id)


def test_a_destroyed_key_leaves_a_tombstone_without_material(keystore: SqlKeyStore, keys_database: Database) -> None:
    gone, kept = keystore.create(uuid4(), KeyPurpose.IDENTITY_EVIDENCE, KeyPurpose.CASE_FILE)
    keystore.destroy([gone.key_id])
    rows = {row.key_id: row for row in stored_rows(keys_database)}
    assert (rows[gone.key_id].wrapped, rows[gone.key_id].kek_id) == (None, None)
    assert rows[gone.key_id].destroyed_at is not None
    assert keystore.open(kept.key_id) == kept


def test_destroying_again_is_no_error_and_keeps_the_first_date(keystore: SqlKeyStore, keys_database: Database) -> None:
    (key,) = keystore.create(uuid4(), KeyPurpose.EXPORT)
    keystore.destroy([key.key_id])
    first = stored_rows(keys_database)[0].destroyed_at
    keystore.destroy([key.key_id, key.key_id])
    assert stored_rows(keys_database)[0].destroyed_at == first


def test_destroying_an_unknown_key_destroys_none(keystore: SqlKeyStore) -> None:
    (key,) = keystore.create(uuid4(), KeyPurpose.EXPORT)
    with pytest.raises(KeyUnknown):
        keystore.destroy([key.key_id, uuid4()])
    assert keystore.open(key.key_id) == key


def test_the_database_refuses_material_beside_a_date_of_destruction(
    keystore: SqlKeyStore, keys_database: Database
) -> None:
    keystore.create(uuid4(), KeyPurpose.EXPORT)
    with pytest.raises(sa.exc.IntegrityError), keys_database.writing() as conn:
        conn.execute(sa.update(data_keys).values(destroyed_at=sa.func.now()))


@pytest.mark.parametrize("column", ["stream_id", "purpose", "wrapped"])
def test_a_row_that_was_altered_does_not_open(keystore: SqlKeyStore, keys_database: Database, column: str) -> None:
    (key,) = keystore.create(uuid4(), KeyPurpose.CASE_FILE)
    (row,) = stored_rows(keys_database)
    flipped = bytes([row.wrapped[0] ^ 1]) + row.wrapped[1:]
    forged = {"stream_id": uuid4(), "purpose": "export", "wrapped": flipped}[column]
    with keys_database.writing() as conn:
        conn.execute(sa.update(data_keys).values({column: forged}))
    with pytest.raises(SealBroken):
        keystore.open(key.key_id)


def test_the_material_of_one_key_does_not_open_as_another(keystore: SqlKeyStore, keys_database: Database) -> None:
    case, purpose = uuid4(), KeyPurpose.BLOB
    one, two = keystore.create(case, purpose, purpose)
    wrapped = {row.key_id: row.wrapped for row in stored_rows(keys_database)}
    with keys_database.writing() as conn:
        conn.execute(sa.update(data_keys).where(data_keys.c.key_id == one.key_id).values(wrapped=wrapped[two.key_id]))
    with pytest.raises(SealBroken):
        keystore.open(one.key_id)


def test_key_material_stands_nowhere_in_the_database(keystore: SqlKeyStore, keys_database: Database) -> None:
    keys = keystore.create(uuid4(), *KeyPurpose)
    stored = b"".join(value for row in stored_rows(keys_database) for value in row if isinstance(value, bytes))
    assert len(stored) == len(keys) * (12 + 32 + 16)
    for key in keys:
        assert key.material not in stored


def test_a_data_key_shows_no_material() -> None:
    key = DataKey(uuid4(), KeyPurpose.BLOB, bytes(range(32)))
    assert "material" not in repr(key)
    assert repr(key.material) not in repr(key)


def test_the_introduction_commits_to_the_key() -> None:
    key = DataKey(uuid4(), KeyPurpose.BLOB, bytes(range(32)))
    for other in (replace(key, material=bytes(32)), replace(key, key_id=uuid4())):
        assert other.introduction().commitment != key.introduction().commitment


def test_many_processes_make_keys_at_once(keystore: SqlKeyStore, other_process: SqlKeyStore) -> None:
    stores = [keystore, other_process]

    def make(number: int) -> tuple[DataKey, ...]:
        return stores[number % 2].create(uuid4(), KeyPurpose.CASE_FILE, KeyPurpose.BLOB)

    with ThreadPoolExecutor(8) as pool:
        made = [key for keys in pool.map(make, range(60)) for key in keys]
    assert len({key.key_id for key in made}) == 120
    assert [keystore.open(key.key_id) for key in made] == made


class TestKeyringOfTheDatabase:
    def test_the_right_keyring_is_recognised(self, other_process: SqlKeyStore) -> None:
        other_process.bind()
        other_process.verify()

    def test_another_keyring_is_refused(self, keystore: SqlKeyStore, keys_database: Database, tmp_path: Path) -> None:
        (key,) = keystore.create(uuid4(), KeyPurpose.CASE_FILE)
        stranger = SqlKeyStore(keys_database, Keyring.create(tmp_path / "other"))
        for use in (
            stranger.verify,
            stranger.bind,
            lambda: stranger.create(uuid4(), KeyPurpose.BLOB),
            lambda: stranger.open(key.key_id),
            stranger.rotate,
        ):
            with pytest.raises(KeyringWrong):
                use()
        assert keystore.open(key.key_id) == key
        keystore.verify()

    def test_a_keyring_with_another_index_key_is_refused(self, keystore: SqlKeyStore, keyring: Keyring) -> None:
        keyring._contents = replace(keyring._contents, index_key=bytes(32))
        with pytest.raises(KeyringWrong):
            keystore.verify()

    def test_a_keyring_with_another_key_under_the_same_id_is_refused(
        self, keystore: SqlKeyStore, keyring: Keyring
    ) -> None:
        forged = replace(keyring.current, material=bytes(32))
        keyring._contents = replace(keyring._contents, key_encryption_keys=(forged,))
        with pytest.raises(KeyringWrong):
            keystore.verify()

    def test_a_database_that_was_never_tied_is_refused(self, keys_database: Database, keyring: Keyring) -> None:
        with pytest.raises(KeyringWrong, match="dsr init"):
            SqlKeyStore(keys_database, keyring).verify()
        with pytest.raises(KeyringWrong, match="dsr init"):
            SqlKeyStore(keys_database, keyring).create(uuid4(), KeyPurpose.BLOB)

    def test_a_database_that_lost_its_mark_is_not_tied_anew(
        self, keystore: SqlKeyStore, keys_database: Database
    ) -> None:
        keystore.create(uuid4(), KeyPurpose.BLOB)
        with keys_database.writing() as conn:
            conn.execute(sa.delete(keyring_check))
        with pytest.raises(KeyringWrong, match="backup"):
            keystore.bind()


class TestRotation:
    def test_rotation_rewraps_every_key_and_the_old_one_is_gone(
        self, keystore: SqlKeyStore, keyring: Keyring, keys_database: Database
    ) -> None:
        old = keyring.current
        keys = keystore.create(uuid4(), *KeyPurpose)
        keystore.destroy([keys[0].key_id])
        before = {row.key_id: row for row in stored_rows(keys_database)}
        assert keystore.rotate() == len(KeyPurpose) - 1
        assert Keyring.load(keyring.path).key_ids == (keyring.current.kek_id,)
        assert keyring.current.kek_id != old.kek_id
        for row in stored_rows(keys_database)[1:]:
            assert row.kek_id in (keyring.current.kek_id, None)
            assert row.created_at == before[row.key_id].created_at
        for key in keys[1:]:
            assert keystore.open(key.key_id) == key
        keystore.verify()

    def test_rotation_brings_no_destroyed_key_back(self, keystore: SqlKeyStore) -> None:
        (key,) = keystore.create(uuid4(), KeyPurpose.CASE_FILE)
        keystore.destroy([key.key_id])
        assert keystore.rotate() == 0
        with pytest.raises(KeyDestroyed):
            keystore.open(key.key_id)

    def test_a_row_from_an_old_backup_opens_no_more(self, keystore: SqlKeyStore, keys_database: Database) -> None:
        (key,) = keystore.create(uuid4(), KeyPurpose.CASE_FILE)
        (backup,) = stored_rows(keys_database)
        keystore.rotate()
        keystore.destroy([key.key_id])
        with keys_database.writing() as conn:
            conn.execute(sa.update(data_keys).values(wrapped=backup.wrapped, kek_id=backup.kek_id, destroyed_at=None))
        with pytest.raises(KeyringWrong):
            keystore.open(key.key_id)

    def test_more_keys_than_one_batch_are_rewrapped(self, keystore: SqlKeyStore, keys_database: Database) -> None:
        keys = keystore.create(uuid4(), *[KeyPurpose.BLOB] * 1201)
        assert keystore.rotate() == 1201
        assert len({row.kek_id for row in stored_rows(keys_database)}) == 1
        assert keystore.open(keys[-1].key_id) == keys[-1]

    def test_another_process_goes_on_with_the_keyring_it_read_before(
        self, keystore: SqlKeyStore, other_process: SqlKeyStore
    ) -> None:
        (key,) = keystore.create(uuid4(), KeyPurpose.CASE_FILE)
        keystore.rotate()
        assert other_process.open(key.key_id) == key
        keystore.rotate()
        (late,) = other_process.create(uuid4(), KeyPurpose.CASE_FILE)
        assert keystore.open(late.key_id) == late

    @pytest.mark.parametrize("moment", ["after the file", "after the mark", "within the rows"])
    def test_a_rotation_cut_short_loses_nothing_and_is_finished_by_the_next(
        self, keystore: SqlKeyStore, keyring: Keyring, monkeypatch: pytest.MonkeyPatch, moment: str
    ) -> None:
        keys = keystore.create(uuid4(), *[KeyPurpose.BLOB] * 700)
        old = keyring.current
        # given: a rotation that stops
        if moment == "after the file":
            keyring.add_key()
        else:
            steps = iter([] if moment == "after the mark" else [keystore._rewrap_some])

            def crash() -> int:
                return next(steps)()

            with monkeypatch.context() as patched:
                patched.setattr(keystore, "_rewrap_some", crash)
                with pytest.raises(StopIteration):
                    keystore.rotate()
        assert len(Keyring.load(keyring.path).key_ids) == 2
        keystore.verify()
        (during,) = keystore.create(uuid4(), KeyPurpose.BLOB)
        opened = [keystore.open(key.key_id) for key in (keys[0], keys[-1], during)]
        assert opened == [keys[0], keys[-1], during]
        # when
        keystore.rotate()
        # then
        after = Keyring.load(keyring.path)
        assert len(after.key_ids) == 1
        assert after.find(old.kek_id) is None
        assert [keystore.open(key.key_id) for key in keys[::100]] == list(keys[::100])

    def test_keys_made_opened_and_destroyed_while_keys_rotate_are_never_lost(
        self, keystore: SqlKeyStore, other_process: SqlKeyStore, keyring: Keyring, keys_url: str
    ) -> None:
        made: list[DataKey] = []
        destroyed: list[DataKey] = []
        stop = threading.Event()

        def work(store: SqlKeyStore) -> None:
            while not stop.is_set():
                one, *rest = store.create(uuid4(), KeyPurpose.CASE_FILE, *[KeyPurpose.BLOB] * 4)
                store.destroy(key.key_id for key in rest)
                assert store.open(one.key_id) == one
                made.append(one)
                destroyed.extend(rest)

        rotating = Database(keys_url)
        rotators = [SqlKeyStore(rotating, Keyring.load(keyring.path)) for _ in range(2)]
        with ThreadPoolExecutor(5) as pool:
            workers = [pool.submit(work, store) for store in (keystore, keystore, other_process)]
            for _ in range(4):
                for done in [pool.submit(rotator.rotate) for rotator in rotators]:
                    done.result()
            stop.set()
            for worker in workers:
                worker.result()
        rotating.close()
        assert made
        for key in made:
            assert keystore.open(key.key_id) == key
        for key in destroyed:
            with pytest.raises(KeyDestroyed):
                other_process.open(key.key_id)


def test_no_secret_stands_in_any_file_but_the_keyring(fresh_url: Callable[[str, Kind], str], tmp_path: Path) -> None:
    # given: the embedded key database, after all that can happen to keys, its write-ahead log still there
    database = Database(fresh_url("sqlite", "keys"))
    keyring = Keyring.create(tmp_path / "keyring")
    store = SqlKeyStore(database, keyring)
    store.bind()
    secrets = [keyring.current.material, keyring.index_key("check")]
    keys = store.create(uuid4(), *KeyPurpose)
    store.destroy([keys[0].key_id])
    store.rotate()
    secrets += [keyring.current.material, *(key.material for key in keys)]
    # then
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path != keyring.path]
    assert any(path.name.endswith("-wal") for path in files)
    for path in files:
        stored = path.read_bytes()
        for secret in secrets:
            for form in (secret, secret.hex().encode(), base64.b64encode(secret)):
                assert form not in stored
    database.close()
