"""Recorders of the library that append to the log and read from it, on a shared connection.

Inside `Database.appending` an append joins the command's transaction; otherwise it opens one.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    StoredEvent,
)

from dsr.database import Database
from dsr.database.migrations import REVISION, require_revision
from dsr.database.statements import InsertRows, Query, Statement
from dsr.domain.clock import Clock
from dsr.eventstore.header import build_header, format_instant, parse_instant
from dsr.eventstore.mapper import SealedStoredEvent
from dsr.eventstore.subscription import PollingSubscription
from dsr.eventstore.tables import events

_INSERT: Final = InsertRows(events)
_OF_LOG: Final = events.c.log == sa.bindparam("log")
_STORED: Final = (events.c.stream_id, events.c.stream_version, events.c.name, events.c.payload)
_STREAM: Final = sa.select(*_STORED).where(
    _OF_LOG,
    events.c.stream_id == sa.bindparam("stream_id"),
    events.c.stream_version > sa.bindparam("gt"),
)
_STREAM_AFTER: Final = Statement(_STREAM.order_by(events.c.stream_version))
"""Made once: every command asks whether the record of processing has a new version."""


@dataclass(frozen=True)
class Appended:
    """Positions of appended events."""

    positions: range
    recorded_at: datetime
    """The same for all events of one append."""


class SystemClock:
    """The system clock."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)


class LogRecorder(AggregateRecorder):
    """The library's aggregate recorder: streams of events, without positions."""

    def __init__(
        self,
        database: Database,
        *,
        log: str = "main",
        clock: Clock | None = None,
        also: Sequence[sa.ScalarSelect[Any]] = (),
    ) -> None:
        """`clock` sets `recorded_at`; default is the machine's. `also` is read with the head of each append."""
        self.database = database
        self.log = log
        self._clock = clock or SystemClock()
        self._head = Statement(sa.select(_last(events.c.position), _last(events.c.recorded_at), REVISION, *also))

    @contextmanager
    def appending(self, asking: Sequence[Query] = (), *, shares: bool = False) -> Iterator["Append"]:
        """Take the append lock and read the end of the log; the `asking` queries run in the same round trip.

        One that `shares` may run in the transaction of another command: see `Database.appending`.

        Raises SchemaTooNew or SchemaOutdated if another version of this program upgraded the database, even while this
        one runs, since this one would write rows the other does not expect.
        """
        head, joins = Query(self._head, {"log": self.log}), self.database.is_changing
        with self.database.appending(self.log, asking=[head, *asking], shares=shares) as connection:
            ((position, recorded_at, revision, *also),) = head.rows
            require_revision(revision)
            earliest = recorded_at or ""
            now = format_instant(self._clock.now())
            yield Append(
                self, connection, position or 0, max(now, earliest), tuple(also), is_new_instant=now > earliest
            )
            if joins:  # a conflict is raised here, not at the end of the whole transaction
                self.database.send_waiting()

    def append(self, stored_events: Sequence[StoredEvent]) -> Appended:
        """Add the events after the last one, all or none, under the append lock.

        Positions are dense; `recorded_at` never decreases, even when the clock does. Raises the library's
        IntegrityError if a stream already has one of the versions: another writer was faster, so load and try again.
        """
        with self.appending() as append:
            return append.add(stored_events)

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """The library's name for `append`."""
        if stored_events:
            self.append(stored_events)
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
        recorded_until: datetime | None = None,
    ) -> Sequence[StoredEvent]:
        """The events of a stream in order of version.

        `recorded_until` leaves out later events, which shows a case at that instant.
        """
        version = events.c.stream_version
        values = {"log": self.log, "stream_id": _as_uuid(originator_id), "gt": -1 if gt is None else gt}
        if lte is None and limit is None and recorded_until is None and not desc:
            with self.database.glancing() as connection:
                return _stored(_STREAM_AFTER.fetch(connection, values))
        query = _STREAM.order_by(version.desc() if desc else version)
        if lte is not None:
            query = query.where(version <= lte)
        if recorded_until is not None:
            query = query.where(events.c.recorded_at <= format_instant(recorded_until))
        if limit is not None:
            query = query.limit(limit)
        with self.database.glancing() as connection:
            return _stored(connection.execute(query, values))

    def version_at(self, stream_id: UUID, instant: datetime) -> int | None:
        """The version that the stream had at the instant, None before its first event."""
        query = sa.select(sa.func.max(events.c.stream_version)).where(
            events.c.log == self.log,
            events.c.stream_id == stream_id,
            events.c.recorded_at <= format_instant(instant),
        )
        with self.database.reading() as connection:
            version: int | None = connection.scalar(query)
        return version


class Append:
    """A running append: it holds the lock and knows the end of the log."""

    def __init__(
        self,
        recorder: LogRecorder,
        connection: sa.Connection,
        last: int,
        recorded_at: str,
        also: tuple[Any, ...],
        *,
        is_new_instant: bool,
    ) -> None:
        self.connection = connection
        self.also = also
        """Results of the `also` queries, read with the head."""
        self.is_new_instant = is_new_instant
        """True if nothing was recorded before at the instant of this append."""
        self._log = recorder.log
        self._last = last
        self._recorded_at = recorded_at

    def add(self, stored_events: Sequence[StoredEvent]) -> Appended:
        """Add the events after the last one.

        Raises the library's IntegrityError if a stream already has one of the versions; on PostgreSQL possibly only at
        the end of the transaction.
        """
        first = self._last + 1
        rows = [self._row(stored, position) for position, stored in enumerate(stored_events, first)]
        if rows:
            stream_id = stored_events[0].originator_id
            _INSERT.send(self.connection, rows, on_conflict=lambda: IntegrityError(f"conflict on stream {stream_id}"))
            self._last += len(rows)
        return Appended(range(first, self._last + 1), parse_instant(self._recorded_at))

    def _row(self, stored: StoredEvent, position: int) -> dict[str, object]:
        stream_id = _as_uuid(stored.originator_id)
        return {
            "log": self._log,
            "position": position,
            "stream_id": stream_id,
            "stream_version": stored.originator_version,
            "name": stored.topic,
            "recorded_at": self._recorded_at,
            "header": build_header(
                log=self._log,
                position=position,
                stream_id=stream_id,
                stream_version=stored.originator_version,
                name=stored.topic,
                recorded_at=self._recorded_at,
                key_ids=stored.key_ids if isinstance(stored, SealedStoredEvent) else (),
                payload=stored.state,
            ),
            "payload": stored.state.decode(),
        }


class LogApplicationRecorder(LogRecorder, ApplicationRecorder):
    """The library's application recorder: the same log, with positions as notification ids."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        """Append and return the positions."""
        return list(self.append(stored_events).positions) if stored_events else []

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Up to `limit` events in order of position, from `start` (or after it) to `stop`, with one of the names."""
        position = events.c.position
        query = sa.select(position, *_STORED).where(events.c.log == self.log).order_by(position).limit(limit)
        if start is not None:
            query = query.where(position >= start if inclusive_of_start else position > start)
        if stop is not None:
            query = query.where(position <= stop)
        if topics:
            query = query.where(events.c.name.in_(topics))
        with self.database.reading() as connection:
            return [
                Notification(stream_id, stream_version, name, payload.encode(), id=place)
                for place, stream_id, stream_version, name, payload in connection.execute(query)
            ]

    def max_notification_id(self) -> int | None:
        """The last position, None for an empty log."""
        with self.database.reading() as connection:
            position: int | None = connection.scalar(sa.select(_last(events.c.position)), {"log": self.log})
        return position

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> PollingSubscription:
        """Iterate over events after `gt`, blocking for new ones."""
        return PollingSubscription(self, gt=gt, topics=topics)


def _last(column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
    """This column of the last event; one row, also for an empty log."""
    return sa.select(column).where(_OF_LOG).order_by(events.c.position.desc()).limit(1).scalar_subquery()


def _stored(rows: Iterable[Any]) -> list[StoredEvent]:
    return [
        StoredEvent(stream_id, stream_version, name, payload.encode())
        for stream_id, stream_version, name, payload in rows
    ]


def _as_uuid(originator_id: UUID | str) -> UUID:
    return originator_id if isinstance(originator_id, UUID) else UUID(originator_id)
