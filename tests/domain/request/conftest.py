"""Cases to start from: `a_case()` opens one on 2 March 2026, 10:00 in Berlin, and drives it by the law's verbs.

Every command has lawful arguments by default; a test names only what it is about. Whatever happened to a case in a test
is replayed at its end, through the JSON in which events are stored, and has to give the same state.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import cache
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dsr.calendars import resolve
from dsr.domain.acting import Acting, CaseActing
from dsr.domain.deadlines import JointCalendar, WorkingCalendar
from dsr.domain.deadlines.regime import regime
from dsr.domain.errors import DomainError
from dsr.domain.events import Event
from dsr.domain.request import Request
from dsr.domain.request.attachment import Attachment
from dsr.domain.request.automated_decision import ReviewFinding
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.data_set import DataSet, FieldDescription
from dsr.domain.request.erasure import ErasureGround
from dsr.domain.request.fee_rules import FeeCase
from dsr.domain.request.grounds import ExcessClaim, RefusalCase, RefusalGround
from dsr.domain.request.hand_over import HandOverFailure
from dsr.domain.request.information import Copyable
from dsr.domain.request.information_point import InformationPoint
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.joint import RequestReassigned
from dsr.domain.request.letters import ANSWER_OF, NOTHING_HELD_STATEMENTS, REQUIRED_STATEMENTS, Letter, LetterKind
from dsr.domain.request.others_rights import OthersRight, RedactionKind
from dsr.domain.request.recipients import Obstacle
from dsr.domain.request.recomputing import Before, Discrepancy, recompute
from dsr.domain.request.rectification import RectificationOperation
from dsr.domain.request.standing import (
    AnswerTo,
    CopyKind,
    CostKind,
    CostLine,
    FeeGround,
    HoldKind,
    RepresentativeKind,
    RestrictionGround,
    TargetMethod,
)
from dsr.domain.request.values import (
    AccuracyFinding,
    AssuranceLevel,
    BalanceFinding,
    Channel,
    DisclosurePurpose,
    DismissalKind,
    ExtensionGround,
    IdentityMethod,
    ItemStatus,
    Provenance,
)
from dsr.domain.rights import Right
from dsr.domain.ropa import Controller, LegalBasis, Notice, RecordOfProcessing, Ropa, RopaAdopted
from dsr.domain.sealed import BlobRef, KeyIntroduction, KeyPurpose, Sealed

HANDLER, APPROVER, DPO = "ann", "bob", "dora"

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


def an_attachment(item_id: str, collected_at: datetime) -> Attachment:
    """A recording that a telephony system returned for the item."""
    return Attachment(
        attachment_id=uuid4(),
        item_id=item_id,
        name="call.wav",
        media_type="audio/wav",
        size=44,
        system="telephony",
        controller_id="acme-de",
        purpose="customer service",
        provenance=Provenance.OBSERVED,
        description="Your call of 2 March.",
        collected_at=collected_at,
        content=BlobRef(uuid4(), uuid4(), size=44, media_type="audio/wav", ciphertext_sha256="ef" * 32),
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


def a_fee(**changes: Any) -> FeeCase:
    """A fee of ten euros for what costs twelve, until the end of March."""
    asked: dict[str, Any] = {
        "ground": FeeGround.MANIFESTLY_EXCESSIVE.value,
        "facts": sealed(),
        "amount": 10_00,
        "currency": "EUR",
        "cost_basis": (CostLine(CostKind.COPYING, 8_00), CostLine(CostKind.POSTAGE, 4_00)),
        "offer_ends_on": date(2026, 3, 31),
        "claims": (ExcessClaim.ABUSIVE,),
    }
    return FeeCase(**(asked | changes))


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
    for number in range(1, received.ropa_version + 1):
        adopted = {"number": number, "sha256": "ab" * 32, "document": document, "calendars": tuple(days.values())}
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


BASES = (ActivityBasis("recorded-calls", LegalBasis.CONSENT), ActivityBasis("quality", LegalBasis.LEGITIMATE_INTERESTS))
"""What a customer consents to, and what employees may object to."""


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
            "keys": (key(KeyPurpose.CASE_FILE),),
            "message": sealed(),
            "original": None,
        }
        acting = self._acting({"actor": "service:intake"}, changes)
        self.request = Request.receive(acting, **(given | changes))
        self.news = self._collect()

    def __getattr__(self, command: str) -> Callable[..., None]:
        """Any command of the case; what is not given has a lawful default."""

        def run(*named: Any, **changes: Any) -> None:
            self._run(command, named, changes)

        return run

    def record_done(self, item_id: str, *, effect: bool = True, **changes: Any) -> None:
        """Record that it is done, after the act that its right demands, unless a test is about its absence."""
        item = self.request.items.get(item_id)
        if item is not None and effect and item.status is ItemStatus.GRANTED and not item.effected:
            for command, how in EFFECTS.get(item.right, ()):
                self._run(command, (item_id,), how | {key: value for key, value in changes.items() if key == "at"})
        self._run("record_done", (item_id,), changes)

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
        self._run("record_answer", (), {"item_ids": item_ids, "letter": (kind, without, left, refuses)} | changes)

    def put(self, kind: LetterKind, *, at: str) -> None:
        """Decide on a question about identity or meaning, whose letter leaves on the same day."""
        ask = {LetterKind.IDENTITY_QUESTION: "ask_identity", LetterKind.CLARIFICATION: "ask_clarification"}[kind]
        self._run(ask, (), {"at": at})
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

    @property
    def restriction_id(self) -> UUID:
        """The restriction that was made last."""
        return list(self.request.restrictions)[-1]

    @property
    def fee_id(self) -> UUID:
        """The fee that was proposed last."""
        return list(self.request.fees)[-1]

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
        assert discrepancies(self.events, self.calendar) == [], "an honest history, reckoned anew, gives the same dates"

    def _run(self, command: str, named: tuple[Any, ...], changes: dict[str, Any]) -> None:
        for name in (name for name in changes if name == "at" or name.endswith("_at")):
            if isinstance(changes.get(name), str):
                changes[name] = self.instant(changes[name])
        self.now = changes.get("at", self.now)
        lawful = {"actor": HANDLER} | self._lawful(command, named)
        acting = self._acting(lawful, changes)
        arguments = lawful | changes
        if isinstance(arguments.get("letter"), tuple):
            arguments["letter"] = self._fitting(arguments["item_ids"], *arguments["letter"])
        getattr(self.request, command)(acting, **arguments)
        self.news = self._collect()

    def _acting(self, lawful: dict[str, Any], changes: dict[str, Any]) -> CaseActing:
        """Who acts, when, and by which days; taken out of the arguments, of which a change wins."""
        given = {"at": self.now, "calendar": self.calendar}
        for name in ("actor", "at", "calendar"):
            for arguments in (lawful, changes):
                if name in arguments:
                    given[name] = arguments.pop(name)
        return CaseActing(**given)

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

    def _lawful(self, command: str, named: tuple[Any, ...]) -> dict[str, Any]:  # noqa: PLR0912 - one line per command
        now, one = self.now, (named[0] if named else None)
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
                return {"kind": DismissalKind.SPAM, "reason": sealed()}
            case "register" | "open_items":
                return {"rights": named}
            case "link_duplicate":
                earlier = {"original_id": uuid4(), "original_received_on": date(2026, 2, 27), "original_outcome": None}
                return earlier | {"same_subject": True, "original_items": tuple(self.request.items.values())}
            case "assign":
                return {"assignee": one or HANDLER}
            case "add_note":
                return {"note": sealed()}
            case "give_dpo_opinion":
                return {"actor": DPO, "supports": True, "opinion": sealed()}
            case "ask_identity":
                return {"doubt": sealed(), "method": IdentityMethod.KNOWN_FACTS, "asked_at": now}
            case "take_identity_evidence":
                return {"actor": "data-subject", "evidence": sealed(), "key": key(), "received_at": now}
            case "confirm_identity":
                settled = {"method": IdentityMethod.KNOWN_FACTS, "assurance": AssuranceLevel.SUBSTANTIAL}
                return settled | {"answered_at": now, "evidence_destroyed": self._evidence()}
            case "ask_identity_again":
                return {"reason": sealed(), "evidence_destroyed": self._evidence()}
            case "give_up_identity":
                return {"reason": sealed(), "evidence_destroyed": self._evidence()}
            case "ask_clarification":
                return {"quantity": sealed(), "asked_at": now}
            case "receive_clarification":
                return {"answer": sealed(), "answered_at": now}
            case "propose_extension":
                return {"ground": ExtensionGround.COMPLEXITY.value, "reasons": sealed()}
            case "approve_extension":
                return {"actor": APPROVER}
            case "decline_extension":
                return {"actor": APPROVER, "reason": sealed()}
            case "send_extension_notice":
                return {"notice": self.letter(LetterKind.EXTENSION)}
            case "propose_fee":
                given = {"item_ids": named or ("access",), "fee": a_fee(), "fee_id": uuid4()}
                return {"actor": APPROVER, "statements": REQUIRED_STATEMENTS[LetterKind.FEE]} | given
            case "send_fee_notice":
                return {"fee_id": one or self.fee_id, "notice": self.letter(LetterKind.FEE)}
            case "accept_fee":
                return {"fee_id": one or self.fee_id, "answered_at": now}
            case "decline_fee":
                return {"fee_id": one or self.fee_id, "answered_at": now, "statement": sealed()}
            case "record_fee_paid":
                return {"fee_id": one or self.fee_id, "paid_at": now}
            case "waive_fee":
                return {"actor": APPROVER, "fee_id": one or self.fee_id, "reason": sealed()}
            case "expire_fee":
                return {"fee_id": one or self.fee_id}
            case "accept_representation":
                shown = {"kind": RepresentativeKind.AGENT, "evidence": sealed(), "rights": named or tuple(Right)}
                assessed = {"conflict_assessed": True, "conflict": False, "child_age": 16}
                return shown | assessed | {"expires_on": None, "answer_to": AnswerTo.REPRESENTATIVE}
            case "end_representation":
                return {"reason": sealed()}
            case "propose_refusal":
                statements = REQUIRED_STATEMENTS[LetterKind.REFUSAL]
                return {"item_id": one, "refusal": a_refusal(), "statements": statements}
            case "approve_refusal":
                return {"actor": APPROVER, "item_id": one}
            case "decline_refusal":
                return {"actor": APPROVER, "item_id": one, "reason": sealed()}
            case "grant":
                is_erasure = one in self.request.items and self.request.items[one].right is Right.ERASURE
                erased = (ActivityBasis("telephony", LegalBasis.CONTRACT),)
                ground = {"erasure_ground": ErasureGround.NO_LONGER_NECESSARY, "activities": erased}
                return {"item_id": one} | (ground if is_erasure else {})
            case "record_done":
                return {"actor": "sam", "item_id": one, "systems": ("telephony",), "account": sealed()}
            case "place_hold":
                about = {"controller_id": self.request.controller_id, "activities": ("telephony",), "systems": ("crm",)}
                return {"hold_id": uuid4(), "kind": HoldKind.LEGAL, "reason": sealed()} | about
            case "release_hold":
                return {"hold_id": one or list(self.request.holds)[-1], "reason": sealed()}
            case "reassign":
                joined = JointCalendar.joining(self.calendar, [calendar_of(str(one or "FR"))])
                passed = {"controller_id": f"acme-{str(one or 'FR').lower()}", "joint": True, "reason": sealed()}
                return passed | {"calendar": joined}
            case "tell_recipient":
                when = {"told_at": now, "told_on": self.calendar.local_date(now), "channel": Channel.EMAIL}
                return {"item_id": one, "recipient": "dialler"} | when
            case "excuse_recipient":
                why = {"obstacle": Obstacle.IMPOSSIBLE, "explanation": sealed()}
                return {"item_id": one, "recipient": "dialler"} | why
            case "require_redaction":
                return {"target_id": one, "reason": sealed()}
            case "redact":
                how = {"kind": RedactionKind.WHOLE_FILE, "place": "", "replacement_id": None}
                why = {"right": OthersRight.PRIVACY, "values": None, "reason": sealed()}
                return {"redaction_id": uuid4(), "target_id": one} | how | why
            case "withdraw_redaction":
                return {"redaction_id": one, "reason": sealed()}
            case "confirm_redactions":
                return {"target_id": one, "reason": None}
            case "correct_information":
                return {"item_id": one or "access", "point": InformationPoint.SOURCE, "text": sealed()}
            case "withdraw_correction":
                return {"item_id": one or "access", "point": InformationPoint.SOURCE}
            case "record_nothing_held":
                return {"actor": "sam", "item_id": one, "systems": ("telephony", "crm")}
            case "record_answer":
                return {}
            case "collect_data":
                return {"actor": "sam", "data_set": a_data_set(one or "access", now), "key": key(KeyPurpose.BLOB)}
            case "discard_data":
                return {"data_set_id": one}
            case "attach":
                return {"actor": "sam", "attachment": an_attachment(one or "access", now), "key": key(KeyPurpose.BLOB)}
            case "discard_attachment":
                return {"attachment_id": one}
            case "assess_accuracy":
                found = {"finding": AccuracyFinding.INACCURATE, "assessment": sealed()}
                return {"item_id": one or "rectification"} | found
            case "rectify":
                where = {"item_id": one or "rectification", "field": "street", "system": "crm"}
                changed = {"operation": RectificationOperation.CORRECTED, "before": sealed(), "after": sealed()}
                return {"actor": "sam"} | where | changed
            case "restrict":
                why = {"ground": RestrictionGround.ACCURACY_CONTESTED.value, "facts": sealed(), "activities": BASES[1:]}
                until = {"restriction_id": uuid4(), "review_on": date(2026, 6, 1)}
                return {"item_id": one or "restriction"} | why | until
            case "use_restricted_data":
                return {"restriction_id": one or self.restriction_id, "account": sealed()}
            case "set_review":
                when = {"review_on": date(2026, 9, 1), "reason": sealed()}
                return {"restriction_id": one or self.restriction_id} | when
            case "tell_of_lifting":
                return {
                    "restriction_id": one or self.restriction_id,
                    "notice": self.letter(LetterKind.LIFTING),
                }
            case "lift_restriction":
                return {"restriction_id": one or self.restriction_id, "reason": sealed()}
            case "object":
                about = {"item_id": one or "objection", "activities": BASES[1:], "grounds": sealed()}
                return about | {"restriction_id": uuid4()}
            case "balance_interests":
                found = {"finding": BalanceFinding.CONTROLLER_PREVAILS, "assessment": sealed()}
                return {"item_id": one or "objection"} | found
            case "stop_processing":
                return {"actor": "sam", "item_id": one or "objection", "systems": ("telephony",)}
            case "withdraw_consent":
                return {"actor": "data-subject", "item_id": one, "activities": BASES[:1], "statement": sealed()}
            case "treat_as_withdrawal":
                return {"item_id": one or "objection", "activities": BASES[:1]}
            case "review_decision":
                contested = (ActivityBasis("credit-checks", LegalBasis.CONTRACT, decides=True),)
                found = {"finding": ReviewFinding.CHANGED, "activities": contested, "result": sealed()}
                by_rita = {"reviewer": "rita", "competent": True}
                return {"item_id": one or "automated-decision"} | found | by_rita
            case "send_copy":
                text = {"kind": CopyKind.PRIVACY_NOTICE, "of": None, "redacted": False, "summary": None}
                there_is = {"copyable": Copyable(clauses_with=frozenset({"telephony"}), joint_arrangement=True)}
                left = {"sent_at": now, "channel": Channel.EMAIL}
                return {"item_id": one or "information"} | text | there_is | left
            case "assess_feasibility":
                return {"item_id": one or "portability", "feasible": True, "reasons": None}
            case "verify_target":
                seen = {"target": "api.other.example", "method": TargetMethod.CALL_BACK, "verified_at": now}
                return {"item_id": one or "portability"} | seen
            case "transmit":
                left = {"target": "api.other.example", "export_id": None, "sent_at": now, "channel": Channel.PORTAL}
                return {"item_id": one or "portability", "receipt": None} | left
            case "start_hand_over":
                to = {"target": "api.other.example", "address": sealed(), "export_id": uuid4(), "size": 1024}
                return {"item_id": one or "portability", "hand_over_id": uuid4()} | to
            case "record_hand_over":
                return {"sent_at": now, "receipt": None}
            case "record_hand_over_failed":
                return {"failure": HandOverFailure.UNANSWERED, "status": None}
            case "disclose":
                return {"purpose": DisclosurePurpose.TRIAGE, "versions": (1,)}
            case "record_due":
                return {"actor": "service:scheduler"}
            case "send_sign_in_code":
                return {"actor": "service:my-page"} | {"code_id": uuid4(), "expires_at": now}
            case "sign_in":
                return {"actor": "data-subject"} | {"code_id": uuid4(), "expires_at": now}
            case "issue_subject_token":
                return {"token_id": uuid4(), "expires_at": now}
            case "close":
                return {}
            case "withdraw":
                return {"actor": "data-subject", "confirmed": True, "statement": sealed()}
            case "reopen":
                return {"reason": sealed(), "item_ids": named}
        raise AttributeError(command)

    def _evidence(self) -> tuple[UUID, ...]:
        return self.request.identity.evidence_keys


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
def on_consent() -> tuple[ActivityBasis, ...]:
    """Processing that rests on consent."""
    return (ActivityBasis("recordings", LegalBasis.CONSENT),)


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
def quoted(a_case: Callable[..., ACase]) -> Callable[..., ACase]:
    """A fee for access, proposed and quoted on 3 March; the offer ends on 31 March."""

    def quote(*rights: Right, **changes: Any) -> ACase:
        case = a_case(*(rights or (Right.ACCESS,)), **changes)
        case.propose_fee(*(right.value for right in rights or (Right.ACCESS,)), at="2026-03-03")
        case.send_fee_notice()
        return case

    return quote


@pytest.fixture
def made() -> SimpleNamespace:
    """What else a test may need to make: sealed values, keys, data sets, refusals; the names of the staff."""
    return SimpleNamespace(
        sealed=sealed,
        key=key,
        data_set=a_data_set,
        attachment=an_attachment,
        refusal=a_refusal,
        basis=ActivityBasis,
        fee=a_fee,
        calendar=calendar_of,
        stored_and_read=stored_and_read,
        replayed=replayed,
        discrepancies=discrepancies,
        case=ACase,
        handler=HANDLER,
        approver=APPROVER,
        dpo=DPO,
    )
