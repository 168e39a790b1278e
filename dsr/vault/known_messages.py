"""Known mail messages, without their Message-IDs, which are personal data since they often contain an address.

The Message-ID is the idempotency key of mail. It comes from the sender, so it only counts together with the content:
the same id with the same content is a repeated delivery; with other content, a person has to look at it. It also finds
the case that a reply belongs to.
"""

import hmac
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.inserting import insert_into
from dsr.database.statements import Statement
from dsr.domain.errors import Refused
from dsr.vault.keyring import Keyring

MESSAGE_ID: Final = "message-id"
CONTENT: Final = "message-content"
"""Uses of the index key."""

known_messages: Final = sa.Table(
    "known_messages",
    metadata.main,
    sa.Column("token", sa.String(64), primary_key=True, comment="HMAC-SHA256 of the Message-ID, hex"),
    sa.Column("content_fingerprint", sa.String(64), nullable=False, comment="HMAC-SHA256 of the whole message, hex"),
    sa.Column("stream_id", sa.Uuid, nullable=False, index=True, comment="the case"),
    sa.Column("generation", sa.Integer, nullable=False, index=True, comment="of the index key that made it"),
)

_BY_TOKENS: Final = sa.select(
    known_messages.c.token, known_messages.c.stream_id, known_messages.c.content_fingerprint
).where(known_messages.c.token.in_(sa.bindparam("tokens", expanding=True)))

# Not an IntegrityError: that would abort PostgreSQL's transaction before the caller can look.
_ADD: Final = Statement(
    lambda dialect: insert_into(known_messages, dialect).on_conflict_do_nothing().returning(known_messages.c.token)
)


class MessageKnown(Refused):
    """A message with this Message-ID was taken in already and has a case. Look for that case instead of making
    another.
    """

    code = "message-known"


@dataclass(frozen=True)
class KnownMessage:
    """The case of a message, and the fingerprint of its content."""

    stream_id: UUID
    content_fingerprint: str
    """HMAC-SHA256, hex; `KnownMessages.is_of` compares it."""


class KnownMessages:
    """Table of known messages, written by the desk in the command's transaction."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """`database` holds the tables of the metadata `main`."""
        self._database = database
        self._keyring = keyring

    def content_ids(self, content: bytes) -> tuple[str, ...]:
        """Substitutes for a missing or untrustworthy Message-ID; the first for a new row, all of them to find one."""
        return tuple(f"content:{fingerprint}" for fingerprint in self._fingerprints(content))

    def is_of(self, known: KnownMessage, content: bytes) -> bool:
        """Whether this is the content of that message."""
        return known.content_fingerprint in self._fingerprints(content)

    def _fingerprints(self, content: bytes) -> tuple[str, ...]:
        keys = self._keyring.index_keys(CONTENT)
        return tuple(hmac.new(key.material, content, "sha256").hexdigest() for key in keys)

    def remember(self, message_id: str, content: bytes, stream_id: UUID) -> None:
        """Note that this message belongs to the case.

        Raises MessageKnown if another delivery of that Message-ID was first, even concurrently; the transaction must
        then roll back.
        """
        keys, tokens = self._keyring.index_keys(MESSAGE_ID), self._tokens(message_id)
        new = {
            "token": tokens[0],
            "content_fingerprint": self._fingerprints(content)[0],
            "stream_id": stream_id,
            "generation": keys[0].generation,  # looked at first: a row that is half of the next one is made anew
        }
        with self._database.writing() as conn:
            before = conn.execute(_BY_TOKENS, {"tokens": tokens[1:]}).first() if tokens[1:] else None
            if before is not None or not _ADD.fetch(conn, new):
                raise MessageKnown

    def find(self, *message_ids: str) -> KnownMessage | None:
        """The entry of the first known id among these; for a reply, pass the ids it refers to."""
        tokens = [token for message_id in message_ids for token in self._tokens(message_id)]
        with self._database.glancing() as conn:
            found = {row.token: row for row in conn.execute(_BY_TOKENS, {"tokens": tokens})}
        row = next((found[token] for token in tokens if token in found), None)
        return None if row is None else KnownMessage(row.stream_id, row.content_fingerprint)

    def delete(self, stream_id: UUID) -> None:
        """Delete all messages of the case; idempotent."""
        with self._database.writing() as conn:
            conn.execute(sa.delete(known_messages).where(known_messages.c.stream_id == stream_id))

    def _tokens(self, message_id: str) -> list[str]:
        """Tokens of a Message-ID under every key that its row may stand under, that for a new row first."""
        return [message_token(key.material, message_id) for key in self._keyring.index_keys(MESSAGE_ID)]


def message_token(key: bytes, message_id: str) -> str:
    """Token of a Message-ID, without angle brackets and surrounding white space; case matters."""
    return hmac.new(key, message_id.strip().strip("<>").strip().encode(), "sha256").hexdigest()
