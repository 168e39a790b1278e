"""The keyring file, which holds the root secrets.

It holds the key-encryption keys (they wrap the data keys in the key database; one, or two while a rotation runs) and
one long-lived index key (blind index, idempotency fingerprints). It is kept apart from both databases and their
backups: a backup of the key database is useless without this file, and useless altogether once its key-encryption key
was replaced.
"""

import hashlib
import hmac
import os
import secrets
import stat
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self
from uuid import UUID, uuid4

import msgspec

from dsr.domain.errors import ServiceWide, Unavailable


class KeyringMissing(ServiceWide):
    """The keyring file is missing. Check DSR_HOME, restore the file from its backup, or run `dsr init` for a new
    service.
    """

    code = "keyring-missing"


class KeyringDamaged(ServiceWide):
    """The keyring file is damaged. Restore it from its own backup; do not create a new one."""

    code = "keyring-damaged"


class KeyringExposed(ServiceWide):
    """Other users of this machine may read the keyring file. Run `chmod 600` on it, then rotate its keys."""

    code = "keyring-exposed"


class KeyringWrong(ServiceWide):
    """This keyring does not belong to this key database. Restore the right one; do not create a new one."""

    code = "keyring-wrong"


class KeyringExists(Unavailable):
    """This folder holds a service already: start that one, or name another DSR_HOME. An existing keyring is never
    overwritten.
    """

    code = "keyring-exists"


@dataclass(frozen=True)
class KeyEncryptionKey:
    """Wraps data keys; replaced every 30 days, the old one destroyed."""

    kek_id: UUID
    created_at: datetime
    material: bytes = field(repr=False)
    """32 random bytes."""

    @classmethod
    def generate(cls) -> Self:
        """A fresh random key."""
        return cls(kek_id=uuid4(), created_at=datetime.now(UTC), material=secrets.token_bytes(32))


@dataclass(frozen=True)
class _Contents:
    index_key: bytes = field(repr=False)
    key_encryption_keys: tuple[KeyEncryptionKey, ...]
    """Oldest first; the last is the current one."""
    format: Literal["dsr-keyring/1"] = "dsr-keyring/1"


@dataclass(frozen=True)
class _File:
    keyring: _Contents
    sha256: str
    """Checksum of the keyring's JSON, which detects damage; neither secret nor proof."""


class Keyring:
    """The opened keyring file.

    `add_key` and `retire_older_than` rewrite the file; they are called by the key store's rotation, which holds the key
    database's lock, so that two rotations cannot undo each other. Other processes see a change by `reload`.
    """

    def __init__(self, path: Path, contents: _Contents) -> None:
        """Use `create` or `load`."""
        self.path = path
        self._contents = contents

    @classmethod
    def create(cls, path: Path) -> Self:
        """Create a keyring file with new random keys. Raises KeyringExists."""
        contents = _Contents(index_key=secrets.token_bytes(32), key_encryption_keys=(KeyEncryptionKey.generate(),))
        _write(path, contents, replacing=False)
        return cls(path, contents)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file. Raises KeyringMissing, KeyringExposed, KeyringDamaged."""
        return cls(path, _read(path))

    def reload(self) -> None:
        """Read the file again, since another process may have rotated it. Raises as `load`."""
        self._contents = _read(self.path)

    @property
    def current(self) -> KeyEncryptionKey:
        """The newest key-encryption key."""
        return self._contents.key_encryption_keys[-1]

    @property
    def key_ids(self) -> tuple[UUID, ...]:
        """Ids of the key-encryption keys in the file, oldest first."""
        return tuple(key.kek_id for key in self._contents.key_encryption_keys)

    def find(self, kek_id: UUID) -> KeyEncryptionKey | None:
        """The key-encryption key of that id, if the file as last read holds it."""
        return next((key for key in self._contents.key_encryption_keys if key.kek_id == kek_id), None)

    def index_key(self, use: str) -> bytes:
        """32 bytes for one use, such as "blind-index email"; no rotation changes them."""
        return hmac.digest(self._contents.index_key, b"dsr index key: " + use.encode(), "sha256")

    def add_key(self) -> KeyEncryptionKey:
        """Add a new key-encryption key to the file and make it current; older ones stay."""
        fresh = KeyEncryptionKey.generate()
        self._change((*self._contents.key_encryption_keys, fresh))
        return fresh

    def retire_older_than(self, kek_id: UUID) -> None:
        """Destroy all key-encryption keys older than `kek_id`; data keys wrapped only by them are lost."""
        keys = self._contents.key_encryption_keys[self.key_ids.index(kek_id) :]
        if keys != self._contents.key_encryption_keys:
            self._change(keys)

    def _change(self, keys: tuple[KeyEncryptionKey, ...]) -> None:
        contents = replace(self._contents, key_encryption_keys=keys)
        _write(self.path, contents, replacing=True)
        self._contents = contents

    def __repr__(self) -> str:
        return f"Keyring({str(self.path)!r}, current={self.current.kek_id})"


def _read(path: Path) -> _Contents:
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise KeyringExposed(path=str(path))
            data = file.read()
    except FileNotFoundError:
        raise KeyringMissing(path=str(path)) from None
    except OSError:
        raise KeyringDamaged("The keyring file can't be read by this user.", path=str(path)) from None
    try:
        file_ = msgspec.json.decode(data, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Without its cause, which may quote the file.
        raise KeyringDamaged(path=str(path)) from None
    contents = file_.keyring
    lengths = {len(contents.index_key), *(len(key.material) for key in contents.key_encryption_keys)}
    if file_.sha256 != _checksum(contents) or lengths != {32} or not contents.key_encryption_keys:
        raise KeyringDamaged(path=str(path))
    return contents


def _checksum(contents: _Contents) -> str:
    return hashlib.sha256(msgspec.json.encode(contents)).hexdigest()


def _write(path: Path, contents: _Contents, *, replacing: bool) -> None:
    """Write atomically and durably: temporary file, fsync, rename, fsync of the folder."""
    data = msgspec.json.format(msgspec.json.encode(_File(contents, _checksum(contents))), indent=2)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o600)  # whatever the umask
            file.write(data + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if replacing:
            temporary.rename(path)
        else:
            os.link(temporary, path)  # unlike a rename, refuses an existing file
    except FileExistsError:
        raise KeyringExists(path=str(path)) from None
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
