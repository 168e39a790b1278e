"""The real letters through a real IMAP server, one by one as they arrived: the same outcomes, threads and languages,
and each acknowledged in its language and thread."""

import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from dsr.bootstrap import Service, build, init
from dsr.desk.caller import Call, Caller, service
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.letters import LANGUAGES
from dsr.mailbox.inbox import ImapInbox
from dsr.settings import load_settings
from tests.imap_server import ImapHost

MAILBOX = Path(os.environ["DSR_SHARED_DATA"]) / "mailbox"
EXPECTED: dict[str, dict[str, Any]] = json.loads((MAILBOX / "expected.json").read_text(encoding="utf-8"))
NAMES = sorted(path.name for path in MAILBOX.glob("*.eml"))
ROPA = Path(__file__).parent.parent / "dsr" / "ropa" / "example.yaml"


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
            case = made.desk.repository.request(outcomes[name].request_id, service("check"))
            assert case.received_at == datetime.fromisoformat(each["received"]), name


def test_every_letter_is_filed_byte_for_byte(outcomes: dict[str, Any], host: ImapHost) -> None:
    assert len(outcomes) == len(EXPECTED)
    assert host.folder("INBOX") == []
    assert host.folder("done") == [sent(name) for name in NAMES]


@pytest.fixture(scope="module")
def acknowledgements(outcomes: dict[str, Any], made: Service) -> dict[str, EmailMessage]:
    """What left for each request, by the Message-ID that it answers, once somebody had registered it."""
    ann = Caller(actor="ann", roles=frozenset({Role.HANDLER}), scope=None)
    for name, each in EXPECTED.items():
        if each["kind"] == "request":
            case = made.desk.repository.request(outcomes[name].request_id, ann)
            rights = tuple(map(Right, each["rights"])) or (Right.ACCESS,)
            call = Call(ann, expected=case.version)
            made.desk.triage.register(case.id, call, rights=rights, direct_marketing=False)
    while made.policies.run():
        pass
    # Those to one sender are spaced.
    made.desk.dispatching.drain(made.clock.now() + timedelta(days=1), 1_000)
    assert made.settings.mail_out.folder is not None
    mails = [read(file.read_bytes()) for file in (made.settings.mail_out.folder / "new").iterdir()]
    found = {str(mail["In-Reply-To"]): mail for mail in mails}
    assert len(found) == len(mails)
    return found


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_every_request_is_acknowledged_to_its_sender_in_its_language_and_thread(
    outcomes: dict[str, Any], acknowledgements: dict[str, EmailMessage], made: Service
) -> None:
    requests = {name: each for name, each in EXPECTED.items() if each["kind"] == "request"}
    assert (len(requests), len(EXPECTED) - len(requests), len(acknowledgements)) == (28, 4, 28)
    for name, each in requests.items():
        written = read(sent(name))
        mail = acknowledgements[str(written["Message-ID"]).strip()]
        language = each["language"] if each["language"] in LANGUAGES else "en"
        assert str(mail["Content-Language"]).split(", ")[0] == language, name
        assert str(mail["To"]) == each["sender"], name
        assert mail["Auto-Submitted"] == "auto-replied", name
        case = made.desk.repository.request(outcomes[name].request_id, service("check"))
        assert case.reference in str(mail["Subject"]), name
