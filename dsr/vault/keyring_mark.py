"""The mark by which the main database knows its keyring; the key database has one of its own."""

import hmac
from typing import Final

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.vault.keyring import Keyring

keyring_mark: Final = sa.Table(
    "keyring_mark",
    metadata.main,
    sa.Column("proof", sa.String(64), primary_key=True, comment="HMAC under the index key, hex; one row"),
)


class KeyringMark:
    """Written when a service is created, or upgraded from a version that had none."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def write(self) -> None:
        """Mark a database that has no mark; another mark stays."""
        with self._database.writing() as connection:
            if connection.execute(sa.select(keyring_mark)).first() is None:
                connection.execute(keyring_mark.insert(), {"proof": self._proofs()[0]})

    def renew(self) -> None:
        """Replace the mark of this keyring after its index key was replaced."""
        with self._database.writing() as connection:
            connection.execute(keyring_mark.update().values(proof=self._proofs()[0]))

    def found(self) -> bool | None:
        """Whether the mark is that of this keyring; None without a mark."""
        with self._database.glancing() as connection:
            row = connection.execute(sa.select(keyring_mark)).first()
        return None if row is None else any(hmac.compare_digest(row.proof, each) for each in self._proofs())

    def _proofs(self) -> tuple[str, ...]:
        keys = self._keyring.index_keys("main database")
        return tuple(hmac.digest(key.material, b"mark", "sha256").hex() for key in keys)
