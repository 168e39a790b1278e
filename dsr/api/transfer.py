"""Direct transfer to another controller: feasible, to a verified target, transmitted (GDPR Art. 20(2))."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from dsr.api.context import desk
from dsr.api.fields import Body, Choice, Code, Instant, Text, Truth
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.standing import TargetMethod
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role

bp = Resource(
    "transfer", "/requests/<uuid:request_id>/items/<item_id>", "Direct transfer of data to another controller."
)

_TARGET = "Host name of the recipient's interface, or a code for the organisation; never a person."


class TransferAssessmentBody(Body):
    """The feasibility of a direct transfer."""

    feasible = Truth(
        required=True, metadata={"description": "Whether a direct transfer is technically feasible (GDPR Art. 20(2))."}
    )
    reasons = Text(load_default="", meaning="Why not; sealed. Required if not feasible.")


class TransferTargetBody(Body):
    """The recipient of the data, and how it was verified."""

    target = Code(required=True, meaning=_TARGET)
    method = Choice(TargetMethod, required=True)
    verified_at = Instant(load_default=None, meaning="When it was verified; default: now.")


class TransmissionBody(Body):
    """A transmission of data."""

    target = Code(required=True, meaning=_TARGET)
    export_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "The package sent; without one, the collected data that is not inferred."},
    )
    sent_at = Instant(load_default=None, meaning="When it was sent; default: now.")
    channel = Choice(Channel, required=True)
    receipt = Text(load_default="", meaning="The recipient's confirmation; sealed.")


class HandOverBody(Body):
    """The package and its target."""

    export_id = fields.UUID(required=True, metadata={"description": "The package that was built for the item."})
    url = Text(
        required=True,
        longest=2000,
        meaning="`https://host/path` of the recipient's interface. The host is the target that was verified; sealed.",
    )


@bp.post("/transfer-assessment")
@allow(Role.HANDLER)
@bp.takes(TransferAssessmentBody)
@bp.command(RequestView)
def assess_transfer(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Record whether a direct transfer is technically feasible; if not, the person gets only the export."""
    return desk().transfer.assess(request_id, item_id, this_call(), **body)


@bp.post("/transfer-target")
@allow(Role.HANDLER)
@bp.takes(TransferTargetBody)
@bp.command(RequestView)
def verify_transfer_target(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Record how the recipient was verified."""
    return desk().transfer.verify_target(request_id, item_id, this_call(), **body)


@bp.post("/transmission")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(TransmissionBody)
@bp.command(RequestView)
def record_transmission(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Record that the data was sent to the verified target."""
    return desk().transfer.transmit(request_id, item_id, this_call(), **body)


@bp.post("/hand-over")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(HandOverBody)
@bp.may_fail(502, 504)
@bp.command(RequestView, key_required=True)
def hand_over_export(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Send the package to the verified target over HTTPS and record its answer; returns when the transfer has ended.

    The target gets a POST with `Content-Type: application/zip`, `Content-Length`, `Content-Digest` (RFC 9530),
    `Idempotency-Key` (the same for the same package) and `DSR-Hand-Over`: a JWT of the controller (`alg` Ed25519, `typ`
    hand-over+jwt) with `iss`, `aud` (the host), `jti`, `export`, `sha256`, `size`, `iat`, `exp`. `kid` names one of the
    controller's published keys, `jku` where they are. Any 2xx status accepts the package; redirects are not followed.

    Nothing is recorded before the target is connected. `hand-over-started` is recorded before the first byte leaves,
    then `data-transmitted` or `hand-over-failed`; after a failure, send it again with the new ETag.
    """
    return desk().hand_overs.hand_over(request_id, item_id, this_call(), **body)
