"""What a message may cost is looked at before it is taken apart: each bomb is refused, what people send is read."""

import base64

import pytest

from dsr.mailbox.bounds import require_affordable
from dsr.mailbox.errors import MessageTooCostly
from dsr.mailbox.limits import DEFAULT_LIMITS
from dsr.mailbox.message import parse_message
from dsr.mailbox.own_servers import NO_SERVERS

MEGABYTE = 1024 * 1024
HEAD = b"From: a@example.org\r\n"
MIXED = HEAD + b'Content-Type: multipart/mixed; boundary="B"\r\n\r\n'


def nested(containers: int, lines: int) -> bytes:
    opened = (
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (each, each) for each in range(containers)
    )
    return HEAD + b"".join(opened) + b"\r\n" * lines


@pytest.mark.parametrize(
    ("raw", "exceeded"),
    [
        (HEAD + b'Content-Type: text/plain; a="' + b";" * 80_000 + b'"\r\n\r\nx', "bytes of a field"),
        (HEAD + b"Content-Type: text/plain" + b";\r\n a=b" * 101 + b"\r\n\r\nx", "parameters"),
        (MIXED + b"--B\r\ncontent-disposition: inline; a=" + b'";"' * 101 + b"\r\n\r\nx\r\n--B--", "parameters"),
        (MIXED + b"--B\rCONTENT-TYPE: text/plain;" + b";" * 101 + b"\r\rx\r--B--", "parameters"),
        (MIXED + b"--B\r\n" + b"X: y\r\n" * 3_000 + b"\r\nx\r\n--B--", "header bytes of a part"),
        (nested(201, 10), "multipart fields"),
        (nested(198, 500_000), "comparisons of lines"),
        (HEAD + b"\r\n" + b"\n" * 1_100_000, "lines"),
        (HEAD + b"\r\n" + b"\r" * 1_100_000, "lines"),
        (MIXED + b"--\n" * 150_000, "lines that begin with dashes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_message_that_would_cost_too_much_is_refused_before_it_is_taken_apart(raw: bytes, exceeded: str) -> None:
    with pytest.raises(MessageTooCostly) as error:
        require_affordable(raw, DEFAULT_LIMITS)
    assert error.value.facts["exceeded"] == exceeded


def test_a_boundary_that_the_library_decodes_is_seen() -> None:
    raw = (
        HEAD
        + b"Content-Type: multipart/mixed; boundary*0*=utf-8''%41; boundary*1=B\r\n\r\n--AB\r\n"
        + b"X: y\r\n" * 3_000
    )
    with pytest.raises(MessageTooCostly):
        require_affordable(raw, DEFAULT_LIMITS)


@pytest.mark.parametrize(
    "text",
    [
        b"-- \r\nAda\r\n" * 30_000,
        b"---\r\nkey: value\r\n  - entry\r\n" * 20_000,
        b"Content-Type: multipart/mixed; boundary=quoted\r\n\r\n--quoted\r\n" * 100,
        b"a; b; c;" * 10_000 + b"\r\n",
    ],
    ids=["signatures", "YAML", "quoted mails", "semicolons"],
)
def test_a_text_that_only_looks_like_parts_is_read(text: bytes) -> None:
    raw = MIXED + b"--B\r\nContent-Type: text/plain\r\n\r\n" + text + b"\r\n--B--\r\n"
    assert parse_message(raw, own=NO_SERVERS).text


def test_a_mail_with_twenty_four_megabytes_of_files_is_read() -> None:
    file = base64.encodebytes(bytes(6 * MEGABYTE // 2))
    part = b"--B\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + file
    raw = MIXED + b"--B\r\n\r\nErase my data.\r\n" + part * 5 + b"--B--\r\n"
    message = parse_message(raw, own=NO_SERVERS)
    assert (message.text, len(message.attachments)) == ("Erase my data.", 5)
