"""Rules that hold for every use case of the desk: version, scope, all or nothing, the same key twice, replay."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from dsr.desk.caller import Call, Caller, IdempotencyKey
from dsr.desk.casebook import Casebook
from dsr.desk.dispatching import Address
from dsr.desk.errors import (
    AuthorityDisclosureUnknown,
    DispatchUnknown,
    ExportUnknown,
    IdempotencyKeyReused,
    OwnErasureUnknown,
    QuarantineUnknown,
    RequestUnknown,
    VersionStale,
)
from dsr.desk.my import SessionEnded, subject
from dsr.desk.new_case import Person
from dsr.desk.upload_shelf import UploadUnknown
from dsr.domain.authority_disclosure import AuthorityDisclosure, ReviewFinding
from dsr.domain.dispatch import Dispatch
from dsr.domain.export import Export, RevocationReason, SecretWrong
from dsr.domain.own_erasure import OwnErasure, OwnErasureKind
from dsr.domain.quarantine import QuarantinedMessage
from dsr.domain.request import Request
from dsr.domain.request.automated_decision import ReviewFinding as ReviewedDecision
from dsr.domain.request.information_point import InformationPoint
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.others_rights import OthersRight, RedactionKind
from dsr.domain.request.recipients import Obstacle
from dsr.domain.request.rectification import RectificationOperation
from dsr.domain.request.standing import AnswerTo, CopyKind, HoldKind, RepresentativeKind, TargetMethod
from dsr.domain.request.values import (
    AccuracyFinding,
    AssuranceLevel,
    BalanceFinding,
    Channel,
    DisclosurePurpose,
    DismissalKind,
    IdentityMethod,
)
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.domain.ropa import ROPA_ID, AnnouncementChannel, RecordOfProcessing
from dsr.domain.staff import Staff, Training, staff_id
from dsr.letters.fields import FreeText
from tests.traffic import counted, known_costs, require_known_cost

EXAMPLE_ROPA = Path(__file__).parents[2] / "examples" / "ropa.yaml"

ACCESS, ERASURE = Right.ACCESS.value, Right.ERASURE.value
PORTABILITY = Right.PORTABILITY.value


@dataclass(frozen=True)
class UseCase:
    """How to come to it, how to run it, which events it makes."""

    name: str
    given: Callable[[Any], Any]
    """Prepares; returns the id of the aggregate that the use case works on, None where it makes one."""
    run: Callable[[Any, Any, Call], Any]
    makes: tuple[str, ...]
    unknown: type[Exception] | None = RequestUnknown
    """How it answers somebody who does not see the case; None where scope does not matter."""


def asked(office: Any) -> UUID:
    request_id: UUID = office.registered(Right.ACCESS)
    office.desk.identity.ask(
        request_id, office.call(request_id), doubt="Another address.", method=IdentityMethod.CALL_BACK, asked_at=None
    )
    return request_id


def with_evidence(office: Any) -> UUID:
    request_id = asked(office)
    office.desk.identity.take_evidence(request_id, office.call(request_id), evidence="scan", received_at=None)
    return request_id


def clarifying(office: Any) -> UUID:
    request_id: UUID = office.registered(Right.ACCESS)
    office.desk.deadlines.ask_clarification(
        request_id, office.call(request_id), quantity="Ten years of calls.", asked_at=None
    )
    return request_id


def extension_proposed(office: Any) -> UUID:
    request_id: UUID = office.registered(Right.ACCESS)
    office.desk.deadlines.propose_extension(
        request_id, office.call(request_id, office.bob), ground="complexity", reasons="Forty systems."
    )
    return request_id


def extension_approved(office: Any) -> UUID:
    request_id = extension_proposed(office)
    office.desk.deadlines.decide_extension(request_id, office.call(request_id), approve=True, reason="")
    return request_id


def fee_proposed(office: Any) -> UUID:
    request_id: UUID = office.registered(Right.ACCESS)
    office.desk.fees.propose(request_id, office.call(request_id), item_ids=(ACCESS,), draft=office.fee())
    return request_id


def acknowledgement_written(office: Any, **facts: Any) -> UUID:
    request_id = office.registered(Right.ACCESS)
    answer = office.desk.dispatching.prepare(
        request_id, office.call(request_id), kind=LetterKind.ACKNOWLEDGEMENT, **facts
    )
    return UUID(answer.resource_id)


def extension_edited(office: Any) -> UUID:
    """A letter that bob changed after two people had decided."""
    request_id = extension_approved(office)
    answer = office.desk.dispatching.prepare(
        request_id,
        office.call(request_id, office.bob),
        kind=LetterKind.EXTENSION,
        statements={"note": FreeText("Thank you for your patience.")},
    )
    return UUID(answer.resource_id)


def letter_on_paper(office: Any) -> UUID:
    dispatch_id = acknowledgement_written(
        office, address=Address(name="Ada Lovelace", postal=("Elm Street 1", "10115 Berlin"))
    )
    office.desk.dispatching.release(dispatch_id, Call(office.ann))
    return dispatch_id


def fee_quoted(office: Any) -> UUID:
    request_id = fee_proposed(office)
    office.desk.fees.send_notice(
        request_id, office.fee_id(request_id), office.call(request_id), draft=office.letter(LetterKind.FEE)
    )
    return request_id


def fee_unpaid(office: Any) -> UUID:
    request_id = fee_quoted(office)
    office.clock.advance(days=40)
    return request_id


def on_fee(method: str, **facts: Any) -> Callable[[Any, Any, Call], Any]:
    return lambda office, subject, call: getattr(office.desk.fees, method)(
        subject,
        office.fee_id(subject),
        call,
        **{name: fact(office) if callable(fact) else fact for name, fact in facts.items()},
    )


AUTHORITY = {
    "kind": RepresentativeKind.PARENT,
    "evidence": "Birth certificate, seen.",
    "rights": (Right.ACCESS, Right.ERASURE),
    "expires_on": date(2031, 5, 1),
    "for_child": True,
    "conflict_assessed": True,
    "conflict": False,
    "answer_to": AnswerTo.BOTH,
}


def represented(office: Any) -> UUID:
    request_id: UUID = office.registered(Right.ACCESS)
    office.desk.representation.accept(request_id, office.call(request_id), **AUTHORITY)
    return request_id


def refusal_proposed(office: Any) -> UUID:
    request_id: UUID = office.registered(Right.ERASURE)
    office.desk.items.propose_refusal(request_id, ERASURE, office.call(request_id, office.bob), draft=office.refusal())
    return request_id


def done(office: Any) -> UUID:
    request_id: UUID = office.granted(Right.ACCESS)
    office.desk.items.record_done(
        request_id, ACCESS, office.call(request_id), systems=("crm",), account="Copied from the CRM."
    )
    return request_id


def answered(office: Any) -> UUID:
    request_id = done(office)
    office.desk.answers.record_answer(
        request_id, office.call(request_id), draft=office.letter(LetterKind.ACCESS), item_ids=(ACCESS,)
    )
    return request_id


def closed(office: Any) -> UUID:
    request_id = answered(office)
    office.desk.answers.close(request_id, office.call(request_id), unidentified=False)
    return request_id


def twice(office: Any) -> UUID:
    """Two cases of one person; the second is the one that the command closes."""
    office.first = office.arrived()
    return UUID(str(office.arrived()))


def assignable(office: Any) -> UUID:
    enrolled(office)
    return UUID(str(office.arrived()))


def uploaded(office: Any) -> UUID:
    request_id: UUID = office.granted(Right.ACCESS)
    office.upload_id = office.upload(request_id, ACCESS, b"A note of the agent.", 7)
    return request_id


def attached(office: Any) -> UUID:
    request_id: UUID = office.granted(Right.ACCESS)
    office.attachment_id = office.attach(request_id, ACCESS, b"A note of the agent.")
    return request_id


def collected(office: Any) -> UUID:
    request_id: UUID = office.granted(Right.ACCESS)
    office.collect(request_id, ACCESS)
    office.desk.signing.signer("callcentre-de", Call(office.ann))  # makes its first key
    return request_id


def redact(office: Any, subject: UUID, call: Call) -> Any:
    return office.desk.redaction.redact(
        subject,
        next(iter(office.case(subject).copies.data_sets), uuid4()),
        call,
        kind=RedactionKind.WHOLE_FILE,
        place="",
        replacement_id=None,
        right=OthersRight.PRIVACY,
        reason="All of it is about her sister.",
    )


def told_otherwise(office: Any) -> UUID:
    request_id: UUID = office.registered(Right.ACCESS)
    office.desk.access_information.correct(
        request_id, ACCESS, office.call(request_id), point=InformationPoint.SOURCE, text="From the directory."
    )
    return request_id


def redacted(office: Any) -> UUID:
    request_id = collected(office)
    redact(office, request_id, office.call(request_id))
    return request_id


def redaction_of(office: Any, subject: UUID) -> UUID:
    standing = [each for redactions in office.case(subject).copies.redactions.values() for each in redactions]
    return standing[0].redaction_id if standing else uuid4()


def held(office: Any) -> UUID:
    """A case of access: what would be deleted before it is answered is on hold."""
    return UUID(str(office.registered(Right.ACCESS)))


def on_hold(name: str, **facts: Any) -> Callable[[Any, Any, Call], Any]:
    """A use case on the first hold of a case, or on one that is none."""

    def run(office: Any, subject: Any, call: Call) -> Any:
        hold_id = next(iter(office.case(subject).holds), uuid4())
        return getattr(office.desk.holds, name)(subject, hold_id, call, **facts)

    return run


def erased(office: Any) -> UUID:
    """A case whose recipients have to be told."""
    request_id: UUID = office.granted(Right.ERASURE)
    office.desk.items.record_done(
        request_id, ERASURE, office.call(request_id), systems=("crm",), account="All of it is gone."
    )
    return request_id


def restricted(office: Any) -> UUID:
    request_id: UUID = office.granted(Right.RESTRICTION)
    restrict(office, request_id, office.call(request_id))
    return request_id


def lifting_announced(office: Any) -> UUID:
    request_id = restricted(office)
    tell = on_restriction("tell_of_lifting", draft=office.letter(LetterKind.LIFTING))
    tell(office, request_id, office.call(request_id))
    return request_id


def marketing(office: Any) -> UUID:
    request_id: UUID = office.arrived()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.OBJECTION,), direct_marketing=True)
    return request_id


def objected(office: Any) -> UUID:
    request_id: UUID = office.registered(Right.OBJECTION)
    raise_objection(office, request_id, office.call(request_id))
    return request_id


def objection_granted(office: Any) -> UUID:
    request_id = objected(office)
    office.desk.items.grant(request_id, "objection", office.call(request_id))
    return request_id


def on_restriction(name: str, **facts: Any) -> Callable[[Any, Any, Call], Any]:
    """A use case on the first restriction of a case."""

    def run(office: Any, subject: Any, call: Call) -> Any:
        restriction_id = next(iter(office.case(subject).restrictions))
        return getattr(office.desk.restriction, name)(subject, restriction_id, call, **facts)

    return run


def assessed(office: Any) -> UUID:
    request_id: UUID = office.granted(Right.RECTIFICATION)
    found = {"finding": AccuracyFinding.INACCURATE, "assessment": "Compared with her passport."}
    office.desk.rectification.assess(request_id, "rectification", office.call(request_id), **found)
    return request_id


def transferable(office: Any) -> UUID:
    request_id: UUID = office.granted(Right.PORTABILITY)
    office.desk.transfer.assess(request_id, PORTABILITY, office.call(request_id), feasible=True, reasons="")
    return request_id


def target_verified(office: Any) -> UUID:
    request_id = transferable(office)
    office.collect(request_id, PORTABILITY)
    seen = {"target": "api.other.example", "method": TargetMethod.CALL_BACK, "verified_at": None}
    office.desk.transfer.verify_target(request_id, PORTABILITY, office.call(request_id), **seen)
    return request_id


def prepared(office: Any) -> UUID:
    answer = office.desk.exports.prepare(collected(office), ACCESS, Call(office.ann))
    return UUID(answer.resource_id)


def offered(office: Any) -> UUID:
    export_id = prepared(office)
    office.desk.exports.offer(export_id, Call(office.ann))
    return export_id


def controllers_changed(office: Any) -> UUID:
    content = EXAMPLE_ROPA.read_bytes().replace(b"callcentre-fr", b"callcentre-ff")
    office.desk.ropa.adopt(content, Call(office.ann))
    return ROPA_ID


def announce(office: Any, _: Any, call: Call) -> Any:
    return office.desk.announcements.complete(
        2,
        call,
        announced_on=date(2026, 3, 5),
        channels=(AnnouncementChannel.WEBSITE,),
        summary="Another French member.",
    )


def in_quarantine(office: Any) -> UUID:
    quarantine_id: UUID = office.receive(b"garbage", controller_id="callcentre-de").quarantine_id
    return quarantine_id


def own_erasure_reported(office: Any) -> UUID:
    return UUID(report_own_erasure(office, None, Call(office.ann)).resource_id)


def report_own_erasure(office: Any, _: Any, call: Call) -> Any:
    return office.desk.own_erasures.report(
        call,
        kind=OwnErasureKind.REFUSED_RECORDING,
        controller_id="callcentre-de",
        system="recordings",
        found_at=office.clock.now(),
        description="The call of 09:12; she said no.",
    )


def authority_request_recorded(office: Any) -> UUID:
    answer = record_authority_request(office, None, Call(office.bob))
    return UUID(answer.resource_id)


def record_authority_request(office: Any, _: Any, call: Call) -> Any:
    return office.desk.authority_disclosures.record_request(
        call,
        controller_id="callcentre-de",
        authority="Staatsanwaltschaft Berlin",
        country="DE",
        received_at=office.clock.now(),
        channel=Channel.POST,
        text="Send us the recording of 2 March.",
        reference="234 Js 567/26",
        provision="§ 95 StPO",
    )


def enrolled(office: Any) -> UUID:
    office.enrol("carla", "callcentre-de")
    return staff_id("carla")


def with_token(office: Any) -> UUID:
    enrolled(office)
    office.token_id = UUID(office.desk.staff.issue_token("carla", Call(office.ann)).resource_id)
    return staff_id("carla")


def enter(office: Any, _: Any, call: Call, *, quarantine_id: UUID | None = None) -> Any:
    return office.desk.entry.enter_request(
        call,
        controller_id="callcentre-de",
        channel=Channel.POST,
        received_at=office.clock.now(),
        person=Person(name="Ada Lovelace"),
        text="Bitte um Auskunft nach Art. 15 DSGVO.",
        language="de",
        quarantine_id=quarantine_id,
    )


def on(room: str, name: str, /, *positional: Any, **facts: Any) -> Callable[[Any, Any, Call], Any]:
    """A use case whose first argument is the aggregate, and whose facts may come from the office."""

    def run(office: Any, subject: Any, call: Call) -> Any:
        given = {field: fact(office) if callable(fact) else fact for field, fact in facts.items()}
        return getattr(getattr(office.desk, room), name)(subject, *positional, call, **given)

    return run


def on_carla(method: str, **facts: Any) -> Callable[[Any, Any, Call], Any]:
    return lambda office, _, call: getattr(office.desk.staff, method)("carla", call, **facts)


restrict = on(
    "restriction",
    "restrict",
    "restriction",
    ground="accuracy-contested",
    facts="She says the address is wrong.",
    activities=("customer-relations",),
    review_on=date(2026, 6, 1),
)
raise_objection = on(
    "objection", "object", "objection", activities=("employee-evaluation",), grounds="My health suffers from it."
)
review_authority_request = on(
    "authority_disclosures",
    "review",
    finding=ReviewFinding.DISCLOSE_IN_PART,
    provision="§ 95 StPO",
    agreement="",
    extent=("recording",),
    reasons="The provision demands it.",
)


def authority_request_allowed(office: Any) -> UUID:
    disclosure_id = authority_request_recorded(office)
    review_authority_request(office, disclosure_id, Call(office.ann))
    return disclosure_id


arrived = lambda office: office.arrived()  # noqa: E731 - reads as the others do
registered = lambda office: office.registered(Right.ACCESS)  # noqa: E731
erasure = lambda office: office.registered(Right.ERASURE)  # noqa: E731
granted = lambda office: office.granted(Right.ACCESS)  # noqa: E731

USE_CASES = [
    UseCase(
        "write a letter",
        registered,
        on("dispatching", "prepare", kind=LetterKind.ACKNOWLEDGEMENT),
        ("dispatch.prepared",),
    ),
    UseCase(
        "complete a letter",
        acknowledgement_written,
        on("dispatching", "edit", statements={"note": FreeText("We called you back.")}),
        ("dispatch.edited",),
        DispatchUnknown,
    ),
    UseCase(
        "approve a letter", extension_edited, on("dispatching", "approve"), ("dispatch.approved",), DispatchUnknown
    ),
    UseCase(
        "release a letter", acknowledgement_written, on("dispatching", "release"), ("dispatch.queued",), DispatchUnknown
    ),
    UseCase(
        "discard a letter",
        acknowledgement_written,
        on("dispatching", "discard", reason="She withdrew by telephone."),
        ("dispatch.discarded",),
        DispatchUnknown,
    ),
    UseCase(
        "post a letter",
        letter_on_paper,
        on("dispatching", "mark_posted"),
        ("dispatch.sent", "request.answer-sent"),
        DispatchUnknown,
    ),
    UseCase("enter a request", lambda _: None, enter, ("request.received",), None),
    UseCase(
        "dismiss",
        arrived,
        on("triage", "dismiss", kind=DismissalKind.SPAM, reason="An advert."),
        ("request.dismissed",),
    ),
    UseCase(
        "register",
        arrived,
        on("triage", "register", rights=(Right.ACCESS, Right.ERASURE), direct_marketing=False),
        ("request.registered", "request.item-opened", "request.item-opened", "request.hold-placed"),
    ),
    UseCase(
        "open items",
        registered,
        on("triage", "open_items", rights=(Right.OBJECTION,), direct_marketing=True),
        ("request.item-opened",),
    ),
    UseCase(
        "link a duplicate",
        twice,
        on("triage", "link_duplicate", original_id=lambda office: office.first),
        ("request.duplicate-linked",),
    ),
    UseCase(
        "reassign",
        registered,
        on("triage", "reassign", controller_id="callcentre-fr", reason="She lives in Lyon.", received_on=None),
        ("request.reassigned", "request.hold-placed"),
    ),
    UseCase(
        "place a hold",
        arrived,
        on(
            "holds",
            "place",
            kind=HoldKind.LEGAL,
            controller_id=None,
            activities=("customer-calls",),
            systems=(),
            reason="She sued.",
        ),
        ("request.hold-placed",),
    ),
    UseCase("release a hold", held, on_hold("release", reason="Settled."), ("request.hold-released",)),
    UseCase(
        "tell a recipient",
        erased,
        on("recipients", "tell", ERASURE, recipient="telephony", told_at=None, channel=Channel.EMAIL),
        ("request.recipient-told",),
    ),
    UseCase(
        "excuse a recipient",
        erased,
        on(
            "recipients",
            "excuse",
            ERASURE,
            recipient="telephony",
            obstacle=Obstacle.IMPOSSIBLE,
            explanation="It went out of business.",
        ),
        ("request.recipient-excused",),
    ),
    UseCase("assign", assignable, on("triage", "assign", assignee="carla"), ("request.assigned",)),
    UseCase("note", arrived, on("triage", "add_note", note="Called her."), ("request.note-added",)),
    UseCase(
        "give the DPO's opinion",
        arrived,
        on("identity", "give_dpo_opinion", supports=True, opinion="No milder way."),
        ("request.dpo-opinion-given",),
    ),
    UseCase(
        "ask identity",
        registered,
        on("identity", "ask", doubt="Another address.", method=IdentityMethod.CALL_BACK, asked_at=None),
        ("request.identity-requested", "request.clock-suspended"),
    ),
    UseCase(
        "take evidence",
        asked,
        on("identity", "take_evidence", evidence="scan", received_at=None),
        ("request.identity-evidence-received",),
    ),
    UseCase(
        "confirm identity",
        with_evidence,
        on(
            "identity",
            "confirm",
            method=IdentityMethod.CALL_BACK,
            assurance=AssuranceLevel.SUBSTANTIAL,
            answered_at=None,
        ),
        ("request.identity-confirmed", "request.clock-resumed"),
    ),
    UseCase(
        "ask identity again",
        with_evidence,
        on("identity", "ask_again", reason="Unreadable."),
        ("request.identity-insufficient",),
    ),
    UseCase(
        "give up identity",
        with_evidence,
        on("identity", "give_up", reason="No answer."),
        ("request.identity-failed", "request.clock-resumed"),
    ),
    UseCase(
        "ask clarification",
        registered,
        on("deadlines", "ask_clarification", quantity="Ten years of calls.", asked_at=None),
        ("request.clarification-requested", "request.clock-suspended"),
    ),
    UseCase(
        "receive clarification",
        clarifying,
        on("deadlines", "receive_clarification", answer="All of 2025.", answered_at=None),
        ("request.clarification-received", "request.clock-resumed"),
    ),
    UseCase(
        "propose an extension",
        registered,
        on("deadlines", "propose_extension", ground="complexity", reasons="Forty systems."),
        ("request.extension-proposed",),
    ),
    UseCase(
        "approve an extension",
        extension_proposed,
        on("deadlines", "decide_extension", approve=True, reason=""),
        ("request.extension-approved",),
    ),
    UseCase(
        "decline an extension",
        extension_proposed,
        on("deadlines", "decide_extension", approve=False, reason="Simple enough."),
        ("request.extension-declined",),
    ),
    UseCase(
        "send the notice of an extension",
        extension_approved,
        on("deadlines", "send_extension_notice", draft=lambda office: office.letter(LetterKind.EXTENSION)),
        ("request.deadline-extended",),
    ),
    UseCase(
        "propose a fee",
        registered,
        on("fees", "propose", item_ids=(ACCESS,), draft=lambda office: office.fee()),
        ("request.fee-proposed",),
    ),
    UseCase(
        "send the notice of a fee",
        fee_proposed,
        on_fee("send_notice", draft=lambda office: office.letter(LetterKind.FEE)),
        ("request.fee-quoted",),
    ),
    UseCase("accept a fee", fee_quoted, on_fee("accept", answered_at=None), ("request.fee-accepted",)),
    UseCase(
        "decline a fee",
        fee_quoted,
        on_fee("decline", answered_at=None, statement="Too much."),
        ("request.fee-declined",),
    ),
    UseCase("record that a fee was paid", fee_quoted, on_fee("record_paid", paid_at=None), ("request.fee-paid",)),
    UseCase("waive a fee", fee_quoted, on_fee("waive", reason="Little work after all."), ("request.fee-waived",)),
    UseCase("let the offer of a fee expire", fee_unpaid, on_fee("expire"), ("request.fee-expired",)),
    UseCase(
        "accept a representation",
        registered,
        on("representation", "accept", **AUTHORITY),
        ("request.representation-accepted",),
    ),
    UseCase(
        "end a representation",
        represented,
        on("representation", "end", reason="Came of age."),
        ("request.representation-ended",),
    ),
    UseCase("grant", registered, on("items", "grant", ACCESS), ("request.item-granted",)),
    UseCase(
        "record done",
        granted,
        on("items", "record_done", ACCESS, systems=("crm",), account="Copied."),
        ("request.item-done",),
    ),
    UseCase(
        "record that nothing is held",
        registered,
        on("items", "record_nothing_held", ACCESS, systems=("crm", "hr")),
        ("request.nothing-held",),
    ),
    UseCase(
        "propose a refusal",
        erasure,
        on("items", "propose_refusal", ERASURE, draft=lambda office: office.refusal()),
        ("request.refusal-proposed",),
    ),
    UseCase(
        "approve a refusal",
        refusal_proposed,
        on("items", "decide_refusal", ERASURE, approve=True, reason=""),
        ("request.item-refused",),
    ),
    UseCase(
        "decline a refusal",
        refusal_proposed,
        on("items", "decide_refusal", ERASURE, approve=False, reason="No duty to keep."),
        ("request.refusal-declined",),
    ),
    UseCase(
        "record the answer",
        done,
        on("answers", "record_answer", draft=lambda office: office.letter(LetterKind.ACCESS), item_ids=(ACCESS,)),
        ("request.answer-sent",),
    ),
    UseCase(
        "close",
        answered,
        on("answers", "close", unidentified=False),
        ("request.closed", "request.hold-released"),
    ),
    UseCase(
        "withdraw",
        registered,
        on("answers", "withdraw", confirmed=True, statement="I changed my mind.", item_ids=None),
        ("request.withdrawn", "request.closed", "request.hold-released"),
    ),
    UseCase(
        "reopen", closed, on("answers", "reopen", reason="A system was missed.", item_ids=()), ("request.reopened",)
    ),
    UseCase(
        "collect",
        granted,
        lambda office, subject, call: office.collect(subject, ACCESS, call),
        ("request.data-collected",),
    ),
    UseCase(
        "discard data",
        collected,
        lambda office, subject, call: office.desk.collection.discard(
            subject, next(iter(office.case(subject).copies.data_sets), uuid4()), call
        ),
        ("request.data-discarded",),
    ),
    UseCase(
        "require redaction",
        collected,
        lambda office, subject, call: office.desk.redaction.require(
            subject, next(iter(office.case(subject).copies.data_sets)), call, reason="Her sister's number is in it."
        ),
        ("request.redaction-required",),
    ),
    UseCase(
        "redact",
        collected,
        redact,
        ("request.redacted",),
    ),
    UseCase(
        "withdraw a redaction",
        redacted,
        lambda office, subject, call: office.desk.redaction.withdraw(
            subject, redaction_of(office, subject), call, reason="It is her own number."
        ),
        ("request.redaction-withdrawn",),
    ),
    UseCase(
        "confirm redactions",
        redacted,
        lambda office, subject, call: office.desk.redaction.confirm(
            subject, next(iter(office.case(subject).copies.data_sets), uuid4()), call, reason=""
        ),
        ("request.redaction-confirmed",),
    ),
    UseCase(
        "correct what is told",
        lambda office: office.registered(Right.ACCESS),
        on("access_information", "correct", ACCESS, point=InformationPoint.SOURCE, text="From the directory."),
        ("request.information-corrected",),
    ),
    UseCase(
        "withdraw a correction",
        told_otherwise,
        on("access_information", "withdraw_correction", ACCESS, point=InformationPoint.SOURCE),
        ("request.information-correction-withdrawn",),
    ),
    UseCase(
        "complete an upload",
        uploaded,
        lambda office, subject, call: office.desk.uploads.complete(office.upload_id, call, sha256=None),
        ("request.attachment-collected",),
        unknown=UploadUnknown,
    ),
    UseCase(
        "discard an attachment",
        attached,
        lambda office, subject, call: office.desk.uploads.discard_attachment(subject, office.attachment_id, call),
        ("request.attachment-discarded",),
    ),
    UseCase(
        "take a file as evidence",
        asked,
        lambda office, subject, call: office.desk.identity.take_evidence(
            subject, call, evidence=None, received_at=None, content=b"%PDF-1.7 a card"
        ),
        ("request.identity-evidence-received",),
    ),
    UseCase(
        "assess accuracy",
        lambda office: office.registered(Right.RECTIFICATION),
        on(
            "rectification",
            "assess",
            "rectification",
            finding=AccuracyFinding.ACCURATE,
            assessment="Compared with her passport.",
        ),
        ("request.accuracy-assessed",),
    ),
    UseCase(
        "rectify",
        assessed,
        on(
            "rectification",
            "rectify",
            "rectification",
            operation=RectificationOperation.CORRECTED,
            field="surname",
            system="crm",
            before="Bryon",
            after="Byron",
        ),
        ("request.rectified",),
    ),
    UseCase(
        "review a contested decision",
        lambda office: enrolled(office) and office.registered(Right.AUTOMATED_DECISION),
        on(
            "automated_decision",
            "review",
            "automated-decision",
            finding=ReviewedDecision.CHANGED,
            activities=("customer-relations",),
            reviewer="carla",
            competent=True,
            result="You get the tariff.",
        ),
        ("request.item-granted", "request.decision-reviewed"),
    ),
    UseCase(
        "send a copy",
        lambda office: office.granted(Right.INFORMATION),
        on(
            "information",
            "send_copy",
            "information",
            kind=CopyKind.CONTRACT_CLAUSES,
            of="telephony",
            redacted=True,
            summary="Prices are blacked out.",
            sent_at=None,
            channel=Channel.EMAIL,
        ),
        ("request.copy-sent",),
    ),
    UseCase(
        "assess a direct transfer",
        lambda office: office.granted(Right.PORTABILITY),
        on("transfer", "assess", PORTABILITY, feasible=False, reasons="Their interface is closed."),
        ("request.transfer-assessed",),
    ),
    UseCase(
        "verify the target of a direct transfer",
        transferable,
        on(
            "transfer",
            "verify_target",
            PORTABILITY,
            target="api.other.example",
            method=TargetMethod.CERTIFICATE,
            verified_at=None,
        ),
        ("request.target-verified",),
    ),
    UseCase(
        "transmit data to another controller",
        target_verified,
        on(
            "transfer",
            "transmit",
            PORTABILITY,
            target="api.other.example",
            export_id=None,
            sent_at=None,
            channel=Channel.PORTAL,
            receipt="Received, 2 records.",
        ),
        ("request.data-transmitted",),
    ),
    UseCase(
        "issue a token to the data subject",
        arrived,
        on("staff", "issue_subject_token"),
        ("request.subject-token-issued",),
    ),
    UseCase("prepare an export", collected, on("exports", "prepare", ACCESS), ("export.prepared",)),
    UseCase("offer an export", prepared, on("exports", "offer"), ("export.offered",), ExportUnknown),
    UseCase(
        "revoke a link",
        offered,
        on("exports", "revoke", reason=RevocationReason.WRONG_RECIPIENT),
        ("export.revoked",),
        ExportUnknown,
    ),
    UseCase(
        "enter a quarantined message",
        in_quarantine,
        lambda office, subject, call: enter(office, None, replace(call, expected=None), quarantine_id=subject),
        ("request.received", "quarantine.entered"),
        None,
    ),
    UseCase(
        "discard a quarantined message",
        in_quarantine,
        on("quarantine", "discard", reason="Noise."),
        ("quarantine.discarded",),
        QuarantineUnknown,
    ),
    UseCase("restrict", lambda office: office.granted(Right.RESTRICTION), restrict, ("request.processing-restricted",)),
    UseCase(
        "use restricted data",
        restricted,
        on_restriction("use", use="legal-claims", account="The call of 3 March, for counsel."),
        ("request.restricted-data-used",),
    ),
    UseCase(
        "review a restriction",
        restricted,
        on_restriction("set_review", review_on=date(2026, 9, 1), reason="Still being checked."),
        ("request.restriction-reviewed",),
    ),
    UseCase(
        "tell of lifting a restriction",
        restricted,
        lambda office, subject, call: on_restriction("tell_of_lifting", draft=office.letter(LetterKind.LIFTING))(
            office, subject, call
        ),
        ("request.lifting-announced",),
    ),
    UseCase(
        "lift a restriction",
        lifting_announced,
        on_restriction("lift", reason="The address was right."),
        ("request.restriction-lifted",),
    ),
    UseCase(
        "object",
        lambda office: office.registered(Right.OBJECTION),
        raise_objection,
        ("request.objection-raised", "request.processing-restricted"),
    ),
    UseCase(
        "object to what rests on consent too",
        lambda office: office.registered(Right.OBJECTION),
        on(
            "objection",
            "object",
            "objection",
            activities=("employee-evaluation", "customer-calls"),
            grounds="My health suffers from it.",
        ),
        (
            "request.objection-raised",
            "request.processing-restricted",
            "request.item-opened",
            "request.item-granted",
            "request.consent-withdrawn",
        ),
    ),
    UseCase(
        "object to direct marketing",
        marketing,
        on("objection", "object", "objection", activities=(), grounds=""),
        ("request.item-granted", "request.processing-stopped"),
    ),
    UseCase(
        "balance interests",
        objected,
        on(
            "objection",
            "balance",
            "objection",
            finding=BalanceFinding.PREVAILS_IN_PART,
            assessment="Scores are needed for pay, recordings are not.",
            extent=("score",),
        ),
        ("request.interests-balanced",),
    ),
    UseCase(
        "stop processing",
        objection_granted,
        on("objection", "stop", "objection", systems=("recordings",)),
        ("request.processing-stopped",),
    ),
    UseCase(
        "withdraw consent",
        arrived,
        on("consent", "withdraw", item_id=None, activities=(), statement="No more recordings."),
        ("request.registered", "request.item-opened", "request.item-granted", "request.consent-withdrawn"),
    ),
    UseCase(
        "treat an objection as a withdrawal of consent",
        lambda office: office.registered(Right.OBJECTION),
        on("consent", "treat_as_withdrawal", "objection", activities=("customer-calls",)),
        ("request.objection-treated-as-withdrawal", "request.item-granted", "request.consent-withdrawn"),
    ),
    UseCase(
        "report data that must go",
        lambda _: None,
        report_own_erasure,
        ("own-erasure.reported",),
        None,
    ),
    UseCase(
        "carry out an erasure on own initiative",
        own_erasure_reported,
        on(
            "own_erasures",
            "carry_out",
            deleted_at=None,
            systems=("recordings",),
            recipients_told=("telephony",),
            account="Deleted with its copies.",
            person_unknown=True,
        ),
        ("own-erasure.carried-out",),
        OwnErasureUnknown,
    ),
    UseCase(
        "cancel an erasure on own initiative",
        own_erasure_reported,
        on("own_erasures", "cancel", reason="She agreed after all."),
        ("own-erasure.cancelled",),
        OwnErasureUnknown,
    ),
    UseCase(
        "record the request of an authority",
        lambda _: None,
        record_authority_request,
        ("authority-disclosure.requested",),
        None,
    ),
    UseCase(
        "review the request of an authority",
        authority_request_recorded,
        review_authority_request,
        ("authority-disclosure.reviewed",),
        AuthorityDisclosureUnknown,
    ),
    UseCase(
        "give to an authority",
        authority_request_allowed,
        on(
            "authority_disclosures",
            "give",
            given_at=None,
            channel=Channel.IN_PERSON,
            systems=("recordings",),
            categories=("recording",),
            content="The recording of Ada Lovelace.",
            contact="Inspector Lestrade",
        ),
        ("authority-disclosure.given",),
        AuthorityDisclosureUnknown,
    ),
    UseCase(
        "enrol",
        lambda _: None,
        lambda office, _, call: office.desk.staff.enrol(
            call,
            identifier="carla",
            roles=(Role.HANDLER,),
            controllers=("*",),
            confidentiality_signed_on=office.clock.now().date(),
            training=Training("gdpr-basics", office.clock.now().date()),
        ),
        ("staff.enrolled", "staff.confidentiality-signed", "staff.training-completed"),
        None,
    ),
    UseCase(
        "change roles",
        enrolled,
        on_carla("change_roles", roles=(Role.DPO,), controllers=("*",)),
        ("staff.roles-changed",),
        None,
    ),
    UseCase(
        "sign confidentiality",
        enrolled,
        on_carla("sign_confidentiality", signed_on=date(2026, 3, 4)),
        ("staff.confidentiality-signed",),
        None,
    ),
    UseCase(
        "complete training",
        enrolled,
        on_carla("complete_training", training=Training("phishing", date(2026, 3, 4))),
        ("staff.training-completed",),
        None,
    ),
    UseCase("announce a change of controllers", controllers_changed, announce, ("ropa.controllers-announced",), None),
    UseCase(
        "give an address",
        enrolled,
        lambda office, _, call: office.desk.work_addresses.give("carla", call, email="carla@staff.example"),
        ("staff.address-given",),
        None,
    ),
    UseCase("leave", enrolled, on_carla("leave"), ("staff.left",), None),
    UseCase("issue a token", enrolled, on_carla("issue_token"), ("staff.token-issued",), None),
    UseCase(
        "revoke a token",
        with_token,
        lambda office, _, call: office.desk.staff.revoke_token("carla", office.token_id, call),
        ("staff.token-revoked",),
        None,
    ),
]
NOT_VERSIONED = {
    "enter a request",
    "enrol",
    "enter a quarantined message",
    "report data that must go",
    "record the request of an authority",
}


def version(office: Any, subject: UUID | None) -> int | None:
    if subject is None:
        return None
    kinds: tuple[Any, ...] = (
        Request,
        Export,
        QuarantinedMessage,
        Staff,
        OwnErasure,
        AuthorityDisclosure,
        Dispatch,
        RecordOfProcessing,
    )
    found = next(filter(None, (office.desk.book.find(kind, subject) for kind in kinds)))
    return int(found.version)


def refused(office: Any, error: type[Exception], run: Callable[[], Any]) -> None:
    """It is refused with this error, and changes nothing but keys that were made and never used."""
    before, files = office.everything(), office.blobs()
    with pytest.raises(error):
        run()
    after = office.everything()
    assert {name for name in before if before[name] != after[name]} <= {"data_keys"}
    assert set(before["data_keys"]) <= set(after["data_keys"]), "no key was destroyed"
    assert office.blobs() == files


@pytest.mark.parametrize("case", USE_CASES, ids=lambda case: case.name)
def test_every_use_case_is_versioned_scoped_all_or_nothing_and_repeatable(
    office: Any, case: UseCase, backend: str, subtests: pytest.Subtests
) -> None:
    # given
    subject = case.given(office)
    run = partial(case.run, office, subject)
    good = Call(office.ann, expected=version(office, subject))
    if case.name not in NOT_VERSIONED:
        with subtests.test("a stale version is refused"):
            refused(office, VersionStale, lambda: run(replace(good, expected=99)))
    if case.unknown is not None:
        with subtests.test("what is out of scope does not exist"):
            for stranger in (
                office.member("eve", "callcentre-fr"),
                Caller("data-subject", frozenset({Role.DATA_SUBJECT}), frozenset(), request_id=uuid4()),
            ):
                refused(office, case.unknown, partial(run, replace(good, caller=stranger)))
    with subtests.test("a part that fails undoes the whole"):
        broken = IdempotencyKey("ab" * 32, None)  # type: ignore[arg-type]  # the database refuses it at the very end
        refused(office, sa.exc.IntegrityError, lambda: run(replace(good, idempotency=broken)))
    count = len(office.names())
    with subtests.test("it works"):
        with counted(office.service.database, office.service.keys_database) as traffic:
            answer = run(replace(good, idempotency=office.key()))
        assert tuple(office.names()[count:]) == case.makes
    with subtests.test("it costs what it is known to cost"):
        require_known_cost(f"command: {case.name}", backend, traffic)
    with subtests.test("the same key and body gets the first answer and changes nothing"):
        before, files = office.everything(), office.blobs()
        assert run(replace(good, idempotency=office.key())) == answer
        assert (office.everything(), office.blobs()) == (before, files)
    with subtests.test("the same key with another body is refused"):
        refused(office, IdempotencyKeyReused, lambda: run(replace(good, idempotency=office.key(body="other"))))
    with subtests.test("the read models say what the log says"):
        assert office.differences() == []


def test_the_table_of_costs_holds_every_use_case() -> None:
    assert known_costs("command") == {case.name for case in USE_CASES}
    assert known_costs("person") == {case.name for case in OWN_USE_CASES}


RACED = {
    "enter a request",
    "note",
    "collect",
    "complete an upload",
    "prepare an export",
    "issue a token",
    "enrol",
    "confirm identity",
}


@pytest.mark.parametrize("case", [each for each in USE_CASES if each.name in RACED], ids=lambda case: case.name)
def test_one_key_from_two_threads_makes_one_event(office: Any, case: UseCase) -> None:
    # given
    subject = case.given(office)
    call = Call(office.ann, expected=version(office, subject), idempotency=office.key())
    count = len(office.names())

    def run(_: int) -> Any:
        return case.run(office, subject, call)

    # when
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(run, range(2))
    # then
    assert first == second
    assert tuple(office.names()[count:]) == case.makes


@pytest.mark.parametrize("case", [each for each in USE_CASES if each.name in RACED], ids=lambda case: case.name)
def test_a_call_that_another_thread_answered_meanwhile_gets_that_answer_and_no_refusal(
    office: Any, case: UseCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: the first look at the key comes just before the other thread's commit
    subject = case.given(office)
    call = Call(office.ann, expected=version(office, subject), idempotency=office.key())
    records = office.desk.book.idempotency
    found, answers = records.find, []

    def find(key: Any) -> Any:
        if not answers:
            answers.append(None)
            answers.append(case.run(office, subject, call))
            return None
        return found(key)

    monkeypatch.setattr(type(records), "find", lambda _, key: find(key))
    # when, then
    assert case.run(office, subject, call) == answers[1]


def test_two_people_who_decide_on_the_same_version_do_not_both_win(office: Any) -> None:
    request_id = office.registered(Right.ACCESS, Right.ERASURE)
    call = office.call(request_id)

    def note(number: int) -> str:
        try:
            office.desk.triage.add_note(request_id, call, note=f"note {number}")
        except VersionStale:
            return "stale"
        return "saved"

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(note, range(8))) == ["saved"] + ["stale"] * 7
    assert office.case(request_id).version == call.expected + 1


def test_opening_personal_data_is_recorded_before_it_is_shown(office: Any) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    # when
    opened = office.desk.disclosures.open(
        request_id, office.call(request_id), purpose=DisclosurePurpose.ASSESSMENT, versions=None
    )
    # then
    assert [each.version for each in opened.opened] == [1]
    assert opened.opened[0].fields["message"]["person"]["name"] == "Ada Lovelace"
    assert opened.version == office.case(request_id).version
    [event] = [each.event for each in office.service.log.read() if each.name.endswith("personal-data-disclosed")]
    assert (event.purpose, event.versions, event.actor) == (DisclosurePurpose.ASSESSMENT, (1,), "ann")
    refused(
        office,
        RequestUnknown,
        lambda: office.desk.disclosures.open(
            request_id, Call(office.member("eve", "callcentre-fr")), purpose=DisclosurePurpose.AUDIT, versions=None
        ),
    )


def test_an_opening_repeated_under_one_key_shows_what_was_recorded_and_nothing_newer(office: Any) -> None:
    # given
    request_id = office.arrived()
    call = office.call(request_id, key=office.key())
    first = office.desk.disclosures.open(request_id, call, purpose=DisclosurePurpose.TRIAGE, versions=None)
    office.desk.triage.add_note(request_id, office.call(request_id), note="Not seen by that opening.")
    # when
    again = office.desk.disclosures.open(request_id, call, purpose=DisclosurePurpose.TRIAGE, versions=None)
    # then
    assert again == first
    assert office.names().count("request.personal-data-disclosed") == 1


# Of the data subject, who has neither a version nor a key -----------------------------------------------------------


def code_of(office: Any) -> str:
    """The code in the mail that left last."""
    files = (office.service.settings.home / "outgoing" / "new").iterdir()
    latest = max(files, key=lambda file: file.stat().st_mtime_ns)
    found = re.search(rb"\b(\d{4} \d{4})\b", latest.read_bytes())
    assert found is not None
    return found[1].decode()


def case_with_code(office: Any) -> UUID:
    request_id = UUID(str(office.arrived()))
    send_code(office, request_id)
    return request_id


def send_code(office: Any, request_id: UUID) -> None:
    office.desk.my.ask_for_code(office.case(request_id).reference, language="en")
    office.desk.sign_in_mail.send_due()


def sign_in(office: Any, request_id: UUID) -> str:
    return str(office.desk.my.sign_in(office.case(request_id).reference, code_of(office), network=""))


def signed_in(office: Any) -> UUID:
    """A case whose person is signed in, with a package that waits."""
    export_id = offered(office)
    request_id = office.desk.book.find(Export, export_id).request_id
    send_code(office, request_id)
    office.session = sign_in(office, request_id)
    return export_id


def link_of(office: Any, export_id: UUID) -> Any:
    return office.desk.exports._links.link(office.desk.book.find(Export, export_id).latest)  # as it was sent


def redeem(office: Any, export_id: UUID, secret: str | None = None) -> Any:
    link = link_of(office, export_id)
    return office.desk.exports.redeem(link.token, secret or link.second_secret, network=NETWORK)


def redeem_signed_in(office: Any, export_id: UUID, secret: str | None = None) -> Any:
    who = subject(office.desk.my.session(office.session))
    secret = secret or link_of(office, export_id).second_secret
    return office.desk.exports.redeem_signed_in(export_id, secret, who, network=NETWORK)


def begun(office: Any) -> UUID:
    export_id = signed_in(office)
    office.session = redeem_signed_in(office, export_id).secret
    return export_id


def mistype(office: Any, export_id: UUID) -> None:
    with pytest.raises(SecretWrong):
        redeem_signed_in(office, export_id, "2222-2222")


NETWORK = "203.0.113.0/24"


@dataclass(frozen=True)
class OwnUseCase:
    """What a person does without being staff: how to come to it, how to do it, which events it makes, by whom."""

    name: str
    given: Callable[[Any], UUID]
    run: Callable[[Any, UUID], Any]
    makes: tuple[str, ...]
    stays: frozenset[str] = frozenset()
    """Tables that say so even where it fails: a try is a try."""


OWN_USE_CASES = [
    OwnUseCase(
        "send a code",
        lambda office: UUID(str(office.arrived())),
        send_code,
        (
            "request.personal-data-disclosed service:my-page",
            "request.sign-in-code-sent service:my-page",
        ),
        frozenset({"sign_in_wishes"}),
    ),
    OwnUseCase(
        "sign in",
        case_with_code,
        sign_in,
        ("request.subject-signed-in data-subject",),
        frozenset({"sign_in_codes", "sign_in_tries", "sign_in_tries_by_network"}),
    ),
    OwnUseCase("open a package by its link", offered, redeem, ("export.redeemed data-subject",)),
    OwnUseCase("open a package, signed in", signed_in, redeem_signed_in, ("export.redeemed data-subject",)),
    OwnUseCase("mistype the second secret", signed_in, mistype, ("export.secret-refused data-subject",)),
    OwnUseCase(
        "download",
        begun,
        lambda office, _: b"".join(office.desk.exports.download(office.session, network=NETWORK)),
        ("export.downloaded data-subject",),
    ),
]


class Broken(Exception):
    """What fails at the very end of a command."""


@pytest.mark.parametrize("case", OWN_USE_CASES, ids=lambda case: case.name)
def test_what_a_person_does_is_all_or_nothing_and_on_record(
    office: Any, case: OwnUseCase, backend: str, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    about, records = case.given(office), type(office.desk.book.idempotency)
    with subtests.test("a part that fails undoes the whole"), monkeypatch.context() as patched:

        def fail(*_: Any, **__: Any) -> None:
            raise Broken

        patched.setattr(records, "remember", fail)
        before = office.everything()
        with pytest.raises(Broken):
            case.run(office, about)
        after = office.everything()
        assert {name for name in before if before[name] != after[name]} <= case.stays
    if case.stays:  # the try was counted, and the code is used; who asked for one is looked at later
        about = case.given(office)
    count = len(office.names())
    with subtests.test("it works"):
        with counted(office.service.database, office.service.keys_database) as traffic:
            case.run(office, about)
        made = [f"{each.name.removeprefix('dsr.')} {each.event.actor}" for each in office.service.log.read()][count:]
        assert tuple(made) == case.makes
    with subtests.test("it costs what it is known to cost"):
        require_known_cost(f"person: {case.name}", backend, traffic)
    with subtests.test("the read models say what the log says"):
        assert office.differences() == []


@pytest.mark.parametrize("case", OWN_USE_CASES[:2], ids=lambda case: case.name)
def test_what_a_person_does_is_done_anew_where_the_team_was_faster(
    office: Any, case: OwnUseCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[None] = []
    request_id, find = case.given(office), Casebook.request

    def find_and_be_late(book: Any, *asked: Any, **how: Any) -> Any:
        found = find(book, *asked, **how)
        if not noted:
            noted.append(None)
            office.desk.triage.add_note(request_id, office.call(request_id), note="Called back.")
        return found

    count = len(office.names())
    monkeypatch.setattr(Casebook, "request", find_and_be_late)
    case.run(office, request_id)
    assert office.names()[count:] == ["request.note-added", *(each.split()[0] for each in case.makes)]


def test_whoever_signed_out_is_nobody(office: Any) -> None:
    export_id = signed_in(office)
    before = office.names()
    office.desk.my.sign_out(office.session)
    for use_case in (redeem_signed_in, mistype):
        with pytest.raises(SessionEnded):
            use_case(office, export_id)
    assert office.names() == before


def test_whoever_is_signed_in_sees_and_opens_what_is_of_their_case_alone(office: Any) -> None:
    theirs = signed_in(office)
    stranger = case_with_code(office)
    session = office.desk.my.session(sign_in(office, stranger))
    before = office.names()
    assert office.desk.my.show(session).packages == ()
    with pytest.raises(ExportUnknown):
        office.desk.exports.redeem_signed_in(
            theirs, link_of(office, theirs).second_secret, subject(session), network=NETWORK
        )
    assert office.names() == before
