"""The keyring file: whole or refused, for its owner's eyes only."""

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dsr.vault import Keyring, KeyringDamaged, KeyringExists, KeyringExposed, KeyringMissing


def test_a_keyring_reads_back_as_it_was_made(keyring: Keyring) -> None:
    again = Keyring.load(keyring.path)
    assert again.current == keyring.current
    assert again.index_key("blind-index email") == keyring.index_key("blind-index email")


def test_only_its_owner_may_read_the_keyring_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        keyring = Keyring.create(tmp_path / "keyring")
        keyring.add_key()
    finally:
        os.umask(before)
    assert stat.S_IMODE(keyring.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644, 0o601])
def test_a_keyring_that_others_may_touch_is_refused(keyring: Keyring, mode: int) -> None:
    keyring.path.chmod(mode)
    with pytest.raises(KeyringExposed, match="chmod 600"):
        Keyring.load(keyring.path)


def test_a_missing_keyring_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KeyringMissing, match="dsr init"):
        Keyring.load(tmp_path / "keyring")


def test_a_keyring_is_never_overwritten_by_a_new_one(keyring: Keyring) -> None:
    before = keyring.path.read_bytes()
    with pytest.raises(KeyringExists):
        Keyring.create(keyring.path)
    assert keyring.path.read_bytes() == before
    assert [file.name for file in keyring.path.parent.iterdir()] == ["keyring"]


@pytest.mark.parametrize("rest", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"keyring": {}, "sha256": ""}'])
def test_a_file_that_is_no_keyring_is_refused(keyring: Keyring, rest: bytes) -> None:
    keyring.path.write_bytes(rest)
    with pytest.raises(KeyringDamaged, match="do not create a new one") as refusal:
        Keyring.load(keyring.path)
    assert refusal.value.__cause__ is None


def test_every_altered_value_in_the_keyring_is_noticed(keyring: Keyring) -> None:
    data = keyring.path.read_bytes()
    first = data.index(b'"index_key": "') + len(b'"index_key": "')
    for place in [first, data.index(b'"material": "') + 20, data.index(b'"kek_id": "') + 12, len(data) - 10]:
        changed = bytearray(data)
        changed[place] = ord("c") if changed[place] == ord("b") else ord("b")
        keyring.path.write_bytes(changed)
        with pytest.raises(KeyringDamaged):
            Keyring.load(keyring.path)


def test_a_keyring_without_a_key_or_with_a_short_one_is_refused(keyring: Keyring) -> None:
    # given: a file that is consistent in itself
    import hashlib

    import msgspec

    from dsr.vault.keyring import _Contents

    for contents in [_Contents(index_key=bytes(32), key_encryption_keys=()), _Contents(bytes(31), (keyring.current,))]:
        body = msgspec.json.encode(contents)
        document = {"keyring": json.loads(body), "sha256": hashlib.sha256(body).hexdigest()}
        keyring.path.write_text(json.dumps(document))
        with pytest.raises(KeyringDamaged):
            Keyring.load(keyring.path)


def test_every_cut_of_the_keyring_is_noticed(keyring: Keyring) -> None:
    data = keyring.path.read_bytes().rstrip()
    for length in range(0, len(data), 7):
        keyring.path.write_bytes(data[:length])
        with pytest.raises(KeyringDamaged):
            Keyring.load(keyring.path)


def test_a_power_cut_while_writing_leaves_the_old_keyring(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    before = keyring.path.read_bytes()

    def power_cut(*_: object) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(os, "fsync", power_cut)
    with pytest.raises(OSError, match="power cut"):
        keyring.add_key()
    assert keyring.path.read_bytes() == before
    assert [file.name for file in keyring.path.parent.iterdir()] == ["keyring"]
    assert len(keyring.key_ids) == 1


def test_what_a_killed_process_left_of_the_keyring_goes_with_the_next_change(keyring: Keyring) -> None:
    # given: a process is killed between writing the keyring anew and putting it into its place
    killed = "import os, signal, sys; from pathlib import Path; from dsr.vault import Keyring; "
    killed += "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL); Keyring.load(Path(sys.argv[1])).add_key()"
    subprocess.run([sys.executable, "-c", killed, str(keyring.path)], check=False)
    assert len(list(keyring.path.parent.iterdir())) == 2
    # when
    old, fresh = keyring.current, keyring.add_key()
    keyring.retire_older_than(fresh.kek_id)
    # then: no file holds the destroyed key
    assert list(keyring.path.parent.iterdir()) == [keyring.path]
    assert str(old.kek_id) not in keyring.path.read_text()


def test_a_retired_key_is_gone_from_the_file_and_the_index_key_stays(keyring: Keyring) -> None:
    old, index_key = keyring.current, keyring.index_key("message-id")
    fresh = keyring.add_key()
    assert keyring.key_ids == (old.kek_id, fresh.kek_id)
    keyring.retire_older_than(fresh.kek_id)
    again = Keyring.load(keyring.path)
    assert again.current == fresh
    assert again.find(old.kek_id) is None
    assert again.index_key("message-id") == index_key
    assert str(old.kek_id) not in keyring.path.read_text()


def test_index_keys_differ_by_use_and_by_keyring(keyring: Keyring, tmp_path: Path) -> None:
    other = Keyring.create(tmp_path / "other")
    assert len({keyring.index_key("a"), keyring.index_key("b"), other.index_key("a")}) == 3


def test_a_keyring_whose_index_key_was_never_replaced_is_written_as_before(keyring: Keyring) -> None:
    assert b'"index":' not in keyring.path.read_bytes()


def test_a_new_index_key_is_known_to_every_process_from_the_file_on(keyring: Keyring) -> None:
    # given
    other, before = Keyring.load(keyring.path), keyring.index_key("message-id")
    # when
    keyring.replace_index_key(datetime(2026, 11, 27, tzinfo=UTC))
    # then: the new one first, the former one as long as it is there
    new, former = other.index_keys("message-id")
    assert (former.material, former.generation, new.generation) == (before, 0, 1)
    assert new.material == keyring.index_key("message-id") != before
    assert other.is_changing_index
    # and of the former one what some rows need
    keyring.forget_former_index_key(keeping=["message-id"])
    assert [key.generation for key in other.index_keys("message-id")] == [1, 0]
    assert [key.generation for key in other.index_keys("message-content")] == [1]
    assert other.written_index_keys("message-id") == (new,)
    assert not other.is_changing_index


def test_no_secret_shows_in_a_repr(keyring: Keyring) -> None:
    shown = repr(keyring) + repr(keyring.current) + repr(keyring._contents)
    assert "material" not in shown
    assert "index_key" not in shown
    assert repr(keyring.current.material) not in shown
