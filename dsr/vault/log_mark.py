"""The mark of the log in the key database: how far the log had come when keys were last made.

Keys and files are durable before the event that names them. Beside an older log, such as one from a backup, those of
the newer events look as if nothing named them, and the sweep would destroy what only they can open. So the key database
notes the end of the log with each reserve of keys and every minute; a log that lacks that event is not the one that
these keys belong to.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.inserting import insert_into
from dsr.domain.errors import ServiceWide
from dsr.domain.recorded import LogPosition

log_mark: Final = sa.Table(
    "log_mark",
    metadata.keys,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", sa.BigInteger, nullable=False, comment="of an event that was committed"),
    sa.Column("header_sha256", sa.String(64), nullable=False, comment="hex digest of its header"),
    sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("id = 1", name="one_row"),
)


class LogOlderThanKeys(ServiceWide):
    """The log in DSR_DATABASE_URL ends before an event that the key database knows: it is an older copy. Restore the
    newer log. If it is lost for good, `dsr keys accept-older-log` says what that costs, and lets the service go on.
    """

    code = "log-older-than-keys"


class LogDiffers(ServiceWide):
    """The log in DSR_DATABASE_URL holds another event where the key database noted one: the two do not belong together.
    Name the right log, or the key database that belongs to this one. If the events are lost for good,
    `dsr keys accept-older-log` says what that costs, and lets the service go on.
    """

    code = "log-differs"


class ReadsLog(Protocol):
    """What the mark asks the log."""

    def end(self) -> LogPosition | None:
        """The last committed event; None if there is none."""

    def at(self, position: int) -> LogPosition | None:
        """The event at this position; None if the log is shorter."""


class LogMark:
    """The mark of the log in the key database."""

    def __init__(self, keys: Database, main: Database, log: ReadsLog, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._main = main
        self._log = log
        self._now = now

    @property
    def marked(self) -> LogPosition | None:
        """The event up to which the log is known; None before the first mark."""
        with self._keys.glancing() as connection:
            row = connection.execute(_MARK).first()
        return None if row is None else LogPosition(row.position, row.header_sha256)

    def require_reached(self) -> None:
        """Raise LogOlderThanKeys or LogDiffers unless the log holds the marked event."""
        marked = self.marked
        if marked is None:
            return
        found = self._log.at(marked.position)
        if found is None:
            end = self._log.end()
            raise LogOlderThanKeys(marked=marked.position, log_ends_at=0 if end is None else end.position)
        if found != marked:
            raise LogDiffers(position=marked.position)

    def note(self) -> None:
        """Note the end of the log.

        Inside a transaction that changes the log this does nothing, since what it reads may still be rolled back: the
        mark is never ahead of a committed event. Raises LogOlderThanKeys, LogDiffers.
        """
        if self._main.is_changing:
            return
        self.require_reached()
        end = self._log.end()
        if end is not None:
            self._write(end, only_forward=True)

    def accept(self) -> None:
        """Note the end of this log, although it lacks the marked event: from here on that event is lost."""
        end = self._log.end()
        if end is not None:
            self._write(end, only_forward=False)
            return
        with self._keys.writing() as connection:
            connection.execute(sa.delete(log_mark))

    def _write(self, end: LogPosition, *, only_forward: bool) -> None:
        values = {"position": end.position, "header_sha256": end.header_sha256, "marked_at": self._now()}
        insert = insert_into(log_mark, self._keys.engine.dialect.name).values({"id": 1} | values)
        further = log_mark.c.position < end.position if only_forward else None
        with self._keys.writing() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=values, where=further))


_MARK: Final = sa.select(log_mark.c.position, log_mark.c.header_sha256)
