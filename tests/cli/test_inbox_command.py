"""`dsr inbox`: one pass over what waits, as a process of its own does it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dsr.settings import Settings
from tests.imap_server import PASSWORD, ImapHost

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


def letter(number: int) -> bytes:
    return (
        f"Received: from x by mx.callcentre.example; {YESTERDAY:%a, %d %b %Y %H:%M:%S +0000}\r\n"
        f"From: Person <p{number}@example.org>\r\nTo: privacy@callcentre.example\r\nSubject: Request\r\n"
        f"Message-ID: <{number}@example.org>\r\n\r\n"
        "I am requesting access to my personal data under Article 15 GDPR.\r\n"
    ).encode()


@pytest.fixture
def dsr(install: Callable[[str], Settings], imap: ImapHost) -> Callable[..., subprocess.CompletedProcess[str]]:
    home = install("sqlite").home

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        url = f"imap://team%40callcentre.example:{imap.password}@localhost:{imap.port}/INBOX?tls=none"
        environ = {**os.environ, "DSR_HOME": str(home), "DSR_MAIL_IN": url, **settings}
        command = [sys.executable, "-m", "dsr.cli", "inbox", *arguments]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    return run


def test_each_message_is_told_with_what_became_of_it(dsr: Any, imap: ImapHost) -> None:
    imap.put(letter(1), letter(2), b"no message")
    done = dsr("--json")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["outcome"] for line in lines] == ["received", "received", "quarantined"]
    assert [len(imap.folder(name)) for name in ("INBOX", "done", "failed")] == [0, 2, 1]
    assert PASSWORD not in done.stdout + done.stderr


def test_a_person_sees_how_many_became_what(dsr: Any, imap: ImapHost) -> None:
    imap.put(letter(1))
    done = dsr()
    assert done.returncode == 0, done.stderr
    assert "received" in done.stdout


def test_an_inbox_that_can_not_be_reached_is_said_with_its_code_and_without_its_password(dsr: Any) -> None:
    url = f"imap://team:{PASSWORD}@localhost:1/INBOX?tls=none"
    done = dsr(DSR_MAIL_IN=url)
    assert (done.returncode, json.loads(done.stdout)) == (3, {"code": "inbox-unavailable"})
    assert PASSWORD not in done.stderr


def test_without_an_inbox_it_says_what_to_set(dsr: Any) -> None:
    done = dsr(DSR_MAIL_IN="")
    assert done.returncode == 2
    assert "DSR_MAIL_IN" in done.stderr
