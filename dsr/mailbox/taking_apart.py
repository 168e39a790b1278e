"""Taking a mail apart once, for what it says and for what it reports undelivered; a large one in a process of its own.

A small message within the bounds costs little. A large one is taken apart in a child process that knows no secret of
the service, and whose time and memory the kernel limits: whatever a stranger sent, the next message is read.
"""

from dataclasses import dataclass
from typing import Final

from dsr.mailbox.bounce import Bounce, read_bounce
from dsr.mailbox.errors import UnreadableMessage
from dsr.mailbox.limits import MailLimits
from dsr.mailbox.message import ParsedMessage, read_message
from dsr.mailbox.own_servers import OwnServers
from dsr.mailbox.structure import structure

_TYPES: Final[tuple[type[UnreadableMessage], ...]] = (UnreadableMessage, *UnreadableMessage.__subclasses__())


@dataclass(frozen=True)
class Unreadable:
    """Why the message can't be read: the code of an UnreadableMessage, and its facts."""

    code: str
    facts: dict[str, str | int]


@dataclass(frozen=True)
class MailApart:
    """What one mail says, as values that can cross to another process."""

    bounce: Bounce | None
    """The mail as a report of undelivered mail, also where it names no sender."""
    readable: ParsedMessage | None
    refusal: Unreadable | None
    """Set exactly where `readable` is None."""

    @property
    def message(self) -> ParsedMessage:
        """The mail as a message. Raises UnreadableMessage."""
        if self.readable is None:
            raise _error(self.refusal)
        return self.readable


def take_apart(raw: bytes, *, own: OwnServers, limits: MailLimits) -> MailApart:
    """Take the mail apart in this process. Raises nothing, for any bytes."""
    try:
        message = structure(raw, limits)
    except UnreadableMessage as error:
        return refused(error)
    bounce = read_bounce(message)
    try:
        return MailApart(bounce, read_message(message, own=own, limits=limits), None)
    except UnreadableMessage as error:
        return refused(error, bounce)


def refused(error: UnreadableMessage, bounce: Bounce | None = None) -> MailApart:
    """A mail that can't be read as a message."""
    facts = {name: fact if isinstance(fact, int) else str(fact) for name, fact in error.facts.items()}
    return MailApart(bounce, None, Unreadable(error.code, facts))


def _error(refusal: Unreadable | None) -> UnreadableMessage:
    code, facts = ("", {}) if refusal is None else (refusal.code, refusal.facts)
    error_type = next((each for each in _TYPES if each.code == code), UnreadableMessage)
    return error_type("", **facts)
