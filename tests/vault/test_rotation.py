"""The key-encryption key is replaced by itself once a second place has the new one, and nothing is lost on the way."""

import shutil
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from dsr.domain.sealed import DataKey, KeyPurpose
from dsr.vault import (
    Keyring,
    KeyringCopyUnavailable,
    KeyringCopyUnset,
    KeyringCopyWrong,
    KeyRotation,
    SqlKeyStore,
)
from dsr.vault import (
    keyring as keyring_file,
)
from dsr.vault.rotation import OLD_KEPT
from tests.settable_clock import SettableClock


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A second place, such as a mounted share."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder / "keyring.json"


@pytest.fixture
def clock(keyring: Keyring) -> SettableClock:
    return SettableClock(keyring.current.created_at)


@pytest.fixture
def rotation(keystore: SqlKeyStore, keyring: Keyring, elsewhere: Path, clock: SettableClock) -> KeyRotation:
    keystore._now = clock.now
    keyring.copy = elsewhere
    keystore.copy_keyring(anew=True)
    return KeyRotation(keystore, keyring, 30, clock.now)


@pytest.fixture
def key(keystore: SqlKeyStore) -> DataKey:
    (made,) = keystore.create(uuid4(), KeyPurpose.CASE_FILE)
    return made


def keys_in(path: Path) -> tuple[object, ...]:
    return Keyring.load(path).key_ids


def test_a_key_of_thirty_days_is_replaced_and_the_copy_has_the_new_one(
    rotation: KeyRotation, key: DataKey, elsewhere: Path, clock: SettableClock
) -> None:
    # given
    old = rotation.keyring.current.kek_id
    clock.advance(days=29)
    assert rotation.turn() is None
    # when
    clock.advance(days=1)
    # then: the old one still opens backups of the last days
    assert rotation.turn() == 1
    assert keys_in(elsewhere) == keys_in(rotation.keyring.path) == (old, rotation.keyring.current.kek_id)
    assert rotation.keyring.current.created_at == clock.now()
    # and is destroyed in both places a week later
    clock.advance(days=OLD_KEPT.days)
    assert rotation.turn() is None
    assert keys_in(elsewhere) == keys_in(rotation.keyring.path) == (rotation.keyring.current.kek_id,)
    assert rotation.keystore.open(key.key_id) == key


def test_without_a_second_place_no_key_is_replaced_by_itself(rotation: KeyRotation, clock: SettableClock) -> None:
    before = rotation.keyring.key_ids
    rotation.keyring.copy = None
    clock.advance(days=30)
    with pytest.raises(KeyringCopyUnset) as refused:
        rotation.turn()
    assert refused.value.facts["due_since"] == clock.now().date().isoformat()
    assert rotation.keyring.key_ids == before


def test_a_second_place_that_is_away_or_of_another_service_keeps_the_key_as_it_is(
    rotation: KeyRotation, key: DataKey, elsewhere: Path, clock: SettableClock, tmp_path: Path
) -> None:
    # given
    before = keys_in(rotation.keyring.path)
    clock.advance(days=30)
    # when: the share is not mounted, or what is mounted is the keyring of another service
    elsewhere.rename(tmp_path / "unmounted")
    with pytest.raises(KeyringCopyUnavailable):
        rotation.turn()
    other = Keyring.create(elsewhere)
    with pytest.raises(KeyringCopyWrong):
        rotation.turn()
    with pytest.raises(KeyringCopyWrong):
        rotation.keystore.rotate()
    # then
    assert (keys_in(rotation.keyring.path), keys_in(elsewhere)) == (before, other.key_ids)
    # and once the right one is there again, the turn is made up for
    (tmp_path / "unmounted").replace(elsewhere)
    assert rotation.turn() == 1
    assert rotation.keystore.open(key.key_id) == key


def test_a_link_to_the_second_place_stays_and_the_copy_is_written_there(
    rotation: KeyRotation, key: DataKey, elsewhere: Path, clock: SettableClock, tmp_path: Path
) -> None:
    # given: the setting names a link that stands on this disk
    link = tmp_path / "link.json"
    link.symlink_to(elsewhere)
    rotation.keyring.copy = link
    # when
    clock.advance(days=30)
    rotation.turn()
    # then: what the share holds opens what was wrapped anew
    assert link.is_symlink()
    assert keys_in(elsewhere) == keys_in(rotation.keyring.path)


def test_a_keyring_behind_a_link_is_replaced_where_the_link_leads(
    keystore: SqlKeyStore, keyring: Keyring, key: DataKey, tmp_path: Path
) -> None:
    # given
    elsewhere = keyring.path.rename(tmp_path / "on-another-disk.json")
    keyring.path.symlink_to(elsewhere)
    # when
    keystore.rotate()
    # then
    assert keyring.path.is_symlink()
    assert keys_in(elsewhere) == keyring.key_ids
    assert keystore.open(key.key_id) == key


@pytest.mark.parametrize("dies_in", ["_proof_under", "_rewrap_some"])
def test_a_rotation_that_was_interrupted_is_completed_the_next_day(
    rotation: KeyRotation,
    key: DataKey,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
    dies_in: str,
) -> None:
    # given: the process dies once the file has the new key, or before all is wrapped anew
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    clock.advance(days=30)
    with monkeypatch.context() as patched:
        patched.setattr(SqlKeyStore, dies_in, dies)
        with pytest.raises(KeyboardInterrupt):
            rotation.turn()
    # when
    clock.advance(days=1)
    assert rotation.turn() == 1
    # then: the old key ends a week after the new one was made, as if nothing had happened
    clock.advance(days=OLD_KEPT.days)
    assert rotation.turn() is None
    assert keys_in(rotation.keyring.path) == (rotation.keyring.current.kek_id,)
    assert rotation.keystore.open(key.key_id) == key


def test_a_copy_that_was_not_written_is_not_relied_on(
    rotation: KeyRotation, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rotation.keyring.key_ids
    clock.advance(days=30)
    monkeypatch.setattr(Keyring, "_to_copy", lambda *_, **__: None)  # as a server that forgets what it acknowledged
    with pytest.raises(KeyringCopyUnavailable):
        rotation.turn()
    assert keys_in(rotation.keyring.path) == before


def test_a_crash_between_copy_and_file_loses_nothing(
    rotation: KeyRotation, key: DataKey, elsewhere: Path, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    clock.advance(days=30)
    write = keyring_file._write

    def dies(path: Path, *given: object, **said: object) -> None:
        if path == rotation.keyring.path:
            raise KeyboardInterrupt
        write(path, *given, **said)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(keyring_file, "_write", dies)
        with pytest.raises(KeyboardInterrupt):
            rotation.turn()
    assert len(keys_in(elsewhere)) == 2
    assert rotation.keystore.open(key.key_id) == key
    # when
    assert rotation.turn() == 1
    # then
    assert keys_in(elsewhere) == keys_in(rotation.keyring.path)
    assert rotation.keystore.open(key.key_id) == key


def test_a_service_comes_back_with_the_copy_alone(
    rotation: KeyRotation, key: DataKey, elsewhere: Path, clock: SettableClock, tmp_path: Path
) -> None:
    clock.advance(days=30)
    rotation.turn()
    restored = shutil.copy(elsewhere, tmp_path / "restored")
    store = SqlKeyStore(rotation.keystore._database, Keyring.load(Path(restored)))
    store.verify()
    assert store.open(key.key_id) == key


def test_a_key_is_never_replaced_by_itself_where_nobody_wants_it(
    keystore: SqlKeyStore, keyring: Keyring, clock: SettableClock
) -> None:
    rotation = KeyRotation(keystore, keyring, 0, clock.now)
    clock.advance(days=3_000)
    assert (rotation.turn(), rotation.due_at) == (None, None)


def test_a_replacement_by_hand_destroys_the_key_that_was_kept(
    rotation: KeyRotation, key: DataKey, clock: SettableClock
) -> None:
    # given: the old key is kept for a week
    clock.advance(days=30)
    rotation.turn()
    kept = rotation.keyring.key_ids
    # when
    clock.advance(seconds=timedelta(hours=1).total_seconds())
    assert rotation.keystore.rotate() == 1
    # then
    assert len(rotation.keyring.key_ids) == 1
    assert not {*kept} & {*rotation.keyring.key_ids}
    assert rotation.keystore.open(key.key_id) == key
