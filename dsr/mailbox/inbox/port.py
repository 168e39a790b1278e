"""Port: an inbox. Nothing is remembered between passes: messages wait until they are filed."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from dsr.domain.errors import Unavailable


class InboxUnavailable(Unavailable):
    """The inbox can't be reached at present; the service keeps trying. Check that the mail server answers, or that the
    service can read and write the folder.
    """

    code = "inbox-unavailable"


class InboxRefused(InboxUnavailable):
    """The mail server rejected the login. Correct the user name and password in DSR_MAIL_IN; without a password,
    let the mail server admit the client in DSR_MAIL_OAUTH_CLIENT_ID to this mailbox.
    """

    code = "inbox-refused"


class InboxUnsuited(InboxUnavailable):
    """The mail server can't move single messages (neither MOVE nor UIDPLUS), or has no such mailbox. Name another in
    DSR_MAIL_IN."""

    code = "inbox-unsuited"


class Filing(StrEnum):
    """Where a message is filed."""

    DONE = "done"
    FAILED = "failed"
    """It is in quarantine, for a person to look at."""


@dataclass(frozen=True, repr=False)
class Waiting:
    """One waiting message. It has no `repr`, since it is personal data."""

    handle: str
    """Key by which this session files or deletes it."""
    raw: bytes
    """The whole message, or only its header if it is too large."""
    size: int
    """Size in bytes of the whole message."""
    is_whole: bool
    arrived_at: datetime | None
    """When it was stored in the inbox: IMAP INTERNALDATE, or the time of the file."""
    mailbox: str | None = None
    """The address of this inbox, where it is known: the user of an IMAP mailbox who is named by an address."""


@dataclass(frozen=True)
class UnreadableWaiting:
    """A message that can't be read and stays in the inbox; others continue."""

    handle: str


class InboxSession(Protocol):
    """An inbox while it is open."""

    def messages(self) -> Iterator[Waiting | UnreadableWaiting]:
        """Waiting messages in order of arrival, read one by one. Raises InboxUnavailable if the connection breaks."""

    def file_away(self, message: Waiting, filing: Filing) -> bool:
        """File a message after its result is committed; False if it is gone. Raises InboxUnavailable."""

    def filed(self, filing: Filing, before: datetime) -> Iterator[Waiting | UnreadableWaiting]:
        """Messages that lie in a folder since before this time, read one by one. This ends what `messages` reads.

        A Maildir knows when a message was filed, a mail server only when it arrived. Raises InboxUnavailable;
        InboxUnsuited if the server can't delete a single message.
        """

    def delete(self, message: Waiting) -> None:
        """Delete the message that `filed` gave last; nothing if it is gone. Raises InboxUnavailable."""


class Inbox(Protocol):
    """Port: a source of incoming mail."""

    @property
    def name(self) -> str:
        """Its name for display, such as `imap`, without user, password or path."""

    def open(self) -> AbstractContextManager[InboxSession]:
        """Raises InboxUnavailable, InboxRefused, InboxUnsuited; MailOauthUnavailable, MailOauthRefused."""
