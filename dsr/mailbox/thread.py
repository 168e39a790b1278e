"""Hints to the case or matter a message belongs to. The desk also checks that the sender's address matches."""

from collections.abc import Iterable
from dataclasses import dataclass
from email.parser import BytesHeaderParser

from dsr.domain.request.reference import find_matter_references, find_references
from dsr.mailbox.headers import message_ids, raw_fields, text_of
from dsr.mailbox.limits import MailLimits
from dsr.mailbox.message import ParsedMessage


@dataclass(frozen=True)
class ThreadHints:
    """References of the message to earlier ones, strongest first."""

    message_ids: tuple[str, ...]
    """In-Reply-To, then References from the last to the first, without angle brackets; never the message's own."""
    references: tuple[str, ...]
    """Case references found in the subject, in their stored form."""
    matters: tuple[str, ...] = ()
    """The same of matters."""


def thread_hints(message: ParsedMessage) -> ThreadHints:
    """Gather the hints; both empty when the message starts a thread."""
    ids = dict.fromkeys(message.in_reply_to + message.references[::-1])
    if message.message_id is not None:
        ids.pop(message.message_id, None)
    return _hints(ids, message.subject)


def header_hints(raw: bytes, limits: MailLimits) -> ThreadHints:
    """The hints in the header of a message that may be otherwise unreadable."""
    header = BytesHeaderParser().parsebytes(raw[: limits.max_header_bytes])
    earlier = message_ids(raw_fields(header, "References"))[-limits.max_references :]
    ids = dict.fromkeys(message_ids(raw_fields(header, "In-Reply-To")) + earlier[::-1])
    for own in message_ids(raw_fields(header, "Message-ID")):
        ids.pop(own, None)
    subject = text_of(" ".join(raw_fields(header, "Subject")[:1]))
    return _hints(ids, subject[:1000])


def _hints(ids: Iterable[str], subject: str) -> ThreadHints:
    return ThreadHints(tuple(ids), find_references(subject), find_matter_references(subject))
