"""Column types that read the same on SQLite and PostgreSQL."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import Dialect, String, Text, TypeDecorator

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_encode_texts: Final = msgspec.json.Encoder(uuid_format="hex").encode
_decode_texts: Final = msgspec.json.Decoder(list[str | None]).decode


_INSTANT: Final = 27
"""Length in characters, which no other notation of an instant has."""

_WHOLE_SECOND: Final = 20
"""Characters of an instant in UTC without a fraction."""


class UtcInstant(TypeDecorator[datetime]):
    """An aware UTC instant as ISO 8601 text of 27 characters, so that text order is time order."""

    impl = String(_INSTANT)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the library's signature
        """Write it. Raises ValueError for a naive instant."""
        return _write_instant(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read it."""
        return None if value is None else datetime.fromisoformat(value)


def _write_instant(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is not UTC:
        if value.tzinfo is None:
            raise ValueError("an instant needs a zone")
        value = value.astimezone(UTC)
    return f"{value.isoformat(timespec='microseconds')[:26]}Z"


class Json(TypeDecorator[Any]):
    """Plain JSON as text: lists, objects, strings, numbers."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write it; None is SQL's NULL."""
        return None if value is None else _encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read it."""
        return None if value is None else _decode(value)


def texts_of(values: Sequence[UUID | date | None]) -> list[str | None]:
    """Many ids or dates as they are stored: UUIDs as 32 hex digits, dates in ISO 8601. All at once, for speed."""
    return _decode_texts(_encode_texts(values))


def instants_as_texts(values: Sequence[datetime | None]) -> list[str | None]:
    """Many instants as `UtcInstant` stores them. Raises ValueError for a naive one."""
    texts = texts_of(values)
    for place, text in enumerate(texts):
        if text is not None and len(text) != _INSTANT:
            whole_second = len(text) == _WHOLE_SECOND
            texts[place] = f"{text[:-1]}.000000Z" if whole_second else _write_instant(values[place])
    return texts


def jsons_as_texts(values: Sequence[Any]) -> list[str | None]:
    """Many values as `Json` stores them."""
    return [None if value is None else _encode(value).decode() for value in values]
