"""A large mail is taken apart in a child process, with the same result and within its means."""

from dataclasses import replace

import pytest

from dsr.mailbox.confined import take_apart_safely
from dsr.mailbox.errors import MessageTooCostly, UnreadableMessage
from dsr.mailbox.limits import DEFAULT_LIMITS, MailLimits
from dsr.mailbox.own_servers import OwnServers
from dsr.mailbox.taking_apart import MailApart, take_apart
from tests.mailbox.test_bounce import POSTFIX
from tests.mailbox.test_bounds import HEAD, nested

CHILD = replace(DEFAULT_LIMITS, max_in_process_bytes=0)
STAMP = b"Received: from a by mx.callcentre.example; Thu, 5 Mar 2026 10:00:00 +0100\r\n"
LETTER = STAMP + "From: Žofie <z@example.org>\r\nSubject: Námitky\r\n\r\nVymažte mé údaje.".encode()


def apart(raw: bytes, limits: MailLimits) -> MailApart:
    return take_apart_safely(raw, own=OwnServers(frozenset({"mx.callcentre.example"})), limits=limits)


@pytest.mark.parametrize(
    "raw", [LETTER, POSTFIX.replace("\n", "\r\n").encode(), b"no message", HEAD + HEAD + b"\r\nx", b"A: \xff\r\n\r\n"]
)
def test_a_child_reads_what_this_process_reads(raw: bytes) -> None:
    here = take_apart(raw, own=OwnServers(frozenset({"mx.callcentre.example"})), limits=DEFAULT_LIMITS)
    assert apart(raw, CHILD) == here


def test_a_large_mail_is_read() -> None:
    text = "Please erase my data. " * 20_000
    assert "Please erase my data." in apart(LETTER + text.encode(), DEFAULT_LIMITS).message.text


def test_what_takes_too_long_is_refused() -> None:
    careless = replace(CHILD, max_comparisons=10**9, max_cpu_seconds=1)
    with pytest.raises(MessageTooCostly) as error:
        _ = apart(nested(198, 200_000), careless).message
    assert error.value.facts == {"exceeded": "seconds of CPU", "most": 1}


def test_what_takes_too_much_memory_is_refused() -> None:
    poor = replace(CHILD, max_memory_bytes=64 * 1024 * 1024)
    with pytest.raises(MessageTooCostly) as error:
        _ = apart(LETTER + b"x" * 20_000_000, poor).message
    assert error.value.facts["exceeded"] == "bytes of memory"


def test_a_refusal_of_the_child_has_its_own_code() -> None:
    with pytest.raises(UnreadableMessage) as error:
        _ = apart(HEAD + b"From: b@example.org\r\n\r\nx", CHILD).message
    assert error.value.code == "sender-missing-or-ambiguous"
