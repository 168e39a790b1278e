"""Cases to start from: `a_case()` opens one on 2 March 2026, 10:00 in Berlin, and drives it by the law's verbs.

Every command has lawful arguments by default; a test names only what it is about. Whatever happened to a case in a test
is replayed at its end, through the JSON in which events are stored, and has to give the same state.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from functools import cache
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dsr.calendars import resolve
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.deadlines.regime import regime
from dsr.domain.errors import DomainError
from dsr.domain.events import Event
from dsr.domain.request import Request
from dsr.domain.request.data_set import DataSet, FieldDescription
from dsr.domain.request.grounds import ExcessClaim, RefusalCase, RefusalGround
from dsr.domain.request.letters import ANSWER_OF, NOTHING_HELD_STATEMENTS, REQUIRED_STATEMENTS, Letter, LetterKind
from dsr.domain.request.values import (
    AssuranceLevel,
    Channel,
    DisclosurePurpose,
    DismissalKind,
    ExtensionGround,
    IdentityMethod,
    ItemStatus,
    Provenance,
)
from dsr.domain.rights import Right
from dsr.domain.sealed import BlobRef, KeyIntroduction, KeyPurpose, Sealed

HANDLER, APPROVER, DPO = "ann", "bob", "dora"

ZONES = {"DE": "Europe/Berlin", "FR": "Europe/Paris", "GB": "Europe/London"}


@cache
def calendar_of(country: str) -> WorkingCalendar:
    """The real holidays of the country."""
    return resolve(country, ZONES[country], 2025, 2028)


def sealed() -> Sealed:
    """Something that the desk sealed."""
    return Sealed(key_id=uuid4(), seal_id=uuid4(), nonce=b"\x01" * 12, ciphertext=b"\x02\xff\x03")


def key(purpose: KeyPurpose = KeyPurpose.IDENTITY_EVIDENCE) -> KeyIntroduction:
    """A key that the desk made."""
    return KeyIntroduction(key_id=uuid4(), purpose=purpose, commitment="ab" * 32)


def a_data_set(item_id: str, collected_at: datetime) -> DataSet:
    """What a telephony system returned for the item."""
    return DataSet(
        data_set_id=uuid4(),
        item_id=item_id,
        name="calls",
        system="telephony",
        controller_id="acme-de",
        purpose="customer service",
        provenance=Provenance.OBSERVED,
        fields=(FieldDescription("started_at", "when the call began", Provenance.OBSERVED),),
        collected_at=collected_at,
        content=BlobRef(uuid4(), uuid4(), size=3, media_type="text/csv", ciphertext_sha256="cd" * 32),
    )


def a_refusal(**changes: Any) -> RefusalCase:
    """A refusal that holds for every right but the absolute ones."""
    holding: dict[str, Any] = {
        "ground": RefusalGround.MANIFESTLY_UNFOUNDED,
        "reasons": sealed(),
        "facts": sealed(),
        "claims": (ExcessClaim.NO_RIGHT_AT_ALL,),
    }
    return RefusalCase(**(holding | changes))


def stored_and_read(event: Event) -> Event:
    """The event after the journey through the JSON in which it is kept."""
    return msgspec.json.decode(msgspec.json.encode(event), type=type(event))


def replayed(events: list[Event]) -> Request:
    """The case that the stored events make."""
    case: Request | None = None
    for event in events:
        case = cast(Request, stored_and_read(event).mutate(case))
    assert case is not None
    return case


class ACase:
    """A case under test, with the clock that its commands are told."""

    def __init__(self, *, country: str = "DE", received_at: str = "2026-03-02", **changes: Any) -> None:
        self.calendar = calendar_of(country)
        self.now = self.instant(received_at)
        self.events: list[Event] = []
        given: dict[str, Any] = {
            "request_id": uuid4(),
            "reference": "DSR-7KQ4-M2XN",
            "controller_id": f"acme-{country.lower()}",
            "channel": Channel.EMAIL,
            "received_at": self.now,
            "ropa_version": 1,
            "regime": regime("uk-gdpr" if country == "GB" else "eu-gdpr"),
            "calendar": self.calendar,
            "keys": (key(KeyPurpose.CASE_FILE),),
            "message": sealed(),
            "original": None,
            "at": self.now,
            "actor": "service:intake",
        }
        self.request = Request.receive(**(given | changes))
        self.news = self._collect()

    def __getattr__(self, command: str) -> Callable[..., None]:
        """Any command of the case; what is not given has a lawful default."""

        def run(*named: Any, **changes: Any) -> None:
            self._run(command, named, changes)

        return run

    def record_answer(
        self, *item_ids: str, kind: LetterKind | None = None, without: str = "", left: str = "", **changes: Any
    ) -> None:
        """Record the letter that fits the items, or one of another kind, or one that leaves a statement out."""
        self._run("record_answer", (), {"item_ids": item_ids, "letter": (kind, without, left)} | changes)

    def instant(self, text: str) -> datetime:
        """`2026-03-02` is 10:00 local, `2026-03-02T23:59` local time, `2026-03-02T23:59Z` UTC; always given in UTC."""
        moment = datetime.fromisoformat(text)
        if len(text) == len("2026-03-02"):
            moment = datetime.combine(moment.date(), time(10))
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.calendar.zone))
        return zoned.astimezone(UTC)

    def letter(self, kind: LetterKind, *, without: str = "", left: str = "", nothing_held: bool = False) -> Letter:
        """A complete letter, or one that leaves a statement out."""
        required = NOTHING_HELD_STATEMENTS if nothing_held else REQUIRED_STATEMENTS[kind]
        return Letter(
            kind=kind,
            channel=Channel.EMAIL,
            dispatched_at=self.instant(left) if left else self.now,
            language="de",
            text=sealed(),
            statements=tuple(sorted(required - {without})),
        )

    def take_evidence(self) -> UUID:
        """The person sends a proof; its key."""
        evidence_key = key()
        self.take_identity_evidence(key=evidence_key)
        return evidence_key.key_id

    @contextmanager
    def refuses(self, error: type[DomainError]) -> Iterator[SimpleNamespace]:
        """The block is refused by exactly this rule, and nothing happened: no event waits, no state changed."""
        before = replayed(self.events)
        told = SimpleNamespace()
        with pytest.raises(error) as caught:
            yield told
        told.facts, told.code = caught.value.facts, caught.value.code
        assert type(caught.value) is error
        assert self.request.collect_events() == []
        assert self.request == before

    def happened(self) -> list[str]:
        """The stable names of what the last command recorded, without the aggregate's."""
        return [event.TOPIC.removeprefix("dsr.request.") for event in self.news]

    def check_replay(self) -> None:
        """Replaying what happened gives the same case."""
        assert replayed(self.events) == self.request
        versions = [event.originator_version for event in self.events]
        assert versions == list(range(1, len(versions) + 1))

    def _run(self, command: str, named: tuple[Any, ...], changes: dict[str, Any]) -> None:
        for name in ("at", "asked_at", "answered_at", "received_at", "expires_at"):
            if isinstance(changes.get(name), str):
                changes[name] = self.instant(changes[name])
        self.now = changes.get("at", self.now)
        arguments = self._lawful(command, named) | {"at": self.now} | changes
        if isinstance(arguments.get("letter"), tuple):
            arguments["letter"] = self._fitting(arguments["item_ids"], *arguments["letter"])
        getattr(self.request, command)(**arguments)
        self.news = self._collect()

    def _fitting(self, item_ids: tuple[str, ...], kind: LetterKind | None, without: str, left: str) -> Letter:
        items = [self.request.items[item_id] for item_id in item_ids if item_id in self.request.items]
        nothing = bool(items) and all(item.status is ItemStatus.NOTHING_HELD for item in items)
        if kind is None:
            refused = not items or items[0].status is ItemStatus.REFUSED
            kind = LetterKind.REFUSAL if refused else ANSWER_OF[items[0].right]
        return self.letter(kind, without=without, left=left, nothing_held=nothing and kind is not LetterKind.REFUSAL)

    def _collect(self) -> list[Event]:
        news = [cast(Event, event) for event in self.request.collect_events()]
        self.events += news
        return news

    def _lawful(self, command: str, named: tuple[Any, ...]) -> dict[str, Any]:  # noqa: PLR0912 - one line per command
        now, one = self.now, (named[0] if named else None)
        by_handler, dated = {"actor": HANDLER}, {"actor": HANDLER, "calendar": self.calendar}
        match command:
            case "attach_follow_up":
                return {
                    "channel": Channel.EMAIL,
                    "received_at": now,
                    "message": sealed(),
                    "original": None,
                    "keys": (),
                } | {"actor": "service:intake"}
            case "dismiss":
                return by_handler | {"kind": DismissalKind.SPAM, "reason": sealed()}
            case "register" | "open_items":
                return by_handler | {"rights": named}
            case "link_duplicate":
                earlier = {"original_id": uuid4(), "original_received_on": date(2026, 2, 27), "original_outcome": None}
                return by_handler | earlier | {"same_subject": True}
            case "assign":
                return by_handler | {"assignee": one or HANDLER}
            case "add_note":
                return by_handler | {"note": sealed()}
            case "give_dpo_opinion":
                return {"actor": DPO, "supports": True, "opinion": sealed()}
            case "ask_identity":
                return dated | {"doubt": sealed(), "method": IdentityMethod.KNOWN_FACTS, "asked_at": now}
            case "take_identity_evidence":
                return {"actor": "data-subject", "evidence": sealed(), "key": key(), "received_at": now}
            case "confirm_identity":
                settled = {"method": IdentityMethod.KNOWN_FACTS, "assurance": AssuranceLevel.SUBSTANTIAL}
                return dated | settled | {"answered_at": now, "evidence_destroyed": self._evidence()}
            case "ask_identity_again":
                return by_handler | {"reason": sealed(), "evidence_destroyed": self._evidence()}
            case "give_up_identity":
                return dated | {"reason": sealed(), "evidence_destroyed": self._evidence()}
            case "ask_clarification":
                return dated | {"quantity": sealed(), "asked_at": now}
            case "receive_clarification":
                return dated | {"answer": sealed(), "answered_at": now}
            case "propose_extension":
                return dated | {"ground": ExtensionGround.COMPLEXITY.value, "reasons": sealed()}
            case "approve_extension":
                return {"actor": APPROVER}
            case "decline_extension":
                return {"actor": APPROVER, "reason": sealed()}
            case "send_extension_notice":
                return dated | {"notice": self.letter(LetterKind.EXTENSION)}
            case "propose_refusal":
                statements = REQUIRED_STATEMENTS[LetterKind.REFUSAL]
                return by_handler | {"item_id": one, "refusal": a_refusal(), "statements": statements}
            case "approve_refusal":
                return dated | {"actor": APPROVER, "item_id": one}
            case "decline_refusal":
                return {"actor": APPROVER, "item_id": one, "reason": sealed()}
            case "grant":
                return by_handler | {"item_id": one}
            case "record_done":
                return {"actor": "sam", "item_id": one, "systems": ("telephony",), "account": sealed()}
            case "record_nothing_held":
                return {"actor": "sam", "item_id": one, "systems": ("telephony", "crm")}
            case "record_answer":
                return dated
            case "collect_data":
                return {"actor": "sam", "data_set": a_data_set(one or "access", now), "key": key(KeyPurpose.BLOB)}
            case "discard_data":
                return by_handler | {"data_set_id": one}
            case "disclose":
                return by_handler | {"purpose": DisclosurePurpose.TRIAGE, "versions": (1,)}
            case "introduce_key":
                return by_handler | {"key": key(KeyPurpose.EXPORT)}
            case "issue_subject_token":
                return by_handler | {"token_id": uuid4(), "expires_at": now}
            case "close":
                return by_handler
            case "withdraw":
                return {"actor": "data-subject", "confirmed": True, "statement": sealed()}
            case "reopen":
                return by_handler | {"reason": sealed(), "item_ids": named}
        raise AttributeError(command)

    def _evidence(self) -> tuple[UUID, ...]:
        return self.request.identity_evidence_keys


@pytest.fixture
def a_case() -> Iterator[Callable[..., ACase]]:
    """Open cases; each is replayed at the end of the test."""
    made: list[ACase] = []

    def open_one(*rights: Right, **changes: Any) -> ACase:
        case = ACase(**changes)
        made.append(case)
        if rights:
            case.register(*rights)
        return case

    yield open_one
    for case in made:
        case.check_replay()


@pytest.fixture
def answered(a_case: Callable[..., ACase]) -> ACase:
    """A case of access, carried out, answered and closed on 10 March."""
    case = a_case(Right.ACCESS)
    case.grant("access", at="2026-03-09")
    case.record_done("access")
    case.record_answer("access", at="2026-03-10")
    case.close()
    return case


@pytest.fixture
def made() -> SimpleNamespace:
    """What else a test may need to make: sealed values, keys, data sets, refusals; the names of the staff."""
    return SimpleNamespace(
        sealed=sealed,
        key=key,
        data_set=a_data_set,
        refusal=a_refusal,
        calendar=calendar_of,
        stored_and_read=stored_and_read,
        replayed=replayed,
        case=ACase,
        handler=HANDLER,
        approver=APPROVER,
        dpo=DPO,
    )
