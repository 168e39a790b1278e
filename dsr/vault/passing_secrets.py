"""Secrets that have to be repeated for some minutes: sealed, and deleted once that time is over.

A token or a code is random, and only its hash is kept. Its first answer may be lost on the way, and a mail may have to
be tried again, so the secret itself stays for as long as that takes. So does an address that a mail still has to reach.
"""

import secrets
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dsr.database import Database, metadata
from dsr.domain.sealed import SealBroken
from dsr.vault.associated_data import associated_data
from dsr.vault.keyring import Keyring

passing_secrets: Final = sa.Table(
    "passing_secrets",
    metadata.main,
    sa.Column("secret_id", sa.Uuid, primary_key=True, comment="of the token, code or mail"),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="nonce and AES-256-GCM ciphertext"),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
)

_NONCE_BYTES: Final = 12
_USE: Final = "passing-secret"


class PassingSecrets:
    """The table, written in the transaction of the event that the secret belongs to."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def keep(self, secret_id: UUID, secret: str, *, at: datetime, until: datetime) -> None:
        """Keep a secret until then; delete those whose time is over."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + AESGCM(self._keyring.index_key(_USE)).encrypt(nonce, secret.encode(), _place(secret_id))
        self.drop_expired(at)
        with self._database.writing() as connection:
            connection.execute(
                passing_secrets.insert(), {"secret_id": secret_id, "sealed": sealed, "expires_at": until}
            )

    def find(self, secret_id: UUID, *, at: datetime) -> str | None:
        """The secret; None once its time is over or it was forgotten. Raises SealBroken."""
        query = sa.select(passing_secrets).where(passing_secrets.c.secret_id == secret_id)
        with self._database.glancing() as connection:
            row = connection.execute(query).first()
        if row is None or _aware(row.expires_at) <= at:
            return None
        return self.opened(secret_id, row.sealed)

    def opened(self, secret_id: UUID, sealed: bytes) -> str:
        """The secret in a row, for a query that reads the row beside others. Raises SealBroken."""
        nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        for key in self._keyring.index_keys(_USE):
            with suppress(InvalidTag, ValueError):  # ValueError: no nonce of ours has that length
                return AESGCM(key.material).decrypt(nonce, ciphertext, _place(secret_id)).decode()
        raise SealBroken("A kept secret can't be opened: its row was altered.")

    def forget(self, *secret_ids: UUID) -> None:
        """Delete these before their time: they were revoked or used."""
        with self._database.writing() as connection:
            connection.execute(passing_secrets.delete().where(passing_secrets.c.secret_id.in_(secret_ids)))

    def drop_expired(self, at: datetime) -> int:
        """Delete secrets whose time is over; return their number."""
        with self._database.writing() as connection:
            return connection.execute(passing_secrets.delete().where(passing_secrets.c.expires_at <= at)).rowcount


def _place(secret_id: UUID) -> bytes:
    return associated_data(b"dsr passing secret 1", secret_id.bytes)


def _aware(moment: datetime) -> datetime:
    """SQLite returns times without their zone; they were written in UTC."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
