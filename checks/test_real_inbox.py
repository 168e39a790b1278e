"""The real letters through a real IMAP server, one by one as they arrived: the same outcomes, threads and languages."""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from dsr.bootstrap import Service, build, init
from dsr.desk.caller import Call, service
from dsr.mailbox.inbox import ImapInbox
from dsr.settings import load_settings
from tests.imap_server import ImapHost

MAILBOX = Path(os.environ["DSR_SHARED_DATA"]) / "mailbox"
EXPECTED: dict[str, dict[str, Any]] = json.loads((MAILBOX / "expected.json").read_text(encoding="utf-8"))
NAMES = sorted(path.name for path in MAILBOX.glob("*.eml"))
ROPA = Path(__file__).parent.parent / "examples" / "ropa.yaml"


def sent(name: str) -> bytes:
    """As it travels: lines end in CR LF."""
    return (MAILBOX / name).read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@pytest.fixture(scope="module")
def host() -> Iterator[ImapHost]:
    made = ImapHost()
    made.put(*map(sent, NAMES))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    settings = load_settings({"DSR_HOME": str(tmp_path_factory.mktemp("inbox") / "service")})
    init(settings)
    running = build(settings)
    running.desk.ropa.adopt(ROPA, Call(service("check")))
    yield running
    running.close()


@pytest.fixture(scope="module")
def outcomes(host: ImapHost, made: Service) -> dict[str, Any]:
    found: list[Any] = []
    inbox = ImapInbox(host.server(), max_bytes=25 * 2**20, max_head_bytes=2**18)
    made.desk.inbox.read(inbox, told=lambda _, outcome: found.append(outcome))
    return dict(zip(NAMES, found, strict=True))


def test_every_letter_makes_a_case_or_joins_its_thread(outcomes: dict[str, Any]) -> None:
    kinds = {"request": "received", "follow-up": "follow-up"}
    assert {name: each.outcome for name, each in outcomes.items()} == {
        name: kinds[each["kind"]] for name, each in EXPECTED.items()
    }
    for name, each in EXPECTED.items():
        if "follows" in each:
            assert outcomes[name].request_id == outcomes[each["follows"]].request_id


def test_languages_are_right(outcomes: dict[str, Any]) -> None:
    assert {name: each.language for name, each in outcomes.items()} == {
        name: each["language"] for name, each in EXPECTED.items()
    }


def test_arrival_is_what_our_own_server_wrote(outcomes: dict[str, Any], made: Service) -> None:
    for name, each in EXPECTED.items():
        if each["kind"] == "request":
            case = made.desk.book.request(outcomes[name].request_id, service("check"))
            assert case.received_at == datetime.fromisoformat(each["received"]), name


def test_every_letter_is_filed_byte_for_byte(outcomes: dict[str, Any], host: ImapHost) -> None:
    assert len(outcomes) == len(EXPECTED)
    assert host.folder("INBOX") == []
    assert host.folder("done") == [sent(name) for name in NAMES]
