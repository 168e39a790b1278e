"""Rows written in bulk are those that the library would have written one by one."""

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from dsr.database import Database
from dsr.projections.bulk import insert_many
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.rows import Row

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


def table(name: str) -> sa.Table:
    columns = [
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("other", sa.Uuid),
        sa.Column("at", UtcInstant),
        sa.Column("on", sa.Date),
        sa.Column("flag", sa.Boolean),
        sa.Column("number", sa.BigInteger),
        sa.Column("text", sa.String),
        sa.Column("json", Json),
        sa.Column("bytes", sa.LargeBinary),
    ]
    return sa.Table(name, sa.MetaData(), *columns)


def row(number: int, /, **values: object) -> Row:
    return dict.fromkeys(("other", "at", "on", "flag", "number", "text", "json", "bytes")) | {
        "id": UUID(int=number),
        **values,
    }


ROWS = [
    row(1),
    row(2, other=UUID(int=2**128 - 1), at=NOON, on=date(2026, 2, 28), flag=True, number=0, text="", json=[], bytes=b""),
    row(3, at=NOON + timedelta(microseconds=1), flag=False, number=-(2**62), text="a\tb\\n\n'ä", json={"ü": [None]}),
    row(4, at=datetime(2026, 3, 5, 14, 30, 1, 200, tzinfo=timezone(timedelta(hours=2))), bytes=b"\x00\xff\\"),
    row(5, at=datetime(2026, 3, 5, 14, tzinfo=timezone(timedelta(hours=-2))), json=msgspec.Raw(b'{"a":1}')),
    *(row(number, number=number, at=NOON + timedelta(seconds=number / 4)) for number in range(6, 1100)),
]


def test_bulk_and_library_store_the_same(database: Database) -> None:
    # given
    bulk, plain = table("bulk"), table("plain")
    with database.writing() as connection:
        bulk.create(connection)
        plain.create(connection)
        # when
        insert_many(connection, bulk, ROWS)
        connection.execute(sa.insert(plain), ROWS)
    # then: also as the driver sees it, without the types of the columns
    with database.reading() as connection:
        for columns in ("*", 'CAST(at AS text), CAST(id AS text), CAST("on" AS text)'):
            one, other = (
                connection.exec_driver_sql(f"SELECT {columns} FROM {name} ORDER BY id").all()
                for name in ("bulk", "plain")
            )
            assert one == other
        assert len(one) == len(ROWS)


def test_a_naive_instant_is_refused(database: Database) -> None:
    with database.writing() as connection:
        table("bulk").create(connection)
    with pytest.raises(ValueError, match="zone"), database.writing() as connection:
        insert_many(connection, table("bulk"), [row(1, at=datetime(2026, 3, 5))])  # noqa: DTZ001 - on purpose
