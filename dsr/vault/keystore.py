"""The key store: data keys, each wrapped by a key-encryption key of the keyring, in a database of their own.

Three rules make erasure reliable. A destroyed key leaves a tombstone without material, which distinguishes "never
created here" from "erased". An opened key is never cached, so a key destroyed by one process can't be used by another.
The key-encryption key is replaced every 30 days (`rotation.py`), so a wrapped key left in a backup, a write-ahead log
or a dead row is useless some days after that.

A row has one of two formats. A key created for a stream and a purpose is bound to both. A reserve key is created in
advance and bound only to its id: the event that introduces it names its purpose, and it opens only if the event's
commitment matches it.
"""

import hmac
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID, uuid4

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dsr.database import Database, metadata
from dsr.database.statements import Statement
from dsr.domain.sealed import DataKey, KeyDestroyed, KeyIntroduction, KeyPurpose, KeyUnknown, MadeKey, SealBroken
from dsr.vault.associated_data import associated_data
from dsr.vault.keyring import KeyEncryptionKey, Keyring, KeyringWrong
from dsr.vault.log_mark import LogMark
from dsr.vault.reserve import LIFETIME, Reserve, ReserveKey

data_keys: Final = sa.Table(
    "data_keys",
    metadata.keys,
    sa.Column("key_id", sa.Uuid, primary_key=True),
    sa.Column("stream_id", sa.Uuid, comment="the case; null for a key of a reserve"),
    sa.Column("purpose", sa.String(32), comment="null for a key of a reserve"),
    sa.Column("kek_id", sa.Uuid, index=True, comment="the key-encryption key that wraps it; null once destroyed"),
    sa.Column("wrapped", sa.LargeBinary, comment="nonce and AES-256-GCM ciphertext; null once destroyed"),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("destroyed_at", sa.DateTime(timezone=True)),
    sa.Column("expires_at", sa.DateTime(timezone=True), comment="until when a key of a reserve may be taken from it"),
    sa.Column("set_aside_at", sa.DateTime(timezone=True), comment="since when nothing names it; null: something does"),
    sa.CheckConstraint(
        "(stream_id IS NULL) = (expires_at IS NOT NULL) AND (purpose IS NULL) = (expires_at IS NOT NULL)",
        name="bound_or_of_a_reserve",
    ),
    sa.CheckConstraint(
        "(destroyed_at IS NULL) = (wrapped IS NOT NULL) AND (destroyed_at IS NULL) = (kek_id IS NOT NULL)",
        name="material_until_destroyed",
    ),
)

keyring_check: Final = sa.Table(
    "keyring_check",
    metadata.keys,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kek_id", sa.Uuid, nullable=False, comment="the key-encryption key that wraps new data keys"),
    sa.Column("proof", sa.LargeBinary, nullable=False, comment="opens only with the keyring of this database"),
    sa.CheckConstraint("id = 1", name="one_row"),
)

_NONCE_BYTES: Final = 12
_BATCH: Final = 500


@dataclass(frozen=True)
class _NewKey:
    """A key to store: for a stream and a purpose, or for a reserve until its expiry."""

    key_id: UUID
    material: bytes = field(repr=False)
    stream_id: UUID | None = None
    purpose: KeyPurpose | None = None
    expires_at: datetime | None = None


class SqlKeyStore:
    """The port `KeyStore` on SQL, for any number of processes with a shared key database and keyring file."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        *,
        introduction: Callable[[UUID], KeyIntroduction] | None = None,
        mark: LogMark | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`database` holds the tables of the metadata `keys`; call `bind` once, and `verify` before serving.

        `introduction` finds the introduction of a key in its first event, or raises KeyUnknown. Without it, reserve
        keys can't be opened. `mark` is moved with each reserve of keys.
        """
        self._database = database
        self._keyring = keyring
        self._introduction = introduction or _never_introduced
        self._mark = mark
        self._now = now
        self._reserve = Reserve(self._make_reserve, now)

    def bind(self) -> None:
        """Bind a new key database to this keyring; verify one that is bound already. Raises KeyringWrong."""
        with self._database.writing() as conn:
            if conn.execute(_MARK).first() is None:
                if conn.execute(sa.select(data_keys.c.key_id).limit(1)).first() is not None:
                    raise KeyringWrong("The key database lost the mark of its keyring. Restore it from its backup.")
                current = self._keyring.current
                conn.execute(
                    sa.insert(keyring_check).values(id=1, kek_id=current.kek_id, proof=self._proof_under(current))
                )
        self.verify()

    def verify(self) -> None:
        """Raise KeyringWrong unless the key database is bound to this keyring."""
        with self._database.reading() as conn:
            self._verify(_mark(conn, _MARK))

    def create(self, stream_id: UUID, *purposes: KeyPurpose) -> tuple[DataKey, ...]:
        """Create one random key per purpose for the stream, in one transaction; durable on return.

        Raises KeyringWrong if the keyring file lacks the key-encryption key that the key database names.
        """
        made = tuple(DataKey(uuid4(), purpose, secrets.token_bytes(32)) for purpose in purposes)
        if made:
            self._add([_NewKey(key.key_id, key.material, stream_id, key.purpose) for key in made])
        return made

    def take(self, *purposes: KeyPurpose) -> tuple[DataKey, ...]:
        """Take one key per purpose from this process's reserve, for an event that introduces it; already durable.

        The event must be stored within a day, since keys without introduction are swept. Raises KeyringWrong,
        LogOlderThanKeys, LogDiffers.
        """
        taken = self._reserve.take(len(purposes))
        return tuple(DataKey(key.key_id, purpose, key.material) for key, purpose in zip(taken, purposes, strict=True))

    def _make_reserve(self, number: int) -> list[ReserveKey]:
        if self._mark is not None:
            self._mark.note()
        expires_at = self._now() + LIFETIME
        made = [ReserveKey(uuid4(), expires_at, secrets.token_bytes(32)) for _ in range(number)]
        self._add([_NewKey(key.key_id, key.material, expires_at=expires_at) for key in made])
        return made

    def _add(self, keys: Iterable["_NewKey"]) -> None:
        """Store all in one transaction."""
        now = self._now()
        with self._database.writing() as conn:
            # The shared lock on the mark holds back a rotation until these keys are committed, so it can't miss them.
            kek = self._keyring_key(_mark(conn, _HELD_MARK).kek_id)
            rows = [
                {
                    "key_id": key.key_id,
                    "stream_id": key.stream_id,
                    "purpose": None if key.purpose is None else key.purpose.value,
                    "kek_id": kek.kek_id,
                    "wrapped": _seal(kek, key.material, _place(key.key_id, key.stream_id, key.purpose, kek.kek_id)),
                    "created_at": now,
                    "expires_at": key.expires_at,
                }
                for key in keys
            ]
            conn.execute(_ADD, rows)

    def open(self, key_id: UUID) -> DataKey:
        """Return the key.

        Raises KeyUnknown (never created here, or a reserve key without introduction), KeyDestroyed, SealBroken (the row
        was altered, or the key does not match the event's commitment), KeyringWrong.
        """
        row = self._row(key_id)
        if self._keyring.find(row.kek_id) is None:
            # Another process rotated: the keyring in memory is outdated, or the row was rewrapped after it was read.
            self._keyring.reload()
            row = self._row(key_id)
        material = self._unwrap(row)
        try:
            introduction = self._introduction(key_id)
        except KeyUnknown:
            if row.expires_at is not None:
                raise
            # Made for its stream and purpose, and not introduced yet: the wrapping binds it to both.
            return DataKey(key_id, KeyPurpose(row.purpose), material)
        key = DataKey(key_id, introduction.purpose, material)
        is_of_purpose = row.purpose is None or row.purpose == introduction.purpose
        if not is_of_purpose or not hmac.compare_digest(key.introduction().commitment, introduction.commitment):
            raise SealBroken("This is not the key to which its event commits.", key_id=key_id)
        return key

    def destroy(self, key_ids: Iterable[UUID]) -> None:
        """Destroy the keys for good, all or none; idempotent. Raises KeyUnknown."""
        wanted = sorted(set(key_ids))  # a fixed order, so that two calls can't deadlock
        with self._database.writing() as conn:
            conn.execute(_HELD_MARK)  # a rotation comes before or after, never between
            for key_id in wanted:
                known = conn.execute(
                    sa.update(data_keys)
                    .where(data_keys.c.key_id == key_id)
                    .values(
                        wrapped=None,
                        kek_id=None,
                        destroyed_at=sa.func.coalesce(data_keys.c.destroyed_at, self._now()),
                        set_aside_at=None,
                    )
                )
                if known.rowcount == 0:
                    raise KeyUnknown(key_id=key_id)

    def opening(self, key_ids: Iterable[UUID]) -> set[UUID]:
        """Those of these keys that are there and not destroyed."""
        wanted, found = sorted(set(key_ids)), set[UUID]()
        for first in range(0, len(wanted), _BATCH):
            these = data_keys.c.key_id.in_(wanted[first : first + _BATCH])
            query = sa.select(data_keys.c.key_id).where(these, data_keys.c.destroyed_at.is_(None))
            with self._database.glancing() as conn:
                found.update(conn.scalars(query))
        return found

    def set_aside(self, key_ids: Iterable[UUID]) -> None:
        """Note since when nothing names these keys; they still open. Idempotent: the first moment holds."""
        self._note_aside(key_ids, sa.func.coalesce(data_keys.c.set_aside_at, self._now()))

    def take_back(self, key_ids: Iterable[UUID]) -> None:
        """Take back that note. Idempotent."""
        self._note_aside(key_ids, sa.null())

    def _note_aside(self, key_ids: Iterable[UUID], moment: sa.ColumnElement[Any]) -> None:
        wanted = sorted(set(key_ids))
        for first in range(0, len(wanted), _BATCH):
            these = data_keys.c.key_id.in_(wanted[first : first + _BATCH])
            change = sa.update(data_keys).where(these, data_keys.c.destroyed_at.is_(None))
            with self._database.writing() as conn:
                conn.execute(_HELD_MARK)
                conn.execute(change.values(set_aside_at=moment))

    def made_before(self, moment: datetime) -> Iterator[MadeKey]:
        """Yield every key created before that moment, destroyed ones too; in short transactions.

        An existing reserve key counts from the end of its hour, until which its process may still take it.
        """
        c = data_keys.c
        since = sa.func.coalesce(sa.case((c.destroyed_at.is_(None), c.expires_at)), c.created_at)
        query = sa.select(c.key_id, c.destroyed_at, c.expires_at, c.set_aside_at).where(since < moment)
        query, last = query.order_by(c.key_id).limit(_BATCH), UUID(int=0)
        while True:
            with self._database.glancing() as conn:
                rows = conn.execute(query.where(c.key_id > last)).all()
            for row in rows:
                yield MadeKey(
                    row.key_id,
                    opens=row.destroyed_at is None,
                    of_reserve=row.expires_at is not None,
                    aside_since=_in_utc(row.set_aside_at),
                )
            if len(rows) < _BATCH:
                return
            last = rows[-1].key_id

    def rotate(self, *, keeps_old: bool = False) -> int:
        """Replace the key-encryption key and rewrap all data keys; return the number of rewrapped keys.

        The old one is destroyed, or with `keeps_old` by `retire`, so that backups of the last days still open. Other
        processes continue meanwhile. No event is changed. The next call completes an interrupted rotation instead of
        starting another. Raises KeyringCopyUnavailable, KeyringCopyWrong if a copy of the keyring is set and does not
        have the new key.
        """
        with self._database.writing() as conn:
            mark = _mark(conn, _MARK.with_for_update())
            self._verify(mark)
            self._keyring.reload()
            if mark.kek_id == self._keyring.current.kek_id and not _wrapped_by(conn, self._keyring.key_ids[:-1]):
                self._keyring.add_key(self._now())
            else:
                self._keyring.update_copy()
            current = self._keyring.current
            conn.execute(sa.update(keyring_check).values(kek_id=current.kek_id, proof=self._proof_under(current)))
        rewrapped = 0
        while batch := self._rewrap_some():
            rewrapped += batch
        if not keeps_old:
            self.retire()
        return rewrapped

    @property
    def is_rotating(self) -> bool:
        """Whether a rotation is under way, or was interrupted: not everything is wrapped by the newest key."""
        with self._database.glancing() as conn:
            mark = _mark(conn, _MARK)
            self._keyring.reload()
            is_current = mark.kek_id == self._keyring.current.kek_id
            return not is_current or _wrapped_by(conn, self._keyring.key_ids[:-1])

    def copy_keyring(self, *, anew: bool = False) -> None:
        """Bring the copy of the keyring up to date, if one is set; `anew` makes one where there is none.

        Raises KeyringCopyUnavailable, KeyringCopyWrong; KeyringCopyUnset for a new one.
        """
        with self._database.writing() as conn:
            _mark(conn, _MARK.with_for_update())  # a rotation comes before or after, never between
            self._keyring.reload()
            if anew:
                self._keyring.make_copy()
            else:
                self._keyring.update_copy()

    def replace_index_key(self) -> None:
        """Make a new index key, unless a former one is still there; rows are then made anew.

        Raises KeyringCopyUnavailable, KeyringCopyWrong; KeyringWrong.
        """
        with self._database.writing() as conn:
            mark = _mark(conn, _MARK.with_for_update())
            self._verify(mark)
            self._keyring.reload()
            if not self._keyring.is_changing_index:
                self._keyring.replace_index_key(self._now())
            proof = self._proof_under(self._keyring_key(mark.kek_id))
            conn.execute(sa.update(keyring_check).values(proof=proof))

    def forget_former_index_key(self, *, keeping: Iterable[str]) -> None:
        """Destroy the former index key, but for the keys of these uses. Raises as `retire`."""
        with self._database.writing() as conn:
            _mark(conn, _MARK.with_for_update())
            self._keyring.reload()
            self._keyring.forget_former_index_key(keeping=keeping)

    def retire(self) -> None:
        """Destroy the older key-encryption keys, which wrap no data key any more; earlier backups then open nothing.

        Raises KeyringCopyUnavailable, KeyringCopyWrong: the copy of the keyring still has them.
        """
        with self._database.writing() as conn:
            current_id = _mark(conn, _MARK.with_for_update()).kek_id
            self._keyring.reload()
            if not _wrapped_by(conn, self._keyring.key_ids[: self._keyring.key_ids.index(current_id)]):
                self._keyring.retire_older_than(current_id)

    def _rewrap_some(self) -> int:
        """Rewrap up to one batch of data keys."""
        with self._database.writing() as conn:
            current_id = _mark(conn, _MARK.with_for_update()).kek_id
            self._keyring.reload()
            current = self._keyring_key(current_id)
            older = self._keyring.key_ids[: self._keyring.key_ids.index(current_id)]
            rows = conn.execute(sa.select(data_keys).where(data_keys.c.kek_id.in_(older)).limit(_BATCH)).all()
            changes = [
                {
                    "this": row.key_id,
                    "kek_id": current_id,
                    "wrapped": _seal(
                        current, self._unwrap(row), _place(row.key_id, row.stream_id, row.purpose, current_id)
                    ),
                }
                for row in rows
            ]
            if changes:
                conn.execute(sa.update(data_keys).where(data_keys.c.key_id == sa.bindparam("this")), changes)
        return len(changes)

    def _row(self, key_id: UUID) -> SimpleNamespace:
        with self._database.glancing() as conn:
            rows = _BY_ID.rows(conn, {"key_id": key_id})
        if not rows:
            raise KeyUnknown(key_id=key_id)
        row = SimpleNamespace(**rows[0])
        if row.destroyed_at is not None:
            raise KeyDestroyed(key_id=key_id)
        return row

    def _unwrap(self, row: sa.Row[Any] | SimpleNamespace) -> bytes:
        kek = self._keyring_key(row.kek_id)
        try:
            return _open(kek, row.wrapped, _place(row.key_id, row.stream_id, row.purpose, row.kek_id))
        except InvalidTag:
            raise SealBroken("A wrapped key can't be opened: its row was altered.", key_id=row.key_id) from None

    def _verify(self, mark: sa.Row[Any]) -> None:
        kek = self._keyring_key(mark.kek_id)
        try:
            proof = _open(kek, mark.proof, _proof_place(kek.kek_id))
        except InvalidTag:
            raise KeyringWrong(kek_id=kek.kek_id) from None
        if not any(secrets.compare_digest(proof, key.material) for key in self._keyring.index_keys("check")):
            raise KeyringWrong(kek_id=kek.kek_id)

    def _keyring_key(self, kek_id: UUID) -> KeyEncryptionKey:
        kek = self._keyring.find(kek_id)
        if kek is None:
            self._keyring.reload()
            kek = self._keyring.find(kek_id)
        if kek is None:
            raise KeyringWrong(kek_id=kek_id)
        return kek

    def _proof_under(self, kek: KeyEncryptionKey) -> bytes:
        return _seal(kek, self._keyring.index_key("check"), _proof_place(kek.kek_id))


_MARK: Final = sa.select(keyring_check)
_HELD_MARK: Final = _MARK.with_for_update(read=True)
_ADD: Final = sa.insert(data_keys)
_BY_ID: Final = Statement(sa.select(data_keys).where(data_keys.c.key_id == sa.bindparam("key_id")))


def _mark(conn: sa.Connection, query: sa.Select[Any]) -> sa.Row[Any]:
    """The row that binds the key database to its keyring."""
    row = conn.execute(query).first()
    if row is None:
        raise KeyringWrong("The key database was never tied to a keyring. Run `dsr init` first.")
    return row


def _wrapped_by(conn: sa.Connection, kek_ids: Sequence[UUID]) -> bool:
    """Whether one of these key-encryption keys still wraps a data key."""
    query = sa.select(sa.literal(1)).where(data_keys.c.kek_id.in_(kek_ids)).limit(1)
    return conn.execute(query).first() is not None


def _place(key_id: UUID, stream_id: UUID | None, purpose: str | None, kek_id: UUID) -> bytes:
    """The associated data of a wrapped key; a reserve key has neither stream nor purpose."""
    if stream_id is None or purpose is None:
        return associated_data(b"dsr reserve key 1", key_id.bytes, kek_id.bytes)
    return associated_data(b"dsr data key 1", key_id.bytes, stream_id.bytes, purpose.encode(), kek_id.bytes)


def _in_utc(moment: datetime | None) -> datetime | None:
    """SQLite returns a moment without its zone."""
    return moment if moment is None or moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _never_introduced(key_id: UUID) -> KeyIntroduction:
    raise KeyUnknown(key_id=key_id)


def _proof_place(kek_id: UUID) -> bytes:
    return associated_data(b"dsr keyring check 1", kek_id.bytes)


def _seal(kek: KeyEncryptionKey, material: bytes, place: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(kek.material).encrypt(nonce, material, place)


def _open(kek: KeyEncryptionKey, sealed: bytes, place: bytes) -> bytes:
    if len(sealed) < _NONCE_BYTES + 16:
        raise InvalidTag
    return AESGCM(kek.material).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
