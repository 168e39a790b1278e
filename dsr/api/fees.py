"""Fees: reasonable, and quoted before they are charged (GDPR Art. 12(5)(a), 15(3))."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields, post_load, validate

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.fields import Body, Choice, Code, Day, Ground, Instant, NoBody, Text, Tuple, View, Whole, WholeNumber
from dsr.api.letters import LetterBody, besides, draft
from dsr.api.operation import allow, this_call
from dsr.api.pages import page_of
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.views import RequestView
from dsr.desk.fees import FeeDraft
from dsr.desk.idempotency import Answer
from dsr.domain.request.grounds import ExcessClaim
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import CostKind, CostLine, FeeGround, FeeStatus
from dsr.domain.roles import Role
from dsr.projections import Row

bp = Resource("fees", "/requests/<uuid:request_id>/fees", "Fees: proposed, quoted, and the person's response.")

_MOST = 1_000_000_000_000
"""Upper limit of a plausible amount."""


class Amount(WholeNumber):
    """Money in the smallest unit of its currency, such as cents."""

    def __init__(self, *, meaning: str = "", **kwargs: Any) -> None:
        description = "In the smallest unit of the currency, such as cents."
        super().__init__(
            validate=validate.Range(min=-_MOST, max=_MOST),
            metadata={"description": f"{meaning} {description}" if meaning else description},
            **kwargs,
        )


class CostLineBody(Body):
    """One part of what answering costs."""

    kind = Choice(CostKind, required=True)
    amount = Amount(required=True)

    @post_load
    def line(self, given: dict[str, Any], **_: object) -> CostLine:
        """Convert to the value that the domain takes."""
        return CostLine(**given)


class FeeBody(Body):
    """A fee: grounds, amount, and the statements of its notice."""

    item_ids = Tuple(Code(), required=True, meaning="The open items it is charged for, together.")
    ground = Ground(FeeGround, required=True)
    facts = Text(required=True, meaning="The facts that prove the ground; sealed.")
    claims = Tuple(Choice(ExcessClaim), load_default=(), meaning="The reason that supports a ground of Art. 12(5).")
    previous_request_on = Day(load_default=None, meaning="When the person last asked the same, for `repetitive`.")
    earlier_copy_on = Day(load_default=None, meaning="When the first copy was handed over, for `further-copy`.")
    amount = Amount(required=True)
    currency = fields.String(
        required=True,
        validate=Whole(r"^[A-Z]{3}$", error="Three capital letters (ISO 4217)."),
        metadata={"description": "ISO 4217"},
    )
    cost_basis = Tuple(fields.Nested(CostLineBody), required=True, longest=50, meaning="The administrative costs.")
    offer_ends_on = Day(required=True, meaning="The last local date on which the person may accept.")
    statements = besides("`right-to-withdraw`, `authority` and `judicial-remedy`, and the other fields say the rest")


class FeeAnswerBody(Body):
    """When the person agreed."""

    answered_at = Instant(load_default=None, meaning="Now unless given.")


class FeeDecliningBody(FeeAnswerBody):
    """That the person does not agree."""

    statement = Text(load_default="", meaning="The person's own words; sealed.")


class FeePaymentBody(Body):
    """When the money arrived."""

    paid_at = Instant(load_default=None, meaning="Now unless given.")


class FeeWaiverBody(Body):
    """Why the answer is free after all."""

    reason = Text(required=True, meaning="Sealed.")


class FeeView(View):
    """A fee with its status."""

    fee_id = fields.UUID(metadata={"description": "Id of the fee."})
    item_ids = fields.List(Code(), metadata={"description": "The items whose answer it is for."})
    ground = Choice(FeeGround)
    amount = Amount()
    currency = fields.String()
    offer_ends_on = Day(meaning="The last local date on which the person may accept.")
    status = Choice(FeeStatus)
    proposed_at = Instant(meaning="When it was proposed.")
    proposed_by = fields.String(metadata={"description": "Who proposed it."})
    quoted_at = Instant(allow_none=True, meaning="When its notice left.")
    settled_at = Instant(allow_none=True, meaning="When its latest event was recorded.")
    settled_by = fields.String(allow_none=True, metadata={"description": "Who recorded that event; null until then."})


@bp.get("")
@allow(*READERS)
@bp.shows(page_of(FeeView), versioned=True)
def list_fees(request_id: UUID) -> Response:
    """List the fees of a request, in the order in which they were proposed. Always one page."""
    rows, version = desk().fees.of(request_id, caller())
    return show({"items": [_shown(row) for row in rows], "next": None}, version=version)


@bp.post("")
@allow(Role.APPROVER)
@bp.takes(FeeBody)
@bp.command(RequestView)
def propose_fee(body: dict[str, Any], request_id: UUID) -> Answer:
    """Propose a fee for some open items; nothing is owed before its notice is sent. The list of fees has its id."""
    item_ids = body.pop("item_ids")
    return desk().fees.propose(request_id, this_call(), item_ids=item_ids, draft=FeeDraft(**body))


@bp.post("/<uuid:fee_id>/notice")
@allow(Role.HANDLER)
@bp.takes(LetterBody)
@bp.command(RequestView)
def send_fee_notice(body: dict[str, Any], request_id: UUID, fee_id: UUID) -> Answer:
    """Record that the notice was sent: ground, facts, amount, costs, and the choice to withdraw instead."""
    return desk().fees.send_notice(request_id, fee_id, this_call(), draft=draft(LetterKind.FEE, body))


@bp.post("/<uuid:fee_id>/acceptance")
@allow(Role.HANDLER)
@bp.takes(FeeAnswerBody)
@bp.command(RequestView)
def accept_fee(body: dict[str, Any], request_id: UUID, fee_id: UUID) -> Answer:
    """Record that the person agreed to pay."""
    return desk().fees.accept(request_id, fee_id, this_call(), **body)


@bp.post("/<uuid:fee_id>/declining")
@allow(Role.HANDLER)
@bp.takes(FeeDecliningBody)
@bp.command(RequestView)
def decline_fee(body: dict[str, Any], request_id: UUID, fee_id: UUID) -> Answer:
    """Record that the person does not agree to pay; the items stay open."""
    return desk().fees.decline(request_id, fee_id, this_call(), **body)


@bp.post("/<uuid:fee_id>/payment")
@allow(Role.HANDLER)
@bp.takes(FeePaymentBody)
@bp.command(RequestView)
def record_fee_paid(body: dict[str, Any], request_id: UUID, fee_id: UUID) -> Answer:
    """Record that the money arrived."""
    return desk().fees.record_paid(request_id, fee_id, this_call(), **body)


@bp.post("/<uuid:fee_id>/waiver")
@allow(Role.APPROVER)
@bp.takes(FeeWaiverBody)
@bp.command(RequestView)
def waive_fee(body: dict[str, Any], request_id: UUID, fee_id: UUID) -> Answer:
    """Waive the fee and answer free of charge."""
    return desk().fees.waive(request_id, fee_id, this_call(), **body)


@bp.post("/<uuid:fee_id>/expiry")
@allow(Role.HANDLER)
@bp.takes(NoBody)
@bp.command(RequestView)
def expire_fee(_: dict[str, Any], request_id: UUID, fee_id: UUID) -> Answer:
    """Record that the last day of the offer ended without payment."""
    return desk().fees.expire(request_id, fee_id, this_call())


def _shown(row: Row) -> Row:
    return {
        "fee_id": row["about_id"],
        **{name: row[name] for name in ("item_ids", "ground", "amount", "currency", "offer_ends_on")},
        "status": row["outcome"],
        "proposed_at": row["opened_at"],
        "proposed_by": row["opened_by"],
        "quoted_at": row["effective_at"],
        "settled_at": row["decided_at"],
        "settled_by": row["decided_by"],
    }
