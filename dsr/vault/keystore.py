"""The key store: data keys, each wrapped by a key-encryption key of the keyring, in a database of their own.

Three rules keep forgetting honest. A destroyed key leaves a tombstone without material, so "never made here" and
"forgotten" differ. An opened key is never cached, so what one process destroys no other opens. And the key-encryption
key is replaced every 30 days, so a wrapped key that survives in a backup, a write-ahead log or a dead row opens for no
longer.

A row has one of two formats. A key that was made for a stream and a purpose is bound to both. A key of a reserve was
made ahead of need and is bound to its id alone: what it is for stands in the event that introduces it, and it opens
only if it is the key to which that event commits.
"""

import hmac
import secrets
from collections.abc import Callable, Iterable, Iterator
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
from dsr.domain.sealed import DataKey, KeyDestroyed, KeyIntroduction, KeyPurpose, KeyUnknown, SealBroken
from dsr.vault.associated_data import associated_data
from dsr.vault.keyring import KeyEncryptionKey, Keyring, KeyringWrong
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
    """A key before it is stored: for a stream and a purpose, or for a reserve until a moment."""

    key_id: UUID
    material: bytes = field(repr=False)
    stream_id: UUID | None = None
    purpose: KeyPurpose | None = None
    expires_at: datetime | None = None


class SqlKeyStore:
    """The port `KeyStore` on SQL, for any number of processes that share key database and keyring file."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        *,
        introduction: Callable[[UUID], KeyIntroduction] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`database` holds the tables of the metadata `keys`; call `bind` once, and `verify` before serving.

        `introduction` finds what the event that first used a key says of it, and raises KeyUnknown where none did.
        Without it, keys of a reserve do not open.
        """
        self._database = database
        self._keyring = keyring
        self._introduction = introduction or _never_introduced
        self._now = now
        self._reserve = Reserve(self._make_reserve, now)

    def bind(self) -> None:
        """Tie a new key database to this keyring; on one that is tied, verify. Raises KeyringWrong."""
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
        """Raise KeyringWrong unless this keyring is the one that the key database was made with."""
        with self._database.reading() as conn:
            self._verify(_mark(conn, _MARK))

    def create(self, stream_id: UUID, *purposes: KeyPurpose) -> tuple[DataKey, ...]:
        """Make one random key per purpose for the stream, in one commit; durable when this returns.

        Raises KeyringWrong when the keyring file lacks the key-encryption key that the key database names.
        """
        made = tuple(DataKey(uuid4(), purpose, secrets.token_bytes(32)) for purpose in purposes)
        if made:
            self._add([_NewKey(key.key_id, key.material, stream_id, key.purpose) for key in made])
        return made

    def take(self, *purposes: KeyPurpose) -> tuple[DataKey, ...]:
        """One key per purpose from the reserve of this process, for an event that introduces it; durable already.

        The event must be stored within a day: a key that none introduced is swept. Raises KeyringWrong.
        """
        taken = self._reserve.take(len(purposes))
        return tuple(DataKey(key.key_id, purpose, key.material) for key, purpose in zip(taken, purposes, strict=True))

    def _make_reserve(self, number: int) -> list[ReserveKey]:
        expires_at = self._now() + LIFETIME
        made = [ReserveKey(uuid4(), expires_at, secrets.token_bytes(32)) for _ in range(number)]
        self._add([_NewKey(key.key_id, key.material, expires_at=expires_at) for key in made])
        return made

    def _add(self, keys: Iterable["_NewKey"]) -> None:
        """Store them, all in one commit."""
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

        Raises KeyUnknown (never made here, or of a reserve and introduced by no event), KeyDestroyed (forgotten),
        SealBroken (the row was altered, or this is not the key to which the event commits), KeyringWrong.
        """
        row = self._row(key_id)
        if self._keyring.find(row.kek_id) is None:
            # Rotated by another process: the keyring in memory is old, or the row has been rewrapped since it was read.
            self._keyring.reload()
            row = self._row(key_id)
        material = self._unwrap(row)
        if row.expires_at is None:
            return DataKey(key_id, KeyPurpose(row.purpose), material)
        introduction = self._introduction(key_id)
        key = DataKey(key_id, introduction.purpose, material)
        if not hmac.compare_digest(key.introduction().commitment, introduction.commitment):
            raise SealBroken("This is not the key to which its event commits.", key_id=key_id)
        return key

    def destroy(self, key_ids: Iterable[UUID]) -> None:
        """Destroy the keys for good, all or none; doing so again is no error. Raises KeyUnknown."""
        wanted = sorted(set(key_ids))  # one order for all, so that two of these can't wait for each other
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
                    )
                )
                if known.rowcount == 0:
                    raise KeyUnknown(key_id=key_id)

    def made_before(self, moment: datetime) -> Iterator[tuple[UUID, bool]]:
        """Yield every key that was made before that moment, and whether it still opens; in short readings.

        A key of a reserve that opens counts from the end of its hour: until then its process may still take it.
        """
        still_opens = data_keys.c.destroyed_at.is_(None)
        since = sa.func.coalesce(sa.case((still_opens, data_keys.c.expires_at)), data_keys.c.created_at)
        query = sa.select(data_keys.c.key_id, data_keys.c.destroyed_at).where(since < moment)
        query, last = query.order_by(data_keys.c.key_id).limit(_BATCH), UUID(int=0)
        while True:
            with self._database.glancing() as conn:
                rows = conn.execute(query.where(data_keys.c.key_id > last)).all()
            for row in rows:
                yield row.key_id, row.destroyed_at is None
            if len(rows) < _BATCH:
                return
            last = rows[-1].key_id

    def rotate(self) -> int:
        """Replace the key-encryption key, rewrap every data key, destroy the old one; returns how many were rewrapped.

        Other processes go on working meanwhile. Touches no event. A rotation that was cut short is finished by the next
        call, instead of starting another.
        """
        with self._database.writing() as conn:
            self._verify(_mark(conn, _MARK.with_for_update()))
            self._keyring.reload()
            if len(self._keyring.key_ids) == 1:
                self._keyring.add_key()
            current = self._keyring.current
            conn.execute(sa.update(keyring_check).values(kek_id=current.kek_id, proof=self._proof_under(current)))
        rewrapped = 0
        while batch := self._rewrap_some():
            rewrapped += batch
        return rewrapped

    def _rewrap_some(self) -> int:
        """Rewrap up to one batch; when there is nothing left to rewrap, destroy the older key-encryption keys."""
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
            else:
                self._keyring.retire_older_than(current_id)
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
            raise SealBroken("A wrapped key does not open: its row was altered.", key_id=row.key_id) from None

    def _verify(self, mark: sa.Row[Any]) -> None:
        kek = self._keyring_key(mark.kek_id)
        try:
            proof = _open(kek, mark.proof, _proof_place(kek.kek_id))
        except InvalidTag:
            raise KeyringWrong(kek_id=kek.kek_id) from None
        if not secrets.compare_digest(proof, self._keyring.index_key("check")):
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
    """The row that ties the key database to its keyring."""
    row = conn.execute(query).first()
    if row is None:
        raise KeyringWrong("The key database was never tied to a keyring. Run `dsr init` first.")
    return row


def _place(key_id: UUID, stream_id: UUID | None, purpose: str | None, kek_id: UUID) -> bytes:
    """What a wrapped key is bound to; one of a reserve has neither stream nor purpose."""
    if stream_id is None or purpose is None:
        return associated_data(b"dsr reserve key 1", key_id.bytes, kek_id.bytes)
    return associated_data(b"dsr data key 1", key_id.bytes, stream_id.bytes, purpose.encode(), kek_id.bytes)


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
