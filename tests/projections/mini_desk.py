"""A small desk that appends and projects case histories in one transaction."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final, Self

from dsr.database import Database
from dsr.domain.acting import Acting, CaseActing
from dsr.domain.authority_disclosure import AuthorityDisclosure, DisclosureFinding
from dsr.domain.clock import Clock
from dsr.domain.dispatch import Dispatch, Filling
from dsr.domain.events import Aggregate
from dsr.domain.export import Export, ExportKind
from dsr.domain.matter import (
    AuthorityLetter,
    IncidentRisk,
    Matter,
    MatterHold,
    MatterKind,
    MatterLetterKind,
    MatterOutcome,
    MatterSender,
    TellingException,
)
from dsr.domain.matter.notices import NoticeLetter
from dsr.domain.own_erasure import OwnErasure, OwnErasureKind
from dsr.domain.own_file import FileKind
from dsr.domain.quarantine import QuarantinedMessage
from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.domain.request.automated_decision import ReviewFinding
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.grounds import RefusalGround
from dsr.domain.request.holds import Retained
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.others_rights import RedactionKind
from dsr.domain.request.restriction import RestrictedUse
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.standing import (
    AnswerTo,
    HoldKind,
    RestrictionGround,
)
from dsr.domain.request.values import (
    BalanceFinding,
    Channel,
    DisclosurePurpose,
)
from dsr.domain.retention_batch import DueFile, KeptFile, RetentionBatch
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.domain.ropa import LegalBasis, Ropa
from dsr.domain.sealed import KeyPurpose
from dsr.domain.staff import Passkey, Staff, Training
from dsr.domain.staff_session import SessionEnd, SignInMethod, StaffSession
from dsr.eventstore.log import Log
from dsr.eventstore.mapper import EventMapper
from dsr.eventstore.recorder import LogApplicationRecorder
from dsr.eventstore.store import LogEventStore
from dsr.projections import project
from dsr.projections.positions import in_step_query
from dsr.projections.shown import ShownCases
from dsr.ropa import load
from tests.projections.player import CALENDAR, CONTROLLERS, START, PlayedCase, Player, record_first_due

EVALUATION: Final = ActivityBasis("evaluation", LegalBasis.LEGITIMATE_INTERESTS)
CALLS: Final = ActivityBasis("calls", LegalBasis.CONSENT)


@cache
def example_record() -> Ropa:
    """The record of processing of the examples."""
    return load(Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml").document


@dataclass(frozen=True)
class MiniDesk:
    """Appends and projects in one transaction, as the desk does."""

    database: Database
    log: Log
    store: LogEventStore
    shown: ShownCases = field(default_factory=ShownCases)

    @classmethod
    def on(cls, database: Database, clock: Clock | None = None) -> Self:
        """A desk on a migrated database; `clock` tells when events are recorded."""
        mapper = EventMapper()
        recorder = LogApplicationRecorder(database, clock=clock, also=[in_step_query(is_sqlite=database.is_sqlite)])
        return cls(database, Log(database, mapper), LogEventStore(mapper, recorder))

    def save(self, *aggregates: Aggregate) -> tuple[Recorded, ...]:
        """All events of these, in one transaction."""
        saves = [self.shown.saving(each) for each in aggregates if isinstance(each, Request)]
        with self.store.appending() as saving:
            recorded = saving.save(*aggregates)
            project(saving.connection, recorded, *saving.also, saves=saves, is_new_instant=saving.is_new_instant)
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
            confirmable=False,
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
            keys=(player.key(KeyPurpose.CASE_FILE),),
            original=player.blob(),
        )
        message.enter(Acting("ann", times[-1]), request_id=open_cases[0].id, received_at=START)
        self.save(export, message)
        self._play_without_request(player, times[-1])
        self._play_retention(player, times[-1])
        self._play_matters(player, times[-1])
        self._play_restrictions(player, times[-1])
        self._play_joint(player, times[-1])
        self._play_read(player, times[-1])
        self._play_second_thoughts(player, times[-1])
        self._play_acts(player, times[-1])
        self._play_forgetting(player, times[-1])
        self._play_letters(player, open_cases[0], times[-1])
        staff.change_roles(
            Acting("root", times[-1]), roles=(Role.APPROVER, Role.DPO), controllers=CONTROLLERS[:2], confirmable=True
        )
        staff.confirm(Acting("dora", times[-1]))
        self._play_signing_in(player, staff, times[-1])
        staff.leave(Acting("root", times[-1]))
        self.save(staff)

    def _play_signing_in(self, player: Player, staff: Staff, at: datetime) -> None:
        """Two passkeys and two accounts, of which one each ends; two sessions, of which one is proved anew and ends."""
        ann, first, second = Acting("ann", at), player.uuid(), player.uuid()
        for each in (first, second):
            passkey = Passkey(each, f"id-{each}", "key", "dsr.example", is_synced=False, transports=("usb",))
            staff.register_passkey(ann, passkey=passkey)
        staff.revoke_passkey(ann, passkey_id=second)
        for subject in ("248289761001", "248289761002"):
            account_id = player.uuid()
            staff.link_account(
                Acting("service:cli", at),
                account_id=account_id,
                issuer="https://login.example",
                subject=subject,
                confirmable=False,
            )
        staff.unlink_account(ann, account_id=account_id)
        ended, running = (
            StaffSession.sign_in(
                ann,
                session_id=player.uuid(),
                method=SignInMethod.PASSKEY,
                credential_id=first,
                ends_at=at + timedelta(hours=12),
            )
            for _ in range(2)
        )
        ended.step_up(ann, credential_id=first)
        ended.end(ann, why=SessionEnd.SIGNED_OUT)
        self.save(ended, running)

    def _play_restrictions(self, player: Player, at: datetime) -> None:
        """Restrictions that stand, were lifted after a refusal in part, or ended with the processing; one whose lifting
        was announced before the objection was decided again; objections that meant a withdrawal, as a whole or in part.
        """
        case = player.playing(player.receive(at), at)
        case.register(Right.RESTRICTION, Right.OBJECTION)
        case.grant("restriction")
        case.restrict(activities=(EVALUATION,), review_on=case.days_ahead(1))
        case.set_review(review_on=case.days_ahead(90))
        case.object(activities=(EVALUATION,))
        case.balance_interests(finding=BalanceFinding.PREVAILS_IN_PART, extent=("score",))
        case.grant("objection")
        case.stop_processing()
        self._refuse_objection(case, extent=("score",))
        case.tell_of_lifting()
        case.lift_restriction()
        self._play_objections(player, at)
        instead = player.playing(player.receive(at), at)
        instead.register(Right.OBJECTION)
        instead.treat_as_withdrawal(activities=(CALLS,))
        self.save(case.request, instead.request)

    def _refuse_objection(self, case: PlayedCase, *, extent: tuple[str, ...] = ()) -> None:
        ground = RefusalGround.COMPELLING_GROUNDS.value
        case.propose_refusal(
            "objection", refusal=case.refusal(ground=ground, claims=(), extent=extent, in_part=bool(extent))
        )
        case.approve_refusal("objection", actor="bob")

    def _play_objections(self, player: Player, at: datetime) -> None:
        """One that prevails, about consent too; one that is refused, announced, and decided again."""
        for prevails in (True, False):
            case = player.playing(player.receive(at), at)
            case.register(Right.OBJECTION)
            case.object(activities=(EVALUATION, CALLS))
            found = BalanceFinding.SUBJECT_PREVAILS if prevails else BalanceFinding.CONTROLLER_PREVAILS
            case.balance_interests(finding=found)
            if prevails:
                case.grant("objection")
                case.stop_processing()
            else:
                self._refuse_objection(case)
                case.tell_of_lifting()
                case.record_answer(letter=case.letter(LetterKind.REFUSAL), item_ids=("objection",))
                case.record_done("consent-withdrawal")
                answer = case.letter(LetterKind.CONSENT_WITHDRAWAL)
                case.record_answer(letter=answer, item_ids=("consent-withdrawal",))
                case.close()
                case.reopen("objection")
            self.save(case.request)

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

    def _play_forgetting(self, player: Player, at: datetime) -> None:
        """Two files are ordered to be forgotten, and one of them is."""
        for is_attested in (True, False):
            case = player.receive(at)
            given = player.playing(case, at)
            given.dismiss()
            given.propose_forgetting(actor="ann")
            given.approve_forgetting(actor="bob")
            if is_attested:
                given.attest_forgetting()
            self.save(case)
        brought_back = player.receive(at)
        player.playing(brought_back, at).restore_forgetting()
        self.save(brought_back)

    def _play_acts(self, player: Player, at: datetime) -> None:
        """A restriction that was used, a decision that was reviewed, a copy that was sent, a transfer assessed."""
        case = player.playing(player.receive(at), at)
        case.register(Right.RESTRICTION, Right.AUTOMATED_DECISION, Right.INFORMATION, Right.PORTABILITY)
        case.grant("restriction")
        ground = RestrictionGround.NEEDED_FOR_CLAIMS
        case.restrict(ground=ground, activities=(EVALUATION,), review_on=case.days_ahead(30))
        case.use_restricted_data(use=RestrictedUse.LEGAL_CLAIMS)
        case.propose_exception()
        case.review_decision(finding=ReviewFinding.ANNULLED)
        case.grant("information")
        case.send_copy()
        case.grant("portability")
        self._play_redactions(case)
        case.assess_feasibility()
        self.save(case.request)

    def _play_second_thoughts(self, player: Player, at: datetime) -> None:
        """A question about the meaning of a request that was answered, a refusal that nobody else agreed with."""
        case = player.playing(player.receive(at), at)
        case.register(Right.ACCESS, Right.ERASURE)
        case.ask_clarification()
        case.record_answer(letter=case.letter(LetterKind.CLARIFICATION), item_ids=())
        case.receive_clarification()
        case.propose_refusal("erasure")
        case.decline_refusal("erasure", actor="bob")
        self.save(case.request)

    def _play_redactions(self, case: PlayedCase) -> None:
        """One redaction is taken back, the other confirmed."""
        data_set = case.data_set("portability", case.now)
        case.collect_data(data_set=data_set)
        redaction_ids = case.uuid(), case.uuid()
        for redaction_id in redaction_ids:
            place = {"kind": RedactionKind.JSON_POINTER, "place": "/*/*", "values": 2}
            case.redact(data_set.data_set_id, redaction_id=redaction_id, **place)
        case.withdraw_redaction(redaction_ids[0])
        case.confirm_redactions(data_set.data_set_id, reason=case.sealed())

    def _play_joint(self, player: Player, at: datetime) -> None:
        """Two controllers answer a case that is passed on to a third; holds of both kinds; recipients told or not."""
        case = player.playing(player.receive(at), at)
        recordings = [Retained(each, "recordings", ("telephony",), "P30D") for each in CONTROLLERS]
        first = case.request.controller_id
        own, other, third = (first, *(each for each in CONTROLLERS if each != first))[:3]
        case.register(Right.ACCESS, Right.RECTIFICATION, controllers=(own, other), retained=recordings)
        for kind, held_by in ((HoldKind.LEGAL, own), (HoldKind.LEGAL, other), (HoldKind.RETENTION, own)):
            case.place_hold(kind=kind, controller_id=held_by, activities=("contracts",))
        case.release_hold()
        case.reassign(controller_id=third, calendar=CALENDAR, retained=recordings)
        case.grant("rectification-2")
        case.assess_accuracy("rectification-2")
        case.rectify("rectification-2")
        case.account_for_systems(
            "rectification-2", accounts=case.accounts("crm", "telephony", result=SearchResult.FOUND)
        )
        case.record_done("rectification-2", recipients=("dialler", "payroll", "printer"))
        case.tell_recipient("rectification-2")
        case.excuse_recipient("rectification-2", recipient="payroll")
        self.save(case.request)

    def _play_read(self, player: Player, at: datetime) -> None:
        """A letter that was read, registered, and read again."""
        case = player.playing(player.receive(at), at)
        case.suggest_rights()
        case.register(Right.ACCESS, Right.OBJECTION)
        case.suggest_rights(model="reader-2", asked=True)
        self.save(case.request)

    def _play_matters(self, player: Player, at: datetime) -> None:
        """A complaint that was acknowledged late, told of, answered and closed; one that nobody has taken up."""
        acting = CaseActing("ann", at, CALENDAR)
        promising = replace(example_record().controller("callcentre-de"), acknowledge_complaints_within_days=3)
        record = replace(example_record(), controllers=(promising,))
        closed, forgotten = (
            Matter.open_complaint(
                acting,
                matter_id=player.uuid(),
                reference=f"M-2345-678{number}",
                controller_id="callcentre-de",
                channel=Channel.POST,
                received_at=at,
                language="de",
                request_ids=(player.uuid(),),
                message_id=player.uuid(),
                document=record,
                ropa_version=1,
                keys=(player.key(KeyPurpose.CASE_FILE),),
                sender=player.sealed(),
                content=player.sealed(),
            )
            for number in (9, 8)
        )
        later = CaseActing("ann", at + timedelta(days=3), CALENDAR)
        told: dict[str, Any] = {"channel": Channel.EMAIL}
        closed.record_due(later)
        closed.assign(later, responsible="bob")
        closed.link_request(later, request_id=player.uuid())
        closed.acknowledge(later, acknowledged_at=later.at, **told)
        closed.tell_progress(later, told_at=later.at, progress=player.sealed(), **told)
        closed.record_answer(later, answered_at=later.at, reasons=player.sealed(), remedies=player.sealed(), **told)
        closed.close(later, outcome=MatterOutcome.UPHELD)
        closed.open(later, purpose=DisclosurePurpose.AUDIT, versions=(1,))
        last = CaseActing("ann", at + timedelta(days=10), CALENDAR)
        forgotten.record_due(last)
        self._write_letters(player, forgotten, last)
        self._reply(player, closed, last)
        self.save(closed, forgotten)
        self._play_incidents(player, at)

    def _write_letters(self, player: Player, complaint: Matter, acting: CaseActing) -> None:
        """One that came back, one that failed, one that was discarded."""
        returned, failed, discarded = (player.uuid() for _ in range(3))
        for each in (returned, failed, discarded):
            complaint.write_letter(
                acting,
                letter_id=each,
                kind=MatterLetterKind.ACKNOWLEDGEMENT,
                channel=Channel.EMAIL,
                language="de",
                message_id=f"<{each}@callcentre.example>",
                is_addressed=True,
                content=player.sealed(),
            )
            complaint.release_letter(acting, letter_id=each, not_before=acting.at)
        complaint.discard_letter(acting, letter_id=discarded, reason=player.sealed())
        complaint.record_letter_failed(acting, letter_id=failed, reason="message-refused")
        complaint.record_letter_sent(
            acting, letter_id=returned, sent_at=acting.at, transport="smtp", reasons=None, remedies=None
        )
        complaint.record_letter_returned(acting, letter_id=returned, status="5.1.1")

    def _reply(self, player: Player, complaint: Matter, acting: CaseActing) -> None:
        """An automatic message, one that a person examines, one that waits."""
        for automatic, is_examined in ((True, False), (False, True), (False, False)):
            message_id = player.uuid()
            complaint.receive_message(
                acting,
                message_id=message_id,
                channel=Channel.EMAIL,
                received_at=acting.at,
                claimed_at=None,
                language="de",
                sender=MatterSender.KNOWN,
                automatic=automatic,
                suggested_rights=(Right.ACCESS,),
                keys=(player.key(KeyPurpose.BLOB),),
                content=player.sealed(),
                original=player.blob(),
            )
            if is_examined:
                complaint.examine_message(acting, message_id=message_id, finding=player.sealed())

    def _play_incidents(self, player: Player, at: datetime) -> None:
        """One of which the authority and the people were told late, one that seemed unlikely to be a risk and then was
        one, one of another controller's data.
        """
        acting = CaseActing("ann", at, CALENDAR)
        sealed: dict[str, Any] = {"reasons": player.sealed()}
        told: dict[str, Any] = {"channel": Channel.EMAIL, "content": player.sealed()}
        known, unlikely, of_another = (
            Matter.open_incident(
                acting,
                matter_id=player.uuid(),
                reference=f"M-2345-679{number}",
                controllers=("callcentre-de",),
                channel=Channel.IN_PERSON,
                certain_at=at,
                request_ids=(),
                message_id=None,
                misdelivery_id=None,
                processor_for="mail-order" if number == 4 else None,
                document=example_record(),
                ropa_version=1,
                keys=(player.key(KeyPurpose.CASE_FILE),),
                sender=None,
                content=player.sealed(),
            )
            for number in (2, 3, 4)
        )
        later = CaseActing("ann", at + timedelta(hours=80), CALENDAR)
        known.record_due(later)
        known.assess_risk(later, risk=IncidentRisk.HIGH, **sealed)
        known.notify_authority(later, authority="de-berlin", notified_at=later.at, late_reasons=player.sealed(), **told)
        known.tell_people(later, told_at=later.at, **told)
        known.close(later, outcome=MatterOutcome.NOTIFIED)
        unlikely.record_due(CaseActing("ann", at + timedelta(hours=50), CALENDAR))
        unlikely.assess_risk(later, risk=IncidentRisk.UNLIKELY, **sealed)
        unlikely.omit_notification(later, **sealed)
        unlikely.assess_risk(later, risk=IncidentRisk.HIGH, **sealed)
        unlikely.except_people(later, exception=TellingException.UNINTELLIGIBLE, **sealed)
        self._write_notices(player, unlikely, later)
        of_another.tell_controller(later, told_at=later.at, **told)
        self.save(known, unlikely, of_another)
        self._play_letters_of_authorities(player, at)

    def _write_notices(self, player: Player, incident: Matter, acting: CaseActing) -> None:
        """One to three people that is released, one that is discarded."""
        for is_released in (True, False):
            notice_id = player.uuid()
            letters = tuple(
                NoticeLetter(each, Channel.EMAIL, "de", f"<{each}@callcentre.example>", True, player.sealed())
                for each in (player.uuid() for _ in range(3))
            )
            incident.write_notice(acting, notice_id=notice_id, letters=letters)
            if is_released:
                second = CaseActing("bob", acting.at, CALENDAR)
                incident.release_notice(second, notice_id=notice_id, not_before=acting.at)
            else:
                incident.discard_notice(acting, notice_id=notice_id, reason=player.sealed())

    def _play_letters_of_authorities(self, player: Player, at: datetime) -> None:
        """A claim with a hold whose date a new letter moved."""
        acting = CaseActing("ann", at, CALENDAR)
        letter = AuthorityLetter(
            MatterKind.COURT_CLAIM, "Amtsgericht", (at + timedelta(days=30)).date(), Channel.POST, at, "de"
        )
        claim = Matter.open_letter(
            acting,
            matter_id=player.uuid(),
            reference="M-2345-6795",
            controller_id="callcentre-de",
            letter=letter,
            request_ids=(player.uuid(),),
            document=example_record(),
            ropa_version=1,
            keys=(player.key(KeyPurpose.CASE_FILE),),
            file_number=player.sealed(),
            content=player.sealed(),
        )
        claim.note_holds(acting, holds=(MatterHold(player.uuid(), player.uuid()),))
        claim.move_date(
            acting,
            due_on=(at + timedelta(days=60)).date(),
            received_at=at,
            channel=Channel.POST,
            content=player.sealed(),
        )
        self.save(claim)

    def _play_retention(self, player: Player, at: datetime) -> None:
        """A batch that was carried out, of which something held one file; a batch that was declined."""
        ann, bob, clock = (CaseActing(who, at, CALENDAR) for who in ("ann", "bob", "service:retention"))
        gone, held, kept = (player.uuid() for _ in range(3))
        for declined in (False, True):
            batch = RetentionBatch.draw_up(
                clock,
                batch_id=player.uuid(),
                controller_id="callcentre-de",
                files=tuple(DueFile(FileKind.CASE_FILE, each, at.date()) for each in (gone, held)),
                kept=(KeptFile(FileKind.CASE_FILE, kept, ("matter",)),),
                kept_in_all=1,
            )
            batch.propose(ann, left_out=(gone,) if declined else ())
            if declined:
                batch.decline(bob)
            else:
                batch.approve(bob)
                batch.carry_out(clock, kept=(KeptFile(FileKind.CASE_FILE, held, ("hold",)),))
            self.save(batch)

    def _play_without_request(self, player: Player, at: datetime) -> None:
        """Data that had to go and was deleted, a report that was wrong, a request of an authority that was answered."""
        record: dict[str, Any] = {"document": example_record(), "ropa_version": 1}
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
                keys=(player.key(KeyPurpose.CASE_FILE),),
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
                matter=None,
                reference=player.sealed(),
                request=player.sealed(),
                keys=(player.key(KeyPurpose.CASE_FILE),),
                **record,
            )
            for _ in range(2)
        )
        reviewed: dict[str, Any] = {"document": example_record(), "reasons": player.sealed()}
        cho = Acting("cho", at)
        answered.review(
            cho,
            finding=DisclosureFinding.DISCLOSE,
            provision="§ 95 StPO",
            agreement="",
            extent=("recording",),
            **reviewed,
        )
        refused.review(cho, finding=DisclosureFinding.REFUSE, provision="", agreement="", extent=(), **reviewed)
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
