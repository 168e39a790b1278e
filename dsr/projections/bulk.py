"""Bulk inserts, at the speed of the driver."""

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Boolean, Connection, Date, Dialect, Table, Uuid
from sqlalchemy.types import TypeEngine

from dsr.database.statements import send_waiting
from dsr.projections.columns import Json, UtcInstant, instants_as_texts, jsons_as_texts, texts_of

_PART: Final = 500
"""Rows converted at once, few enough for the processor's cache."""


def insert_many(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert full rows: by COPY on PostgreSQL, by one prepared statement on SQLite.

    Values are written as text column by column, without the library's work per row: a rebuild writes millions.
    """
    names = [column.name for column in table.columns]
    quoted = ", ".join(f'"{name}"' for name in names)
    dialect = connection.dialect
    lines = _lines(table, rows, dialect)
    if dialect.name == "postgresql":
        send_waiting(connection)
        cursor: Any = connection.connection.cursor()
        with cursor.copy(f'COPY "{table.name}" ({quoted}) FROM STDIN') as copy:
            for line in lines:
                copy.write_row(line)
        cursor.close()
    else:
        marks = ", ".join("?" * len(names))
        connection.exec_driver_sql(
            f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})',  # noqa: S608 - our own names
            list(lines),
        )


def _lines(table: Table, rows: Sequence[dict[str, Any]], dialect: Dialect) -> Iterator[tuple[Any, ...]]:
    kinds = [column.type for column in table.columns]
    values_of = itemgetter(*table.columns.keys())
    for start in range(0, len(rows), _PART):
        columns = zip(*map(values_of, rows[start : start + _PART]), strict=True)
        yield from zip(
            *(_written(values, kind, dialect) for values, kind in zip(columns, kinds, strict=True)), strict=True
        )


def _written(values: Sequence[Any], kind: TypeEngine[Any], dialect: Dialect) -> Sequence[Any]:
    """The values of one column in the driver's format."""
    match kind:
        case UtcInstant():
            return instants_as_texts(values)
        case Uuid() | Date():
            return texts_of(values)
        case Json():
            return jsons_as_texts(values)
        case Boolean() if dialect.name == "sqlite":
            return [None if value is None else int(value) for value in values]
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    return values if process is None else [process(value) for value in values]
