"""What reading a message may cost, bounded by one look at its bytes before the library takes them apart.

The library compares each line with the boundary of each open part, and takes quadratic time over the parameters of a
field. So a message of half a megabyte can keep it busy for minutes (docs/law §9: no message may hold up the others).
"""

import re
from collections.abc import Iterator
from email.message import Message
from typing import Final

from dsr.mailbox.errors import MessageTooCostly
from dsr.mailbox.limits import MailLimits

_STRUCTURED: Final = re.compile(rb"(?:\A|[\r\n])(content-(?:type|disposition)):", re.IGNORECASE)
"""Fields whose parameters the library takes apart, wherever a part may begin."""
_VALUE: Final = re.compile(rb"[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*")
_FIELDS: Final = re.compile(rb"(?:(?:From |[!-9;-~]*:|[ \t])[^\r\n]*(?:\r\n|\r|\n))*")
_DASHES: Final = re.compile(rb"[\r\n]--")
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")


def require_affordable(raw: bytes, limits: MailLimits) -> None:
    """Raises MessageTooCostly."""
    lines = raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")
    _require("lines", lines, limits.max_lines)
    boundaries: list[bytes] = []
    for name, value in _structured_fields(raw):
        _require("bytes of a field", len(value), limits.max_field_bytes)
        _require("parameters", value.count(b";"), limits.max_parameters)
        if name == b"content-type" and b"boundary" in value.lower():
            boundaries.append(_boundary(value))
            _require("multipart fields", len(boundaries), limits.max_parts)
    _require("comparisons of lines", lines * (len(boundaries) + 1), limits.max_comparisons)
    if boundaries:
        _require_small_heads(raw, tuple(dict.fromkeys(boundaries)), limits)


def _structured_fields(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    for field in _STRUCTURED.finditer(raw):
        value = _VALUE.match(raw, field.end())
        yield field[1].lower(), value[0] if value else b""


def _boundary(value: bytes) -> bytes:
    """As the library reads it; it is bounded by now."""
    field = Message()
    field["Content-Type"] = value.decode("ascii", "surrogateescape")
    return str(field.get_boundary("")).encode("utf-8", "backslashreplace")


def _require_small_heads(raw: bytes, boundaries: tuple[bytes, ...], limits: MailLimits) -> None:
    for number, dashes in enumerate(_DASHES.finditer(raw), start=1):
        _require("lines that begin with dashes", number, limits.max_dashed_lines)
        if not raw.startswith(boundaries, dashes.end()):
            continue
        line_end = _LINE_END.search(raw, dashes.end())
        if line_end is not None:
            begin = line_end.end()
            head = _FIELDS.match(raw, begin, begin + limits.max_part_header_bytes + 1)
            _require("header bytes of a part", 0 if head is None else len(head[0]), limits.max_part_header_bytes)


def _require(what: str, found: int, most: int) -> None:
    if found > most:
        raise MessageTooCostly(exceeded=what, most=most)
