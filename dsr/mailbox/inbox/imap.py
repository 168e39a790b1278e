"""A mailbox on a mail server (IMAP, RFC 3501 and 9051), over TLS unless configured otherwise."""

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError, IMAPClientError, LoginError

from dsr.domain.messages import MailOauthUnavailable
from dsr.mail_oauth import AccessTokens, BearerLogin, mechanism
from dsr.mailbox.inbox.port import (
    Filing,
    InboxRefused,
    InboxUnavailable,
    InboxUnsuited,
    UnreadableWaiting,
    Waiting,
)

# The library's debug log would contain the letters themselves.
logging.getLogger("imapclient").setLevel(logging.WARNING)

_SECONDS: Final = 30
"""Seconds per step of the dialogue."""
_DELETED: Final = b"\\Deleted"
_BROKEN: Final = (IMAPClientError, OSError, ValueError, LookupError, TypeError, AttributeError)
"""Errors of the library for a broken or invalid dialogue."""


@dataclass(frozen=True)
class ImapServer:
    """Address, credentials and folders of a mail server."""

    host: str
    port: int
    tls: str
    """`implicit`, `starttls`, or `none` for a server on this machine."""
    user: str
    password: str = field(repr=False)
    mailbox: str = "INBOX"
    done: str = "done"
    failed: str = "failed"
    """Names of folders; `/` stands for the server's separator of levels."""
    tokens: AccessTokens | None = None
    """Where the user gets access tokens; None: by password."""


class ImapInbox:
    """The IMAP inbox: one connection per pass. No UID is remembered, so new UIDs of the server do not matter."""

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
        """`context` holds the trusted certificate authorities; default: those of the system."""
        self._server = server
        self._max_bytes = max_bytes
        self._max_head_bytes = max_head_bytes
        self._context = context or ssl.create_default_context()
        self._seconds = seconds

    @contextmanager
    def open(self) -> Iterator["ImapSession"]:
        """Sign in; find or create the folders.

        Raises InboxUnavailable, InboxRefused, InboxUnsuited; MailOauthUnavailable, MailOauthRefused.
        """
        # No error is chained, since the library's errors quote users, folders and letters.
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
            with suppress(*_BROKEN):  # everything is filed, however the connection ends
                client.logout()
            with suppress(*_BROKEN):
                client.shutdown()

    def _session(self, client: IMAPClient) -> "ImapSession":
        server = self._server
        try:
            if server.tls == "starttls":
                client.starttls(self._context)
            client.normalise_times = False  # otherwise imaplib would use this machine's present offset
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
        except (InboxUnavailable, MailOauthUnavailable):
            raise
        except LoginError:
            raise InboxRefused() from None
        except CapabilityError:
            raise InboxUnsuited("The mail server offers no TLS. Use imaps:, or another server.") from None
        except _BROKEN as error:
            raise InboxUnavailable(reason=type(error).__name__) from None
        address = server.user if "@" in server.user else None
        return ImapSession(client, filed, moves, self._max_bytes, self._max_head_bytes, address=address)


class ImapSession:
    """A selected mailbox; its UIDs are valid as long as it is selected."""

    def __init__(
        self,
        client: IMAPClient,
        filed: dict[Filing, str],
        moves: bool,
        max_bytes: int,
        max_head_bytes: int,
        *,
        address: str | None,
    ) -> None:
        """`address` is that of the mailbox, where its user is called by it."""
        self._client = client
        self._filed = filed
        self._moves = moves
        self._max_bytes = max_bytes
        self._max_head_bytes = max_head_bytes
        self._address = address

    def messages(self) -> Iterator[Waiting | UnreadableWaiting]:
        """Waiting messages by UID, the order of arrival on the server, including messages marked as deleted.

        A message that the server does not return stays, as long as the server answers otherwise. Raises
        InboxUnavailable.
        """
        with _telling():
            uids = sorted(self._client.search("ALL"))
        yield from self._each(uids)

    def filed(self, filing: Filing, before: datetime) -> Iterator[Waiting | UnreadableWaiting]:
        """Messages in the folder that arrived before this time. Raises InboxUnavailable, InboxUnsuited."""
        with _telling():
            can_delete = self._client.has_capability("UIDPLUS")
        if not can_delete:
            raise InboxUnsuited(
                "The mail server can't delete single messages (UIDPLUS). Set DSR_MAIL_DAYS=0, and let the server empty "
                "the folders of DSR_MAIL_IN."
            )
        with _telling():
            self._client.select_folder(self._filed[filing])
            # The server compares days only, in a time zone of its own: so one day more, and then the instant.
            uids = sorted(self._client.search(["BEFORE", before.date() + timedelta(days=2)]))
        for message in self._each(uids):
            if isinstance(message, UnreadableWaiting) or (message.arrived_at and message.arrived_at < before):
                yield message

    def delete(self, message: Waiting) -> None:
        """Delete this one message for good. Raises InboxUnavailable."""
        with _telling():
            self._client.add_flags([int(message.handle)], [_DELETED], silent=True)
            self._client.uid_expunge([int(message.handle)])

    def _each(self, uids: list[int]) -> Iterator[Waiting | UnreadableWaiting]:
        for uid in uids:
            message: Waiting | UnreadableWaiting | None
            try:
                message = self._read(uid)
            except InboxUnavailable:
                with _telling():
                    self._client.noop()
                message = UnreadableWaiting(str(uid))
            if message is not None:  # otherwise somebody moved it meanwhile
                yield message

    def file_away(self, message: Waiting, filing: Filing) -> bool:
        """Move a message; without MOVE, copy it and remove this one copy. Raises InboxUnavailable."""
        uid, folder = int(message.handle), self._filed[filing]
        with _telling():
            self._client.noop()  # learns what others moved meanwhile
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
            # PEEK does not mark the message as seen. A partial fetch never returns more than requested.
            wanted = "BODY.PEEK[]" if is_whole else f"BODY.PEEK[HEADER]<0.{self._max_head_bytes}>"
            content = self._fetch(uid, wanted)
            if content is None:
                return None
            [raw] = [value for key, value in content.items() if key.startswith(b"BODY[")]
            arrived_at = _moment(facts[b"INTERNALDATE"])
            return Waiting(str(uid), bytes(raw), size, is_whole, arrived_at, self._address)

    def _fetch(self, uid: int, *wanted: str) -> dict[bytes, Any] | None:
        found: dict[bytes, Any] | None = self._client.fetch([uid], list(wanted)).get(uid)
        return found


def _sign_in(client: IMAPClient, server: ImapServer) -> None:
    """Sign in by an access token, if the server has any, else by password: with PLAIN, which takes any password in
    UTF-8 (RFC 4616); LOGIN is limited to ASCII.
    """
    if server.tokens is not None:
        _show_token(client, server.user, server.tokens)
    elif (server.user + server.password).isascii() and not client.has_capability("LOGINDISABLED"):
        client.login(server.user, server.password)
    else:
        client.plain_login(server.user, server.password)


def _show_token(client: IMAPClient, user: str, tokens: AccessTokens) -> None:
    """Sign in by an access token; a refused one is fetched anew once."""
    chosen = mechanism(lambda name: client.has_capability(f"AUTH={name}"))
    if chosen is None:
        raise InboxUnsuited("The mail server takes no access tokens (OAUTHBEARER, XOAUTH2). Give a password.")
    token = tokens.token()
    try:
        client.sasl_login(chosen, BearerLogin(chosen, user, token))
    except LoginError:
        client.sasl_login(chosen, BearerLogin(chosen, user, tokens.token(instead_of=token)))


@contextmanager
def _telling() -> Iterator[None]:
    """Raise InboxUnavailable for any error that breaks the dialogue."""
    try:
        yield
    except _BROKEN as error:
        raise InboxUnavailable(reason=type(error).__name__) from None


def _names_begin_with(client: IMAPClient) -> tuple[str, str]:
    """Prefix of personal folders, such as `INBOX.`, and the separator of levels."""
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
    """The instant in UTC; None without a reliable time of the server."""
    if not isinstance(internal_date, datetime) or internal_date.tzinfo is None:
        return None
    return internal_date.astimezone(UTC)
