"""What an upgrade took away: columns that the program asks for, and rows that were stored and are there no more."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.projections import PROJECTIONS
from dsr.settings import Settings
from tests.installations.stored import stored_rows, urls

RENAMED: Final = {"put_aside": "failed_due"}
"""Tables of earlier versions that have another name now."""

MADE_ANEW: Final = {each.name for each in PROJECTIONS} | {"projections"}
"""Read models, which `verify` compares with the log, and how far they are."""


def lost(version: str, settings: Settings) -> list[str]:
    """What is missing in an installation of this version that was upgraded, by name; empty where all is well."""
    found: list[str] = []
    for kind, url in urls(settings).items():
        database = Database(url)
        with database.reading() as connection:
            found += _columns(connection, metadata.main if kind == "main" else metadata.keys)
            found += _rows(connection, Counter(name for name, _ in stored_rows(version, kind)))
        database.close()
    return found


def _columns(connection: sa.Connection, target: sa.MetaData) -> Iterator[str]:
    inspector = sa.inspect(connection)
    for table in target.tables.values():
        present = (
            {each["name"] for each in inspector.get_columns(table.name)} if inspector.has_table(table.name) else ()
        )
        yield from (f"{table.name}.{column.name} is missing" for column in table.c if column.name not in present)


def _rows(connection: sa.Connection, before: Counter[str]) -> Iterator[str]:
    for name, count in before.items():
        if name not in MADE_ANEW:
            table = sa.table(RENAMED.get(name, name))
            now = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            if now < count:
                yield f"{name}: {count - now} of {count} rows are lost"
