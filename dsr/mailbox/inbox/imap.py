"""A mailbox on a mail server (IMAP, RFC 3501 and 9051), over TLS unless it is told otherwise."""

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError, IMAPClientError, LoginError

from dsr.mailbox.inbox.port import (
    Filing,
    InboxRefused,
    InboxUnavailable,
    InboxUnsuited,
    UnreadableWaiting,
    Waiting,
)

# What the library logs when it is asked to tell everything is the letters themselves.
logging.getLogger("imapclient").setLevel(logging.WARNING)

_SECONDS: Final = 30
"""For each step of the dialogue."""
_DELETED: Final = b"\\Deleted"
_BROKEN: Final = (IMAPClientError, OSError, ValueError, LookupError, TypeError, AttributeError)
"""What the library raises when the dialogue breaks off, or the server says what makes no sense."""


@dataclass(frozen=True)
class ImapServer:
    """Where mail waits, and where it goes."""

    host: str
    port: int
    tls: str
    """`implicit`, `starttls`, or `none` for a server on this machine."""
    user: str
    password: str = field(repr=False)
    mailbox: str = "INBOX"
    done: str = "done"
    failed: str = "failed"
    """Names of folders; `/` stands for whatever the server puts between their levels."""


class ImapInbox:
    """One dialogue for each pass. No UID is remembered, so it does not matter when the server gives new ones."""

    name = "imap"

    def __init__(
        self,
        server: ImapServer,
        *,
        max_bytes: int,
        max_head_bytes: int,
        context: ssl.SSLContext | None = None,
        seconds: float = _SECONDS,
    ) -> None:
        """`context` says whose certificates are believed; default is what the machine believes."""
        self._server = server
        self._max_bytes = max_bytes
        self._max_head_bytes = max_head_bytes
        self._context = context or ssl.create_default_context()
        self._seconds = seconds

    @contextmanager
    def open(self) -> Iterator["ImapSession"]:
        """Sign in, find or make the folders. Raises InboxUnavailable, InboxRefused, InboxUnsuited."""
        # No error of the library is chained: they quote users, folders and letters.
        server = self._server
        try:
            client = IMAPClient(
                server.host,
                server.port,
                ssl=server.tls == "implicit",
                ssl_context=self._context,
                timeout=self._seconds,
            )
        except _BROKEN as error:
            raise InboxUnavailable(reason=type(error).__name__) from None
        try:
            yield self._session(client)
        finally:
            with suppress(*_BROKEN):  # everything is filed, however it says goodbye
                client.logout()
            with suppress(*_BROKEN):
                client.shutdown()

    def _session(self, client: IMAPClient) -> "ImapSession":
        server = self._server
        try:
            if server.tls == "starttls":
                client.starttls(self._context)
            client.normalise_times = False  # else by the offset that this machine has today
            _sign_in(client, server)
            moves = client.has_capability("MOVE")
            if not moves and not client.has_capability("UIDPLUS"):
                raise InboxUnsuited()
            prefix, delimiter = _names_begin_with(client)
            inbox = _native(server.mailbox, delimiter)
            folders = {Filing.DONE: server.done, Filing.FAILED: server.failed}
            filed = {filing: prefix + _native(name, delimiter) for filing, name in folders.items()}
            for folder in filed.values():
                if not client.folder_exists(folder):
                    client.create_folder(folder)
                    client.subscribe_folder(folder)
            if not client.folder_exists(inbox):
                raise InboxUnsuited("The mail server has no mailbox of the name in DSR_MAIL_IN.")
            client.select_folder(inbox)
        except InboxUnavailable:
            raise
        except LoginError:
            raise InboxRefused() from None
        except CapabilityError:
            raise InboxUnsuited("The mail server offers no TLS. Use imaps:, or another server.") from None
        except _BROKEN as error:
            raise InboxUnavailable(reason=type(error).__name__) from None
        return ImapSession(client, filed, moves, self._max_bytes, self._max_head_bytes)


class ImapSession:
    """A mailbox that is selected; its UIDs hold as long as it is."""

    def __init__(
        self, client: IMAPClient, filed: dict[Filing, str], moves: bool, max_bytes: int, max_head_bytes: int
    ) -> None:
        self._client = client
        self._filed = filed
        self._moves = moves
        self._max_bytes = max_bytes
        self._max_head_bytes = max_head_bytes

    def messages(self) -> Iterator[Waiting | UnreadableWaiting]:
        """What waits, by UID: the order in which the server took it in. What is marked as deleted has arrived too.

        A message that the server does not give stays where it is, while it answers otherwise. Raises InboxUnavailable.
        """
        with _telling():
            uids = sorted(self._client.search("ALL"))
        for uid in uids:
            message: Waiting | UnreadableWaiting | None
            try:
                message = self._read(uid)
            except InboxUnavailable:
                with _telling():
                    self._client.noop()
                message = UnreadableWaiting(str(uid))
            if message is not None:  # else somebody moved it meanwhile
                yield message

    def file_away(self, message: Waiting, filing: Filing) -> bool:
        """Move it; without MOVE: copy it, and remove this one copy. Raises InboxUnavailable."""
        uid, folder = int(message.handle), self._filed[filing]
        with _telling():
            self._client.noop()  # hears of what others moved meanwhile
            if not self._client.search(["UID", str(uid)]):
                return False
            if self._moves:
                self._client.move([uid], folder)
            else:
                self._client.copy([uid], folder)
                self._client.add_flags([uid], [_DELETED], silent=True)
                self._client.uid_expunge([uid])
        return True

    def _read(self, uid: int) -> Waiting | None:
        with _telling():
            facts = self._fetch(uid, "RFC822.SIZE", "INTERNALDATE")
            if facts is None:
                return None
            size = int(facts[b"RFC822.SIZE"])
            is_whole = size <= self._max_bytes
            # PEEK: that a program read it does not mark it as seen. A partial fetch never gets more than it asks for.
            wanted = "BODY.PEEK[]" if is_whole else f"BODY.PEEK[HEADER]<0.{self._max_head_bytes}>"
            content = self._fetch(uid, wanted)
            if content is None:
                return None
            [raw] = [value for key, value in content.items() if key.startswith(b"BODY[")]
            return Waiting(str(uid), bytes(raw), size, is_whole, _moment(facts[b"INTERNALDATE"]))

    def _fetch(self, uid: int, *wanted: str) -> dict[bytes, Any] | None:
        found: dict[bytes, Any] | None = self._client.fetch([uid], list(wanted)).get(uid)
        return found


def _sign_in(client: IMAPClient, server: ImapServer) -> None:
    """LOGIN knows a to z only; PLAIN takes any password, in UTF-8 (RFC 4616)."""
    if (server.user + server.password).isascii() and not client.has_capability("LOGINDISABLED"):
        client.login(server.user, server.password)
    else:
        client.plain_login(server.user, server.password)


@contextmanager
def _telling() -> Iterator[None]:
    """Raise InboxUnavailable for whatever breaks the dialogue off."""
    try:
        yield
    except _BROKEN as error:
        raise InboxUnavailable(reason=type(error).__name__) from None


def _names_begin_with(client: IMAPClient) -> tuple[str, str]:
    """What names of one's own folders begin with, such as `INBOX.`, and what stands between their levels."""
    if client.has_capability("NAMESPACE"):
        personal = client.namespace().personal
        if personal:
            prefix, delimiter = personal[0]
            return str(prefix or ""), str(delimiter or "")
    listed = client.list_folders("", "INBOX")
    delimiter = listed[0][1] if listed else b"/"
    return "", delimiter.decode("ascii", "replace") if isinstance(delimiter, bytes) else str(delimiter or "")


def _native(name: str, delimiter: str) -> str:
    return name.replace("/", delimiter) if delimiter else name


def _moment(internal_date: object) -> datetime | None:
    """In UTC; None where the server says nothing that could be relied on."""
    if not isinstance(internal_date, datetime) or internal_date.tzinfo is None:
        return None
    return internal_date.astimezone(UTC)
