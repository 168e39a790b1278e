"""One contract for every way in which mail leaves; SMTP against a real server, with TLS, passwords and bad days."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from dsr.domain.messages import (
    Enclosure,
    MessageInDoubt,
    MessageNotSent,
    MessageRefused,
    MessageTransport,
    OutgoingMessage,
    TransportUnavailable,
)
from dsr.letters import OutgoingMaildir
from dsr.letters.smtp import SmtpServer, SmtpTransport
from tests.certificates import Authority

MESSAGE = OutgoingMessage(
    message_id="<1@callcentre.example>",
    sender="privacy@callcentre.example",
    recipient="ada@example.org",
    subject="Ihre Anfrage – Größe",
    text="Grüße aus Łódź\n.\n..eine Zeile mit Punkten\n" + "lang " * 300 + "\n",
    languages=("de", "en"),
    written_at=datetime(2026, 3, 5, 9, tzinfo=UTC),
    html="<!DOCTYPE html><p>Grüße aus Łódź</p>\n",
    in_reply_to="<theirs@example.org>",
    is_reply=True,
    enclosures=(Enclosure("letter.pdf", "application/pdf", b"%PDF-1.7\x00\xff"),),
)
SECRET = "s3cret"


@dataclass
class Inbox:
    """What a server took, and how it behaves."""

    taken: list[bytes] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    mail: str = "250 OK"
    rcpt: str = "250 OK"
    data: str = "250 OK"
    cut: bool = False
    """Close the connection once the content has come, without an answer."""
    hesitation: float = 0
    """Seconds from the end of the content to the answer."""
    goodbye: str = "221 Bye"

    async def handle_MAIL(  # noqa: N802 - the library's name, here and below
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mail.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options += options
        return self.mail

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        if self.data.startswith("250"):
            self.taken.append(envelope.content)
            self.to += envelope.rcpt_tos
        if self.cut:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        await asyncio.sleep(self.hesitation)
        return self.data

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        return self.goodbye


def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=(data.login, data.password) == (b"dsr", SECRET.encode()), handled=False)


@contextmanager
def serving(inbox: Inbox, **options: Any) -> Iterator[int]:
    """A mail server on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def plain(port: int, **facts: Any) -> SmtpTransport:
    return SmtpTransport(SmtpServer("127.0.0.1", port, "none"), **facts)


# The contract ----------------------------------------------------------------------------------------------------


@dataclass
class Way:
    """A transport, what came out at its other end, and its bad days."""

    transport: MessageTransport
    arrived: Callable[[], list[bytes]]
    take_nothing: Callable[[], None]
    break_off: Callable[[], None]
    """Once it has the message, and before it says so."""


@pytest.fixture(params=["maildir", "smtp"])
def way(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    if request.param == "maildir":
        folder = tmp_path / "out"

        def broken(*_: Any) -> None:
            raise OSError

        yield Way(
            OutgoingMaildir(folder),
            arrived=lambda: [each.read_bytes() for each in folder.glob("new/*")],
            take_nothing=lambda: monkeypatch.setattr("dsr.letters.maildir._write", broken),
            break_off=lambda: monkeypatch.setattr("dsr.letters.maildir.sync_folder", broken),
        )
        return
    inbox = Inbox()
    with serving(inbox) as port:
        yield Way(
            plain(port),
            arrived=lambda: inbox.taken,
            take_nothing=lambda: setattr(inbox, "rcpt", "451 4.7.1 Greylisted"),
            break_off=lambda: setattr(inbox, "cut", True),
        )


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_message_arrives_as_it_was_written(way: Way) -> None:
    way.transport.send(MESSAGE)
    [raw] = way.arrived()
    mail = read(raw)
    said = {name: mail[name] for name in ("From", "To", "Subject", "Message-ID", "In-Reply-To", "References")}
    assert said == {
        "From": MESSAGE.sender,
        "To": MESSAGE.recipient,
        "Subject": MESSAGE.subject,
        "Message-ID": MESSAGE.message_id,
        "In-Reply-To": MESSAGE.in_reply_to,
        "References": MESSAGE.in_reply_to,
    }
    assert mail["Date"].datetime == MESSAGE.written_at
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["Content-Language"] == "de, en"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert html.get_content().replace("\r\n", "\n") == MESSAGE.html
    [enclosed] = mail.iter_attachments()
    assert (enclosed.get_filename(), enclosed.get_content_type()) == ("letter.pdf", "application/pdf")
    assert enclosed.get_payload(decode=True) == MESSAGE.enclosures[0].content


def test_the_same_message_again_has_the_same_id(way: Way) -> None:
    way.transport.send(MESSAGE)
    way.transport.send(MESSAGE)
    assert {read(each)["Message-ID"] for each in way.arrived()} == {MESSAGE.message_id}


def test_what_certainly_did_not_arrive_is_told_from_what_may_have(way: Way) -> None:
    # given
    way.transport.send(MESSAGE)
    way.take_nothing()
    # when, then
    with pytest.raises(MessageNotSent):
        way.transport.send(replace(MESSAGE, message_id="<2@callcentre.example>"))
    assert len(way.arrived()) == 1


def test_what_may_have_arrived_is_in_doubt(way: Way) -> None:
    way.break_off()
    with pytest.raises(MessageInDoubt) as doubt:
        way.transport.send(MESSAGE)
    assert len(way.arrived()) == 1, "though it was not said"
    assert "ada@" not in repr(doubt.value) + repr(doubt.value.facts) + str(doubt.value.__cause__)


def test_a_message_that_nobody_wrote_to_us_before_answers_none(way: Way) -> None:
    way.transport.send(replace(MESSAGE, in_reply_to=None, is_reply=False, html=None, enclosures=()))
    [raw] = way.arrived()
    mail = read(raw)
    assert (mail["In-Reply-To"], mail["Auto-Submitted"]) == (None, "auto-generated")
    assert mail.get_content_type() == "text/plain"


NO_ADDRESSES = (
    "",
    "x",
    "a@",
    "a@[",
    "@b",
    "a@b, eve@c",
    "a@b.example, eve@c.example",
    "Ada <a@b>",
    "a@b\x00",
    "g:a@b;",
    "[",
)


@pytest.mark.parametrize(
    "bad",
    [
        {"recipient": "ada@example.org\r\nBcc: eve@example.net"},
        {"sender": "privacy@callcentre.example\nBcc: eve@example.net"},
        {"message_id": "<1@x>\r\nBcc: eve@example.net"},
        {"message_id": "<\x001@callcentre.example>"},
        {"in_reply_to": "<\x00theirs@example.org>"},
        {"in_reply_to": "<th\u00e9irs@example.org>"},
        {"subject": "Hello\r\nBcc: eve@example.net"},
        {"text": "\udcff"},
        *({"recipient": no_address} for no_address in NO_ADDRESSES),
    ],
    ids=ascii,
)
def test_what_can_not_stand_in_a_header_is_refused_for_good_and_quoted_nowhere(way: Way, bad: dict[str, Any]) -> None:
    with pytest.raises(MessageRefused) as refused:
        way.transport.send(replace(MESSAGE, **bad))
    assert "eve@" not in repr(refused.value) + str(refused.value.__cause__)
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(
    ("recipient", "written"),
    [
        ("Ada@B\u00dcCHER.example", "ada@xn--bcher-kva.example"),
        ("a" * 64 + "@" + ".".join(["b" * 60] * 4), None),
        ("a..b@docomo.example", None),
        ("\u0142ukasz@example.org", None),
    ],
)
def test_an_address_stands_in_its_field_as_the_server_is_told_it(way: Way, recipient: str, written: str | None) -> None:
    way.transport.send(replace(MESSAGE, recipient=recipient))

    [raw] = way.arrived()
    assert f"\r\nTo: {written or recipient}\r\n".encode() in raw


@pytest.mark.parametrize("length", [60, 120, 480])
def test_a_long_id_is_answered_as_it_is(way: Way, length: int) -> None:
    theirs = f"<{'a' * length}@example.org>"
    way.transport.send(replace(MESSAGE, in_reply_to=theirs))

    [raw] = way.arrived()
    assert f"\r\nIn-Reply-To: {theirs}\r\nReferences: {theirs}\r\n".encode() in raw


def test_machines_are_asked_for_no_reply_but_may_report_that_the_mail_did_not_arrive(way: Way) -> None:
    way.transport.send(MESSAGE)

    [raw] = way.arrived()
    assert read(raw)["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"


def test_each_way_has_a_name_for_the_history(way: Way) -> None:
    assert way.transport.name in ("maildir", "smtp")


# TLS and passwords -----------------------------------------------------------------------------------------------


def test_mail_leaves_over_starttls_with_a_password(authority: Authority) -> None:
    inbox = Inbox()
    options = {"tls_context": authority.server(), "require_starttls": True}
    with serving(inbox, authenticator=authenticate, auth_required=True, **options) as port:
        server = SmtpServer("localhost", port, "starttls", "dsr", SECRET)
        SmtpTransport(server, context=authority.client()).send(MESSAGE)
    assert len(inbox.taken) == 1


def test_mail_leaves_over_implicit_tls(authority: Authority) -> None:
    inbox = Inbox()
    with serving(inbox, ssl_context=None, server_hostname="localhost") as port:
        assert port  # a server without TLS: what speaks TLS to it waits in vain
        with pytest.raises(MessageNotSent):
            SmtpTransport(SmtpServer("localhost", port, "implicit"), context=authority.client(), seconds=1).send(
                MESSAGE
            )
    with implicit(inbox, authority) as port:
        SmtpTransport(SmtpServer("localhost", port, "implicit"), context=authority.client()).send(MESSAGE)
    assert len(inbox.taken) == 1


@contextmanager
def implicit(inbox: Inbox, authority: Authority) -> Iterator[int]:
    """The same server behind TLS from the first byte on."""
    loop, started, ports = asyncio.new_event_loop(), threading.Event(), []

    async def start() -> None:
        server = await loop.create_server(
            lambda: SMTP(inbox, loop=loop, hostname="localhost"), "127.0.0.1", 0, ssl=authority.server()
        )
        ports.append(server.sockets[0].getsockname()[1])
        started.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.create_task(start())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(5)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


def is_away(transport: MessageTransport) -> None:
    """No message can leave, which is the fault of none."""
    assert isinstance(waits(transport), TransportUnavailable)


def waits(transport: MessageTransport) -> MessageNotSent:
    """The message is kept for later, and nothing of it is told."""
    with pytest.raises(MessageNotSent) as kept:
        transport.send(MESSAGE)
    assert not isinstance(kept.value, MessageRefused)
    shown = repr(kept.value) + repr(kept.value.facts) + repr(kept.value.__cause__)
    assert SECRET not in shown
    assert "ada@" not in shown
    return kept.value


def test_a_wrong_password_keeps_the_mail_waiting(authority: Authority) -> None:
    inbox = Inbox()
    with serving(inbox, authenticator=authenticate, auth_required=True, tls_context=authority.server()) as port:
        server = SmtpServer("localhost", port, "starttls", "dsr", f"not-{SECRET}")
        is_away(SmtpTransport(server, context=authority.client()))
    assert inbox.taken == []
    assert SECRET not in repr(server)


def test_a_certificate_that_nobody_vouches_for_is_not_believed(authority: Authority) -> None:
    inbox = Inbox()
    with serving(inbox, tls_context=authority.server()) as port:
        is_away(SmtpTransport(SmtpServer("localhost", port, "starttls")))
    assert inbox.taken == []


def test_no_mail_leaves_in_the_open_where_tls_is_asked_for(authority: Authority) -> None:
    inbox = Inbox()
    with serving(inbox) as port:  # offers no TLS: that may be mended, so the mail waits
        is_away(SmtpTransport(SmtpServer("localhost", port, "starttls"), context=authority.client()))
    assert inbox.taken == []


# Bad days --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["rcpt", "data"])
@pytest.mark.parametrize(
    ("reply", "for_good"),
    [("451 4.7.1 Greylisted", False), ("452 4.2.2 Full", False), ("550 5.1.1 Unknown", True), ("554 5.7.1 No", True)],
)
def test_a_refusal_for_now_is_told_from_one_for_good(place: str, reply: str, for_good: bool) -> None:
    inbox = Inbox(rcpt=reply) if place == "rcpt" else Inbox(data=reply)
    with serving(inbox) as port:
        if for_good:
            with pytest.raises(MessageRefused):
                plain(port).send(MESSAGE)
        else:
            assert not isinstance(waits(plain(port)), TransportUnavailable)
    assert inbox.taken == []


@pytest.mark.parametrize(
    "reply", ["451 4.3.0 Later", "550 5.7.1 Sender rejected", "530 5.7.0 Log in", "553 5.1.8 Who?"]
)
def test_who_may_send_is_ours_to_mend_so_the_mail_waits_with_the_reply(reply: str) -> None:
    inbox = Inbox(mail=reply)
    with serving(inbox) as port:
        assert waits(plain(port)).facts == {"reply": int(reply[:3])}
    assert inbox.taken == []


def test_a_mail_that_is_too_large_for_the_server_is_refused_for_good() -> None:
    with serving(Inbox(mail="552 5.3.4 Message size exceeds fixed limit")) as port, pytest.raises(MessageRefused):
        plain(port).send(MESSAGE)


def test_the_server_is_told_the_address_that_the_mail_names() -> None:
    inbox = Inbox()
    with serving(inbox) as port:
        plain(port).send(replace(MESSAGE, recipient="Ada@B\u00dcCHER.example"))
    assert inbox.to == ["ada@xn--bcher-kva.example"]


def test_what_was_in_doubt_arrives_again_as_the_same_message() -> None:
    inbox = Inbox(cut=True)
    with serving(inbox) as port:
        with pytest.raises(MessageInDoubt):
            plain(port).send(MESSAGE)
        inbox.cut = False
        plain(port).send(MESSAGE)
    assert [read(each)["Message-ID"] for each in inbox.taken] == [MESSAGE.message_id] * 2, "again, and the same one"


@contextmanager
def saying(*replies: bytes, hangs: bool = False) -> Iterator[int]:
    """A server that says this, each after what it is told, and then closes the connection, or says nothing more until
    the other side does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)

        def answer() -> None:
            connection, _ = listening.accept()
            with connection, connection.makefile("rb") as told:
                connection.settimeout(30)
                for place, reply in enumerate(replies):
                    if place:
                        told.readline()
                    connection.sendall(reply)
                while hangs and told.readline():
                    pass

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            thread.join(60)


GREETING, HELLO, YES = b"220 hello\r\n", b"250 hello\r\n", b"250 yes\r\n"


@pytest.mark.parametrize("reply", [b"421 4.3.2 Shutting down\r\n", b""], ids=["421", "cut"])
def test_a_server_that_goes_away_before_it_hears_of_the_message_is_away(reply: bytes) -> None:
    with saying(GREETING, reply) as port:
        is_away(plain(port))


@pytest.mark.parametrize("replies", [(b"",), (YES, b"")], ids=["sender", "recipient"])
def test_a_connection_that_is_cut_before_the_content_leaves_no_doubt(replies: tuple[bytes, ...]) -> None:
    with saying(GREETING, HELLO, *replies) as port:
        assert not isinstance(waits(plain(port)), TransportUnavailable)


@pytest.mark.parametrize("reply", [b"", b"what?\r\n"], ids=["cut", "no reply code"])
def test_no_answer_to_the_content_is_a_doubt(reply: bytes) -> None:
    with saying(GREETING, HELLO, YES, YES, b"354 go on\r\n", reply) as port, pytest.raises(MessageInDoubt):
        plain(port).send(MESSAGE)


def test_a_server_that_does_not_ask_for_the_content_leaves_no_doubt_and_is_not_waited_for_longer() -> None:
    with saying(GREETING, HELLO, YES, YES, hangs=True) as port:
        begun = time.monotonic()
        waits(plain(port, seconds=1))
        assert time.monotonic() - begun < 10


def test_a_server_that_has_the_mail_is_not_waited_for_longer_to_say_goodbye() -> None:
    with saying(GREETING, HELLO, YES, YES, b"354 go on\r\n", YES, hangs=True) as port:
        begun = time.monotonic()
        plain(port, seconds=1).send(MESSAGE)
        assert time.monotonic() - begun < 10


def test_a_server_that_looks_through_the_content_is_waited_for() -> None:
    inbox = Inbox(hesitation=1.5)
    with serving(inbox) as port:
        plain(port, seconds=0.5).send(MESSAGE)
    assert len(inbox.taken) == 1


def test_what_the_server_took_was_sent_however_it_says_goodbye() -> None:
    inbox = Inbox(goodbye="421 Something broke")
    with serving(inbox) as port:
        plain(port).send(MESSAGE)
    assert len(inbox.taken) == 1


def test_a_server_that_hangs_keeps_nobody_for_long() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        is_away(plain(silent.getsockname()[1], seconds=0.3))


def test_a_server_that_is_not_there_keeps_the_mail_waiting() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    is_away(plain(port))


def test_an_address_that_the_server_can_not_write_is_refused_for_good() -> None:
    inbox = Inbox()
    with serving(inbox, enable_SMTPUTF8=False) as port, pytest.raises(MessageRefused):
        plain(port).send(replace(MESSAGE, recipient="łukasz@example.org"))


def test_a_restarted_server_is_found_again() -> None:
    inbox = Inbox()
    with serving(inbox) as port:
        transport = plain(port)
        transport.send(MESSAGE)
    is_away(transport)
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        transport.send(MESSAGE)
    finally:
        controller.stop()
    assert len(inbox.taken) == 2
