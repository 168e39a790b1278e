"""Writing many rows at once, as fast as the driver can."""

from collections.abc import Callable, Sequence
from typing import Any

from psycopg import sql
from sqlalchemy import Connection, Dialect, Table


def insert_many(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert full rows: by COPY on PostgreSQL, by one prepared statement on SQLite.

    Values go through the column types once per column, without the library's work per row: a rebuild writes millions.
    """
    names = [column.name for column in table.columns]
    columns = []
    for name, process in zip(names, _processors(table, connection.dialect), strict=True):
        values = [row[name] for row in rows]
        columns.append(values if process is None else [process(value) for value in values])
    lines = list(zip(*columns, strict=True))
    if connection.dialect.name == "postgresql":
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names))
        )
        cursor = connection.connection.cursor()
        with cursor.copy(statement) as copy:
            for line in lines:
                copy.write_row(line)
        cursor.close()
    else:
        quoted = ", ".join(f'"{name}"' for name in names)
        marks = ", ".join("?" * len(names))
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})', lines)  # noqa: S608 - our own names


def _processors(table: Table, dialect: Dialect) -> list[Callable[[Any], Any] | None]:
    return [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns]
