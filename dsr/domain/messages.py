"""Messages that leave: the port through which a room of its own sends them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from dsr.domain.errors import Unavailable


class MessageNotSent(Unavailable):
    """The message could not be handed over and was not sent; the service keeps trying. Check that the mail server
    answers, or that the service can write its outgoing mail.
    """

    code = "message-not-sent"


class TransportUnavailable(MessageNotSent):
    """No mail can be sent at present; every letter waits. Check that the mail server of DSR_MAIL_OUT answers and
    accepts its password, or that its folder is writable.
    """

    code = "transport-unavailable"


class MessageRefused(MessageNotSent):
    """The mail server permanently refuses this message: the address is wrong or accepts no such mail. Correct the
    address.
    """

    code = "message-refused"


class MessageInDoubt(Unavailable):
    """The connection broke while the message was being handed over, so it may or may not have been sent. The service
    tries the same message again. Once it has given up, ask the recipient before you write another.
    """

    code = "message-in-doubt"


@dataclass(frozen=True, repr=False)
class Enclosure:
    """A file that goes with a message. It has no `repr`, as little as the message."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, repr=False)
class OutgoingMessage:
    """A mail. It has no `repr`: what it says is personal data."""

    message_id: str
    """Stable: the same message sent twice has the same one, with its angle brackets."""
    sender: str
    recipient: str
    subject: str
    text: str
    languages: tuple[str, ...]
    """ISO 639-1, of what it says; it may say the same in several."""
    written_at: datetime
    html: str | None = None
    """The same words, for those who read mail in a browser."""
    in_reply_to: str | None = None
    """Message-ID of the letter that it answers, with its angle brackets, so that both stand in one thread."""
    is_reply: bool = False
    """It answers a letter of a person, automatically (RFC 3834: `auto-replied` instead of `auto-generated`)."""
    enclosures: tuple[Enclosure, ...] = field(default=())


class MessageTransport(Protocol):
    """Hands a message over to what delivers it."""

    @property
    def name(self) -> str:
        """What the history calls it, such as `smtp`."""

    def send(self, message: OutgoingMessage) -> None:
        """Keep it safely until it is delivered; the same `message_id` again is the same message.

        Raises MessageNotSent (try again later), MessageRefused (for good), TransportUnavailable for what is wrong with
        no message: nothing arrived, for certain. Raises MessageInDoubt where it may have; whatever else it raises is
        taken for that.
        """
