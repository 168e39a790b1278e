"""Which mail messages are known, without their Message-IDs: those are personal data, they often hold an address.

The Message-ID is the idempotency key of mail. It comes from the sender, so it is believed only together with the
content: the same id with the same content is a second delivery, the same id with other content is looked at by a
person. It also finds the case that a reply belongs to.
"""

import hmac
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from dsr.database import Database, metadata
from dsr.database.statements import Statement
from dsr.domain.errors import Refused
from dsr.vault.keyring import Keyring

known_messages: Final = sa.Table(
    "known_messages",
    metadata.main,
    sa.Column("token", sa.String(64), primary_key=True, comment="HMAC-SHA256 of the Message-ID, hex"),
    sa.Column("content_fingerprint", sa.String(64), nullable=False, comment="HMAC-SHA256 of the whole message, hex"),
    sa.Column("stream_id", sa.Uuid, nullable=False, index=True, comment="the case"),
)

_BY_TOKENS: Final = sa.select(
    known_messages.c.token, known_messages.c.stream_id, known_messages.c.content_fingerprint
).where(known_messages.c.token.in_(sa.bindparam("tokens", expanding=True)))

# Not an IntegrityError: that would abort PostgreSQL's transaction before the caller can look.
_ADD_SQLITE: Final = Statement(sqlite.insert(known_messages).on_conflict_do_nothing().returning(known_messages.c.token))
_ADD_POSTGRESQL: Final = Statement(
    postgresql.insert(known_messages).on_conflict_do_nothing().returning(known_messages.c.token)
)


class MessageKnown(Refused):
    """A message with this Message-ID was taken in already and has a case. Look for that case instead of making
    another.
    """

    code = "message-known"


@dataclass(frozen=True)
class KnownMessage:
    """The case that a message belongs to, and what it contained."""

    stream_id: UUID
    content_fingerprint: str
    """HMAC-SHA256, hex; compare with `KnownMessages.content_fingerprint`."""


class KnownMessages:
    """Written by the desk inside the command's transaction, which it joins."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """`database` holds the tables of the metadata `main`."""
        self._database = database
        self._id_key = keyring.index_key("message-id")
        self._content_key = keyring.index_key("message-content")

    def content_fingerprint(self, content: bytes) -> str:
        """Tells whether two messages are the same, without keeping either."""
        return hmac.new(self._content_key, content, "sha256").hexdigest()

    def remember(self, message_id: str, content: bytes, stream_id: UUID) -> None:
        """Note that this message belongs to the case.

        Raises MessageKnown when another delivery of that Message-ID was first, even at the same moment: the transaction
        must then roll back.
        """
        new = {
            "token": self._token(message_id),
            "content_fingerprint": self.content_fingerprint(content),
            "stream_id": stream_id,
        }
        with self._database.writing() as conn:
            if not (_ADD_SQLITE if self._database.is_sqlite else _ADD_POSTGRESQL).fetch(conn, new):
                raise MessageKnown

    def find(self, *message_ids: str) -> KnownMessage | None:
        """What is known of the first of these ids that is known at all; for a reply, ask with those that it names."""
        tokens = [self._token(message_id) for message_id in message_ids]
        with self._database.glancing() as conn:
            found = {row.token: row for row in conn.execute(_BY_TOKENS, {"tokens": tokens})}
        row = next((found[token] for token in tokens if token in found), None)
        return None if row is None else KnownMessage(row.stream_id, row.content_fingerprint)

    def delete(self, stream_id: UUID) -> None:
        """Forget every message of the case; doing so again is no error."""
        with self._database.writing() as conn:
            conn.execute(sa.delete(known_messages).where(known_messages.c.stream_id == stream_id))

    def _token(self, message_id: str) -> str:
        """Angle brackets and white space around an id are no part of it; its case is."""
        return hmac.new(self._id_key, message_id.strip().strip("<>").strip().encode(), "sha256").hexdigest()
