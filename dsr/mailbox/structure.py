"""The parts of a message, built by the standard library within limits that are looked at before."""

import re
from collections.abc import Callable
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser
from email.policy import Policy, compat32
from typing import Any, Final, TypeVar

from dsr.mailbox.bounds import require_affordable
from dsr.mailbox.errors import (
    MessageHeadersTooLarge,
    MessageTooDeep,
    MessageTooLarge,
    MessageTooManyParts,
    NotAMessage,
    UndecodableMessage,
    UnreadableMessage,
)
from dsr.mailbox.limits import MailLimits

_MBOX_FROM_LINE: Final = re.compile(rb"\A>?From [^\r\n]*\r?\n")
_HEADER_FIELD: Final = re.compile(rb"\A[!-9;-~]{1,200}[ \t]*:")
_HEADER_END: Final = re.compile(rb"\r?\n\r?\n|\r\r")

_Read = TypeVar("_Read")


def structure(raw: bytes, limits: MailLimits) -> Message:
    """The message as parts (RFC 5322, 2045); one mbox `From ` line in front is tolerated.

    For any bytes, raises only subclasses of UnreadableMessage.
    """
    raw = _MBOX_FROM_LINE.sub(b"", raw, count=1)
    _check_size(raw, limits)
    safely(lambda: require_affordable(raw, limits))
    return safely(lambda: _parts(raw, limits))


def safely(read: Callable[[], _Read]) -> _Read:
    """What `read` returns. For any message, raises only subclasses of UnreadableMessage."""
    try:
        return read()
    except UnreadableMessage:
        raise
    except RecursionError:
        raise MessageTooDeep from None
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError, MessageError):
        # Errors of the standard library on hostile input. No cause is kept, since it would quote the letter.
        raise UndecodableMessage from None


def _check_size(raw: bytes, limits: MailLimits) -> None:
    if len(raw) > limits.max_bytes:
        raise MessageTooLarge(size=len(raw), max_bytes=limits.max_bytes)
    if not _HEADER_FIELD.match(raw):
        raise NotAMessage
    end = _HEADER_END.search(raw, 0, limits.max_header_bytes + 4)
    if end is None and len(raw) > limits.max_header_bytes:
        raise MessageHeadersTooLarge(max_header_bytes=limits.max_header_bytes)


def _parts(raw: bytes, limits: MailLimits) -> Message:
    # Counting while the parser builds keeps a million tiny parts from filling the memory before they are refused.
    # The parser tries the factory once before the first part.
    parts = -1

    def new_part(policy: "Policy[Any]" = compat32) -> Message:
        nonlocal parts
        parts += 1
        if parts > limits.max_parts:
            raise MessageTooManyParts(max_parts=limits.max_parts)
        return Message(policy=policy)

    factory: Callable[..., Message] = new_part
    return BytesParser(factory, policy=compat32).parsebytes(raw)
