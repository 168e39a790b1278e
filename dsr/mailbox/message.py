"""Parsing of messages to the privacy mailbox.

For any bytes, parsing returns a `ParsedMessage` or raises an `UnreadableMessage`, and nothing else.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email.message import Message

from dsr.mailbox import headers
from dsr.mailbox.authentication import AuthenticationResult, authentication_results
from dsr.mailbox.body import MailAttachment, attached_content, read_body
from dsr.mailbox.errors import SenderMissingOrAmbiguous
from dsr.mailbox.limits import DEFAULT_LIMITS, MailLimits
from dsr.mailbox.own_servers import OwnServers
from dsr.mailbox.structure import safely, structure

_KEYWORD = re.compile(r"[a-z-]+")
_OF_MACHINES = ("X-Autoreply", "X-Autorespond", "X-Loop")
"""Fields that mark automatic messages, regardless of their value."""


@dataclass(frozen=True)
class ParsedMessage:
    """One message, read. Everything in it is a claim of its sender, except `received_at`."""

    message_id: str | None
    """Without angle brackets, as are all message ids here."""
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    """Oldest first, as RFC 5322 orders them."""
    from_name: str
    from_address: str
    """Normalised: lower case, domain in ASCII. Anyone can write anything here: never a proof of identity."""
    reply_to: str | None
    """Address for replies, if it is a single one other than `from_address`."""
    to: tuple[str, ...]
    """Normalised addresses of To, Cc and Delivered-To, each once."""
    subject: str
    claimed_date: datetime | None
    """The `Date` field in UTC: the sender's claim, never the arrival."""
    received_at: datetime | None
    """Arrival in UTC as stamped by our own mail server; None without a stamp."""
    text: str
    """Readable plain text, quoted earlier messages included (see `dsr.mailbox.quoting`)."""
    attachments: tuple[MailAttachment, ...]
    auto_submitted: bool
    """True if it was sent automatically (an out-of-office reply, a bounce, a bulk mailing); it gets no automatic
    answer.
    """
    authentication: tuple[AuthenticationResult, ...] = ()
    """Authentication results of our own server; never a proof of identity."""

    @property
    def sender_refuted(self) -> bool:
        """Whether our own server found that the domain of the sender did not send it (DMARC, RFC 7489)."""
        return any(each.method == "dmarc" and each.result == "fail" for each in self.authentication)


def parse_message(raw: bytes, *, own: OwnServers, limits: MailLimits = DEFAULT_LIMITS) -> ParsedMessage:
    """Read one message (RFC 5322). For any bytes, raises only subclasses of UnreadableMessage."""
    return read_message(structure(raw, limits), own=own, limits=limits)


def read_message(message: Message, *, own: OwnServers, limits: MailLimits) -> ParsedMessage:
    """Read a message whose parts are built. For any of them, raises only subclasses of UnreadableMessage."""
    return safely(lambda: _read(message, own, limits))


def read_attachment(
    raw: bytes, index: int, *, limits: MailLimits = DEFAULT_LIMITS
) -> tuple[MailAttachment, bytes] | None:
    """The attachment with this index in `attachments`, from 0; None if there are fewer.

    For any bytes, raises only subclasses of UnreadableMessage.
    """
    message = structure(raw, limits)
    return safely(lambda: attached_content(message, index, max_depth=limits.max_depth))


def _read(message: Message, own: OwnServers, limits: MailLimits) -> ParsedMessage:
    from_name, from_address = _sender(message)
    body = read_body(message, max_depth=limits.max_depth, max_chars=limits.max_text_chars)
    message_id = headers.message_ids(headers.raw_fields(message, "Message-ID"))
    return ParsedMessage(
        message_id=message_id[0] if message_id else None,
        in_reply_to=headers.message_ids(headers.raw_fields(message, "In-Reply-To"))[-limits.max_references :],
        references=headers.message_ids(headers.raw_fields(message, "References"))[-limits.max_references :],
        from_name=from_name,
        from_address=from_address,
        reply_to=_reply_to(message, from_address),
        to=_recipients(message),
        subject=_first_text(message, "Subject"),
        claimed_date=_claimed_date(message),
        received_at=headers.arrival_at(headers.raw_fields(message, "Received"), own.stamping),
        text=body.text,
        attachments=body.attachments,
        auto_submitted=_is_automatic(message, from_address),
        authentication=authentication_results(headers.all_fields(message), own),
    )


def _sender(message: Message) -> tuple[str, str]:
    fields = headers.raw_fields(message, "From")
    senders = headers.addresses_of(fields)
    if len(fields) != 1 or len(senders) != 1:
        raise SenderMissingOrAmbiguous(from_fields=len(fields), addresses=len(senders))
    return senders[0]


def _reply_to(message: Message, from_address: str) -> str | None:
    addresses = {address for _, address in headers.addresses_of(headers.raw_fields(message, "Reply-To"))}
    addresses.discard(from_address)
    return addresses.pop() if len(addresses) == 1 else None


def _recipients(message: Message) -> tuple[str, ...]:
    fields = [raw for name in headers.RECIPIENTS for raw in headers.raw_fields(message, name)]
    return tuple(dict.fromkeys(address for _, address in headers.addresses_of(fields)))


def _claimed_date(message: Message) -> datetime | None:
    dates = headers.raw_fields(message, "Date")
    return headers.date_of(dates[0]) if dates else None


def _first_text(message: Message, name: str) -> str:
    values = headers.raw_fields(message, name)
    return headers.text_of(values[0])[:1000] if values else ""


def _is_automatic(message: Message, from_address: str) -> bool:
    submitted = _KEYWORD.match(_first_text(message, "Auto-Submitted").lower())
    precedence = _first_text(message, "Precedence").lower()
    return (
        (submitted is not None and submitted[0] != "no")
        or precedence in {"bulk", "junk", "list", "auto_reply"}
        or any(headers.raw_fields(message, name) for name in _OF_MACHINES)
        or from_address.startswith("mailer-daemon@")
        or message.get_content_type() == "multipart/report"
        or _first_text(message, "Return-Path") == "<>"
    )
