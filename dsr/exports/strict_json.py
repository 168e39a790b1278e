"""Strict, exact JSON parsing, one record at a time, so that files need not fit into memory.

Ambiguous input (a repeated key, NaN, a lone surrogate) is refused, and so is input that would exhaust memory: deep
nesting, an endless record. Errors name places, never content.
"""

import codecs
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from dsr.exports.errors import DataTooLarge, DataUnreadable

Record = dict[str, Any]
"""One record of a system: field name → text, int, Decimal, bool, None, list or dict of these."""

MAX_DEPTH: Final = 32
"""Levels of objects and arrays in a record, the record itself included."""
MAX_RECORD: Final = 1 << 25
"""Maximum characters of a formatted record, including spaces and line ends."""
MAX_VALUES: Final = 1_000_000
"""Maximum values of a record or whole document; commas and brackets within strings count too."""

_WINDOW: Final = 1 << 16
"""Characters read at once, more only for a longer record."""
_UNSUSPICIOUS: Final = 1 << 20
"""Documents up to this many characters are not counted, since they can't exhaust memory."""
_LONGEST_TOKEN: Final = 16
"""Characters before the end of the window where an error may only mean that the rest is not read yet: `-Infinity`, an
escape.
"""
_LONGEST_INT: Final = 4000
"""Digits; Python refuses to make an int of more than 4,300, a Decimal has no such limit."""


def load_json(text: str) -> Any:
    """Parse one document: numbers keep their digits; repeated keys and deep nesting are refused.

    Raises DataUnreadable, DataTooLarge.
    """
    require_bounded(text)
    try:
        data = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _syntax(error.lineno, error.colno) from None
    except RecursionError:
        raise _too_deep() from None
    # The array around the records does not count: a single object is stored as an array of one.
    _check(data, -1 if isinstance(data, list) else 0)
    return data


def json_records(chunks: Iterable[bytes], *, or_one: bool = False) -> Iterator[Record]:
    """The records of a UTF-8 file that is an array of objects, with or without a BOM.

    `or_one`: a single object is read as an array of one. While iterated, raises DataUnreadable (`reason`, and `line` or
    `record` if known), DataTooLarge for a record beyond MAX_RECORD or MAX_VALUES, and errors of reading the chunks.
    """
    window = _Window(chunks)
    if window.next_sign() != "[":
        if not or_one:
            raise DataUnreadable("The file is not a JSON array of objects.", reason="not-array")
        yield _record(window.value(1), 1)
    else:
        number = 0
        window.step()
        goes_on = window.next_sign() != "]"
        while goes_on:
            number += 1
            yield _record(window.value(number), number)
            if window.next_sign() not in (",", "]"):
                raise window.syntax()
            if goes_on := window.next_sign() == ",":
                window.step()
                window.next_sign()
        window.step()
    if window.next_sign():
        raise window.syntax()


def require_bounded(text: str | bytes, start: int = 0, end: int | None = None, *, record: int | None = None) -> None:
    """Raise DataTooLarge if a record or whole document would exhaust memory."""
    end = len(text) if end is None else end
    if end - start <= _UNSUSPICIOUS:
        return
    signs: tuple[Any, ...] = (b",", b"[", b"{") if isinstance(text, bytes) else (",", "[", "{")
    if end - start > MAX_RECORD or sum(text.count(sign, start, end) for sign in signs) > MAX_VALUES:
        place: dict[str, Any] = {} if record is None else {"record": record}
        raise DataTooLarge(**place, max_signs=MAX_RECORD, max_values=MAX_VALUES)


class _Window:
    """The part of a file in memory: from the present record to the part read of the next."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._bytes = 0
        self._text = ""
        self._at = 0
        self._lines = 0
        """Line ends before the window."""
        self._column = 0
        """Characters of its first line before the window."""
        self._ended = False

    def next_sign(self) -> str:
        """Move the window to the next non-space character and return it; empty at the end of the file."""
        while True:
            while self._at < len(self._text):
                if (sign := self._text[self._at]) not in " \t\n\r":
                    return sign
                self._at += 1
            if not self._read_on():
                return ""

    def step(self) -> None:
        """Skip that character."""
        self._at += 1

    def value(self, number: int) -> Any:
        """Parse the value that starts here; `number` is that of the record."""
        while True:
            start = self._at
            try:
                value, self._at = _DECODER.raw_decode(self._text, start)
            except json.JSONDecodeError as error:
                fault = self.syntax(error.pos)
                is_cut = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - _LONGEST_TOKEN
                if not is_cut:
                    raise fault from None
                # All that is left of the window belongs to this record.
                require_bounded(self._text, start, record=number)
                if not self._read_on():
                    raise fault from None
            except RecursionError:
                raise _too_deep() from None
            else:
                require_bounded(self._text, start, self._at, record=number)
                return value

    def syntax(self, at: int | None = None) -> DataUnreadable:
        """The error for invalid JSON at this place, with line and column, counted from 1."""
        before = self._text[: self._at if at is None else at]
        lines, last = before.count("\n"), before.rfind("\n")
        return _syntax(self._lines + lines + 1, len(before) - last if lines else self._column + len(before) + 1)

    def _forget(self) -> None:
        """Drop the part that was parsed."""
        gone = self._text[: self._at]
        lines = gone.count("\n")
        self._lines += lines
        self._column = len(gone) - gone.rfind("\n") - 1 if lines else self._column + len(gone)
        self._text, self._at = self._text[self._at :], 0

    def _read_on(self) -> bool:
        """Double the window, up to the maximum length of a record.

        So the cost of a long record is proportional to its length.
        """
        if self._ended:
            return False
        is_first = self._bytes == 0
        self._forget()
        pieces = [self._text]
        left = min(max(len(self._text), _WINDOW), max(MAX_RECORD - len(self._text), _WINDOW))
        while left > 0 and not self._ended:
            chunk = next(self._chunks, None)
            self._ended = chunk is None
            pieces.append(self._decoded(chunk or b""))
            left -= len(pieces[-1])
        self._text = "".join(pieces)
        if is_first:
            self._text = self._text.removeprefix("\ufeff")
        return True

    def _decoded(self, chunk: bytes) -> str:
        unread = len(self._decoder.getstate()[0])
        try:
            text = self._decoder.decode(chunk, final=self._ended)
        except UnicodeDecodeError as error:
            place = self._bytes - unread + error.start
            raise DataUnreadable("The file is not UTF-8.", reason="encoding", byte=place) from None
        self._bytes += len(chunk)
        return text


def _record(value: Any, number: int) -> Record:
    if not isinstance(value, dict):
        _check(value, -1)
        raise DataUnreadable(
            "Upload one JSON object, or an array of objects.", reason="record-not-object", record=number
        )
    _check(value, 0)
    return value


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


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < _LONGEST_INT else _number(digits)


def _refuse_constant(_: str) -> None:
    raise DataUnreadable("NaN and Infinity are not JSON.", reason="not-a-number")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_number, parse_int=_integer, parse_constant=_refuse_constant
)


def _check(value: Any, depth: int) -> None:
    """Refuse deep nesting, and lone surrogates, which UTF-8 can't encode."""
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


def _syntax(line: int, column: int) -> DataUnreadable:
    return DataUnreadable(f"The file is not valid JSON from line {line} on.", reason="syntax", line=line, column=column)


def _too_deep() -> DataUnreadable:
    return DataUnreadable(f"Objects and arrays nest more than {MAX_DEPTH} levels deep.", reason="depth")
