"""Case histories made at random by real commands, each from the catalogue, with what may differ drawn anew."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, TypeVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.deadlines.regime import REGIMES
from dsr.domain.errors import DomainError
from dsr.domain.request import Request
from dsr.domain.request.automated_decision import ReviewFinding
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.due import Due
from dsr.domain.request.grounds import GROUNDS, ExcessClaim
from dsr.domain.request.letters import Letter, LetterKind
from dsr.domain.request.rectification import RectificationOperation
from dsr.domain.request.reference import new_reference
from dsr.domain.request.restriction import RestrictedUse
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.standing import AnswerTo, FeeGround, RestrictionGround, TargetMethod
from dsr.domain.request.values import (
    AccuracyFinding,
    AssuranceLevel,
    BalanceFinding,
    Channel,
    DismissalKind,
    ExtensionGround,
    IdentityMethod,
)
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from dsr.domain.sealed import KeyPurpose
from tests.catalogue.act import Act
from tests.catalogue.catalogue import ACTS
from tests.catalogue.lawful_case import LawfulCase
from tests.catalogue.maker import Maker

T = TypeVar("T")

CANARY: Final = b"canary: Ada Lovelace, ada@example.org"
"""Stands in place of ciphertext: wherever it turns up, a read model copied what is sealed."""

CONTROLLERS: Final = ("acme-de", "acme-fr", "acme-pl", "acme-se")
STAFF: Final = ("ann", "bob", "cho")
START: Final = datetime(2026, 1, 2, 9, tzinfo=UTC)
CALENDAR: Final = WorkingCalendar(
    country="DE", zone="Europe/Berlin", version="made up", first_year=2025, last_year=2032, holidays=()
)

_ENDS_EARLY: Final = {"link_duplicate", "withdraw", "dismiss"}

_ABOUT_ITEMS: Final = {"item_id", "data_set_id", "attachment_id", "target_id", "redaction_id"}

_NOT_AT_RANDOM: Final = {
    "record_due",
    "reassign",
    "record_hand_over",
    "record_hand_over_failed",
    "note_returned_letter",
    *("propose_forgetting", "approve_forgetting", "decline_forgetting", "attest_forgetting"),
    "restore_forgetting",
}
"""What the clock, another controller or the mailbox makes happen, and what ends a case for good."""

_PLAYED: Final = sorted(ACTS.keys() - _NOT_AT_RANDOM)
_BEFORE: Final = [*(name for name in _PLAYED if ACTS[name].about not in _ABOUT_ITEMS), *["register"] * 12]
_AFTER: Final = [
    *_PLAYED,
    "grant",
    *["account_for_systems"] * 3,
    "record_done",
    *["propose_extension"] * 4,
    *["record_answer"] * 4,
]
"""Commands that make sense before and after a case is registered; those that bring it on come more often."""


class Player(Maker):
    """Plays cases: whatever the law refuses just does not happen."""

    CIPHERTEXT = CANARY

    def __init__(self, random: Random) -> None:
        self.random = random

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[self.random.randrange(len(choices))]

    def uuid(self) -> UUID:
        return UUID(int=self.random.getrandbits(128))

    def moment(self) -> datetime:
        return START + timedelta(hours=self.random.randrange(24 * 120))

    def letter(self, kind: LetterKind, at: datetime) -> Letter:
        return self.complete_letter(kind, at)

    def acting(self, at: datetime, actor: str = "ann") -> CaseActing:
        """Who acts on one of the cases, and when."""
        return CaseActing(actor, at, CALENDAR)

    def receive(self, at: datetime, *, suggested: tuple[Right, ...] | None = None) -> Request:
        """A case that just arrived; the rights that its text suggests are any one, if None."""
        return Request.receive(
            self.acting(at, "service:intake"),
            request_id=self.uuid(),
            reference=new_reference(self.one_of),
            controller_id=self.one_of(CONTROLLERS),
            channel=self.one_of(tuple(Channel)),
            received_at=at - timedelta(hours=self.random.randrange(48)),
            ropa_version=1,
            regime=REGIMES["eu-gdpr"],
            keys=(self.key(KeyPurpose.CASE_FILE),),
            message=self.sealed(),
            original=self.blob(),
            claimed_at=at,
            language=self.one_of(("de", "fr", "")),
            suggested_rights=(self.one_of(tuple(Right)),) if suggested is None else suggested,
        )

    def playing(self, request: Request, at: datetime, actor: str = "ann") -> "PlayedCase":
        """A case whose commands this person gives at this instant."""
        return PlayedCase(self, request, at, actor)

    def search(self, case: Request, acting: CaseActing, item_id: str) -> None:
        """Every system accounts for an item: none holds anything."""
        listed, *_ = self.listed(case.items[item_id].controller_id)
        case.account_for_systems(acting, item_id=item_id, accounts=self.accounts(*listed.systems), listed=listed)

    def step(self, request: Request, at: datetime) -> None:
        """The first of some commands that the law does not refuse; what ends a case early comes seldom."""
        case = self.playing(request, at, self.one_of(STAFF))
        for _ in range(8):
            command = self.one_of(_AFTER if request.items else _BEFORE)
            if command in _ENDS_EARLY and self.random.random() < 0.8:
                continue
            try:
                case.move(command)
            except DomainError:
                continue
            return


class PlayedCase(LawfulCase):
    """A case whose commands one person gives at one instant, lawful in themselves."""

    CIPHERTEXT = CANARY

    def __init__(self, player: Player, request: Request, now: datetime, actor: str) -> None:
        self.player, self.request, self.now, self.actor = player, request, now, actor
        self.calendar = CALENDAR

    def uuid(self) -> UUID:
        return self.player.uuid()

    def one_of(self, choices: Sequence[T]) -> T:
        return self.player.one_of(choices)

    def run(self, act: Act, named: tuple[Any, ...], changes: dict[str, Any]) -> None:
        super().run(act, named, {"actor": self.actor} | changes)

    def move(self, command: str) -> None:
        """Give a command about whatever of the case it may be about, with what may differ drawn anew."""
        varied = VARIED[command](self) if command in VARIED else {}
        self.run(ACTS[command], self._named(ACTS[command].about), varied)

    def _named(self, about: str | None) -> tuple[Any, ...]:
        case, copies = self.request, self.request.copies
        known: dict[str, Sequence[Any]] = {
            "item_id": tuple(case.items),
            "item_ids": tuple(case.items),
            "message_id": tuple(case.claims),
            "question_id": tuple(case.questions),
            "message_ids": [(message_id,) for message_id in case.messages],
            "rights": tuple(Right),
            "assignee": STAFF,
            "fee_id": tuple(case.fees),
            "restriction_id": tuple(case.restrictions),
            "hold_id": tuple(case.holds),
            "data_set_id": tuple(copies.data_sets),
            "attachment_id": tuple(copies.attachments),
            "target_id": (*copies.data_sets, *copies.attachments),
            "redaction_id": [each.redaction_id for standing in copies.redactions.values() for each in standing],
        }
        if about is None:
            return ()
        if about == "rights":
            return tuple(dict.fromkeys(self.one_of(known[about]) for _ in range(1 + self.player.random.randrange(3))))
        return (self.one_of(known[about] or (self.uuid(),)),)

    @property
    def earlier(self) -> datetime:
        return self.now - timedelta(hours=self.player.random.randrange(24))

    @property
    def activities(self) -> tuple[ActivityBasis, ...]:
        basis = self.one_of(tuple(LegalBasis))
        return (ActivityBasis(basis.value, basis),)

    def days_ahead(self, days: int) -> Any:
        return self.now.date() + timedelta(days=days)


def _answer(case: PlayedCase) -> dict[str, Any]:
    """An answer about one of the items, or a letter about none."""
    items = tuple(case.request.items.values())
    about_one: bool = case.one_of((True, True, True, False))
    if items and about_one:
        item = case.one_of(items)
        kind = LetterKind.REFUSAL if item.status == "refused" else LetterKind(item.right.value)
        return {"letter": case.letter(kind), "item_ids": (item.item_id,)}
    kind = case.one_of((LetterKind.IDENTITY_QUESTION, LetterKind.ACKNOWLEDGEMENT, LetterKind.REFUSAL))
    return {"letter": case.letter(kind), "item_ids": ()}


def _refusal(case: PlayedCase) -> dict[str, Any]:
    """Of an item, on a ground that its right has; of a part of it where the rest was granted."""
    items = tuple(case.request.items.values())
    item = case.one_of(items) if items else None
    in_part = item is not None and item.status == "granted"
    grounds = [ground for ground, rule in GROUNDS.items() if item is None or item.right in rule.rights]
    refusal = case.refusal(
        ground=case.one_of(grounds or list(GROUNDS)).value,
        provision="§ 147 AO",
        extent=("invoices",),
        claims=(ExcessClaim.ABUSIVE,),
        activities=case.activities,
        in_part=in_part,
        covers_all=not in_part,
    )
    return {"item_id": item.item_id if item else "none", "refusal": refusal}


def _hand_over(case: PlayedCase) -> dict[str, Any]:
    """One that was started, or none."""
    return {"hand_over_id": case.one_of(tuple(case.request.hand_overs) or (case.uuid(),))}


def _some_item(case: PlayedCase) -> tuple[str, ...]:
    return (case.one_of(tuple(case.request.items)),) if case.request.items else ("none",)


VARIED: Final[dict[str, Callable[[PlayedCase], dict[str, Any]]]] = {
    "attach_follow_up": lambda case: {"received_at": case.earlier, "keys": (case.key(KeyPurpose.CASE_FILE),)},
    "ask_identity": lambda case: {"method": case.one_of(tuple(IdentityMethod)), "asked_at": case.earlier},
    "take_identity_evidence": lambda case: {"received_at": case.earlier},
    "confirm_identity": lambda case: {"assurance": case.one_of(tuple(AssuranceLevel))},
    "ask_clarification": lambda case: {"asked_at": case.earlier},
    "propose_extension": lambda case: {"ground": case.one_of(tuple(ExtensionGround)).value},
    "propose_fee": lambda case: {
        "fee": case.fee(ground=FeeGround.MANIFESTLY_UNFOUNDED.value, offer_ends_on=case.days_ahead(2))
    },
    "accept_representation": lambda case: {
        "rights": tuple(Right),
        "expires_on": case.one_of((None, case.now.date())),
        "answer_to": case.one_of(tuple(AnswerTo)),
    },
    "link_duplicate": lambda case: {
        "original_received_on": case.request.received_on,
        "evidence_destroyed": case.evidence,
    },
    "withdraw": lambda case: {
        "statement": None,
        "item_ids": case.one_of((None, _some_item(case))),
        "evidence_destroyed": case.evidence,
    },
    "withdraw_consent": lambda case: {
        "item_id": case.one_of((None, *_some_item(case))),
        "activities": case.activities,
    },
    "use_restricted_data": lambda case: {"use": case.one_of(tuple(RestrictedUse))},
    "set_review": lambda case: {"review_on": case.days_ahead(30)},
    "close": lambda case: {"unidentified": case.one_of((False, True)), "evidence_destroyed": case.evidence},
    "reopen": lambda case: {"item_ids": case.one_of(((), _some_item(case)))},
    "dismiss": lambda case: {"kind": case.one_of(tuple(DismissalKind)), "evidence_destroyed": case.evidence},
    "restrict": lambda case: {
        "ground": case.one_of(tuple(RestrictionGround)),
        "activities": case.activities,
        "review_on": case.days_ahead(30),
    },
    "object": lambda case: {"activities": case.activities},
    "balance_interests": lambda case: case.one_of(
        (
            {"finding": BalanceFinding.CONTROLLER_PREVAILS},
            {"finding": BalanceFinding.SUBJECT_PREVAILS},
            {"finding": BalanceFinding.PREVAILS_IN_PART, "extent": ("score",)},
        )
    ),
    "assess_accuracy": lambda case: {"finding": case.one_of(tuple(AccuracyFinding))},
    "rectify": lambda case: {"operation": case.one_of(tuple(RectificationOperation))},
    "review_decision": lambda case: {
        "finding": case.one_of(tuple(ReviewFinding)),
        "activities": (),
        "reviewer": case.one_of(STAFF),
    },
    "send_copy": lambda case: {"sent_at": case.earlier},
    "verify_target": lambda case: {"method": case.one_of(tuple(TargetMethod)), "verified_at": case.earlier},
    "transmit": lambda case: {"export_id": case.uuid(), "receipt": case.sealed()},
    "record_hand_over": _hand_over,
    "record_hand_over_failed": _hand_over,
    "treat_as_withdrawal": lambda case: {"activities": case.activities},
    "account_for_systems": lambda case: {
        "accounts": case.accounts("telephony", "crm", result=case.one_of(tuple(SearchResult))),
    },
    "record_nothing_held": lambda case: {"done_at": case.one_of((None, case.earlier))},
    "propose_refusal": _refusal,
    "record_answer": _answer,
}
"""What differs from one history to the next, besides what is lawful in the catalogue."""


def record_first_due(case: Request, at: datetime) -> None:
    """What the clock would have recorded by now, one at a time."""
    due = [each for each in case.coming(CALENDAR, at) if each.at <= at and each.occasion.kind != Due.FEE_OFFER_ENDED]
    if due:
        occasion = min(due, key=lambda each: (each.at, each.occasion.kind)).occasion
        case.record_due(CaseActing("service:scheduler", at, CALENDAR), occasion=occasion)
