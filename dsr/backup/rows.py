"""PlainRows of a table as compressed lines of JSON, the same for SQLite and PostgreSQL."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa

_AT_ONCE: Final = 2_000
_encode: Final = msgspec.json.Encoder().encode

_PYTHON: Final[tuple[tuple[type[Any], type[Any]], ...]] = (
    (sa.Uuid, UUID),
    (sa.LargeBinary, bytes),
    (sa.DateTime, datetime),
    (sa.Date, date),
    (sa.Boolean, bool),
    (sa.Integer, int),
    (sa.String, str),
)
"""How each type of column is written; a subclass stands before its base."""


class PlainRows:
    """The rows of one table, in the order of its primary key. What a column's own type makes of a value is left out:
    its text is stored as it stands.
    """

    def __init__(self, table: sa.Table) -> None:
        self._plain = sa.table(table.name, *(sa.column(each.name, _plain(each.type)) for each in table.c))
        self._order = [self._plain.c[each.name] for each in table.primary_key.columns]
        kinds = tuple(_python(_plain(each.type)) | None for each in table.c)
        self._decode = msgspec.json.Decoder(tuple.__class_getitem__(kinds)).decode
        self.columns: Final = tuple(each.name for each in table.c)
        self.count = 0
        """How many rows were read or written."""

    def read(self, connection: sa.Connection) -> Iterator[bytes]:
        """Yield all rows, compressed. A sequence of chunks for one file."""
        packed = zlib.compressobj(level=1)
        streamed = connection.execution_options(yield_per=_AT_ONCE)
        for rows in streamed.execute(sa.select(self._plain).order_by(*self._order)).partitions():
            self.count += len(rows)
            yield packed.compress(b"".join(_encode(tuple(row)) + b"\n" for row in rows))
        yield packed.flush()

    def write(self, connection: sa.Connection, chunks: Iterable[bytes]) -> None:
        """Insert all rows. Raises what the database raises."""
        insert = sa.insert(self._plain)
        for rows in _batches(self.decoded(chunks)):
            self.count += len(rows)
            connection.execute(insert, rows)

    def decoded(self, chunks: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """Yield the rows that `read` wrote."""
        unpacked, rest = zlib.decompressobj(), b""
        for chunk in chunks:
            *lines, rest = (rest + unpacked.decompress(chunk)).split(b"\n")
            for line in lines:
                yield dict(zip(self.columns, map(_in_utc, self._decode(line)), strict=True))


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _plain(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    return kind.impl_instance if isinstance(kind, sa.TypeDecorator) else kind


def _python(kind: sa.types.TypeEngine[Any]) -> Any:
    return next(python for column, python in _PYTHON if isinstance(kind, column))


def _in_utc(value: object) -> object:
    """SQLite gives an instant without its zone."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
