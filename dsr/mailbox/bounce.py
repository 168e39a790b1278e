"""Delivery reports of undelivered mail (RFC 3464): which mail, whether permanently, and why.

Anyone can forge such a report, so it only changes the displayed state of a letter whose Message-ID it names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32
from typing import Final

from dsr.domain.email_address import EmailAddressInvalid, email_address
from dsr.mailbox.headers import addresses_of, message_ids, raw_fields

_STATUS: Final = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_MOST: Final = 200
"""Maximum number of parts, or of fields of one kind, that are read."""


@dataclass(frozen=True)
class Bounce:
    """One report."""

    message_ids: tuple[str, ...]
    """Message-IDs of the undelivered mail, without angle brackets."""
    status: str
    """RFC 3463, such as `5.1.1`; `5.0.0` if the report names none."""
    permanent: bool
    """False: a server is still trying."""
    recipients: tuple[str, ...] = ()
    """Addresses not reached, in canonical form: the original recipient and forwarding addresses."""

    def is_about(self, email: str) -> bool:
        """Whether the report names this address, as far as both are known."""
        try:
            return not self.recipients or email_address(email) in self.recipients
        except EmailAddressInvalid:  # the address is no longer known
            return True


def read_bounce(message: Message) -> Bounce | None:
    """Read a delivery report; None for any other message, including a report of success. Never raises."""
    try:
        return _read(message)
    except (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        # Errors of the standard library on hostile input: then it is not a report.
        return None


def _read(message: Message) -> Bounce | None:
    if message.get_content_type() != "multipart/report":
        return None
    if str(message.get_param("report-type", "")).lower() != "delivery-status":
        return None
    parts = [part for _, part in zip(range(_MOST), message.walk(), strict=False)]
    reports = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    blocks = [block for report in reports for block in _undelivered(report)]
    statuses = [(action, status) for action, status, _ in blocks]
    named = tuple(dict.fromkeys(each for part in parts for each in _original_ids(part)))
    if not statuses or not named:
        return None
    permanent = [status for action, status in statuses if action == "failed"]
    status = (permanent or [status for _, status in statuses])[0]
    recipients = dict.fromkeys(
        address for action, _, addresses in blocks if bool(permanent) == (action == "failed") for address in addresses
    )
    return Bounce(message_ids=named, status=status, permanent=bool(permanent), recipients=tuple(recipients))


def _undelivered(report: Message) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Action, status and addresses of each recipient not reached, or not yet."""
    blocks = report.get_payload()
    if not isinstance(blocks, list):
        return
    for block in blocks[:_MOST]:
        if not isinstance(block, Message):
            continue
        action = str(block.get("Action", "")).strip().lower()
        if action not in ("failed", "delayed"):
            continue
        found = _STATUS.search(str(block.get("Status", "")))
        status = found[0] if found else ("5.0.0" if action == "failed" else "4.0.0")
        # `rfc822; ada@example.org`: the type of the address stands before it.
        given = [raw.rpartition(";")[2] for name in _RECIPIENTS for raw in raw_fields(block, name)]
        yield action, status, tuple(address for _, address in addresses_of(given))


def _original_ids(part: Message) -> tuple[str, ...]:
    """The Message-ID of the returned mail, from the report, the enclosed mail, or its headers."""
    kind = part.get_content_type()
    if kind == "message/delivery-status":
        blocks = part.get_payload()
        fields = [each for block in blocks if isinstance(block, Message) for each in raw_fields(block, _ORIGINAL_ID)]
        return message_ids(fields)
    if kind == "message/rfc822":
        inner = part.get_payload(0)
        return message_ids(raw_fields(inner, "Message-ID")) if isinstance(inner, Message) else ()
    if kind == "text/rfc822-headers":
        text = part.get_payload(decode=True)
        if not isinstance(text, bytes):
            return ()
        headers = HeaderParser(policy=compat32).parsestr(text.decode("utf-8", "replace"))
        return message_ids(raw_fields(headers, "Message-ID"))
    return ()


_RECIPIENTS: Final = ("Original-Recipient", "Final-Recipient")

_ORIGINAL_ID: Final = "X-Original-Message-ID"
"""Some servers name it there."""
