"""The database below every room: engine, transactions, metadata, migrations. Knows no table of its own."""

from dsr.database.engine import Database
from dsr.database.errors import (
    AffectedSqlite,
    DatabaseBusy,
    DatabaseError,
    DatabaseSwapped,
    DatabaseUnavailable,
    DatabaseUrlInvalid,
    SchemaMissing,
    SchemaOutdated,
    SchemaTooNew,
)
from dsr.database.leadership import Leadership
from dsr.database.metadata import keys, main

__all__ = [
    "AffectedSqlite",
    "Database",
    "DatabaseBusy",
    "DatabaseError",
    "DatabaseSwapped",
    "DatabaseUnavailable",
    "DatabaseUrlInvalid",
    "Leadership",
    "SchemaMissing",
    "SchemaOutdated",
    "SchemaTooNew",
    "keys",
    "main",
]
