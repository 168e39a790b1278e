"""Input made to exhaust time or memory ends quickly, in a message or in a refusal."""

import time

import pytest

from dsr.mailbox.errors import UnreadableMessage
from dsr.mailbox.message import parse_message
from dsr.mailbox.own_servers import NO_SERVERS

HEAD = b"From: a@example.org\r\n"
HTML = HEAD + b"Content-Type: text/html\r\n\r\n"


@pytest.mark.parametrize("unit", [b"<", b"<a ", b"<!--", b"<![CDATA[", b'<a b="', b"<blockquote>", b"<script>", b"&"])
def test_broken_html_is_read_in_one_pass(unit: bytes) -> None:
    assert seconds(HTML + unit * (1_000_000 // len(unit))) < 5


@pytest.mark.parametrize(
    "fields",
    [
        b"Subject: " + b"=?utf-8?q?a" * 20_000,
        b"To: " + b"(" * 200_000,
        b"To: " + b'"a" <' * 40_000,
        b"Date: " + b"(" * 200_000,
        b"Received: " + b"(" * 200_000 + b"; x",
        b"References: " + b"<a" * 100_000,
        b"Content-Type: text/plain; " + b"a*0=b;" * 40_000,
        b"X: y\r\n" * 40_000 + b"Y: z",
    ],
)
def test_hostile_fields_are_read_in_bounded_time(fields: bytes) -> None:
    assert seconds(HEAD + fields + b"\r\n\r\ntext") < 5


def test_embedded_messages_without_end_are_refused_at_once() -> None:
    assert seconds(HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 100_000) < 5


def seconds(raw: bytes) -> float:
    started = time.perf_counter()
    try:
        parse_message(raw, own=NO_SERVERS)
    except UnreadableMessage as error:
        assert error.code.isascii()  # noqa: PT017 - either end is right, what counts is the time
    return time.perf_counter() - started
