"""The keyring file, which holds the root secrets.

It holds the key-encryption keys (they wrap the data keys in the key database; one, or two while a rotation runs) and
the index key (blind index, idempotency fingerprints; beside it a former one while rows are made anew). It is kept
apart from both databases and their backups: a backup of the key database is useless without this file, and useless
altogether once its key-encryption key was replaced.
"""

import glob
import hashlib
import hmac
import itertools
import os
import secrets
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self
from uuid import UUID, uuid4

import msgspec

from dsr.disk import named_errors, sync_folder
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
class IndexKey:
    """A key for one use, made from the index key of one generation."""

    generation: int
    material: bytes = field(repr=False)
    """32 bytes."""


@dataclass(frozen=True)
class _Kept:
    """What is left of a former index key: the key of one use, since some rows can't be made anew."""

    use: str
    generation: int
    material: bytes = field(repr=False)


@dataclass(frozen=True)
class _Changes:
    """What changed since the keyring was made: it has an index key of a later generation."""

    generation: int
    made_at: datetime
    former: bytes | None = field(default=None, repr=False)
    """The index key before; None once every row was made anew."""
    kept: tuple[_Kept, ...] = ()


@dataclass(frozen=True)
class _Contents:
    index_key: bytes = field(repr=False)
    key_encryption_keys: tuple[KeyEncryptionKey, ...]
    """Oldest first; the last is the current one."""
    format: Literal["dsr-keyring/1"] = "dsr-keyring/1"
    index: _Changes | None = None
    """None as long as the first index key is in use; then the file does not mention it."""

    @property
    def index_keys(self) -> tuple[bytes, ...]:
        """The index key, and the former one while rows are made anew."""
        former = None if self.index is None else self.index.former
        return (self.index_key,) if former is None else (self.index_key, former)

    def is_of(self, other: "_Contents") -> bool:
        """Whether both are states of one keyring."""
        return not set(self.index_keys).isdisjoint(other.index_keys)


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
        self._seen = _state_of(path)
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
        seen = _state_of(self.path)
        self._contents = _read(self.path)
        self._seen = seen

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
        """32 bytes for one use, such as "blind-index email", for what is written now."""
        return self.index_keys(use)[0].material

    def index_keys(self, use: str) -> tuple[IndexKey, ...]:
        """The keys of one use under which rows may stand, that for new rows first.

        The file is looked at before each use, so that all processes know a new index key from the moment on at which
        the file has it.
        """
        self._look()
        contents, kept = self._contents, () if self._contents.index is None else self._contents.index.kept
        made = zip(itertools.count(self._generation, -1), contents.index_keys, strict=False)
        return (
            *(IndexKey(generation, _for_use(key, use)) for generation, key in made),
            *(IndexKey(each.generation, each.material) for each in kept if each.use == use),
        )

    def written_index_keys(self, use: str) -> tuple[IndexKey, ...]:
        """Those under which new rows are written so that rows under either can be compared."""
        return self.index_keys(use)[: len(self._contents.index_keys)]

    @property
    def index_made_at(self) -> datetime | None:
        """When the index key was replaced last; None: never."""
        self._look()
        return None if self._contents.index is None else self._contents.index.made_at

    @property
    def is_changing_index(self) -> bool:
        """Whether a former index key is still there."""
        self._look()
        return len(self._contents.index_keys) > 1

    @property
    def generation(self) -> int:
        """How often the index key was replaced."""
        self._look()
        return self._generation

    def replace_index_key(self, at: datetime) -> None:
        """Make a new index key; the former one stays until `forget_former_index_key`.

        Raises KeyringCopyUnavailable, KeyringCopyWrong; then nothing was changed.
        """
        contents, known = self._contents, self._contents.index
        changes = _Changes(self._generation + 1, at, contents.index_key, () if known is None else known.kept)
        contents = replace(contents, index_key=secrets.token_bytes(32), index=changes)
        self._write_copy(contents)
        self._change(contents)

    def forget_former_index_key(self, *, keeping: Iterable[str] = ()) -> None:
        """Destroy the former index key, but for the keys of these uses, whose rows can't be made anew.

        Raises KeyringCopyUnavailable, KeyringCopyWrong: the copy still has it, until `update_copy`.
        """
        changes = self._contents.index
        if changes is None or changes.former is None:
            return
        former, generation = changes.former, changes.generation - 1
        kept = tuple(_Kept(use, generation, _for_use(former, use)) for use in sorted(keeping))
        self._change(replace(self._contents, index=replace(changes, former=None, kept=(*kept, *changes.kept))))
        self._write_copy(self._contents)

    @property
    def _generation(self) -> int:
        return 0 if self._contents.index is None else self._contents.index.generation

    def _look(self) -> None:
        """Read the file again if it is another one than was read last; a file that is away keeps what was read."""
        seen = _state_of(self.path)
        if seen is not None and seen != self._seen:
            self.reload()

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
        if not known.is_of(self._contents):
            raise KeyringCopyWrong(path=str(self.copy))
        keks = {key.kek_id for key in known.key_encryption_keys}
        if not set(self.key_ids) <= keks or known.index_key != self._contents.index_key:
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
        if not known.is_of(contents):
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
        self._contents, self._seen = contents, _state_of(self.path)

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
    lengths = {*map(len, contents.index_keys), *(len(key.material) for key in contents.key_encryption_keys)}
    if file_.sha256 != _checksum(contents) or lengths != {32} or not contents.key_encryption_keys:
        raise KeyringDamaged(path=str(path))
    return contents


def _checksum(contents: _Contents) -> str:
    return hashlib.sha256(msgspec.json.encode(_plain(contents))).hexdigest()


def _plain(contents: _Contents) -> dict[str, object]:
    """As the file says it: an index key that was never replaced is not spoken of, as before there was more than one."""
    plain: dict[str, object] = msgspec.to_builtins(contents)
    if contents.index is None:
        plain.pop("index", None)
    return plain


def _for_use(index_key: bytes, use: str) -> bytes:
    return hmac.digest(index_key, b"dsr index key: " + use.encode(), "sha256")


def _state_of(path: Path) -> tuple[int, int, int] | None:
    """What changes with each rewriting of the file; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _write(path: Path, contents: _Contents, *, replacing: bool) -> None:
    """Write atomically and durably: temporary file, fsync, rename, fsync of the folder.

    Where the path is a link, the file is written where it leads: the link stays. Raises KeyringExists, StorageFull,
    StorageUnavailable.
    """
    written = {"keyring": _plain(contents), "sha256": _checksum(contents)}
    data = msgspec.json.format(msgspec.json.encode(written), indent=2)
    with named_errors():
        _write_anew(path.resolve(), data + b"\n", replacing=replacing)


def _remove_left_by_killed(path: Path) -> None:
    """Delete what a killed process wrote and did not put into place: a key destroyed later would live on in it.

    No other process writes in the meantime: the process that replaces a keyring holds the lock of the key database.
    """
    for left in path.parent.glob(f".{glob.escape(path.name)}.{'[0-9a-f]' * 16}"):
        left.unlink(missing_ok=True)


def _write_anew(path: Path, data: bytes, *, replacing: bool) -> None:
    if replacing:
        _remove_left_by_killed(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o600)  # whatever the umask
            file.write(data)
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
    sync_folder(path.parent)
