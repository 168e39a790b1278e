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


class KeyringCopyUnset(ServiceWide):
    """The key-encryption key is due for replacement, and nothing says where a copy of the keyring stands. Name a file
    on another machine or disk in DSR_KEYRING_COPY and run `dsr keys copy`; or run `dsr keys rotate`, and copy the
    keyring.
    """

    code = "keyring-copy-unset"


class KeyringCopyUnavailable(ServiceWide):
    """The copy of the keyring can't be read or written. Mount its folder; run `dsr keys copy` if it has to be made
    anew. Until then no key is replaced.
    """

    code = "keyring-copy-unavailable"


class KeyringCopyWrong(ServiceWide):
    """The file in DSR_KEYRING_COPY is the keyring of another service. Name another file, and run `dsr keys copy`."""

    code = "keyring-copy-wrong"


class KeyringExists(Unavailable):
    """This folder holds a service already: start that one, or name another DSR_HOME. An existing keyring is never
    overwritten.
    """

    code = "keyring-exists"


@dataclass(frozen=True)
class KeyEncryptionKey:
    """Wraps data keys; replaced again and again, the old one destroyed."""

    kek_id: UUID
    created_at: datetime
    material: bytes = field(repr=False)
    """32 random bytes."""

    @classmethod
    def generate(cls, at: datetime | None = None) -> Self:
        """A fresh random key, made at this instant (None: now)."""
        return cls(kek_id=uuid4(), created_at=at or datetime.now(UTC), material=secrets.token_bytes(32))


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

    A copy in a second place holds at each moment every key that the file holds: a new key is written there and read
    back before the file has it, and an old one is destroyed there last.
    """

    def __init__(self, path: Path, contents: _Contents, copy: Path | None = None) -> None:
        """Use `create` or `load`."""
        self.path = path
        self.copy = copy
        self._contents = contents

    @classmethod
    def create(cls, path: Path) -> Self:
        """Create a keyring file with new random keys. Raises KeyringExists."""
        contents = _Contents(index_key=secrets.token_bytes(32), key_encryption_keys=(KeyEncryptionKey.generate(),))
        _write(path, contents, replacing=False)
        return cls(path, contents)

    @classmethod
    def load(cls, path: Path, copy: Path | None = None) -> Self:
        """Read the file; `copy` is where its copy stands. Raises KeyringMissing, KeyringExposed, KeyringDamaged."""
        return cls(path, _read(path), copy)

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

    def add_key(self, at: datetime | None = None) -> KeyEncryptionKey:
        """Add a new key-encryption key and make it current; older ones stay. `at` is the instant (None: now).

        Raises KeyringCopyUnavailable, KeyringCopyWrong; then nothing was changed.
        """
        fresh = KeyEncryptionKey.generate(at)
        contents = replace(self._contents, key_encryption_keys=(*self._contents.key_encryption_keys, fresh))
        self._write_copy(contents)
        self._change(contents)
        return fresh

    def retire_older_than(self, kek_id: UUID) -> None:
        """Destroy all key-encryption keys older than `kek_id`; data keys wrapped only by them are lost.

        Raises KeyringCopyUnavailable, KeyringCopyWrong: the copy still holds them, until `update_copy`.
        """
        keys = self._contents.key_encryption_keys[self.key_ids.index(kek_id) :]
        if keys != self._contents.key_encryption_keys:
            self._change(replace(self._contents, key_encryption_keys=keys))
            self._write_copy(self._contents)

    def make_copy(self) -> None:
        """Make the copy in a place that has none, or bring it up to date. Raises KeyringCopyUnset; as `update_copy`."""
        if self.copy is None:
            raise KeyringCopyUnset()
        if not self.copy.exists():
            self._to_copy(self._contents, replacing=False)
        self.update_copy()

    def require_copy(self) -> None:
        """Look whether the copy has every key of the file, without changing it. Raises as `update_copy`."""
        known = self._read_copy()
        if not hmac.compare_digest(known.index_key, self._contents.index_key):
            raise KeyringCopyWrong(path=str(self.copy))
        if not set(self.key_ids) <= {key.kek_id for key in known.key_encryption_keys}:
            raise KeyringCopyUnavailable("The copy of the keyring lacks its newest key. Run `dsr keys copy`.")

    def update_copy(self) -> None:
        """Bring the copy up to date, if one is set, and read it back.

        Raises KeyringCopyUnavailable (also where there is none: its folder may not be mounted), KeyringCopyWrong.
        """
        self._write_copy(self._contents)

    def _write_copy(self, contents: _Contents) -> None:
        if self.copy is None:
            return
        known = self._read_copy()
        if not hmac.compare_digest(known.index_key, contents.index_key):
            raise KeyringCopyWrong(path=str(self.copy))
        if known != contents:
            self._to_copy(contents, replacing=True)
        if self._read_copy() != contents:
            raise KeyringCopyUnavailable(path=str(self.copy))

    def _read_copy(self) -> _Contents:
        assert self.copy is not None  # noqa: S101 - asked for where one is set
        try:
            return _read(self.copy)
        except (KeyringMissing, KeyringDamaged, KeyringExposed) as error:
            raise KeyringCopyUnavailable(path=str(self.copy), reason=error.code) from None

    def _to_copy(self, contents: _Contents, *, replacing: bool) -> None:
        assert self.copy is not None  # noqa: S101 - asked for where one is set
        try:
            _write(self.copy, contents, replacing=replacing)
        except OSError as error:
            raise KeyringCopyUnavailable(path=str(self.copy), reason=type(error).__name__) from None

    def _change(self, contents: _Contents) -> None:
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
