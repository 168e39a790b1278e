"""Two web processes on one database, many clients at once: nothing lost, nothing doubled, no error of ours."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from itertools import groupby
from random import Random
from typing import Any
from uuid import UUID, uuid4

from dsr.desk.attempts import ATTEMPTS_A_MINUTE
from dsr.desk.search_lists import SystemReport
from dsr.domain.recorded import Recorded
from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.values import Provenance
from dsr.domain.rights import Right
from dsr.projections import verify
from tests.proving import in_ci

CLIENTS = 16
LETTERS, DELIVERIES_AT_ONCE = in_ci(144, proving=1152), 3
"""Distinct mails, of which a quarter is delivered so often at the same moment."""
ENTRIES, SENT_AT_ONCE = in_ci(80, proving=640), 3
"""Distinct requests by telephone, of which a quarter is sent so often under one key."""

ACCESS_TEXT = "I am requesting access to my personal data under Article 15 GDPR. Please send me a copy."


def letter(number: int) -> bytes:
    message = EmailMessage()
    message["Received"] = "from mail.example by mx.callcentre.example; Thu, 1 Oct 2026 09:30:00 +0000"
    message["From"] = f"Person {number} <person-{number}@mail.example>"
    message["To"] = "privacy@callcentre.example"
    message["Subject"] = "My personal data"
    message["Message-ID"] = f"<{number}.load@mail.example>"
    message.set_content(f"{ACCESS_TEXT}\n\nMy customer number is {number}.\n")
    return message.as_bytes()


def entry(number: int) -> dict[str, Any]:
    return {
        "controller_id": "callcentre-de",
        "channel": "telephone",
        "received_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
        "person": {"name": f"Caller {number}", "phone": f"+49 30 {number:07}"},
        "text": ACCESS_TEXT,
        "language": "en",
    }


@dataclass
class Ledger:
    """What the server acknowledged, by the client's own account."""

    replies: list[Any] = field(default_factory=list)
    cases: dict[str, set[str]] = field(default_factory=dict)
    """Ids of the cases that each letter and each entry was told to have made or joined."""
    commands: list[tuple[str, UUID, int]] = field(default_factory=list)
    """Name of the event, case, and the version that the answer showed."""

    def intake(self, name: str, reply: Any) -> str | None:
        self.replies.append(reply)
        if reply.status not in (200, 201):
            return None
        request_id: str = reply.json["request_id"]
        self.cases.setdefault(name, set()).add(request_id)
        return request_id

    def command(self, event: str, case: UUID, reply: Any) -> None:
        self.replies.append(reply)
        if reply.status == 200:
            self.commands.append((event, case, int(reply.etag.strip('"'))))


class Crowd:
    """Sends everything, in an order that is the same each time but runs at once."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.ledger = Ledger()

    def receive(self, number: int) -> None:
        self.ledger.intake(f"letter {number}", self._server.post("/intake/messages", letter(number)))

    def enter(self, number: int, key: str, body: dict[str, Any]) -> None:
        self.ledger.intake(f"entry {number}", self._server.post("/requests", body, Idempotency_Key=key))

    def register(self, case: UUID, version: int) -> None:
        self._command("registered", case, "registration", {"rights": ["access"]}, version)

    def assign(self, case: UUID, version: int, assignee: str) -> None:
        self._command("assigned", case, "assignment", {"assignee": assignee}, version)

    def note(self, case: UUID, version: int, **headers: str) -> None:
        self._command("note-added", case, "notes", {"note": "She called again."}, version, **headers)

    def _command(self, event: str, case: UUID, path: str, body: object, version: int, **headers: str) -> None:
        reply = self._server.post(f"/requests/{case}/{path}", body, If_Match=f'"{version}"', **headers)
        self.ledger.command(event, case, reply)


def at_once(work: Sequence[Callable[[], None]], clients: int = CLIENTS) -> None:
    with ThreadPoolExecutor(clients) as threads:
        for done in [threads.submit(each) for each in work]:
            done.result()


def intakes(crowd: Crowd) -> list[Callable[[], None]]:
    """Letters and entries; the copies of one stand side by side, so that they meet."""
    work: list[Callable[[], None]] = []
    for number in range(LETTERS):
        copies = DELIVERIES_AT_ONCE if number % 4 == 0 else 1
        work += [lambda number=number: crowd.receive(number)] * copies  # type: ignore[misc]  # bound now
    for number in range(ENTRIES):
        copies = SENT_AT_ONCE if number % 4 == 0 else 1
        key, body = str(uuid4()), entry(number)
        work += [lambda number=number, key=key, body=body: crowd.enter(number, key, body)] * copies  # type: ignore[misc]
    return work


def commands(crowd: Crowd, cases: Sequence[UUID]) -> list[Callable[[], None]]:
    """For each case: three who register at once, then stale and fresh commands, and a note sent twice with one key."""
    work: list[Callable[[], None]] = []
    for case in cases:
        key = {"Idempotency_Key": str(uuid4())}
        work += [lambda case=case: crowd.register(case, 1)] * 2  # type: ignore[misc]  # bound now
        work += [lambda case=case: crowd.assign(case, 3, "bob")]  # type: ignore[misc]  # fresh only once registered
        work += [lambda case=case, key=key: crowd.note(case, 3, **key)] * 2  # type: ignore[misc]
        work += [lambda case=case: crowd.note(case, 4)]  # type: ignore[misc]
    return work


def shuffled_in_blocks(work: list[Callable[[], None]], size: int) -> list[Callable[[], None]]:
    """Blocks of neighbours in another order: those who race stay together."""
    blocks = [work[start : start + size] for start in range(0, len(work), size)]
    Random(3).shuffle(blocks)  # noqa: S311 - reproducible, not secret
    return [each for block in blocks for each in block]


def test_two_processes_lose_nothing_and_double_nothing(server: Any) -> None:
    # given: cases to work on
    crowd = Crowd(server)
    first = intakes(crowd)
    at_once(first[: len(first) // 2])
    cases = [UUID(request_id) for ids in list(crowd.ledger.cases.values()) for request_id in ids]

    # when: the rest arrives while people work
    rest = shuffled_in_blocks(first[len(first) // 2 :] + commands(crowd, cases), 30)
    at_once(rest)

    # then
    ledger = crowd.ledger
    assert len(ledger.replies) >= 4 * (LETTERS + ENTRIES)
    assert {reply.status for reply in ledger.replies} <= {200, 201, 409, 412}, Counter(
        (reply.status, reply.body[:200]) for reply in ledger.replies if reply.status not in (200, 201, 409, 412)
    )
    log = list(server.service.log.read())
    assert [each.position for each in log] == list(range(1, len(log) + 1))
    assert_each_stream_is_dense(log)

    received = {each.stream_id for each in log if each.name == "dsr.request.received"}
    assert len(ledger.cases) == LETTERS + ENTRIES  # every one was acknowledged
    assert all(len(ids) == 1 for ids in ledger.cases.values())  # all copies led to one case
    assert received == {UUID(request_id) for ids in ledger.cases.values() for request_id in ids}

    by_place = {(each.stream_id, each.stream_version): each for each in log}
    for event, case, version in ledger.commands:
        wanted = f"dsr.request.{'hold-placed' if event == 'registered' else event}"  # the answer shows the last event
        assert by_place[case, version].name == wanted
    acknowledged = {(event, case, version) for event, case, version in ledger.commands}
    assert Counter(event for event, _, _ in acknowledged) == Counter(
        event for event in (each.name.removeprefix("dsr.request.") for each in log) if event in KINDS
    )
    assert Counter(event for event, _, _ in acknowledged)["registered"] == len(cases)
    assert {412, 200, 201} <= {reply.status for reply in ledger.replies}  # the races did take place
    assert verify(server.service.database, server.service.log) == []


KINDS = {"registered", "assigned", "note-added"}


def assert_each_stream_is_dense(log: list[Recorded]) -> None:
    by_stream = sorted(log, key=lambda each: (each.stream_id, each.position))
    for _, events in groupby(by_stream, key=lambda each: each.stream_id):
        versions = [each.stream_version for each in events]
        assert versions == list(range(1, len(versions) + 1))


def test_as_many_as_one_network_may_be_who_redeem_one_link_at_once_get_one_session(server: Any) -> None:
    # given
    link = offered(server)
    replies: list[Any] = []

    def redeem() -> None:
        body = {"token": link.token, "password": link.password}
        replies.append(server.post("/exports/redemption", body, token=False))

    # when
    at_once([redeem] * ATTEMPTS_A_MINUTE, clients=ATTEMPTS_A_MINUTE)

    # then
    assert Counter(reply.status for reply in replies) == {200: ATTEMPTS_A_MINUTE}
    (session,) = {reply.json["session"] for reply in replies}
    assert b"".join(server.service.desk.exports.download(session, network="")).startswith(b"PK")
    names = Counter(each.name for each in server.service.log.read())
    assert names["dsr.export.redeemed"] == ATTEMPTS_A_MINUTE
    assert names["dsr.export.sent"] == 1
    assert verify(server.service.database, server.service.log) == []


def offered(server: Any) -> Any:
    desk, call = server.service.desk, server.call
    crowd = Crowd(server)
    crowd.enter(1, str(uuid4()), entry(1))
    case = UUID(next(iter(crowd.ledger.cases["entry 1"])))
    desk.triage.register(case, call, rights=(Right.ACCESS,), direct_marketing=False)
    desk.items.grant(case, "access", call)
    desk.collection.collect(
        case,
        "access",
        call,
        content=b'[{"number": "0301234567"}]',
        media_type="application/json",
        name="calls",
        system="crm",
        purpose="Customer relations",
        provenance=Provenance.OBSERVED,
        fields=(FieldDescription("number", "The number that called", Provenance.OBSERVED),),
        collected_at=None,
    )
    listed, _ = desk.search_lists.of_item(case, "access", call.caller)
    reports = [
        SystemReport(each, SearchResult.FOUND)
        if each == "crm"
        else SystemReport(each, SearchResult.LEFT_OUT, reason="It is switched off.")
        for each in listed.open
    ]
    desk.search_lists.account(case, "access", call, reports=reports)
    export = UUID(desk.exports.prepare(case, "access", call).resource_id)
    return desk.exports.link(desk.exports.offer(export, call))
