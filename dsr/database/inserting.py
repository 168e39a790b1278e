"""INSERT … ON CONFLICT, for each kind of database."""

from typing import cast

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite


def insert_into(table: Table, dialect: str) -> sqlite.Insert:
    """An INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`, for `sqlite` or `postgresql`.

    Both kinds have the same methods. PostgreSQL's is imported where it is used: with its driver it takes a tenth of the
    time in which a process starts.
    """
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - see above

    return cast("sqlite.Insert", postgresql.insert(table))
