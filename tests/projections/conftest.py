"""Case histories made by real commands, and a small desk that appends and projects them in one transaction."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any, Final, Self, TypeVar
from uuid import UUID

import pytest
from sqlalchemy.engine import make_url

from dsr.database import Database
from dsr.database.migrations import Kind
from dsr.domain.acting import Acting, CaseActing
from dsr.domain.authority_disclosure import AuthorityDisclosure, ReviewFinding
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.deadlines.regime import REGIMES
from dsr.domain.dispatch import Dispatch, Filling
from dsr.domain.errors import DomainError
from dsr.domain.events import Aggregate
from dsr.domain.export import Export, ExportKind
from dsr.domain.own_erasure import OwnErasure, OwnErasureKind
from dsr.domain.quarantine import QuarantinedMessage
from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.domain.request.automated_decision import ReviewFinding as DecisionFinding
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.data_set import DataSet
from dsr.domain.request.due import Due
from dsr.domain.request.fee_rules import FeeCase
from dsr.domain.request.grounds import GROUNDS, ExcessClaim, RefusalCase, RefusalGround
from dsr.domain.request.hand_over import HandOverFailure
from dsr.domain.request.holds import Retained
from dsr.domain.request.information import Copyable
from dsr.domain.request.letters import REQUIRED_STATEMENTS, Letter, LetterKind
from dsr.domain.request.others_rights import OthersRight, RedactionKind
from dsr.domain.request.recipients import Obstacle
from dsr.domain.request.rectification import RectificationOperation
from dsr.domain.request.reference import new_reference
from dsr.domain.request.restriction import RestrictedUse
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
    Provenance,
)
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.domain.ropa import LegalBasis, Ropa
from dsr.domain.sealed import BlobRef, KeyIntroduction, KeyPurpose, Sealed
from dsr.domain.staff import Staff, Training
from dsr.eventstore.log import Log
from dsr.eventstore.mapper import EventMapper
from dsr.eventstore.recorder import LogApplicationRecorder
from dsr.eventstore.store import LogEventStore, recorded_of
from dsr.projections import project
from dsr.ropa import load

T = TypeVar("T")

CANARY: Final = b"canary: Ada Lovelace, ada@example.org"
"""Stands in place of ciphertext: wherever it turns up, a read model copied what is sealed."""

CONTROLLERS: Final = ("acme-de", "acme-fr", "acme-pl", "acme-se")
STAFF: Final = ("ann", "bob", "cho")
START: Final = datetime(2026, 1, 2, 9, tzinfo=UTC)
CALENDAR: Final = WorkingCalendar(
    country="DE", zone="Europe/Berlin", version="made up", first_year=2025, last_year=2032, holidays=()
)


_EARLY_ENDS: Final = {"link duplicate", "withdraw", "dismiss"}


class Player:
    """Plays cases: whatever the law refuses just does not happen."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[self._random.randrange(len(choices))]

    def uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128))

    def moment(self) -> datetime:
        return START + timedelta(hours=self._random.randrange(24 * 120))

    def sealed(self) -> Sealed:
        return Sealed(key_id=self.uuid(), seal_id=self.uuid(), nonce=b"\0" * 12, ciphertext=CANARY)

    def blob(self) -> BlobRef:
        return BlobRef(self.uuid(), self.uuid(), 10, "application/json", "ab" * 32)

    def key(self, purpose: KeyPurpose = KeyPurpose.CASE_FILE) -> KeyIntroduction:
        return KeyIntroduction(self.uuid(), purpose, "cd" * 32)

    def letter(self, kind: LetterKind, at: datetime) -> Letter:
        return Letter(kind, Channel.EMAIL, at, "de", self.sealed(), tuple(sorted(REQUIRED_STATEMENTS[kind])))

    def receive(self, at: datetime) -> Request:
        return Request.receive(
            CaseActing("service:intake", at, CALENDAR),
            request_id=self.uuid(),
            reference=new_reference(self.one_of),
            controller_id=self.one_of(CONTROLLERS),
            channel=self.one_of(tuple(Channel)),
            received_at=at - timedelta(hours=self._random.randrange(48)),
            ropa_version=1,
            regime=REGIMES["eu-gdpr"],
            keys=(self.key(),),
            message=self.sealed(),
            original=self.blob(),
            claimed_at=at,
            language=self.one_of(("de", "fr", "")),
            suggested_rights=(self.one_of(tuple(Right)),),
        )

    def step(self, case: Request, at: datetime) -> None:
        """The first of some commands that the law does not refuse; what ends a case early comes seldom."""
        for _ in range(8):
            moves = self._moves(case, at)
            name = self.one_of(sorted(moves))
            if name in _EARLY_ENDS and self._random.random() < 0.8:
                continue
            try:
                moves[name]()
            except DomainError:
                continue
            return

    def acting(self, at: datetime, actor: str = "ann") -> CaseActing:
        """Who acts on one of the cases, and when."""
        return CaseActing(actor, at, CALENDAR)

    def _hand_over(self, case: Request, item_id: str, acting: CaseActing) -> None:
        """Started; then taken, refused, or neither."""
        hand_over_id, to = self.uuid(), {"target": "api.other.example", "address": self.sealed(), "size": 10}
        case.start_hand_over(acting, hand_over_id=hand_over_id, item_id=item_id, export_id=self.uuid(), **to)
        self.one_of(
            (
                lambda: case.record_hand_over(
                    acting, hand_over_id=hand_over_id, sent_at=acting.at, receipt=self.sealed()
                ),
                lambda: case.record_hand_over_failed(
                    acting, hand_over_id=hand_over_id, failure=HandOverFailure.REFUSED, status=403
                ),
                lambda: None,
            )
        )()

    def _moves(self, case: Request, at: datetime) -> dict[str, Callable[[], None]]:
        actor = self.one_of(STAFF)
        acting = CaseActing(actor, at, CALENDAR)
        purged: dict[str, Any] = {"evidence_destroyed": case.identity.evidence_keys}
        item = self.one_of(tuple(case.items.values())) if case.items else None
        item_id = item.item_id if item else "none"
        fee_id = self.one_of(tuple(case.fees)) if case.fees else self.uuid()
        restriction_id = self.one_of(tuple(case.restrictions)) if case.restrictions else self.uuid()
        basis = self.one_of(tuple(LegalBasis))
        activities = (ActivityBasis(basis.value, basis),)
        right = self.one_of(tuple(Right))
        earlier = at - timedelta(hours=self._random.randrange(24))
        earlier_or_now = self.one_of((None, earlier))
        in_part = item is not None and item.status == "granted"  # nothing else of it can be refused any more
        answer = LetterKind.REFUSAL if item is None or item.status == "refused" else LetterKind(item.right.value)
        moves: dict[str, Callable[[], None]] = {
            "assign": lambda: case.assign(acting, assignee=self.one_of(STAFF)),
            "note": lambda: case.add_note(acting, note=self.sealed()),
            "follow up": lambda: case.attach_follow_up(
                acting,
                channel=Channel.EMAIL,
                received_at=earlier,
                message=self.sealed(),
                original=None,
                keys=(self.key(),),
            ),
            "disclose": lambda: case.disclose(acting, purpose=DisclosurePurpose.TRIAGE, versions=(1,)),
            "question": lambda: case.record_answer(
                acting, letter=self.letter(LetterKind.IDENTITY_QUESTION, at), item_ids=()
            ),
            "acknowledge": lambda: case.record_answer(
                acting, letter=self.letter(LetterKind.ACKNOWLEDGEMENT, at), item_ids=()
            ),
            "opinion": lambda: case.give_dpo_opinion(
                CaseActing("dpo", at, CALENDAR), supports=True, opinion=self.sealed()
            ),
            "ask identity": lambda: case.ask_identity(
                acting, doubt=self.sealed(), method=self.one_of(tuple(IdentityMethod)), asked_at=earlier
            ),
            "evidence": lambda: case.take_identity_evidence(
                acting, evidence=self.sealed(), key=self.key(KeyPurpose.IDENTITY_EVIDENCE), received_at=earlier
            ),
            "confirm identity": lambda: case.confirm_identity(
                acting,
                method=IdentityMethod.CALL_BACK,
                assurance=self.one_of(tuple(AssuranceLevel)),
                answered_at=at,
                **purged,
            ),
            "ask again": lambda: case.ask_identity_again(acting, reason=self.sealed(), **purged),
            "give up": lambda: case.give_up_identity(acting, reason=self.sealed(), **purged),
            "ask clarification": lambda: case.ask_clarification(acting, quantity=self.sealed(), asked_at=earlier),
            "clarify": lambda: case.receive_clarification(acting, answer=self.sealed(), answered_at=at),
            "propose extension": lambda: case.propose_extension(
                acting, ground=self.one_of(tuple(ExtensionGround)).value, reasons=self.sealed()
            ),
            "approve extension": lambda: case.approve_extension(acting),
            "decline extension": lambda: case.decline_extension(acting, reason=self.sealed()),
            "send notice": lambda: case.send_extension_notice(acting, notice=self.letter(LetterKind.EXTENSION, at)),
            "propose fee": lambda: case.propose_fee(
                acting,
                fee_id=self.uuid(),
                item_ids=(item_id,),
                fee=FeeCase(
                    ground=FeeGround.MANIFESTLY_UNFOUNDED.value,
                    facts=self.sealed(),
                    amount=5_00,
                    currency="EUR",
                    cost_basis=(CostLine(CostKind.POSTAGE, 5_00),),
                    offer_ends_on=at.date() + timedelta(days=2),
                    claims=(ExcessClaim.ABUSIVE,),
                ),
                statements=REQUIRED_STATEMENTS[LetterKind.FEE],
            ),
            "quote fee": lambda: case.send_fee_notice(acting, fee_id=fee_id, notice=self.letter(LetterKind.FEE, at)),
            "accept fee": lambda: case.accept_fee(acting, fee_id=fee_id, answered_at=at),
            "decline fee": lambda: case.decline_fee(acting, fee_id=fee_id, answered_at=at, statement=self.sealed()),
            "pay fee": lambda: case.record_fee_paid(acting, fee_id=fee_id, paid_at=at),
            "waive fee": lambda: case.waive_fee(acting, fee_id=fee_id, reason=self.sealed()),
            "expire fee": lambda: case.expire_fee(acting, fee_id=fee_id),
            "represent": lambda: case.accept_representation(
                acting,
                kind=RepresentativeKind.AGENT,
                evidence=self.sealed(),
                rights=tuple(Right),
                expires_on=self.one_of((None, at.date())),
                conflict_assessed=True,
                conflict=False,
                answer_to=self.one_of(tuple(AnswerTo)),
                child_age=16,
            ),
            "represent no more": lambda: case.end_representation(acting, reason=self.sealed()),
            "link duplicate": lambda: case.link_duplicate(
                acting,
                original_id=self.uuid(),
                original_received_on=case.received_on,
                original_outcome=None,
                original_items=tuple(case.items.values()),
                same_subject=True,
                **purged,
            ),
            "withdraw": lambda: case.withdraw(
                acting, confirmed=True, statement=None, item_ids=self.one_of((None, (item_id,))), **purged
            ),
            "withdraw consent": lambda: case.withdraw_consent(
                acting, item_id=self.one_of((None, item_id)), activities=activities, statement=self.sealed()
            ),
            "use restricted": lambda: case.use_restricted_data(
                acting, restriction_id=restriction_id, use=self.one_of(tuple(RestrictedUse)), account=self.sealed()
            ),
            "review restriction": lambda: case.set_review(
                acting, restriction_id=restriction_id, review_on=at.date() + timedelta(days=30), reason=self.sealed()
            ),
            "tell of lifting": lambda: case.tell_of_lifting(
                acting, restriction_id=restriction_id, notice=self.letter(LetterKind.LIFTING, at)
            ),
            "lift": lambda: case.lift_restriction(acting, restriction_id=restriction_id, reason=self.sealed()),
            "close": lambda: case.close(acting, unidentified=self.one_of((False, True)), **purged),
            "reopen": lambda: case.reopen(
                acting, reason=self.sealed(), item_ids=(item_id,) if item and self.one_of((True, False)) else ()
            ),
        }
        if not case.items:
            return moves | {
                "dismiss": lambda: case.dismiss(
                    acting, kind=self.one_of(tuple(DismissalKind)), reason=self.sealed(), **purged
                ),
                **{f"register {n}": lambda: case.register(acting, rights=self._rights()) for n in range(10)},
            }
        ground = self.one_of(
            [ground for ground, rule in GROUNDS.items() if item is None or item.right in rule.rights] or list(GROUNDS)
        )
        return moves | {
            "open items": lambda: case.open_items(acting, rights=(right,)),
            "grant": lambda: case.grant(acting, item_id=item_id),
            "restrict": lambda: case.restrict(
                acting,
                restriction_id=self.uuid(),
                item_id=item_id,
                ground=self.one_of(tuple(RestrictionGround)),
                activities=activities,
                facts=self.sealed(),
                review_on=at.date() + timedelta(days=30),
            ),
            "object": lambda: case.object(
                acting, item_id=item_id, activities=activities, grounds=self.sealed(), restriction_id=self.uuid()
            ),
            "balance": lambda: case.balance_interests(
                acting, item_id=item_id, finding=self.one_of(tuple(BalanceFinding)[:2]), assessment=self.sealed()
            ),
            "balance in part": lambda: case.balance_interests(
                acting,
                item_id=item_id,
                finding=BalanceFinding.PREVAILS_IN_PART,
                assessment=self.sealed(),
                extent=("score",),
            ),
            "assess accuracy": lambda: case.assess_accuracy(
                acting, item_id=item_id, finding=self.one_of(tuple(AccuracyFinding)), assessment=self.sealed()
            ),
            "rectify": lambda: case.rectify(
                acting,
                item_id=item_id,
                operation=self.one_of(tuple(RectificationOperation)),
                field="street",
                system="crm",
                before=self.sealed(),
                after=self.sealed(),
            ),
            "review decision": lambda: case.review_decision(
                acting,
                item_id=item_id,
                finding=self.one_of(tuple(DecisionFinding)),
                activities=(),
                reviewer=self.one_of(STAFF),
                competent=True,
                result=self.sealed(),
            ),
            "send copy": lambda: case.send_copy(
                acting,
                item_id=item_id,
                kind=CopyKind.PRIVACY_NOTICE,
                of=None,
                copyable=Copyable(),
                redacted=False,
                summary=None,
                sent_at=earlier,
                channel=Channel.EMAIL,
            ),
            "assess transfer": lambda: case.assess_feasibility(
                acting, item_id=item_id, feasible=True, reasons=self.sealed()
            ),
            "verify target": lambda: case.verify_target(
                acting,
                item_id=item_id,
                target="api.other.example",
                method=self.one_of(tuple(TargetMethod)),
                verified_at=earlier,
            ),
            "transmit": lambda: case.transmit(
                acting,
                item_id=item_id,
                target="api.other.example",
                export_id=self.uuid(),
                sent_at=at,
                channel=Channel.PORTAL,
                receipt=self.sealed(),
            ),
            "hand over": lambda: self._hand_over(case, item_id, acting),
            "stop": lambda: case.stop_processing(acting, item_id=item_id, systems=("crm",)),
            "treat as withdrawal": lambda: case.treat_as_withdrawal(acting, item_id=item_id, activities=activities),
            "grant again": lambda: case.grant(acting, item_id=item_id),
            "collect": lambda: case.collect_data(acting, data_set=self.data_set(item_id, at), key=self.key()),
            "done": lambda: case.record_done(acting, item_id=item_id, systems=("crm",), account=self.sealed()),
            "done again": lambda: case.record_done(acting, item_id=item_id, systems=("crm",), account=self.sealed()),
            "nothing held": lambda: case.record_nothing_held(
                acting, item_id=item_id, systems=("crm", "mail"), done_at=earlier_or_now
            ),
            "propose refusal": lambda: case.propose_refusal(
                acting,
                item_id=item_id,
                refusal=RefusalCase(
                    ground=ground.value,
                    reasons=self.sealed(),
                    facts=self.sealed(),
                    provision="§ 147 AO",
                    extent=("invoices",),
                    claims=(ExcessClaim.ABUSIVE,),
                    activities=activities,
                    in_part=in_part,
                    covers_all=not in_part,
                ),
                statements=REQUIRED_STATEMENTS[LetterKind.REFUSAL],
            ),
            "approve refusal": lambda: case.approve_refusal(acting, item_id=item_id),
            "decline refusal": lambda: case.decline_refusal(acting, item_id=item_id, reason=self.sealed()),
            "answer": lambda: case.record_answer(acting, letter=self.letter(answer, at), item_ids=(item_id,)),
            "answer again": lambda: case.record_answer(acting, letter=self.letter(answer, at), item_ids=(item_id,)),
            "last word": lambda: case.record_answer(acting, letter=self.letter(LetterKind.REFUSAL, at), item_ids=()),
        }

    def _rights(self) -> tuple[Right, ...]:
        return tuple(dict.fromkeys(self.one_of(tuple(Right)) for _ in range(1 + self._random.randrange(3))))

    def data_set(self, item_id: str, at: datetime) -> DataSet:
        return DataSet(
            data_set_id=self.uuid(),
            item_id=item_id,
            name="calls",
            system="crm",
            controller_id="acme-de",
            purpose="support",
            provenance=Provenance.OBSERVED,
            fields=(),
            content=self.blob(),
            collected_at=at,
        )


def record_first_due(case: Request, at: datetime) -> None:
    """What the clock would have recorded by now, one at a time."""
    due = [each for each in case.coming(CALENDAR, at) if each.at <= at and each.occasion.kind != Due.FEE_OFFER_ENDED]
    if due:
        occasion = min(due, key=lambda each: (each.at, each.occasion.kind)).occasion
        case.record_due(CaseActing("service:scheduler", at, CALENDAR), occasion=occasion)


@dataclass(frozen=True)
class MiniDesk:
    """Appends and projects in one transaction, as the desk does."""

    database: Database
    log: Log
    store: LogEventStore

    @classmethod
    def on(cls, database: Database) -> Self:
        """A desk on a migrated database."""
        mapper = EventMapper()
        return cls(database, Log(database, mapper), LogEventStore(mapper, LogApplicationRecorder(database)))

    def save(self, *aggregates: Aggregate) -> tuple[Recorded, ...]:
        """All events of these, in one transaction."""
        pending = [event for aggregate in aggregates for event in aggregate.collect_events()]
        with self.database.appending() as connection:
            recorded = recorded_of(self.store.put(pending))
            project(connection, recorded)
        return recorded

    def play(self, random: Random, *, cases: int, steps: int) -> None:
        """Cases whose commands come in turn, saved one by one, and a few people who work on them."""
        player = Player(random)
        staff = Staff.enrol(
            Acting("service:cli", START),
            identifier="ann",
            roles=(Role.HANDLER,),
            controllers=("*",),
            confidentiality_signed_on=START.date(),
            training=Training("gdpr-basics", START.date()),
        )
        self.save(staff)
        times = sorted(player.moment() for _ in range(cases * steps))
        open_cases = [player.receive(at) for at in times[:cases]]
        self.save(*open_cases)
        for at in times[cases:]:
            case = player.one_of(open_cases)
            player.step(case, at)
            if case.version % 3 == 0:
                record_first_due(case, at)
            self.save(case)
        export = Export.prepare(
            Acting("ann", times[-1]),
            export_id=player.uuid(),
            request_id=open_cases[0].id,
            request_version=open_cases[0].version,
            item_id="access",
            controller_id=CONTROLLERS[0],
            kind=ExportKind.ACCESS,
            package=player.blob(),
            package_digest=player.sealed(),
            files=2,
            kept_until=times[-1] + timedelta(days=30),
            keys=(player.key(KeyPurpose.EXPORT),),
        )
        export.offer(Acting("ann", times[-1]), token_id=player.uuid(), expires_at=times[-1] + timedelta(days=30))
        message = QuarantinedMessage.quarantine(
            Acting("service:intake", times[-1]),
            message_id=player.uuid(),
            received_at=START,
            error="unreadable-message",
            controller_id=CONTROLLERS[0],
            keys=(player.key(),),
            original=player.blob(),
        )
        message.enter(Acting("ann", times[-1]), request_id=open_cases[0].id, received_at=START)
        self.save(export, message)
        self._play_without_request(player, times[-1])
        self._play_restrictions(player, times[-1])
        self._play_joint(player, times[-1])
        self._play_acts(player, times[-1])
        self._play_letters(player, open_cases[0], times[-1])
        staff.change_roles(Acting("root", times[-1]), roles=(Role.APPROVER, Role.DPO), controllers=CONTROLLERS[:2])
        staff.leave(Acting("root", times[-1]))
        self.save(staff)

    def _play_restrictions(self, player: Player, at: datetime) -> None:
        """Restrictions that stand, were lifted after a refusal in part, or ended with the processing; one whose lifting
        was announced before the objection was decided again; objections that meant a withdrawal, as a whole or in part.
        """
        acting = CaseActing("ann", at, CALENDAR)
        evaluation = (ActivityBasis("evaluation", LegalBasis.LEGITIMATE_INTERESTS),)
        case = player.receive(at)
        case.register(acting, rights=(Right.RESTRICTION, Right.OBJECTION))
        case.grant(acting, item_id="restriction")
        case.restrict(
            acting,
            restriction_id=player.uuid(),
            item_id="restriction",
            ground=RestrictionGround.ACCURACY_CONTESTED,
            activities=evaluation,
            facts=player.sealed(),
            review_on=at.date() + timedelta(days=1),
        )
        case.set_review(
            acting,
            restriction_id=next(iter(case.restrictions)),
            review_on=at.date() + timedelta(days=90),
            reason=player.sealed(),
        )
        pending = player.uuid()
        case.object(acting, item_id="objection", activities=evaluation, grounds=player.sealed(), restriction_id=pending)
        balanced: dict[str, Any] = {"finding": BalanceFinding.PREVAILS_IN_PART, "extent": ("score",)}
        case.balance_interests(acting, item_id="objection", assessment=player.sealed(), **balanced)
        case.grant(acting, item_id="objection")
        case.stop_processing(acting, item_id="objection", systems=("crm",))
        self._refuse_objection(case, player, at, extent=("score",))
        case.tell_of_lifting(acting, restriction_id=pending, notice=player.letter(LetterKind.LIFTING, at))
        case.lift_restriction(acting, restriction_id=pending, reason=player.sealed())
        self._play_objections(player, at)
        instead = player.receive(at)
        instead.register(acting, rights=(Right.OBJECTION,))
        calls = (ActivityBasis("calls", LegalBasis.CONSENT),)
        instead.treat_as_withdrawal(acting, item_id="objection", activities=calls)
        self.save(case, instead)

    def _refuse_objection(self, case: Request, player: Player, at: datetime, *, extent: tuple[str, ...] = ()) -> None:
        refusal = RefusalCase(
            ground=RefusalGround.COMPELLING_GROUNDS.value,
            reasons=player.sealed(),
            facts=player.sealed(),
            extent=extent,
            in_part=bool(extent),
        )
        statements = REQUIRED_STATEMENTS[LetterKind.REFUSAL]
        case.propose_refusal(
            CaseActing("ann", at, CALENDAR), item_id="objection", refusal=refusal, statements=statements
        )
        case.approve_refusal(CaseActing("bob", at, CALENDAR), item_id="objection")

    def _play_objections(self, player: Player, at: datetime) -> None:
        """One that prevails, about consent too; one that is refused, announced, and decided again."""
        acting = CaseActing("ann", at, CALENDAR)
        evaluation = ActivityBasis("evaluation", LegalBasis.LEGITIMATE_INTERESTS)
        calls = ActivityBasis("calls", LegalBasis.CONSENT)
        for prevails in (True, False):
            case, pending = player.receive(at), player.uuid()
            case.register(acting, rights=(Right.OBJECTION,))
            raised: dict[str, Any] = {"item_id": "objection", "grounds": player.sealed(), "restriction_id": pending}
            case.object(acting, activities=(evaluation, calls), **raised)
            found = BalanceFinding.SUBJECT_PREVAILS if prevails else BalanceFinding.CONTROLLER_PREVAILS
            case.balance_interests(acting, item_id="objection", finding=found, assessment=player.sealed())
            if prevails:
                case.grant(acting, item_id="objection")
                case.stop_processing(acting, item_id="objection", systems=("crm",))
            else:
                self._refuse_objection(case, player, at)
                case.tell_of_lifting(acting, restriction_id=pending, notice=player.letter(LetterKind.LIFTING, at))
                case.record_answer(acting, letter=player.letter(LetterKind.REFUSAL, at), item_ids=("objection",))
                done: dict[str, Any] = {"systems": ("crm",), "account": player.sealed()}
                case.record_done(acting, item_id="consent-withdrawal", **done)
                answer = player.letter(LetterKind.CONSENT_WITHDRAWAL, at)
                case.record_answer(acting, letter=answer, item_ids=("consent-withdrawal",))
                case.close(acting)
                case.reopen(acting, reason=player.sealed(), item_ids=("objection",))
            self.save(case)

    def _play_letters(self, player: Player, case: Request, at: datetime) -> None:
        """Letters that left, came back, failed and were edited, were discarded, were approved."""
        acting = Acting("ann", at)

        def filling() -> Filling:
            return Filling(
                controller_id=case.controller_id,
                content=player.sealed(),
                addressed=True,
                statements=("new-date", "reasons"),
                missing=(),
                nothing_held=False,
                refuses=False,
                template_version="extension-1",
            )

        def written() -> Dispatch:
            return Dispatch.prepare(
                acting,
                dispatch_id=player.uuid(),
                request_id=case.id,
                kind=LetterKind.EXTENSION,
                item_ids=(),
                concerns="3",
                recipient=None,
                addressee=AnswerTo.DATA_SUBJECT,
                channel=Channel.EMAIL,
                language="de",
                message_id=f"<{player.uuid()}@acme.example>",
                filling=filling(),
            )

        for end in ("bounced", "late", "failed", "discarded", "approved"):
            letter = written()
            self.save(letter)
            letter.open(acting, purpose=DisclosurePurpose.ANSWERING)
            if end == "approved":
                letter.edit(acting, channel=Channel.POST, filling=filling())
                self.save(letter)
                letter.approve(Acting("bob", at))
            letter.release(acting, not_before=at)
            if end == "discarded":
                letter.discard(acting, reason=player.sealed())
            elif end == "failed":
                letter.record_failed(acting, reason="message-refused")
                letter.edit(acting, channel=Channel.EMAIL, filling=filling())
                letter.renew(acting, filling=filling())
            else:
                letter.record_sent(acting, sent_at=at, transport="smtp", unrecorded="request-closed")
            if end in ("bounced", "late"):
                letter.record_bounced(acting, status="5.1.1", permanent=end == "bounced")
            self.save(letter)

    def _play_acts(self, player: Player, at: datetime) -> None:
        """A restriction that was used, a decision that was reviewed, a copy that was sent, a transfer assessed."""
        acting = CaseActing("ann", at, CALENDAR)
        case = player.receive(at)
        rights = (Right.RESTRICTION, Right.AUTOMATED_DECISION, Right.INFORMATION, Right.PORTABILITY)
        case.register(acting, rights=rights)
        case.grant(acting, item_id="restriction")
        standing = player.uuid()
        case.restrict(
            acting,
            restriction_id=standing,
            item_id="restriction",
            ground=RestrictionGround.NEEDED_FOR_CLAIMS,
            activities=(ActivityBasis("evaluation", LegalBasis.LEGITIMATE_INTERESTS),),
            facts=player.sealed(),
            review_on=at.date() + timedelta(days=30),
        )
        case.use_restricted_data(
            acting, restriction_id=standing, use=RestrictedUse.LEGAL_CLAIMS, account=player.sealed()
        )
        case.review_decision(
            acting,
            item_id="automated-decision",
            finding=DecisionFinding.ANNULLED,
            activities=(ActivityBasis("scoring", LegalBasis.CONTRACT, decides=True),),
            reviewer="rita",
            competent=True,
            result=player.sealed(),
        )
        case.grant(acting, item_id="information")
        case.send_copy(
            acting,
            item_id="information",
            kind=CopyKind.PRIVACY_NOTICE,
            of=None,
            copyable=Copyable(),
            redacted=False,
            summary=None,
            sent_at=at,
            channel=Channel.EMAIL,
        )
        case.grant(acting, item_id="portability")
        self._play_redactions(player, case, at)
        case.assess_feasibility(acting, item_id="portability", feasible=True, reasons=None)
        self.save(case)

    def _play_redactions(self, player: Player, case: Request, at: datetime) -> None:
        """One redaction is taken back, the other confirmed."""
        acting = CaseActing("ann", at, CALENDAR)
        data_set = player.data_set("portability", at)
        case.collect_data(acting, data_set=data_set, key=player.key(KeyPurpose.BLOB))
        redaction_ids = player.uuid(), player.uuid()
        for redaction_id in redaction_ids:
            case.redact(
                acting,
                redaction_id=redaction_id,
                target_id=data_set.data_set_id,
                kind=RedactionKind.JSON_POINTER,
                place="/*/*",
                replacement_id=None,
                right=OthersRight.PRIVACY,
                values=2,
                reason=player.sealed(),
            )
        case.withdraw_redaction(acting, redaction_id=redaction_ids[0], reason=player.sealed())
        case.confirm_redactions(acting, target_id=data_set.data_set_id, reason=player.sealed())

    def _play_joint(self, player: Player, at: datetime) -> None:
        """Two controllers answer a case that is passed on to a third; holds of both kinds; recipients told or not."""
        acting = CaseActing("ann", at, CALENDAR)
        case = player.receive(at)
        recordings = [Retained(each, "recordings", ("telephony",), "P30D") for each in CONTROLLERS]
        own, other, third = (case.controller_id, *(each for each in CONTROLLERS if each != case.controller_id))[:3]
        case.register(acting, rights=(Right.ACCESS, Right.RECTIFICATION), controllers=(own, other), retained=recordings)
        for kind, held_by in ((HoldKind.LEGAL, own), (HoldKind.LEGAL, other), (HoldKind.RETENTION, own)):
            case.place_hold(
                acting,
                hold_id=player.uuid(),
                kind=kind,
                controller_id=held_by,
                activities=("contracts",),
                systems=("crm",),
                reason=player.sealed(),
            )
        case.release_hold(acting, hold_id=list(case.holds)[-1], reason=player.sealed())
        case.reassign(acting, controller_id=third, joint=True, reason=player.sealed(), retained=recordings)
        case.grant(acting, item_id="rectification-2")
        case.assess_accuracy(
            acting, item_id="rectification-2", finding=AccuracyFinding.INACCURATE, assessment=player.sealed()
        )
        case.rectify(
            acting,
            item_id="rectification-2",
            operation=RectificationOperation.CORRECTED,
            field="street",
            system="crm",
            before=player.sealed(),
            after=player.sealed(),
        )
        case.record_done(
            acting,
            item_id="rectification-2",
            systems=("crm",),
            account=player.sealed(),
            recipients=("dialler", "payroll", "printer"),
        )
        case.tell_recipient(
            acting, item_id="rectification-2", recipient="dialler", told_at=at, told_on=at.date(), channel=Channel.EMAIL
        )
        case.excuse_recipient(
            acting,
            item_id="rectification-2",
            recipient="payroll",
            obstacle=Obstacle.IMPOSSIBLE,
            explanation=player.sealed(),
        )
        self.save(case)

    def _play_without_request(self, player: Player, at: datetime) -> None:
        """Data that had to go and was deleted, a report that was wrong, a request of an authority that was answered."""
        record: dict[str, Any] = {"document": example_record(), "ropa_version": 1, "keys": (player.key(),)}
        acting = CaseActing("ann", at, CALENDAR)
        gone, stays = (
            OwnErasure.report(
                acting,
                erasure_id=player.uuid(),
                kind=kind,
                controller_id="callcentre-de",
                system="recordings",
                reported_by="bob",
                found_at=at,
                request_id=None,
                description=player.sealed(),
                **record,
            )
            for kind in (OwnErasureKind.CHILD_DATA, OwnErasureKind.NO_LEGAL_BASIS)
        )
        gone.carry_out(
            acting,
            deleted_at=at,
            systems=("recordings", "quality"),
            recipients_told=("telephony",),
            document=example_record(),
            account=player.sealed(),
            holds=None,
            person_unknown=True,
        )
        gone.open(acting, purpose=DisclosurePurpose.AUDIT, versions=(1, 2))
        stays.cancel(acting, reason=player.sealed())
        answered, refused = (
            AuthorityDisclosure.record_request(
                acting,
                disclosure_id=player.uuid(),
                controller_id="callcentre-de",
                authority="Tribunal judiciaire",
                country="FR",
                received_at=at,
                channel=Channel.POST,
                provision="",
                request_id=None,
                reference=player.sealed(),
                request=player.sealed(),
                **record,
            )
            for _ in range(2)
        )
        reviewed: dict[str, Any] = {"document": example_record(), "reasons": player.sealed()}
        cho = Acting("cho", at)
        answered.review(
            cho, finding=ReviewFinding.DISCLOSE, provision="§ 95 StPO", agreement="", extent=("recording",), **reviewed
        )
        refused.review(cho, finding=ReviewFinding.REFUSE, provision="", agreement="", extent=(), **reviewed)
        answered.give(
            acting,
            given_at=at,
            channel=Channel.IN_PERSON,
            systems=("recordings",),
            categories=("recording",),
            document=example_record(),
            content=player.sealed(),
            contact=player.sealed(),
        )
        answered.open(acting, purpose=DisclosurePurpose.AUDIT, versions=(1, 2, 3))
        self.save(gone, stays, answered, refused)


@cache
def example_record() -> Ropa:
    """The record of processing of the examples."""
    return load(Path(__file__).parents[2] / "examples" / "ropa.yaml").document


@pytest.fixture
def desk(database: Database) -> MiniDesk:
    """A desk on a migrated database, on each backend."""
    return MiniDesk.on(database)


@pytest.fixture
def desk_on() -> Callable[[Database], MiniDesk]:
    """Gives a desk on a migrated database of one's own."""
    return MiniDesk.on


@pytest.fixture
def fresh_desk(backend: str, fresh_url: Callable[[str, str], str]) -> Iterator[Callable[[], MiniDesk]]:
    """Gives a desk on a database of its own at each call, so that examples do not meet."""
    made: list[Database] = []

    def fresh() -> MiniDesk:
        made.append(Database(fresh_url(backend, "main")))
        return MiniDesk.on(made[-1])

    yield fresh
    for database in made:
        database.close()


@pytest.fixture
def player() -> Player:
    """Plays the same cases in every run."""
    return Player(Random(7))  # noqa: S311 - reproducible, not secret


@pytest.fixture(scope="session")
def played_templates(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    migrated_templates: Callable[[str, Kind], str],
) -> Callable[[str], str]:
    """For each backend the URL of a database on which some cases have gone some way; to be copied, never used."""
    templates: dict[str, str] = {}

    def template(backend: str) -> str:
        if backend not in templates:
            migrated = migrated_templates(backend, "main")
            if backend == "postgresql":
                url = request.getfixturevalue("postgres_databases").make(migrated)
            else:
                url = _copied(migrated, tmp_path_factory.mktemp("played"))
            database = Database(url)
            MiniDesk.on(database).play(Random(11), cases=14, steps=22)  # noqa: S311
            database.close()
            templates[backend] = url
        return templates[backend]

    return template


@pytest.fixture
def played(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path, played_templates: Callable[[str], str]
) -> Iterator[MiniDesk]:
    """A desk on which some cases have gone some way, on each backend."""
    template = played_templates(backend)
    copy = request.getfixturevalue("new_postgres") if backend == "postgresql" else partial(_copied, folder=tmp_path)
    database = Database(copy(template))
    yield MiniDesk.on(database)
    database.close()


def _copied(url: str, folder: Path) -> str:
    file = folder / "played.sqlite3"
    shutil.copyfile(make_url(url).database or "", file)
    return f"sqlite:///{file}"
