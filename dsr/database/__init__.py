"""The database layer: engine, transactions, metadata, migrations. It defines no tables."""

from dsr.database.engine import Database
from dsr.database.errors import (
    AffectedSqlite,
    DatabaseBusy,
    DatabaseError,
    DatabaseMoved,
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
    "DatabaseMoved",
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
