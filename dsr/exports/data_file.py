"""Data files from systems: reads JSON or CSV into records without loss or guessing.

A CSV value stays text. A JSON number keeps every digit. Ambiguous input (a repeated key, a short row, NaN) is refused,
since an export must repeat what the system returned. Errors name places, never content.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from dsr.exports.errors import DataFormatUnknown, DataTooLarge, DataUnreadable, require_size
from dsr.exports.strict_json import Record, json_records, require_bounded

JSON: Final = "application/json"
CSV: Final = "text/csv"

MOST_RECORDS: Final = 100_000
MOST_VALUES: Final = 1_000_000
"""Of one data set, which a web process reads while its caller waits; counted before it is read by commas, brackets and
line ends, those within texts too.
"""

DELIMITERS: Final = (",", ";", "\t", "|")

_ENCODE: Final = msgspec.json.Encoder(decimal_format="number").encode
_PIECE: Final = 1 << 16

# The module's own limit of 131,072 characters would refuse long free text; the size of the file is limited anyway.
csv.field_size_limit(2**31 - 1)


def read_records(content: bytes, media_type: str, *, max_bytes: int, delimiter: str = ",") -> Iterator[Record]:
    """Read a JSON object, a JSON array of objects, or a CSV file with a header row; UTF-8, with or without a BOM.

    `delimiter` (one of DELIMITERS) is that of the CSV file, declared by the uploader. Records are produced one at a
    time, since in memory they are many times as large as the file. Raises DataTooLarge, DataFormatUnknown; while
    iterated, DataUnreadable (`reason`, and `line` or `row` if known), and DataTooLarge for more than MOST_RECORDS and
    for a record that no package could hold.
    """
    require_size(content, max_bytes, remedy="Split it into several data sets.")
    if media_type not in (JSON, CSV):
        raise DataFormatUnknown()
    _require_few_values(content, media_type, delimiter)
    if media_type == CSV:
        return _few(_csv_records(content, delimiter))
    pieces = (content[start : start + _PIECE] for start in range(0, len(content), _PIECE))
    return _few(json_records(pieces, or_one=True))


def _require_few_values(content: bytes, media_type: str, delimiter: str) -> None:
    """Raise DataTooLarge for a file that would take long to read, before it is read."""
    signs = (delimiter.encode(), b"\n") if media_type == CSV else (b",", b"[", b"{")
    if sum(map(content.count, signs)) > MOST_VALUES:
        raise _too_many()


def _few(records: Iterator[Record]) -> Iterator[Record]:
    for number, record in enumerate(records, 1):
        if number > MOST_RECORDS:
            raise _too_many()
        yield record


def _too_many() -> DataTooLarge:
    return DataTooLarge(
        f"A data set holds at most {MOST_RECORDS:,} records and about {MOST_VALUES:,} values. Split the file into "
        "several data sets.",
        max_records=MOST_RECORDS,
        max_values=MOST_VALUES,
    )


def write_json(value: Any) -> bytes:
    """Write records, or any value of the types in a record, for people: UTF-8, indented, numbers exact."""
    return msgspec.json.format(_ENCODE(value), indent=2) + b"\n"


def as_text(value: Any) -> str:
    """One value for people: text unchanged, anything else as JSON."""
    return value if isinstance(value, str) else _ENCODE(value).decode()


def json_chunks(records: Iterable[Record]) -> Iterator[bytes]:
    """The output of `write_json`, one record at a time.

    Raises DataTooLarge for a record that a reader would not accept, including spaces and line ends.
    """
    separator = b"[\n  "
    for number, record in enumerate(records, 1):
        # JSON strings contain no raw line ends, so each one here is between tokens.
        written = msgspec.json.format(_ENCODE(record), indent=2).replace(b"\n", b"\n  ")
        require_bounded(written, record=number)
        yield separator + written
        separator = b",\n  "
    yield b"[]\n" if separator[:1] == b"[" else b"\n]\n"


def _csv_records(content: bytes, delimiter: str) -> Iterator[Record]:
    if delimiter not in DELIMITERS:
        raise DataUnreadable("Declare a comma, semicolon, tab or bar as delimiter.", reason="delimiter")
    try:
        content.decode("utf-8-sig")  # so that the place of an error can be named; the text is not kept
    except UnicodeDecodeError as error:
        raise DataUnreadable("The file is not UTF-8.", reason="encoding", byte=error.start) from None
    rows = csv.reader(
        io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline=""), delimiter=delimiter, strict=True
    )
    header: list[str] | None = None
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
                yield dict(zip(header, row, strict=True))
    except csv.Error:
        raise DataUnreadable(
            f"The quotes in or before line {rows.line_num} do not match.", reason="quoting", line=rows.line_num
        ) from None
    if header is None:
        raise DataUnreadable("The file has no header row.", reason="header-missing")


def _checked_header(row: list[str]) -> list[str]:
    for number, name in enumerate(row, 1):
        if not name.strip():
            raise DataUnreadable(f"Column {number} has no name.", reason="header-blank", column=number)
        if name in row[: number - 1]:
            raise DataUnreadable(
                f"Column {number} has the name of an earlier one.", reason="header-repeated", column=number
            )
    return row
