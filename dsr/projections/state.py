"""Read models of state: their rows depend only on the present state of a case, not on its history.

Only the case itself applies events. A save compares the rows before and after and writes the differences; a rebuild
writes the rows at the end of the history.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, select, update

from dsr.database.statements import Statement
from dsr.domain.request import Request
from dsr.projections.columns import UtcInstant
from dsr.projections.rows import Row
from dsr.projections.writing import delete_rows, insert_rows, update_rows


@dataclass(frozen=True)
class LogPlace:
    """Position in the log of a case's last event."""

    position: int
    recorded_at: datetime
    is_new_instant: bool = False
    """True if nothing was recorded at this instant before."""


class StateReadModel:
    """A read model of the present state of a case."""

    stream: Final = "request_id"

    def __init__(
        self, table: Table, *, version: int, show: Callable[[Request], list[Row]], placed: bool = False
    ) -> None:
        """`show` computes the rows of a case; it reads no clock, key or table.

        Increase `version` when rows change, so that every installation knows that a rebuild is needed. `placed`: each
        row names the last event of its case in `last_position` and `last_event_at`, which `show` leaves out.
        """
        self.name = str(table.name)
        self.table = table
        self.version = version
        self.show = show
        self._placed = placed
        self._columns = tuple(table.columns.keys())
        self._instants = tuple(column.name for column in table.columns if isinstance(column.type, UtcInstant))
        self._keys = tuple(column.name for column in table.primary_key)

    def rows(self, case: Request, place: LogPlace) -> list[Row]:
        """Full rows, as read from the table."""
        return [self.row(row, place) for row in self.show(case)]

    def row(self, shown: Row, place: LogPlace) -> Row:
        """One row that a case shows, as it is read from the table, its columns in the same order."""
        row = shown | self._in_log(place)
        for name in self._instants:
            if (value := row[name]) is not None and value.tzinfo is not UTC:
                row[name] = value.astimezone(UTC)
        return {name: row[name] for name in self._columns}

    def save(self, connection: Connection, before: list[Row], now: list[Row], place: LogPlace) -> None:
        """Write the differences. `before` are the rows when the case was loaded; empty for a new case."""
        if before == now and not self._placed:
            return
        earlier, later, in_log = self._by_key(before), self._by_key(now), self._in_log(place)
        insert_rows(connection, self.table, [row | in_log for key, row in later.items() if key not in earlier])
        delete_rows(connection, self.table, [row for key, row in earlier.items() if key not in later])
        for key, row in later.items():
            if (old := earlier.get(key)) is not None:
                changed = {name: value for name, value in row.items() if value != old[name]} | in_log
                if changed:
                    update_rows(connection, self.table, tuple(changed), [row | in_log])

    def _by_key(self, rows: Iterable[Row]) -> dict[tuple[Any, ...], Row]:
        return {tuple(row[name] for name in self._keys): row for row in rows}

    def _in_log(self, place: LogPlace) -> Row:
        return {"last_event_at": place.recorded_at, "last_position": place.position} if self._placed else {}


class StateHistory:
    """A read model of past states: each row is valid from an instant of the log (`since`) until before the next
    (`until`).

    A new row starts only if another column changes. All changes of one instant form one state.
    """

    stream: Final = "request_id"

    def __init__(self, table: Table, *, version: int, show: Callable[[Request], Row]) -> None:
        """`show` computes the state of the case, without the two instants."""
        self.name = str(table.name)
        self.table = table
        self.version = version
        self._show = show

    def show(self, case: Request) -> list[Row]:
        """The present state of the case."""
        return [self._show(case)]

    def go_on(self, rows: list[Row], case: Request, instant: datetime) -> None:
        """Add the state at the end of this instant to the rows of earlier ones."""
        row = self._show(case)
        if rows:
            last = rows[-1]
            if last == row | {"since": last["since"], "until": None}:
                return
            last["until"] = instant
        rows.append(row | {"since": instant, "until": None})

    def save(self, connection: Connection, before: list[Row], now: list[Row], place: LogPlace) -> None:
        """End the present row and start another, if a column differs."""
        (row,), instant = now, place.recorded_at
        if before == now:
            return
        if before and not place.is_new_instant:
            earlier = self._before(connection, row, instant)
            if earlier is not None and all(earlier[name] == value for name, value in row.items()):
                update_rows(connection, self.table, ("until",), [earlier | {"until": None}])
                return
        if before:
            _end_of(self.table).send(connection, {"of": row[self.stream], "end": instant})
        insert_rows(connection, self.table, [row | {"since": instant, "until": None}])

    def _before(self, connection: Connection, row: Row, instant: datetime) -> Row | None:
        """The state before this instant, after removing a row that an earlier save started in the same instant."""
        names = self.table.columns.keys()
        found = _last_of(self.table).fetch(connection, {"of": row[self.stream]})
        states = [dict(zip(names, each, strict=True)) for each in found]
        delete_rows(connection, self.table, [each for each in states if each["since"] == instant])
        return next((each for each in states if each["since"] < instant), None)


@lru_cache(maxsize=4)
def _end_of(table: Table) -> Statement:
    c, end = table.c, bindparam("end", type_=table.c.until.type)
    return Statement(update(table).where(c.request_id == bindparam("of"), c.until.is_(None)).values(until=end))


@lru_cache(maxsize=4)
def _last_of(table: Table) -> Statement:
    query = select(table).where(table.c.request_id == bindparam("of"))
    return Statement(query.order_by(table.c.since.desc()).limit(2))
