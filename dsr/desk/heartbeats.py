"""Signs of life of the work in the background, in the main database: every web process can tell which part is silent.

A part that hangs can't say so. So each sign says by when the next one must come.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.inserting import insert_into
from dsr.projections.columns import UtcInstant


class Part(StrEnum):
    """What runs in the background."""

    INBOX = "inbox"
    POLICIES = "policies"
    READING = "reading"
    """Having messages read, so that the rights they exercise are suggested."""
    LETTERS = "letters"
    CODES = "codes"
    DUE_DATES = "due-dates"
    LOG_MARK = "log-mark"
    """Noting in the key database how far the log is."""
    CHECKPOINTS = "checkpoints"
    """Signing the log, and having witnesses cosign it."""
    PURGING = "purging"
    TIDYING = "tidying"
    ROTATING_KEYS = "rotating-keys"
    """Replacing the key-encryption key, and keeping the copy of the keyring."""
    DISCARDING_MAIL = "discarding-mail"
    """Deleting plain copies of mail that is on record."""
    RETENTION = "retention"
    """Drawing up what may be forgotten, since its period has ended."""


SILENT: Final = "silent"
"""The state of a part that gave no sign in time, or never gave one."""

heartbeats: Final = sa.Table(
    "heartbeats",
    metadata.main,
    sa.Column("part", sa.String(32), primary_key=True),
    sa.Column("beat_at", UtcInstant, nullable=False, comment="when it last began or ended a turn"),
    sa.Column("silent_after", UtcInstant, nullable=False, comment="when the next sign must have come"),
    sa.Column("succeeded_at", UtcInstant, comment="when a turn last went well"),
    sa.Column("failure", sa.String(64), comment="code of what the last turn failed by; never its words"),
    sa.Column("waiting_since", UtcInstant, comment="arrival of the oldest message that it left waiting"),
)


@dataclass(frozen=True)
class Heartbeat:
    """One sign of life."""

    part: Part
    beat_at: datetime
    silent_after: datetime
    succeeded_at: datetime | None = None
    failure: str | None = None
    """Code of what the last turn failed by."""
    waiting_since: datetime | None = None
    """Arrival of the oldest message that it left waiting."""

    def state(self, now: datetime) -> str:
        """`ok`, `silent`, or the code of the present failure."""
        return SILENT if now > self.silent_after else self.failure or "ok"


class Heartbeats:
    """The table of signs; the latest of each part."""

    def __init__(self, database: Database) -> None:
        self._database = database
        insert = insert_into(heartbeats, database.engine.dialect.name)
        known, given = heartbeats.c, insert.excluded
        kept: dict[str, sa.ColumnElement[object]] = {
            each.name: given[each.name] for each in known if not each.primary_key
        }
        kept["succeeded_at"] = sa.func.coalesce(given.succeeded_at, known.succeeded_at)
        self._upsert = insert.on_conflict_do_update(index_elements=[known.part], set_=kept)
        self._unless_known = insert.on_conflict_do_nothing()

    def give(self, signs: Iterable[Heartbeat]) -> None:
        """Write signs. Raises DatabaseUnavailable, DatabaseBusy."""
        self._write(self._upsert, signs)

    def expect(self, signs: Iterable[Heartbeat]) -> None:
        """Write the first signs, of parts that gave none before. Raises as `give`."""
        self._write(self._unless_known, signs)

    def _write(self, insert: sa.Executable, signs: Iterable[Heartbeat]) -> None:
        rows = [asdict(each) | {"part": each.part.value} for each in signs]
        if rows:
            with self._database.writing() as connection:
                connection.execute(insert, rows)

    def last(self, connection: sa.Connection) -> dict[Part, Heartbeat]:
        """The latest sign of each part that ever gave one."""
        rows = connection.execute(sa.select(heartbeats)).mappings()
        return {Part(row["part"]): Heartbeat(**{**row, "part": Part(row["part"])}) for row in rows}

    def states(self, connection: sa.Connection, now: datetime) -> dict[Part, str]:
        """The state of every part."""
        last = self.last(connection)
        return {part: last[part].state(now) if part in last else SILENT for part in Part}
