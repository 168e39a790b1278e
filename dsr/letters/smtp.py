"""Outgoing mail through a mail server (RFC 5321), over TLS unless configured otherwise."""

import re
import smtplib
import ssl
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Final

from dsr.domain.email_address import email_address
from dsr.domain.messages import (
    MessageInDoubt,
    MessageNotSent,
    MessageRefused,
    OutgoingMessage,
    TransportUnavailable,
)
from dsr.letters.mime import as_mail
from dsr.mail_oauth import AccessTokens, BearerLogin, mechanism

_SECONDS: Final = 30
"""Seconds per step of the dialogue."""
_TIMES_AS_LONG: Final = 10
"""Seconds for the answer to the content: a server may check it first, and a client that does not wait would send it
twice (RFC 5321, 4.5.3.2.6).
"""
_GO_ON: Final = 354
_LEADING_DOT: Final = re.compile(rb"^\.", re.MULTILINE)
"""A leading dot is doubled, since a line with a single dot ends the content (RFC 5321, 4.5.2)."""
_TAKEN: Final = range(200, 300)
"""Reply codes of success."""
_REFUSED: Final = 400
"""Reply codes from here on are refusals; other codes have no meaning."""
_FOR_GOOD: Final = 500
"""Reply codes from here on are permanent (RFC 5321, 4.2.1)."""
_TOO_LARGE: Final = 552
"""Reply to a size announced in `MAIL FROM` that is too large (RFC 1870)."""

_BROKEN: Final = (smtplib.SMTPException, OSError, ValueError)
"""Errors of the library for a broken or invalid dialogue."""


@dataclass(frozen=True)
class SmtpServer:
    """Address and credentials of a mail server."""

    host: str
    port: int
    tls: str
    """`implicit`, `starttls`, or `none` for a server on this machine."""
    user: str = ""
    password: str = field(default="", repr=False)
    tokens: AccessTokens | None = None
    """Where the user gets access tokens, without a password."""


class SmtpTransport:
    """The SMTP transport: one connection per message, so that a restarted server is no problem."""

    name = "smtp"

    def __init__(self, server: SmtpServer, *, context: ssl.SSLContext | None = None, seconds: float = _SECONDS) -> None:
        """`context` holds the trusted certificate authorities; default: those of the system."""
        self._server = server
        self._context = context or ssl.create_default_context()
        self._seconds = seconds

    def send(self, message: OutgoingMessage) -> None:
        """Send the message; on return the server has accepted it.

        Raises MessageNotSent, MessageRefused; TransportUnavailable only before the message is named, since a later
        failure may be caused by the message itself and others are tried; so do MailOauthUnavailable and
        MailOauthRefused, without an access token. Raises MessageInDoubt if the connection breaks after the content was
        offered.
        """
        mail = as_mail(message)
        sender, recipient = email_address(message.sender), email_address(message.recipient)
        # No error of the library is chained: they quote addresses.
        try:
            connection = self._signed_in()
        except _BROKEN as error:
            # Wrong password, missing TLS, no connection: the operator has to fix these, so the mail waits.
            raise TransportUnavailable(reason=type(error).__name__) from None
        with closing(connection):
            _name(connection, sender, recipient, size=len(mail))
            _give(connection, mail, seconds=self._seconds * _TIMES_AS_LONG)
            with suppress(smtplib.SMTPException, OSError):  # the server has the message, however the connection ends
                _wait(connection, self._seconds)
                connection.quit()

    def probe(self) -> None:
        """Greet the server, sign in and leave; send nothing.

        Raises TransportUnavailable, MailOauthUnavailable, MailOauthRefused.
        """
        try:
            connection = self._signed_in()
        except _BROKEN as error:
            raise TransportUnavailable(reason=type(error).__name__) from None
        with closing(connection), suppress(smtplib.SMTPException, OSError):
            connection.quit()

    def _signed_in(self) -> smtplib.SMTP:
        """A connection as the user, if any. A refused access token is fetched anew once.

        Raises SMTPException, OSError, ValueError, MailOauthUnavailable, MailOauthRefused.
        """
        tokens = self._server.tokens
        if tokens is None:
            return self._connected(None)
        token = tokens.token()
        try:
            return self._connected(token)
        except smtplib.SMTPAuthenticationError:
            return self._connected(tokens.token(instead_of=token))

    def _connected(self, token: str | None) -> smtplib.SMTP:
        """Raises SMTPException, OSError, ValueError."""
        server = self._server
        if server.tls == "implicit":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._seconds, context=self._context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=self._seconds)
        try:
            if server.tls == "starttls":
                connection.starttls(context=self._context)
            if token is not None:
                _show(connection, server.user, token)
            elif server.user:
                connection.login(server.user, server.password)
            connection.ehlo_or_helo_if_needed()
        except BaseException:
            connection.close()
            raise
        return connection


def _show(connection: smtplib.SMTP, user: str, token: str) -> None:
    """Sign in by an access token. Raises SMTPException, OSError, ValueError."""
    connection.ehlo_or_helo_if_needed()
    offered = connection.esmtp_features.get("auth", "").upper().split()
    chosen = mechanism(lambda name: name in offered)
    if chosen is None:
        raise smtplib.SMTPNotSupportedError
    connection.auth(chosen, BearerLogin(chosen, user, token))


def _name(connection: smtplib.SMTP, sender: str, recipient: str, *, size: int) -> None:
    """Name sender and recipient. Raises MessageNotSent, MessageRefused."""
    options = [f"SIZE={size}"] if connection.has_extn("size") else []
    if not (sender + recipient).isascii():
        if not connection.has_extn("smtputf8"):
            raise MessageRefused("The mail server does not support addresses with letters other than a to z.")
        options += ["SMTPUTF8", "BODY=8BITMIME"]
    try:
        code, _ = connection.mail(sender, options)
        if code not in _TAKEN:  # a refused sender is a configuration problem
            raise _refusal(code) if code == _TOO_LARGE else MessageNotSent(reply=code)
        code, _ = connection.rcpt(recipient)
    except _BROKEN as error:
        raise MessageNotSent(reason=type(error).__name__) from None
    if code not in _TAKEN:
        raise _refusal(code)


def _give(connection: smtplib.SMTP, mail: bytes, *, seconds: float) -> None:
    """Send the content and wait for the reply.

    The library combines both steps under one time limit. Raises MessageNotSent, MessageRefused, MessageInDoubt.
    """
    try:
        code, _ = connection.docmd("DATA")
    except _BROKEN as error:
        raise MessageNotSent(reason=type(error).__name__) from None
    if code != _GO_ON:
        raise _refusal(code)
    try:
        connection.send(_LEADING_DOT.sub(b"..", mail) + b".\r\n")
        _wait(connection, seconds)
        code, _ = connection.getreply()
    except _BROKEN as error:
        raise MessageInDoubt(reason=type(error).__name__) from None
    if code not in _TAKEN:
        raise _refusal(code) if code >= _REFUSED else MessageInDoubt(reply=code)


def _wait(connection: smtplib.SMTP, seconds: float) -> None:
    """Set the time limit of the following steps."""
    if connection.sock is not None:
        connection.sock.settimeout(seconds)


def _refusal(code: int) -> MessageNotSent:
    return MessageRefused(reply=code) if code >= _FOR_GOOD else MessageNotSent(reply=code)
