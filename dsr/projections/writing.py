"""Statements that write rows of a read model; built once, since building takes longer than running."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, delete, update

from dsr.database.statements import InsertRows, Statement
from dsr.projections.bulk import insert_many

Row = dict[str, Any]
"""One row by column name. Values are replaced, never changed in place, so that changes are detected."""

_MANY: Final = 50
"""Threshold above the number of rows that a command adds."""


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add full rows."""
    if len(rows) > _MANY:
        insert_many(connection, table, rows)
    elif rows:
        _insert_into(table).send(connection, rows)


def update_rows(connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    """Set these columns in the rows with these keys."""
    keys = [key.name for key in table.primary_key]
    _update_of(table, columns).send_many(
        connection,
        [{f"key_{key}": row[key] for key in keys} | {f"new_{name}": row[name] for name in columns} for row in rows],
    )


def delete_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Delete the rows with these keys."""
    if rows:
        keys = [key.name for key in table.primary_key]
        _delete_from(table).send_many(connection, [{f"key_{key}": row[key] for key in keys} for row in rows])


@lru_cache(maxsize=64)
def _insert_into(table: Table) -> InsertRows:
    return InsertRows(table)


@lru_cache(maxsize=512)
def _update_of(table: Table, columns: tuple[str, ...]) -> Statement:
    # Only changed columns are set, since SQLite rewrites the entry of every index on a named column.
    return Statement(
        update(table)
        .where(*(key == bindparam(f"key_{key.name}") for key in table.primary_key))
        .values({name: bindparam(f"new_{name}") for name in columns})
    )


@lru_cache(maxsize=64)
def _delete_from(table: Table) -> Statement:
    return Statement(delete(table).where(*(key == bindparam(f"key_{key.name}") for key in table.primary_key)))
