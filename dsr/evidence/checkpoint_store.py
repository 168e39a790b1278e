"""Checkpoints of the log, as they were signed and cosigned."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.inserting import insert_into
from dsr.eventstore.header import format_instant, parse_instant
from dsr.evidence.checkpoint import Checkpoint
from dsr.evidence.signed_note import NoteSignature, SignedNote, VerifierKey

checkpoints: Final = sa.Table(
    "checkpoints",
    metadata.main,
    sa.Column("log", sa.String(64), primary_key=True),
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False, comment="position of the last event"),
    sa.Column("note", sa.Text, nullable=False, comment="signed note, with the cosignatures so far"),
    sa.Column("signed_at", sa.String(27), nullable=False, comment="ISO 8601, UTC, microseconds"),
    sa.Column("time_stamp", sa.LargeBinary, comment="RFC 3161 token over the text of the note"),
)

_RECENT: Final = 20


@dataclass(frozen=True)
class StoredCheckpoint:
    """A checkpoint, and the note that was signed."""

    checkpoint: Checkpoint
    note: SignedNote
    signed_at: datetime
    time_stamp: bytes | None = None
    """RFC 3161 token over the text of the note (DER); None if no authority was asked, or none answered."""


class CheckpointStore:
    """The checkpoints of one log."""

    def __init__(self, database: Database, *, log: str = "main") -> None:
        self._database = database
        self._log = log

    def latest(self) -> StoredCheckpoint | None:
        """The checkpoint of the longest log; None before the first."""
        query = sa.select(checkpoints).where(checkpoints.c.log == self._log).order_by(checkpoints.c.size.desc())
        with self._database.reading() as connection:
            row = connection.execute(query.limit(1)).first()
        return None if row is None else _read(row)

    def at(self, size: int) -> StoredCheckpoint | None:
        """The checkpoint of a log of this size, with the cosignatures so far."""
        query = sa.select(checkpoints).where(checkpoints.c.log == self._log, checkpoints.c.size == size)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else _read(row)

    def all(self) -> list[StoredCheckpoint]:
        """All of them, the earliest first."""
        query = sa.select(checkpoints).where(checkpoints.c.log == self._log).order_by(checkpoints.c.size)
        with self._database.reading() as connection:
            return [_read(row) for row in connection.execute(query)]

    def cosigned_until(self, key: VerifierKey) -> int:
        """Size of the longest log that this witness cosigned, 0 before the first.

        Looks at the last ones only: a witness that was away for longer states what it saw.
        """
        recent = sa.select(checkpoints).where(checkpoints.c.log == self._log).order_by(checkpoints.c.size.desc())
        with self._database.reading() as connection:
            found = [_read(row) for row in connection.execute(recent.limit(_RECENT))]
        return next((each.checkpoint.size for each in found if each.note.verified_by(key)), 0)

    def keep(self, note: SignedNote, signed_at: datetime) -> StoredCheckpoint:
        """Keep a signed checkpoint; one of the same size stays, since the same log was signed."""
        checkpoint = Checkpoint.parse(note.text)
        values = {
            "log": self._log,
            "size": checkpoint.size,
            "note": str(note),
            "signed_at": format_instant(signed_at),
        }
        with self._database.writing() as connection:
            connection.execute(
                insert_into(checkpoints, self._database.engine.dialect.name).values(values).on_conflict_do_nothing()
            )
        return StoredCheckpoint(checkpoint, note, signed_at)

    def add(self, size: int, signature: NoteSignature) -> None:
        """Add a cosignature to the checkpoint of this size."""
        of = sa.and_(checkpoints.c.log == self._log, checkpoints.c.size == size)
        with self._database.writing() as connection:
            note = SignedNote.parse(connection.execute(sa.select(checkpoints.c.note).where(of)).scalar_one())
            connection.execute(checkpoints.update().where(of).values(note=str(note.with_signatures([signature]))))

    def stamp(self, size: int, token: bytes) -> None:
        """Keep the time stamp of the checkpoint of this size; the first one stays."""
        of = sa.and_(checkpoints.c.log == self._log, checkpoints.c.size == size, checkpoints.c.time_stamp.is_(None))
        with self._database.writing() as connection:
            connection.execute(checkpoints.update().where(of).values(time_stamp=token))

    def last_stamped(self) -> StoredCheckpoint | None:
        """The last checkpoint with a time stamp; None before the first."""
        query = sa.select(checkpoints).where(checkpoints.c.log == self._log, checkpoints.c.time_stamp.is_not(None))
        with self._database.reading() as connection:
            row = connection.execute(query.order_by(checkpoints.c.size.desc()).limit(1)).first()
        return None if row is None else _read(row)


def _read(row: sa.Row[str, int, str, str, bytes | None]) -> StoredCheckpoint:
    note = SignedNote.parse(row.note)
    return StoredCheckpoint(Checkpoint.parse(note.text), note, parse_instant(row.signed_at), row.time_stamp)
