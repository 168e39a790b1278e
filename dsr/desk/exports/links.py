"""Links to packages: token, password and session, none of which is stored."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.domain.export import ExportNotOffered, ExportSessionEnded
from dsr.domain.request.reference import ALPHABET

export_links: Final = sa.Table(
    "export_links",
    metadata.main,
    sa.Column("sha256", sa.String(64), primary_key=True, comment="of the token, hex"),
    sa.Column("session_sha256", sa.String(64), nullable=False, unique=True, comment="of the session's secret, hex"),
    sa.Column("token_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("export_id", sa.Uuid, nullable=False, index=True),
)


@dataclass(frozen=True)
class Link:
    """The data subject's credentials, sent on two channels: the token in the link, and the password."""

    token: str
    password: str


class ExportLinks:
    """Table of links. Token, password and session are computed from the id under a key of the keyring; only hashes
    are stored.
    """

    def __init__(self, database: Database, key: bytes) -> None:
        """`key`: 32 bytes of the keyring, for this use only."""
        self._database = database
        self._key = key

    def link(self, token_id: UUID) -> Link:
        """Token (256 bits) and password (8 characters, easy to read out, 39 bits, five tries)."""
        number = int.from_bytes(hmac.digest(self._key, b"secret" + token_id.bytes, "sha256"))
        signs = ""
        for _ in range(8):
            number, place = divmod(number, len(ALPHABET))
            signs += ALPHABET[place]
        return Link("dsrx_" + self._secret(b"token", token_id), f"{signs[:4]}-{signs[4:]}")

    def session(self, token_id: UUID, renewals: int) -> str:
        """The secret of the session that redeeming starts (256 bits); shown only to the person who redeems the link.

        Each renewal of the link has another one.
        """
        return "dsrs_" + self._secret(b"session" + (str(renewals).encode() if renewals else b""), token_id)

    def add(self, token_id: UUID, export_id: UUID) -> None:
        """Store the hashes, in the transaction of the event."""
        hashes = {"sha256": _sha256(self.link(token_id).token), "session_sha256": _sha256(self.session(token_id, 0))}
        with self._database.writing() as connection:
            connection.execute(export_links.insert(), hashes | {"token_id": token_id, "export_id": export_id})

    def renew(self, token_id: UUID, renewals: int) -> None:
        """Replace the hash of the session, in the transaction of the event."""
        with self._database.writing() as connection:
            connection.execute(
                export_links.update().where(export_links.c.token_id == token_id),
                {"session_sha256": _sha256(self.session(token_id, renewals))},
            )

    def find(self, token: str) -> tuple[UUID, UUID]:
        """Export and token id. Raises ExportNotOffered."""
        found = self._row(export_links.c.sha256, token)
        if found is None:
            raise ExportNotOffered()
        return found

    def of_session(self, session: str) -> tuple[UUID, UUID]:
        """Export and token id. Raises ExportSessionEnded, also if there never was such a session."""
        found = self._row(export_links.c.session_sha256, session)
        if found is None:
            raise ExportSessionEnded()
        return found

    def is_right(self, token_id: UUID, password: str) -> bool:
        """Whether the password is right; compares in constant time; case, spaces and dashes do not matter."""
        given = "".join(sign for sign in password.upper() if sign.isalnum())
        wanted = self.link(token_id).password.replace("-", "")
        return hmac.compare_digest(given.encode(), wanted.encode())

    def _secret(self, what: bytes, token_id: UUID) -> str:
        bits = hmac.digest(self._key, what + token_id.bytes, "sha256")
        return base64.urlsafe_b64encode(bits).decode().rstrip("=")

    def _row(self, column: sa.Column[str], secret: str) -> tuple[UUID, UUID] | None:
        query = sa.select(export_links.c.export_id, export_links.c.token_id).where(column == _sha256(secret))
        with self._database.glancing() as connection:
            row = connection.execute(query).first()
        return None if row is None else (row.export_id, row.token_id)


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
