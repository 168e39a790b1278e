"""Two deliveries of one letter are one letter."""

import pytest

from dsr.mailbox.trace import without_trace

LETTER = b"From: ada@example.org\r\nMessage-ID: <1@example.org>\r\nSubject: Access\r\n\r\nReceived: my letter?\r\n"


@pytest.mark.parametrize(
    "trace",
    [
        b"Received: from a by mx.example;\r\n\tSun, 15 Mar 2026 03:31:00 +0000\r\n",
        b"Return-Path: <ada@example.org>\r\nDelivered-To: privacy@de.example\r\n",
        b"ARC-Seal: i=1; a=rsa-sha256;\r\n b=abc\r\nAuthentication-Results: mx.example; spf=pass\r\n",
        b"From ada@example.org Sun Mar 15 03:31:00 2026\r\nreceived: by mx.example\r\n",
    ],
)
def test_what_servers_wrote_on_the_way_does_not_count(trace: bytes) -> None:
    assert without_trace(trace + LETTER) == without_trace(LETTER) == LETTER.replace(b"\r\n", b"\n")


def test_the_ends_of_lines_do_not_count() -> None:
    """A Maildir keeps them as the system writes them, IMAP hands them out as they travel."""
    assert without_trace(LETTER) == without_trace(LETTER.replace(b"\r\n", b"\n"))


@pytest.mark.parametrize("change", [(b"Access", b"Erasure"), (b"my letter?", b"my letter!"), (b"ada@", b"eve@")])
def test_what_the_sender_wrote_counts(change: tuple[bytes, bytes]) -> None:
    assert without_trace(LETTER.replace(*change)) != without_trace(LETTER)


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"Received:", b"\xff\x00", b"Received: a\n b\n c\n\nReceived: d"])
def test_any_bytes_will_do(raw: bytes) -> None:
    assert raw.endswith(without_trace(raw)[-1:])
