"""A message as bytes (RFC 5322, MIME): plain text, the same in HTML, and enclosures."""

import re
from email.errors import MessageError
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from typing import Any, Final

from dsr.domain.email_address import EmailAddressInvalid, email_address
from dsr.domain.messages import MessageRefused, OutgoingMessage

_SUPPRESSED: Final = "DR, RN, NRN, OOF, AutoReply"
"""Suppresses receipts and automatic replies. Not `All`, which would also suppress the report of a failed delivery."""

_MESSAGE_ID: Final = re.compile(r"<[!-;=?-~]{1,500}>")

_BROKEN: Final = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError, MessageError)
"""Errors of the standard library for content it can't write."""


class _MessageIds(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc]  # as the library joins them itself
    """Writes Message-IDs unchanged: the library would encode those that fill a line."""

    def fold(self, *, policy: "Policy[Any]") -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS: Final = HeaderRegistry()
for _name in ("in-reply-to", "references"):
    _HEADERS.map_to_type(_name, _MessageIds)

_POLICY: Final = SMTP.clone(header_factory=_HEADERS)


def as_mail(message: OutgoingMessage) -> bytes:
    """The mail as sent; its header uses UTF-8 only if an address does (RFC 6532).

    Raises MessageRefused for an address, an id or text that a mail can't contain.
    """
    # No error is chained, since the library's errors quote the content.
    try:
        return _as_mail(message).as_bytes()
    except EmailAddressInvalid as invalid:
        raise MessageRefused(invalid.detail) from None
    except _BROKEN:
        raise MessageRefused() from None


def _as_mail(message: OutgoingMessage) -> EmailMessage:
    international = not (message.sender + message.recipient).isascii()
    mail = EmailMessage(policy=_POLICY.clone(utf8=international))
    mail["From"] = _address(message.sender)
    mail["To"] = _address(message.recipient)
    mail["Subject"] = message.subject
    mail["Date"] = message.written_at
    mail["Message-ID"] = _id(message.message_id)
    if message.in_reply_to is not None:
        mail["In-Reply-To"] = mail["References"] = _id(message.in_reply_to)
    # So that it is not answered automatically, and a returned copy starts no case here (RFC 3834).
    mail["Auto-Submitted"] = "auto-replied" if message.is_reply else "auto-generated"
    mail["X-Auto-Response-Suppress"] = _SUPPRESSED
    mail.set_content(message.text, cte="quoted-printable")
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    for enclosure in message.enclosures:
        kind, _, subtype = enclosure.media_type.partition("/")
        mail.add_attachment(enclosure.content, maintype=kind, subtype=subtype, filename=enclosure.name)
    mail["Content-Language"] = ", ".join(message.languages)  # the lines before remove headers of the content
    return mail


def _address(text: str) -> Address:
    """Raises EmailAddressInvalid."""
    local, _, domain = email_address(text).rpartition("@")
    return Address(username=local, domain=domain)


def _id(text: str) -> str:
    """Raises ValueError."""
    if not _MESSAGE_ID.fullmatch(text):
        raise ValueError
    return text
