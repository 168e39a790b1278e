"""Messages that leave: the port through which a room of its own sends them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dsr.domain.errors import DomainError


class MessageNotSent(DomainError):
    """The message could not be handed over for sending. See that the service can write its outgoing mail."""

    code = "message-not-sent"


@dataclass(frozen=True, repr=False)
class OutgoingMessage:
    """A mail in plain text. It has no `repr`: what it says is personal data."""

    message_id: str
    """Stable: the same message sent twice has the same one, with its angle brackets."""
    sender: str
    recipient: str
    subject: str
    text: str
    language: str
    """ISO 639-1."""
    written_at: datetime


class MessageTransport(Protocol):
    """Hands a message over to what delivers it."""

    def send(self, message: OutgoingMessage) -> None:
        """Keep it safely until it is delivered; the same `message_id` again is the same message.

        Raises MessageNotSent.
        """
