"""Outgoing mail through a mail server (RFC 5321), over TLS unless it is told otherwise."""

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

_SECONDS: Final = 30
"""For each step of the dialogue."""
_TIMES_AS_LONG: Final = 10
"""For the answer to the content: a server looks through it before it says so, and who does not wait for that sends it
again (RFC 5321, 4.5.3.2.6)."""
_GO_ON: Final = 354
_LEADING_DOT: Final = re.compile(rb"^\.", re.MULTILINE)
"""Doubled on the way, since a line with one dot ends the content (RFC 5321, 4.5.2)."""
_TAKEN: Final = range(200, 300)
"""Reply codes that say yes."""
_REFUSED: Final = 400
"""Reply codes from here on say no; any other says nothing at all."""
_FOR_GOOD: Final = 500
"""Reply codes from here on are permanent (RFC 5321, 4.2.1)."""
_TOO_LARGE: Final = 552
"""Said of the size that stands in `MAIL FROM` (RFC 1870)."""

_BROKEN: Final = (smtplib.SMTPException, OSError, ValueError)
"""What the library raises where a dialogue breaks off, or makes no sense."""


@dataclass(frozen=True)
class SmtpServer:
    """Where and how mail is handed over."""

    host: str
    port: int
    tls: str
    """`implicit`, `starttls`, or `none` for a server on this machine."""
    user: str = ""
    password: str = field(default="", repr=False)


class SmtpTransport:
    """One dialogue for each message: nothing is kept open, so that a server that was restarted is found again."""

    name = "smtp"

    def __init__(self, server: SmtpServer, *, context: ssl.SSLContext | None = None, seconds: float = _SECONDS) -> None:
        """`context` says whose certificates are believed; default is what the machine believes."""
        self._server = server
        self._context = context or ssl.create_default_context()
        self._seconds = seconds

    def send(self, message: OutgoingMessage) -> None:
        """Hand it over; when this returns, the server has it.

        Raises MessageNotSent, MessageRefused; TransportUnavailable only before the message is spoken of: where a
        dialogue about it breaks off, that may be its own fault, and the others are tried. Raises MessageInDoubt where
        it breaks off once the server was asked to take the content.
        """
        mail = as_mail(message)
        sender, recipient = email_address(message.sender), email_address(message.recipient)
        # No error of the library is chained: they quote addresses.
        try:
            connection = self._connected()
        except _BROKEN as error:
            # Wrong password, no TLS where it is asked for, no connection: ours to mend, so the mail waits.
            raise TransportUnavailable(reason=type(error).__name__) from None
        with closing(connection):
            _name(connection, sender, recipient, size=len(mail))
            _give(connection, mail, seconds=self._seconds * _TIMES_AS_LONG)
            with suppress(smtplib.SMTPException, OSError):  # it has the message, however it says goodbye
                _wait(connection, self._seconds)
                connection.quit()

    def _connected(self) -> smtplib.SMTP:
        """Raises SMTPException, OSError."""
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
            if server.user:
                connection.login(server.user, server.password)
            connection.ehlo_or_helo_if_needed()
        except BaseException:
            connection.close()
            raise
        return connection


def _name(connection: smtplib.SMTP, sender: str, recipient: str, *, size: int) -> None:
    """Say whose mail it is, and to whom it goes. Raises MessageNotSent, MessageRefused."""
    options = [f"SIZE={size}"] if connection.has_extn("size") else []
    if not (sender + recipient).isascii():
        if not connection.has_extn("smtputf8"):
            raise MessageRefused("The mail server takes no address with other letters than a to z.")
        options += ["SMTPUTF8", "BODY=8BITMIME"]
    try:
        code, _ = connection.mail(sender, options)
        if code not in _TAKEN:  # who may send from where is ours to mend
            raise _refusal(code) if code == _TOO_LARGE else MessageNotSent(reply=code)
        code, _ = connection.rcpt(recipient)
    except _BROKEN as error:
        raise MessageNotSent(reason=type(error).__name__) from None
    if code not in _TAKEN:
        raise _refusal(code)


def _give(connection: smtplib.SMTP, mail: bytes, *, seconds: float) -> None:
    """Hand the content over, and wait so long for what is said to it.

    The library does both steps in one, with one patience for both. Raises MessageNotSent, MessageRefused,
    MessageInDoubt.
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
    """From here on, so long for each step."""
    if connection.sock is not None:
        connection.sock.settimeout(seconds)


def _refusal(code: int) -> MessageNotSent:
    return MessageRefused(reply=code) if code >= _FOR_GOOD else MessageNotSent(reply=code)
