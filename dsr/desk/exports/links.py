"""Links to packages: token, password and session come from one random root, which dies with its package."""

import base64
import hmac
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.desk.kept_secrets import hash_of
from dsr.domain.export import Export, ExportNotOffered, ExportSessionEnded
from dsr.domain.request.reference import ALPHABET
from dsr.domain.sealed import KeyDestroyed, KeyStore, Sealed
from dsr.vault import Keyring, Sealer

COMPUTED: Final = "export-link"
"""The use of the index key from which links were computed before 0.3.0."""

export_links: Final = sa.Table(
    "export_links",
    metadata.main,
    sa.Column("sha256", sa.String(64), primary_key=True, comment="of the token, hex"),
    sa.Column("session_sha256", sa.String(64), nullable=False, unique=True, comment="of the session's secret, hex"),
    sa.Column("token_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("export_id", sa.Uuid, nullable=False, index=True),
    sa.Column("root", sa.Text, comment="random, sealed under the key of the package, JSON; none of links before 0.3.0"),
)


@dataclass(frozen=True)
class Link:
    """The data subject's credentials, sent on two channels: the token in the link, and the password."""

    token: str
    password: str


class ExportLinks:
    """Table of links. Token, password and session are computed from 256 random bits, the root of the link.

    A letter states the link days after it was offered, and another one the password, so the root is kept: sealed under
    the key of its package, which is destroyed with the package. Token and session are looked up by their hashes.
    """

    def __init__(self, database: Database, keystore: KeyStore, sealer: Sealer, keyring: Keyring) -> None:
        """Links of earlier versions were computed from a key of the keyring."""
        self._database = database
        self._keystore = keystore
        self._sealer = sealer
        self._keyring = keyring

    def link(self, token_id: UUID) -> Link:
        """Token (256 bits) and password (8 characters, easy to read out, 39 bits, five tries). Raises KeyDestroyed."""
        return _link(self._root(token_id), token_id)

    def session(self, token_id: UUID, renewals: int) -> str:
        """The secret of the session that redeeming starts (256 bits); shown only to the person who redeems the link.

        Each renewal of the link has another one. Raises KeyDestroyed.
        """
        return _session(self._root(token_id), token_id, renewals)

    def add(self, token_id: UUID, export: Export) -> None:
        """Make a link to this package and store its hashes, in the transaction of the event."""
        root, key = secrets.token_bytes(32), self._keystore.open(export.package.key_id)
        sealed = self._sealer.seal(root, key=key, stream_id=export.id, field=_field(token_id))
        row = {
            "sha256": hash_of(_link(root, token_id).token),
            "session_sha256": hash_of(_session(root, token_id, 0)),
            "token_id": token_id,
            "export_id": export.id,
            "root": msgspec.json.encode(sealed).decode(),
        }
        with self._database.writing() as connection:
            connection.execute(export_links.insert(), row)

    def renew(self, token_id: UUID, renewals: int) -> None:
        """Replace the hash of the session, in the transaction of the event."""
        with self._database.writing() as connection:
            connection.execute(
                export_links.update().where(export_links.c.token_id == token_id),
                {"session_sha256": hash_of(self.session(token_id, renewals))},
            )

    def computed(self) -> list[tuple[UUID, UUID]]:
        """Package and token id of each link that was computed from the keyring, by a version before 0.3.0."""
        query = sa.select(export_links.c.export_id, export_links.c.token_id).where(export_links.c.root.is_(None))
        with self._database.glancing() as connection:
            return [(row.export_id, row.token_id) for row in connection.execute(query)]

    def keep_root(self, token_id: UUID, export: Export) -> None:
        """Keep beside such a link what it was computed from, sealed as of any other. Raises KeyDestroyed."""
        key, mine = self._keystore.open(export.package.key_id), export_links.c.token_id == token_id
        sealed = self._sealer.seal(self._root(token_id), key=key, stream_id=export.id, field=_field(token_id))
        with self._database.writing() as connection:
            known = export_links.update().where(mine, export_links.c.root.is_(None))
            connection.execute(known.values(root=msgspec.json.encode(sealed).decode()))

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
        """Whether the password is right; compares in constant time; case, spaces and dashes do not matter.

        No password is right for a package that was purged.
        """
        given = "".join(sign for sign in password.upper() if sign.isalnum())
        try:
            wanted = self.link(token_id).password.replace("-", "")
        except KeyDestroyed:
            return False
        return hmac.compare_digest(given.encode(), wanted.encode())

    def _root(self, token_id: UUID) -> bytes:
        query = sa.select(export_links.c.export_id, export_links.c.root).where(export_links.c.token_id == token_id)
        with self._database.glancing() as connection:
            export_id, root = connection.execute(query).one()
        if root is None:
            return self._keyring.index_keys(COMPUTED)[-1].material
        sealed = msgspec.json.decode(root, type=Sealed)
        return self._sealer.open(sealed, stream_id=export_id, field=_field(token_id))

    def _row(self, column: sa.Column[str], secret: str) -> tuple[UUID, UUID] | None:
        query = sa.select(export_links.c.export_id, export_links.c.token_id).where(column == hash_of(secret))
        with self._database.glancing() as connection:
            row = connection.execute(query).first()
        return None if row is None else (row.export_id, row.token_id)


def _link(root: bytes, token_id: UUID) -> Link:
    number = int.from_bytes(hmac.digest(root, b"secret" + token_id.bytes, "sha256"))
    signs = ""
    for _ in range(8):
        number, place = divmod(number, len(ALPHABET))
        signs += ALPHABET[place]
    return Link("dsrx_" + _bits(root, b"token", token_id), f"{signs[:4]}-{signs[4:]}")


def _session(root: bytes, token_id: UUID, renewals: int) -> str:
    return "dsrs_" + _bits(root, b"session" + (str(renewals).encode() if renewals else b""), token_id)


def _bits(root: bytes, what: bytes, token_id: UUID) -> str:
    return base64.urlsafe_b64encode(hmac.digest(root, what + token_id.bytes, "sha256")).decode().rstrip("=")


def _field(token_id: UUID) -> str:
    return f"link {token_id}"
