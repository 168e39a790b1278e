"""A case of the domain under test, opened on 2 March 2026, 10:00 in Berlin, and driven by the law's verbs.

Every command has lawful arguments by default, from the catalogue; a test names only what it is about. Whatever
happened to a case in a test is replayed at its end, through the JSON in which events are stored, and has to give the
same state.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dsr.domain.acting import Acting, CaseActing
from dsr.domain.deadlines import Deadline, JointCalendar, WorkingCalendar
from dsr.domain.deadlines.regime import regime
from dsr.domain.errors import DomainError
from dsr.domain.events import Event
from dsr.domain.request import Request
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.calendar_correction import CalendarCorrected
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.joint import RequestReassigned
from dsr.domain.request.letters import ANSWER_OF, NOTHING_HELD_STATEMENTS, REQUIRED_STATEMENTS, Letter, LetterKind
from dsr.domain.request.recomputing import Before, Discrepancy, recompute
from dsr.domain.request.search_list import SEARCHED, SearchResult
from dsr.domain.request.searching import open_systems
from dsr.domain.request.standing import (
    CopyKind,
    Representation,
)
from dsr.domain.request.values import (
    Channel,
    ItemStatus,
)
from dsr.domain.rights import Right
from dsr.domain.ropa import Controller, Notice, RecordOfProcessing, Ropa, RopaAdopted
from dsr.domain.sealed import KeyPurpose
from tests.catalogue.act import Act
from tests.catalogue.catalogue import ACTS
from tests.catalogue.lawful_case import LawfulCase
from tests.catalogue.maker import APPROVER, DPO, HANDLER, ZONES, Maker, as_known_later, calendar_of
from tests.reckoned_anew import objections

EFFECTS: dict[Right, tuple[tuple[str, dict[str, Any]], ...]] = {
    Right.RECTIFICATION: (("assess_accuracy", {}), ("rectify", {})),
    Right.RESTRICTION: (("restrict", {}),),
    Right.OBJECTION: (("stop_processing", {}),),
    Right.CONSENT_WITHDRAWAL: (("withdraw_consent", {}),),
    Right.AUTOMATED_DECISION: (("review_decision", {}),),
    Right.INFORMATION: (("send_copy", {"kind": CopyKind.PRIVACY_NOTICE, "of": None}),),
}
"""What has to be on record before an item of the right is done."""

REGIME_OF = {"GB": "uk-gdpr"}


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


def record_of(events: list[Event], calendar: WorkingCalendar) -> RecordOfProcessing:
    """A record of processing with every controller that had the case; those that are none of ours count its days."""
    received = cast(RequestReceived, events[0])
    ids = [received.controller_id, *(e.controller_id for e in events if isinstance(e, RequestReassigned))]
    named = {each: each.rpartition("-")[2].upper() for each in ids}
    days = {each: calendar_of(country) if country in ZONES else calendar for each, country in named.items()}
    days[received.controller_id] = calendar
    controllers = tuple(
        Controller(
            each, each, day.country, day.zone, REGIME_OF.get(day.country, "eu-gdpr"), "de-berlin", (), ("en",), 16
        )
        for each, day in days.items()
    )
    document = Ropa("ours", Notice(children_under=16), controllers, systems=(), activities=())
    olga = Acting("olga", received.timestamp)
    record = RecordOfProcessing.open(olga)
    pinned = received.ropa_version
    newest = max([pinned, *(e.ropa_version for e in events if isinstance(e, CalendarCorrected))])
    for number in range(1, newest + 1):
        known = days.values() if number <= pinned or (number - pinned) % 2 == 0 else map(as_known_later, days.values())
        adopted = {"number": number, "sha256": "ab" * 32, "document": document, "calendars": tuple(known)}
        record.record(olga, RopaAdopted, **adopted)
    return record


def discrepancies(events: list[Event], calendar: WorkingCalendar) -> list[tuple[str, Discrepancy]]:
    """What is wrong with the dates of a history, each with the name of its event."""
    found: list[tuple[str, Discrepancy]] = []
    record, case, last = record_of(events, calendar), None, None
    for event in events:
        before = Before(case or cast(Request, event.mutate(None)), last, record)
        _, wrong, last = recompute(event, before)
        case = cast(Request, last.mutate(case))
        found += [(event.TOPIC.removeprefix("dsr.request."), each) for each in wrong]
    return found


class ACase(LawfulCase):
    """A case under test, with the clock that its commands are told."""

    def __init__(self, *, country: str = "DE", received_at: str = "2026-03-02", **changes: Any) -> None:
        self.calendar = calendar_of(country)
        self.now = self.instant(received_at)
        self.events: list[Any] = []
        given: dict[str, Any] = {
            "request_id": uuid4(),
            "reference": "DSR-7KQ4-M2XN",
            "controller_id": f"acme-{country.lower()}",
            "channel": Channel.EMAIL,
            "received_at": self.now,
            "ropa_version": 1,
            "regime": regime("uk-gdpr" if country == "GB" else "eu-gdpr"),
            "keys": (self.key(KeyPurpose.CASE_FILE),),
            "message": self.sealed(),
            "original": None,
        }
        given |= changes
        acting = CaseActing(
            given.pop("actor", "service:intake"), given.pop("at", self.now), given.pop("calendar", self.calendar)
        )
        self.request = Request.receive(acting, **given)
        self.news: list[Any] = self._collect()
        """What the last command recorded."""

    def status(self, item_id: str) -> ItemStatus:
        """Of one of the items, now."""
        return self.request.items[item_id].status

    @property
    def represented(self) -> Representation:
        """Who acts for the person who asks, in a case where somebody does."""
        return self.request.representations[-1]

    @property
    def deadline(self) -> Deadline:
        """The dates of the case, which it has once it was received."""
        assert self.request.clock.deadline is not None
        return self.request.clock.deadline

    def search(self, item_id: str, *, found: tuple[str, ...] = ("telephony",), **changes: Any) -> None:
        """Every open system accounts for the item; `found` say so, those of a copy where data was collected."""
        item = self.request.items[item_id]
        left = open_systems(self.request, item) if item.search is not None else self.listed()[0].systems
        if item.right in (Right.ACCESS, Right.PORTABILITY):
            copies = self.request.copies
            withheld = (duty.original for duty in copies.redaction_duties.values())
            found = tuple(copy.system for copy in (*copies.collected.values(), *withheld) if copy.item_id == item_id)
        accounts = tuple(
            account
            for system in left
            for account in self.accounts(system, result=SearchResult.FOUND if system in found else SearchResult.NOTHING)
        )
        if accounts:
            self.run(ACTS["account_for_systems"], (item_id,), changes | {"accounts": accounts})

    def record_done(self, item_id: str, *, effect: bool = True, **changes: Any) -> None:
        """Record that it is done, after the search and the act that its right demands, unless a test is about their
        absence.
        """
        item = self.request.items.get(item_id)
        at = {key: value for key, value in changes.items() if key == "at"}
        if item is not None and effect and item.status is ItemStatus.GRANTED and not self.request.is_closed:
            if not item.effected:
                for command, how in EFFECTS.get(item.right, ()):
                    self.run(ACTS[command], (item_id,), how | at)
            if item.right in SEARCHED:
                self.search(item_id, **at)
        self.run(ACTS["record_done"], (item_id,), changes)

    def record_nothing_held(self, item_id: str, *, search: bool = True, **changes: Any) -> None:
        """Record that nothing is held, after every system was searched in vain."""
        item = self.request.items.get(item_id)
        if item is not None and search and item.status is ItemStatus.OPEN and not self.request.is_closed:
            self.search(item_id, found=(), **{key: value for key, value in changes.items() if key == "at"})
        self.run(ACTS["record_nothing_held"], (item_id,), changes)

    def record_answer(
        self,
        *item_ids: str,
        kind: LetterKind | None = None,
        without: str = "",
        left: str = "",
        refuses: bool = False,
        **changes: Any,
    ) -> None:
        """Record the letter that fits the items, or one of another kind, or one that leaves a statement out.

        One that `refuses` says besides all that a refusal says.
        """
        self.run(ACTS["record_answer"], (), {"item_ids": item_ids, "letter": (kind, without, left, refuses)} | changes)

    def put(self, kind: LetterKind, *, at: str) -> None:
        """Decide on a question about identity or meaning, whose letter leaves on the same day."""
        ask = {LetterKind.IDENTITY_QUESTION: "ask_identity", LetterKind.CLARIFICATION: "ask_clarification"}[kind]
        self.run(ACTS[ask], (), {"at": at})
        self.record_answer(kind=kind, at=at)

    def joined(self, first: str, *others: str) -> WorkingCalendar:
        """The days that count once a case was passed on."""
        return JointCalendar.joining(calendar_of(first), [calendar_of(each) for each in others])

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
            text=self.sealed(),
            statements=tuple(sorted(required - {without})),
        )

    def bring_to(self, identity: str, *, extended: bool) -> None:
        """Bring doubt about who asks, and the clock, into a state, from 3 March on."""
        if identity != "not-needed":
            self.ask_identity(at="2026-03-03")
        if identity == "insufficient":
            self.ask_identity_again()
        if identity == "failed":
            self.give_up_identity()
        if identity == "confirmed":
            self.confirm_identity()
        if extended:
            self.propose_extension(at="2026-03-04")
            self.approve_extension()
            self.send_extension_notice()
        assert (self.request.identity.status, self.request.clock.extended_at is not None) == (identity, extended)

    def take_evidence(self) -> UUID:
        """The person sends a proof; its key."""
        evidence_key = self.key()
        self.take_identity_evidence(key=evidence_key)
        return evidence_key.key_id

    @contextmanager
    def refuses(self, error: type[DomainError]) -> Iterator[SimpleNamespace]:
        """The block is refused by exactly this rule, and nothing happened: no event waits, and the state is what the
        events before it give (a search and an act that the refused command needs may be among them).
        """
        told = SimpleNamespace()
        with pytest.raises(error) as caught:
            yield told
        told.facts, told.code, told.detail = caught.value.facts, caught.value.code, caught.value.detail
        assert type(caught.value) is error
        assert self.request.collect_events() == []
        assert self.request == replayed(self.events)

    def happened(self) -> list[str]:
        """The stable names of what the last command recorded, without the aggregate's."""
        return [event.TOPIC.removeprefix("dsr.request.") for event in self.news]

    def check_replay(self) -> None:
        """Replaying what happened gives the same case."""
        assert replayed(self.events) == self.request
        versions = [event.originator_version for event in self.events]
        assert versions == list(range(1, len(versions) + 1))
        assert discrepancies(self.events, self.calendar) == [], "an honest history, reckoned anew, gives the same dates"
        assert objections(self.events, record_of(self.events, self.calendar)) == [], "nor does the verifier differ"

    def run(self, act: Act, named: tuple[Any, ...], changes: dict[str, Any]) -> None:
        """Give one command; instants may be given as text."""
        given: dict[str, Any] = {
            name: self.instant(value) if isinstance(value, str) and (name == "at" or name.endswith("_at")) else value
            for name, value in changes.items()
        }
        self.now = given.get("at", self.now)
        if isinstance(given.get("letter"), tuple):
            given["letter"] = self._fitting(given["item_ids"], *given["letter"])
        super().run(act, named, given)
        self.news = self._collect()

    def _fitting(
        self, item_ids: tuple[str, ...], kind: LetterKind | None, without: str, left: str, refuses: bool
    ) -> Letter:
        items = [self.request.items[item_id] for item_id in item_ids if item_id in self.request.items]
        nothing = bool(items) and all(item.status is ItemStatus.NOTHING_HELD for item in items)
        if kind is None:
            refused = not items or items[0].status is ItemStatus.REFUSED
            kind = LetterKind.REFUSAL if refused else ANSWER_OF[items[0].right]
        nothing = nothing and kind is not LetterKind.REFUSAL
        letter = self.letter(kind, without=without, left=left, nothing_held=nothing)
        if not refuses:
            return letter
        whole = {*letter.statements, *REQUIRED_STATEMENTS[LetterKind.REFUSAL]} - {without}
        return replace(letter, statements=tuple(sorted(whole)))

    def _collect(self) -> list[Event]:
        news = [cast(Event, event) for event in self.request.collect_events()]
        self.events += news
        return news


OpenCase = Callable[..., ACase]
"""Opens a case that exercises these rights."""


class Made(Maker):
    """What else a test may need: sealed values, keys, data sets, refusals; the names of the staff."""

    handler, approver, dpo = HANDLER, APPROVER, DPO
    basis = ActivityBasis
    case = ACase
    calendar = staticmethod(calendar_of)
    stored_and_read = staticmethod(stored_and_read)
    replayed = staticmethod(replayed)
    discrepancies = staticmethod(discrepancies)
