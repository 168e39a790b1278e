"""Port for outgoing messages, and its errors."""

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


class MailOauthUnavailable(TransportUnavailable):
    """The token server gave no access token for the mail server; mail waits. Check that DSR_MAIL_OAUTH_TOKEN_URL names
    it, and that it answers.
    """

    code = "mail-oauth-unavailable"


class MailOauthRefused(MailOauthUnavailable):
    """The token server refused this client; mail waits. Correct DSR_MAIL_OAUTH_CLIENT_ID, DSR_MAIL_OAUTH_CLIENT_SECRET
    and DSR_MAIL_OAUTH_SCOPE.
    """

    code = "mail-oauth-refused"


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
    """A file attached to a message. It has no `repr`, since it may hold personal data."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, repr=False)
class OutgoingMessage:
    """An outgoing mail. It has no `repr`, since its content is personal data."""

    message_id: str
    """Message-ID with its angle brackets; the same message sent twice keeps it."""
    sender: str
    recipient: str
    subject: str
    text: str
    languages: tuple[str, ...]
    """ISO 639-1 codes of the languages of its text."""
    written_at: datetime
    html: str | None = None
    """The same text as HTML."""
    in_reply_to: str | None = None
    """Message-ID of the letter that it answers, with its angle brackets, so that both are in one thread."""
    is_reply: bool = False
    """True if it automatically answers a person's mail (RFC 3834: `auto-replied` instead of `auto-generated`)."""
    enclosures: tuple[Enclosure, ...] = field(default=())


class MessageTransport(Protocol):
    """Port: hands a message to a delivery system."""

    @property
    def name(self) -> str:
        """Its name in the history, such as `smtp`."""

    def send(self, message: OutgoingMessage) -> None:
        """Hand over a message durably; a repeated `message_id` is the same message.

        Raises MessageNotSent (try again later), MessageRefused (permanent) or TransportUnavailable (concerns every
        message) if nothing was sent for certain; MessageInDoubt if the message may have been sent. The caller treats
        any other exception as MessageInDoubt.
        """
