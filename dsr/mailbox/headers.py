"""Header fields as they really occur: raw 8-bit bytes, broken encoded words, folded lines, forgeries.

Works on the raw fields of the `compat32` policy: the structured parsers of `email.policy.default` raise on malformed
fields and recurse on nested comments.
"""

import re
from contextlib import suppress
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from dsr.domain.email_address import EmailAddressInvalid, email_address
from dsr.mailbox.charsets import decode_bytes

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_MESSAGE_ID = re.compile(r"<([!-;=?-~]{1,500})>")
_RECEIVED_BY = re.compile(r"\bby\s+([A-Za-z0-9._\-]{1,255})", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)")

_BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_RECIPIENT_FIELD = re.compile(
    rb"(?:\A|(?<=[\r\n]))(to|cc|delivered-to)[ \t]*:([^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*)", re.IGNORECASE
)
_MOST_RECIPIENT_FIELDS = 20
"""Of one name, in a message that is otherwise unreadable."""

RECIPIENTS = ("to", "cc", "delivered-to")
"""Fields that name the mailbox a message was sent to, in the order in which they count."""
MAX_TEXT_FIELD = 5_000
"""Characters; longer fields are cut, since the library takes quadratic time on unfinished encoded words."""
MAX_ADDRESS_FIELD = 20_000
"""Characters; longer address fields are cut, since the library's address parser is slow on them."""


def raw_fields(message: Message, name: str) -> list[str]:
    """The unfolded raw values of every field of that name, in order; 8-bit bytes appear as surrogates."""
    wanted = name.lower()
    return [_unfold(value) for field, value in message.raw_items() if field.lower() == wanted]


def all_fields(message: Message) -> list[tuple[str, str]]:
    """Names in lower case and unfolded values of all fields, in order."""
    return [(name.lower(), _unfold(value)) for name, value in message.raw_items()]


def recipients_of_head(head: bytes) -> tuple[str, ...]:
    """Normalised addresses that a message was sent or delivered to, each once, however broken the rest of it is.

    `head` is the beginning of the raw message. Lines that are no header fields are passed over. Never raises.
    """
    end = _BLANK_LINE.search(head.lstrip(b"\0\r\n\t "))
    fields = head.lstrip(b"\0\r\n\t ")[: end.start() if end else None]
    found: dict[str, list[str]] = {name: [] for name in RECIPIENTS}
    for name, value in _RECIPIENT_FIELD.findall(fields):
        values = found[name.decode().lower()]
        if len(values) < _MOST_RECIPIENT_FIELDS:
            values.append(_unfold(value.decode("ascii", "surrogateescape")))
    return tuple(dict.fromkeys(address for values in found.values() for _, address in addresses_of(values)))


def text_of(raw: str) -> str:
    """Decode encoded words (RFC 2047) and raw 8-bit bytes; no control characters or direction marks remain."""
    raw = _eight_bit(raw)[:MAX_TEXT_FIELD]
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError, LookupError):
        return _printable(raw)
    words = [piece if isinstance(piece, str) else decode_bytes(piece, charset or "utf-8") for piece, charset in pieces]
    return _printable("".join(words))


def addresses_of(raw_values: list[str]) -> list[tuple[str, str]]:
    """(name, normalised address) of every well-formed address in these fields, in order."""
    found = []
    for raw in raw_values:
        value = _eight_bit(raw)[:MAX_ADDRESS_FIELD]
        try:
            pairs = getaddresses([value])
        except (RecursionError, IndexError, ValueError):
            continue
        for name, address in pairs:
            with suppress(EmailAddressInvalid):
                found.append((text_of(name), email_address(address)))
    return found


def message_ids(raw_values: list[str]) -> tuple[str, ...]:
    """Message-IDs without angle brackets, in order, each once; ASCII only, so that a reply can name them."""
    return tuple(dict.fromkeys(found for raw in raw_values for found in _MESSAGE_ID.findall(raw)))


def date_of(raw: str) -> datetime | None:
    """The instant in UTC, or None when it can't be understood. A date without a zone is read as UTC."""
    try:
        moment = parsedate_to_datetime(_COMMENT.sub(" ", raw)[:200])
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None


def arrival_at(raw_received: list[str], own_servers: frozenset[str]) -> datetime | None:
    """Time of arrival: the topmost `Received` written by one of our servers.

    Fields below it may be forged by the sender. None when no such field has a readable date.
    """
    own = {server.lower().rstrip(".") for server in own_servers}
    for raw in raw_received:
        if received_by(raw) in own:
            return date_of(raw.rpartition(";")[2])
    return None


def received_by(raw: str) -> str | None:
    """The server that wrote this `Received`, in lower case; None if not stated."""
    by = _RECEIVED_BY.search(_COMMENT.sub(" ", raw.rpartition(";")[0]))
    return None if by is None else by.group(1).lower().rstrip(".")


def _unfold(value: object) -> str:
    return re.sub(r"\r\n|\r|\n", "", str(value)).strip()


def _eight_bit(raw: str) -> str:
    """Decode surrogate-escaped bytes: UTF-8, else Windows-1252."""
    if raw.isascii():
        return raw
    return decode_bytes(raw.encode("utf-8", "surrogateescape"), "utf-8")


def _printable(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())
