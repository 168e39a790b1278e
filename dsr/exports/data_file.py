"""Reading what a system returned: JSON or CSV in, records out, nothing lost and nothing guessed.

A value of a CSV file is text and stays text. A number of a JSON file keeps every digit it came with. What could be
read in two ways (a key twice, a row too short, NaN) is refused, since an export must say what the system said.
Errors name places, never content.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from dsr.exports.errors import DataFormatUnknown, DataTooLarge, DataUnreadable

Record = dict[str, Any]
"""One thing that the system holds: field name → text, int, Decimal, bool, None, list or dict of these."""

JSON: Final = "application/json"
CSV: Final = "text/csv"

MAX_DEPTH: Final = 32
"""Levels of objects and arrays in a record, the record itself included."""

DELIMITERS: Final = (",", ";", "\t", "|")

_ENCODE: Final = msgspec.json.Encoder(decimal_format="number").encode
_LONGEST_INT: Final = 4000
"""Digits; Python refuses to make an int of more than 4,300, a Decimal has no such limit."""

# The module's own limit of 131,072 characters would refuse long free text; the size of the file is limited anyway.
csv.field_size_limit(2**31 - 1)


def read_records(content: bytes, media_type: str, *, max_bytes: int, delimiter: str = ",") -> list[Record]:
    """Read a JSON object, a JSON array of objects, or a CSV file with a header row; UTF-8, with or without a BOM.

    `delimiter` (one of DELIMITERS) is that of the CSV file, declared by who uploads it.
    Raises DataTooLarge, DataFormatUnknown, DataUnreadable (`reason`, and `line` or `row` where known).
    """
    if len(content) > max_bytes:
        raise DataTooLarge(size=len(content), max_bytes=max_bytes)
    if media_type not in (JSON, CSV):
        raise DataFormatUnknown()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataUnreadable("The file is not UTF-8.", reason="encoding", byte=error.start) from None
    return _json_records(text) if media_type == JSON else _csv_records(text, delimiter)


def write_json(value: Any) -> bytes:
    """Write records, or any value made of what a record may hold, for people: UTF-8, indented, numbers exact."""
    return msgspec.json.format(_ENCODE(value), indent=2) + b"\n"


def as_text(value: Any) -> str:
    """One value for people: a text as it is, all else as JSON writes it."""
    return value if isinstance(value, str) else _ENCODE(value).decode()


def json_chunks(records: Iterable[Record]) -> Iterator[bytes]:
    """As `write_json` writes the same records, one record at a time."""
    separator = b"[\n  "
    for record in records:
        # No text of JSON holds a line end of its own: each one here is between tokens.
        yield separator + msgspec.json.format(_ENCODE(record), indent=2).replace(b"\n", b"\n  ")
        separator = b",\n  "
    yield b"[]\n" if separator[:1] == b"[" else b"\n]\n"


def _csv_records(text: str, delimiter: str) -> list[Record]:
    if delimiter not in DELIMITERS:
        raise DataUnreadable("Declare a comma, semicolon, tab or bar as delimiter.", reason="delimiter")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    records: list[Record] = []
    blank_at = 0
    try:
        for number, row in enumerate(rows, 1):
            if not row:  # allowed at the end of the file, where editors leave them
                blank_at = blank_at or number
                continue
            if blank_at:
                raise DataUnreadable("A row of the file is blank.", reason="row-blank", row=blank_at)
            if header is None:
                header = _checked_header(row)
            elif len(row) != len(header):
                raise DataUnreadable(
                    f"Row {number} has {len(row)} values, the header {len(header)}.", reason="row-ragged", row=number
                )
            else:
                records.append(dict(zip(header, row, strict=True)))
    except csv.Error:
        raise DataUnreadable(
            f"The quotes in or before line {rows.line_num} do not match.", reason="quoting", line=rows.line_num
        ) from None
    if header is None:
        raise DataUnreadable("The file has no header row.", reason="header-missing")
    return records


def _checked_header(row: list[str]) -> list[str]:
    for number, name in enumerate(row, 1):
        if not name.strip():
            raise DataUnreadable(f"Column {number} has no name.", reason="header-blank", column=number)
        if name in row[: number - 1]:
            raise DataUnreadable(
                f"Column {number} has the name of an earlier one.", reason="header-repeated", column=number
            )
    return row


def _json_records(text: str) -> list[Record]:
    data = load_json(text)
    records = data if isinstance(data, list) else [data]
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise DataUnreadable(
                "Upload one JSON object, or an array of objects.", reason="record-not-object", record=number
            )
    return records


def load_json(text: str) -> Any:
    """Parse JSON strictly and exactly: numbers keep their digits, no key stands twice, nothing nests too deep.

    Raises DataUnreadable.
    """
    try:
        data = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_number,
            parse_int=lambda digits: int(digits) if len(digits) < _LONGEST_INT else _number(digits),
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        raise DataUnreadable(
            f"The file is no JSON from line {error.lineno} on.", reason="syntax", line=error.lineno, column=error.colno
        ) from None
    except RecursionError:
        raise _too_deep() from None
    # The array around the records does not count: one object alone is kept as an array of one.
    _check(data, -1 if isinstance(data, list) else 0)
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise DataUnreadable("A JSON object has the same key twice.", reason="key-repeated")
    return found


def _number(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise DataUnreadable("A number is too large or too small to be kept.", reason="number") from None


def _refuse_constant(_: str) -> None:
    raise DataUnreadable("NaN and Infinity are no JSON.", reason="not-a-number")


def _check(value: Any, depth: int) -> None:
    """Refuse what nests too deep, and halves of surrogate pairs, which no UTF-8 file can hold."""
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
            raise DataUnreadable("A text holds half a surrogate pair.", reason="surrogate")
    elif isinstance(value, dict | list):
        if depth == MAX_DEPTH:
            raise _too_deep()
        if isinstance(value, dict):
            for key in value:
                _check(key, depth)
        for inner in value.values() if isinstance(value, dict) else value:
            _check(inner, depth + 1)


def _too_deep() -> DataUnreadable:
    return DataUnreadable(f"Objects and arrays nest more than {MAX_DEPTH} levels deep.", reason="depth")
