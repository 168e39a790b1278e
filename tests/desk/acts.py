"""What the law asks for each right besides granting it, and what stands on a case besides its items, at the desk.

For the machine in `test_service_machine.py`: one lawful call each, on the first fee, hold, restriction or data set.
"""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.domain.request.automated_decision import ReviewFinding
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.recipients import Obstacle
from dsr.domain.request.rectification import RectificationOperation
from dsr.domain.request.standing import AnswerTo, CopyKind, HoldKind, RepresentativeKind, TargetMethod
from dsr.domain.request.values import AccuracyFinding, BalanceFinding, Channel
from dsr.domain.rights import Right

Act = Callable[[Any, UUID, Call], Any]


def first(known: Any) -> UUID:
    """The first of a case's fees, holds, restrictions or data sets, or one that is none."""
    return next(iter(known), uuid4())


ACTS: dict[str, Act] = {
    "assess": lambda office, case, call: office.desk.rectification.assess(
        case, "rectification", call, finding=AccuracyFinding.INACCURATE, assessment="Compared."
    ),
    "rectify": lambda office, case, call: office.desk.rectification.rectify(
        case,
        "rectification",
        call,
        operation=RectificationOperation.COMPLETED,
        field="street",
        system="crm",
        before="",
        after="Elm",
    ),
    "review": lambda office, case, call: office.desk.automated_decision.review(
        case,
        "automated-decision",
        call,
        finding=ReviewFinding.NONE_MADE,
        activities=(),
        reviewer=None,
        competent=False,
        result="None is made.",
    ),
    "copy": lambda office, case, call: office.desk.information.send_copy(
        case,
        "information",
        call,
        kind=CopyKind.CONTRACT_CLAUSES,
        of="telephony",
        redacted=True,
        summary="Prices.",
        sent_at=None,
        channel=Channel.EMAIL,
    ),
    "transfer": lambda office, case, call: office.desk.transfer.assess(
        case, "portability", call, feasible=True, reasons=""
    ),
    "target": lambda office, case, call: office.desk.transfer.verify_target(
        case, "portability", call, target="api.other.example", method=TargetMethod.CERTIFICATE, verified_at=None
    ),
    "transmit": lambda office, case, call: office.desk.transfer.transmit(
        case,
        "portability",
        call,
        target="api.other.example",
        export_id=None,
        sent_at=None,
        channel=Channel.PORTAL,
        receipt="",
    ),
    "redact": lambda office, case, call: office.desk.redaction.require(
        case, first(office.case(case).copies.data_sets), call, reason="Her sister's number."
    ),
    "discard": lambda office, case, call: office.desk.collection.discard(
        case, first(office.case(case).copies.data_sets), call
    ),
    "restrict": lambda office, case, call: office.desk.restriction.restrict(
        case,
        "restriction",
        call,
        ground="accuracy-contested",
        facts="The address.",
        activities=(),
        review_on=date(2027, 6, 1),
    ),
    "use": lambda office, case, call: office.desk.restriction.use(
        case, first(office.case(case).restrictions), call, use="legal-claims", account="For counsel."
    ),
    "tell of lifting": lambda office, case, call: office.desk.restriction.tell_of_lifting(
        case, first(office.case(case).restrictions), call, draft=office.letter(LetterKind.LIFTING)
    ),
    "lift": lambda office, case, call: office.desk.restriction.lift(
        case, first(office.case(case).restrictions), call, reason="It was right."
    ),
    "object": lambda office, case, call: office.desk.objection.object(
        case, "objection", call, activities=("employee-evaluation", "customer-calls"), grounds="My health."
    ),
    "balance": lambda office, case, call: office.desk.objection.balance(
        case, "objection", call, finding=BalanceFinding.SUBJECT_PREVAILS, assessment="No need for scores.", extent=()
    ),
    "stop": lambda office, case, call: office.desk.objection.stop(case, "objection", call, systems=("recordings",)),
    "treat": lambda office, case, call: office.desk.consent.treat_as_withdrawal(
        case, "objection", call, activities=("customer-calls",)
    ),
    "withdraw consent": lambda office, case, call: office.desk.consent.withdraw(
        case, call, item_id=None, activities=(), statement="No more recordings."
    ),
    "hold": lambda office, case, call: office.desk.holds.place(
        case,
        call,
        kind=HoldKind.LEGAL,
        controller_id=None,
        activities=("customer-calls",),
        systems=("recordings",),
        reason="She sued.",
    ),
    "release": lambda office, case, call: office.desk.holds.release(
        case, first(office.case(case).holds), call, reason="Settled."
    ),
    "fee": lambda office, case, call: office.desk.fees.propose(
        case, Call(office.bob), item_ids=("access",), draft=office.fee(offer_ends_on=office.later(days=3).date())
    ),
    "quote": lambda office, case, call: office.desk.fees.send_notice(
        case, first(office.case(case).fees), call, draft=office.letter(LetterKind.FEE)
    ),
    "pay": lambda office, case, call: office.desk.fees.record_paid(
        case, first(office.case(case).fees), call, paid_at=None
    ),
    "expire": lambda office, case, call: office.desk.fees.expire(case, first(office.case(case).fees), call),
    "represent": lambda office, case, call: office.desk.representation.accept(
        case,
        call,
        kind=RepresentativeKind.LAWYER,
        evidence="A mandate, seen.",
        rights=(Right.ACCESS,),
        expires_on=None,
        for_child=False,
        conflict_assessed=True,
        conflict=False,
        answer_to=AnswerTo.BOTH,
    ),
    "unrepresent": lambda office, case, call: office.desk.representation.end(case, call, reason="Revoked."),
    "reassign": lambda office, case, call: office.desk.triage.reassign(
        case, call, controller_id="callcentre-fr", reason="She lives in Lyon.", received_on=None
    ),
    "tell": lambda office, case, call: office.desk.recipients.tell(
        case, "erasure", call, recipient="telephony", told_at=None, channel=Channel.EMAIL
    ),
    "excuse": lambda office, case, call: office.desk.recipients.excuse(
        case, "rectification", call, recipient="telephony", obstacle=Obstacle.IMPOSSIBLE, explanation="It is gone."
    ),
}

ACTS_OF = {
    Right.ACCESS: ("fee", "quote", "pay", "redact", "discard"),
    Right.RECTIFICATION: ("assess", "rectify", "excuse"),
    Right.ERASURE: ("tell",),
    Right.RESTRICTION: ("restrict", "use", "tell of lifting", "lift"),
    Right.PORTABILITY: ("transfer", "target", "transmit"),
    Right.OBJECTION: ("object", "balance", "stop", "treat", "use"),
    Right.AUTOMATED_DECISION: ("review",),
    Right.INFORMATION: ("copy",),
}
ANY_CASE = ("withdraw consent", "hold", "release", "represent", "unrepresent", "reassign", "expire")
