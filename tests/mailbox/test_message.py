"""A message is read as far as it can be believed, and refused with a stable code where it can't."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsr.mailbox.errors import (
    MessageHeadersTooLarge,
    MessageTooDeep,
    MessageTooLarge,
    MessageTooManyParts,
    NotAMessage,
    SenderMissingOrAmbiguous,
    UnreadableMessage,
)
from dsr.mailbox.limits import MailLimits
from dsr.mailbox.message import ParsedMessage, parse_message
from dsr.mailbox.own_servers import OwnServers

OWN = OwnServers(frozenset({"mx.callcentre.example"}))


def mail(*fields: str, body: str | bytes = "Hello", sender: str = "From: Ann <ann@example.org>") -> bytes:
    lines = "".join(f"{field}\r\n" for field in (sender, *fields) if field)
    return lines.encode() + b"\r\n" + (body if isinstance(body, bytes) else body.encode())


def parse(raw: bytes, limits: MailLimits | None = None) -> ParsedMessage:
    return parse_message(raw, own=OWN, limits=limits or MailLimits())


def test_a_plain_message_is_read() -> None:
    message = parse(
        mail(
            "To: Privacy <Privacy@CallCentre.example>, b@example.org",
            "Cc: b@example.org",
            "Subject: =?utf-8?q?L=C3=B6schung?=",
            "Message-ID: <1@example.org>",
            "In-Reply-To: <0@example.org>",
            "References: <a@example.org>\r\n <0@example.org>",
            "Date: Fri, 20 Mar 2026 08:01:00 +0100",
            "Content-Type: text/plain; charset=iso-8859-1",
            body="Gr\u00fc\u00dfe".encode("latin-1"),
        )
    )
    assert message.message_id == "1@example.org"
    assert message.in_reply_to == ("0@example.org",)
    assert message.references == ("a@example.org", "0@example.org")
    assert (message.from_name, message.from_address) == ("Ann", "ann@example.org")
    assert message.to == ("privacy@callcentre.example", "b@example.org")
    assert message.subject == "Löschung"
    assert message.claimed_date == datetime(2026, 3, 20, 7, 1, tzinfo=UTC)
    assert message.received_at is None
    assert message.text == "Grüße"
    assert not message.auto_submitted


def test_arrival_is_the_topmost_received_of_our_own_server() -> None:
    message = parse(
        mail(
            "Received: from mx.callcentre.example by imap.provider.example; Fri, 20 Mar 2026 08:05:00 +0000",
            "Received: from relay.example (relay [192.0.2.1])\r\n"
            "\tby MX.callcentre.example (Postfix) with ESMTPS id 1;\r\n\tFri, 20 Mar 2026 08:59:00 +0100 (CET)",
            "Received: from forger by mx.callcentre.example; Mon, 02 Mar 2020 08:00:00 +0000",
            "Date: Mon, 02 Mar 2020 08:00:00 +0000",
        )
    )
    assert message.received_at == datetime(2026, 3, 20, 7, 59, tzinfo=UTC)


def test_a_server_that_only_bears_a_similar_name_is_not_believed() -> None:
    raw = mail("Received: from a by mx.callcentre.example.evil.example; Fri, 20 Mar 2026 08:05:00 +0000")
    assert parse(raw).received_at is None


@pytest.mark.parametrize(
    "date", ["yesterday", "Fri, 99 Foo 9999 99:99:99 +9999", "", "Fri, 20 Mar 99999 00:00:00 +0000"]
)
def test_a_date_that_makes_no_sense_is_left_out(date: str) -> None:
    assert parse(mail(f"Date: {date}")).claimed_date is None


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "From: ",
        "From: nobody",
        "From: a@example.org, b@example.org",
        "From: a@example.org\r\nFrom: a@example.org",
        "From: undisclosed-recipients:;",
    ],
)
def test_a_message_without_exactly_one_sender_is_refused(sender: str) -> None:
    with pytest.raises(SenderMissingOrAmbiguous):
        parse(mail("Subject: x", sender=sender))


def test_the_sender_is_normalised_and_its_name_holds_no_control_characters() -> None:
    message = parse(mail(sender="From: =?utf-8?q?Eve=0D=0ABcc=3A_x?= <ANN@Example.ORG>"))
    assert message.from_address == "ann@example.org"
    assert message.from_name == "Eve Bcc: x"


def test_a_reply_address_that_differs_is_kept() -> None:
    assert parse(mail("Reply-To: ann@example.org")).reply_to is None
    assert parse(mail("Reply-To: Other <other@example.net>")).reply_to == "other@example.net"


def test_one_mbox_line_in_front_is_tolerated() -> None:
    assert parse(b"From ann@example.org Fri Mar 20 08:00:00 2026\n" + mail()).from_address == "ann@example.org"


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"\x00\x01\x02", b"PK\x03\x04 zip", b"no header here\n\nbody", b"\xff\xfe"]
)
def test_bytes_that_are_no_message_are_refused(raw: bytes) -> None:
    with pytest.raises(NotAMessage):
        parse(raw)


def test_limits_of_size_and_headers_are_kept() -> None:
    with pytest.raises(MessageTooLarge):
        parse(mail(body="x" * 2_000), MailLimits(max_bytes=1_000))
    with pytest.raises(MessageHeadersTooLarge):
        parse(mail("X-Long: " + "x" * 5_000), MailLimits(max_header_bytes=1_000))


def nested(levels: int) -> bytes:
    head = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level) for level in range(levels)
    )
    return b"From: ann@example.org\r\n" + head + b"Content-Type: text/plain\r\n\r\nhello"


def test_nesting_is_limited_without_exhausting_the_stack() -> None:
    assert parse(nested(5)).text == "hello"
    with pytest.raises(MessageTooDeep):
        parse(nested(40))
    with pytest.raises(UnreadableMessage):
        parse(nested(10_000))
    with pytest.raises(UnreadableMessage):
        parse(nested(5_000), MailLimits(max_parts=100_000, max_depth=100_000))


def test_parts_are_limited_while_parsing() -> None:
    parts = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 5_000
    with pytest.raises(MessageTooManyParts):
        parse(b'From: ann@example.org\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n' + parts)


def test_of_alternatives_the_plain_text_is_read_and_attachments_are_listed() -> None:
    raw = mail(
        'Content-Type: multipart/mixed; boundary="m"',
        body='--m\r\nContent-Type: multipart/alternative; boundary="a"\r\n\r\n'
        "--a\r\nContent-Type: text/plain\r\n\r\nplain\r\n"
        "--a\r\nContent-Type: text/html\r\n\r\n<b>rich</b>\r\n--a--\r\n"
        '--m\r\nContent-Type: application/pdf; name="../../id card.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        "AAAA\r\n--m--\r\n",
    )
    message = parse(raw)
    assert message.text == "plain"
    assert [(part.name, part.media_type, part.size) for part in message.attachments] == [
        ("id card.pdf", "application/pdf", 3)
    ]


def test_html_alone_is_turned_into_readable_text() -> None:
    raw = mail(
        "Content-Type: text/html; charset=utf-8",
        body="<html><head><style>p{}</style></head><body><p>Dear&nbsp;team,</p><p>delete<br>my data</p>"
        "<blockquote>old letter</blockquote><script>evil()</script></body></html>",
    )
    assert parse(raw).text == "Dear team,\n\ndelete\nmy data\n\n> old letter"


@pytest.mark.parametrize("charset", ["unicode_escape", "unicode-escape", "raw_unicode_escape", "utf7", "UTF-7"])
def test_a_codec_that_no_letter_is_written_in_decodes_nothing(charset: str) -> None:
    escaped = "erase \\u0041 +AGE- \\x42"
    raw = mail(f"Content-Type: text/plain; charset={charset}", body=escaped.encode())
    assert parse(raw).text == escaped


@pytest.mark.parametrize("charset", ["x-unknown", "utf-8", "idna", "hex", "utf-7", "us-ascii", "\u00fc"])
def test_a_wrong_charset_never_loses_the_letter(charset: str) -> None:
    raw = mail(f"Content-Type: text/plain; charset={charset}", body="caf\u00e9 data".encode("cp1252"))
    assert "data" in parse(raw).text


def test_broken_transfer_encodings_keep_what_can_be_read() -> None:
    assert parse(mail("Content-Transfer-Encoding: base64", body="SGVsbG8$$$=")).text
    assert "a=ZZb" in parse(mail("Content-Transfer-Encoding: quoted-printable", body="a=ZZb")).text
    assert parse(mail("Content-Transfer-Encoding: x-unknown", body="as it is")).text == "as it is"


def test_a_nul_does_not_reach_the_text() -> None:
    assert parse(mail(body="a\x00b")).text == "ab"


def test_text_is_cut_at_its_limit() -> None:
    assert parse(mail(body="x" * 1_000), MailLimits(max_text_chars=100)).text == "x" * 100


@pytest.mark.parametrize(
    "field",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: notify",
        "X-Autoreply: yes",
        "X-Autorespond: Holiday",
        "X-Loop: ann@example.org",
        "Precedence: bulk",
        "Return-Path: <>",
        "Content-Type: multipart/report; boundary=x",
    ],
)
def test_machines_are_recognised(field: str) -> None:
    assert parse(mail(field)).auto_submitted


def test_a_person_is_no_machine() -> None:
    for field in ("Auto-Submitted: no", "Auto-Submitted: No (by hand); x=y"):
        assert not parse(mail(field)).auto_submitted


def test_who_returns_mail_is_a_machine() -> None:
    assert parse(b"From: MAILER-DAEMON@mx.example.org\r\nTo: privacy@callcentre.example\r\n\r\nHello").auto_submitted
    assert not parse(b"From: daemon@example.org\r\nTo: privacy@callcentre.example\r\n\r\nHello").auto_submitted


@pytest.mark.parametrize("message_id", ["<a\x00b@x>", "<\xe9@x>", "<a b@x>", "<a\x7f@x>"])
def test_an_id_that_no_reply_could_name_is_none(message_id: str) -> None:
    raw = f"From: a@example.org\r\nMessage-ID: {message_id}\r\nIn-Reply-To: {message_id}\r\n\r\nHello".encode()
    message = parse(raw)
    assert (message.message_id, message.in_reply_to) == (None, ())


FIELDS = st.sampled_from(
    [
        b"From: a@example.org",
        b"From: (((((((((((",
        b"From: =?utf-8?b?!!!?= <a@b>",
        b'From: "a',
        b"To: <",
        b"Date: ",
        b"Subject: =?x?q?=FF?=",
        b"Subject: \xff\xfe",
        b"Message-ID: <<>>",
        b"References: <a><b",
        b"Received: by;;",
        b"Received: from x by mx.callcentre.example; Fri, 20 Mar 2026",
        b"Content-Type: multipart/mixed; boundary=b",
        b'Content-Type: multipart/alternative; boundary="b',
        b"Content-Type: text/plain; charset*0*=''%FF; charset*1=x",
        b"Content-Type: message/rfc822",
        b"Content-Type: text/html; charset=utf-16",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Type: text/plain; charset=idna",
        b"Content-Type: text/plain; charset=punycode",
        b"\xe9\xff",
        b"Content-Disposition: attachment; filename*=utf-99''%zz",
        b" folded",
        b"Content-Type: message/delivery-status",
        b"Content-Type: message/external-body",
        b"--b",
        b"--b--",
        b"",
        b"<![CDATA[<!x<a",
        b"begin 666 x\n!!",
        b'Content-Disposition: attachment; filename="=?utf-8?q?=00?="',
    ]
)


def outcome(raw: bytes) -> ParsedMessage | str:
    """The message, or the code of the one kind of error that may be raised."""
    try:
        return parse(raw)
    except UnreadableMessage as error:
        return error.code


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(FIELDS, st.binary(max_size=40)), max_size=25))
def test_whatever_the_bytes_only_unreadable_message_is_raised(lines: list[bytes]) -> None:
    found = outcome(b"From: a@example.org\n" + b"\n".join(lines))
    assert isinstance(found, str) or found.from_address


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_nothing_else(raw: bytes) -> None:
    assert outcome(raw)
