"""Complaints to us: how they arrive, are acknowledged and examined (docs/law §13)."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from dsr.api.context import desk
from dsr.api.fields import Body, Choice, Code, Instant, Language, Text, Tuple
from dsr.api.matters import MatterView
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.desk.idempotency import Answer
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role

bp = Resource("complaints", "/matters", "Complaints to us: their arrival, their acknowledgement, their examination.")


class ComplaintBody(Body):
    """A complaint as it arrived."""

    controller_id = Code(required=True, meaning="The controller that it came to.")
    channel = Choice(Channel, required=True)
    received_at = Instant(required=True, meaning="When it arrived; its date runs from then.")
    language = Language(required=True)
    sender = Text(longest=1000, load_default="", meaning="Who complains, with an address; sealed.")
    content = Text(required=True, meaning="What they complain about; sealed.")
    request_ids = Tuple(fields.UUID(), load_default=(), longest=100, meaning="The requests that it concerns.")


class AcknowledgementBody(Body):
    """How the sender was told that the complaint arrived."""

    channel = Choice(Channel, required=True)
    acknowledged_at = Instant(load_default=None, meaning="When the acknowledgement left; default: now.")


class ProgressBody(Body):
    """What the sender was told on the way."""

    channel = Choice(Channel, required=True)
    progress = Text(required=True, meaning="What they were told; sealed.")
    told_at = Instant(load_default=None, meaning="When they were told; default: now.")


@bp.post("/complaints")
@allow(Role.INTAKE, Role.HANDLER)
@bp.takes(ComplaintBody)
@bp.command(MatterView, if_match=False, key_required=True, made="matters.show_matter")
def open_complaint(body: dict[str, Any]) -> Answer:
    """Open a complaint that came by any channel. A message on a request is examined as a complaint instead."""
    return desk().matters.open_complaint(this_call(), **body)


@bp.post("/<uuid:matter_id>/acknowledgement")
@allow(Role.HANDLER)
@bp.takes(AcknowledgementBody)
@bp.command(MatterView)
def record_complaint_acknowledgement(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Record that the sender was told that the complaint arrived."""
    return desk().matters.acknowledge(matter_id, this_call(), **body)


@bp.post("/<uuid:matter_id>/progress")
@allow(Role.HANDLER)
@bp.takes(ProgressBody)
@bp.command(MatterView)
def tell_progress_of_complaint(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Record that the sender was told how the examination goes on."""
    return desk().matters.tell_progress(matter_id, this_call(), **body)
