"""An inbox as the desk sees it. Nothing is remembered between two passes: what waits is what was not filed yet."""

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
    """The mail server rejected the login. Correct the user name and password in DSR_MAIL_IN."""

    code = "inbox-refused"


class InboxUnsuited(InboxUnavailable):
    """The mail server can't move single messages (neither MOVE nor UIDPLUS), or has no such mailbox. Name another in
    DSR_MAIL_IN."""

    code = "inbox-unsuited"


class Filing(StrEnum):
    """Where a message goes that was taken in. Nothing is ever deleted."""

    DONE = "done"
    FAILED = "failed"
    """A person has to look at it: it is in quarantine."""


@dataclass(frozen=True, repr=False)
class Waiting:
    """One message that waits. It has no `repr`: what it says is personal data."""

    handle: str
    """By which this session files it."""
    raw: bytes
    """The whole message, or its head only where it is larger than what is taken."""
    size: int
    """Bytes of the whole."""
    is_whole: bool
    arrived_at: datetime | None
    """When it was stored there: IMAP INTERNALDATE, or the time of the file."""


@dataclass(frozen=True)
class UnreadableWaiting:
    """A message that can't be read, and stays where it is; the others go on."""

    handle: str


class InboxSession(Protocol):
    """An inbox while it is open."""

    def messages(self) -> Iterator[Waiting | UnreadableWaiting]:
        """What waits, in the order of arrival, read one by one. Raises InboxUnavailable when the connection is cut."""

    def file_away(self, message: Waiting, filing: Filing) -> bool:
        """Move it, once what became of it is committed; False where it is gone. Raises InboxUnavailable."""


class Inbox(Protocol):
    """Somewhere mail waits."""

    @property
    def name(self) -> str:
        """What is shown, such as `imap`; nothing of user, password or path."""

    def open(self) -> AbstractContextManager[InboxSession]:
        """Raises InboxUnavailable, InboxRefused, InboxUnsuited."""
