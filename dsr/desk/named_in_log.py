"""An index of the keys and blobs that the log names, so that a sweep reads only the events that came since the last.

An event names each of them for good, so an entry never changes. The first sweep of an installation reads the whole log.
"""

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.inserting import insert_into
from dsr.eventstore.tables import events

named_in_log: Final = sa.Table(
    "named_in_log",
    metadata.main,
    sa.Column("id", sa.Uuid, primary_key=True, comment="of a key or a blob"),
    sa.Column("sealed_by", sa.Uuid, comment="the key of a blob; null for a key"),
    sa.Column("position", sa.BigInteger, nullable=False, comment="of an event that names it"),
)

indexed_logs: Final = sa.Table(
    "indexed_logs",
    metadata.main,
    sa.Column("log", sa.String(64), primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False, comment="the last event whose keys and blobs are indexed"),
)

_CHUNK: Final = 2_000
_AT_ONCE: Final = 500
_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY: Final = re.compile(rf'"key_id":"({_UUID})"')
_BLOB: Final = re.compile(rf'"blob_id":"({_UUID})","key_id":"({_UUID})"')


class NamedInLog:
    """The index, which its reader brings up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database
        dialect = database.engine.dialect.name
        self._add = insert_into(named_in_log, dialect).on_conflict_do_nothing()
        begin = insert_into(indexed_logs, dialect)
        c, given = indexed_logs.c, begin.excluded
        self._advance = begin.on_conflict_do_update(
            index_elements=[c.log],
            set_={"position": sa.case((given.position > c.position, given.position), else_=c.position)},
        )

    def catch_up(self, goes_on: Callable[[], bool] = lambda: True) -> int:
        """Index the events that came since, in short transactions; return how many those were.

        `goes_on` is called before each step; what is left is indexed next time.
        """
        with self._database.reading() as connection:
            logs = connection.execute(sa.select(events.c.log).distinct()).scalars().all()
        return sum(self._read_on(log, goes_on) for log in logs)

    def _read_on(self, log: str, goes_on: Callable[[], bool]) -> int:
        query = sa.select(events.c.position, events.c.payload).where(events.c.log == log)
        query = query.order_by(events.c.position).limit(_CHUNK)
        done, last = 0, self._position(log)
        while goes_on():
            with self._database.reading() as connection:
                rows = connection.execute(query.where(events.c.position > last)).all()
            if not rows:
                break
            last = rows[-1].position
            names = list(_names(rows))
            with self._database.writing() as connection:
                if names:
                    connection.execute(self._add, names)
                connection.execute(self._advance, {"log": log, "position": last})
            done += len(rows)
        return done

    def _position(self, log: str) -> int:
        query = sa.select(indexed_logs.c.position).where(indexed_logs.c.log == log)
        with self._database.reading() as connection:
            return connection.scalar(query) or 0

    def among(self, ids: Collection[UUID]) -> dict[UUID, UUID | None]:
        """Those of these keys and blobs that the indexed events name, each blob with its key."""
        wanted, found = list(ids), dict[UUID, UUID | None]()
        query = sa.select(named_in_log.c.id, named_in_log.c.sealed_by)
        for start in range(0, len(wanted), _AT_ONCE):
            with self._database.reading() as connection:
                rows = connection.execute(query.where(named_in_log.c.id.in_(wanted[start : start + _AT_ONCE])))
                found.update((row.id, row.sealed_by) for row in rows)
        return found


def _names(rows: Collection[Any]) -> Iterator[dict[str, object]]:
    """A row of the index for each key and blob, once for all these events."""
    seen: set[str] = set()
    for position, payload in rows:
        for blob, key in _BLOB.findall(payload):
            if blob not in seen:
                seen.add(blob)
                yield {"id": UUID(blob), "sealed_by": UUID(key), "position": position}
        for key in _KEY.findall(payload):
            if key not in seen:
                seen.add(key)
                yield {"id": UUID(key), "sealed_by": None, "position": position}
