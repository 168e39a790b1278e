"""Incidents: how they are noticed, assessed, notified and told (GDPR Art. 33, 34; docs/law §13)."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from dsr.api.context import desk
from dsr.api.fields import Body, Choice, Code, Instant, Text, Tuple
from dsr.api.matters import MatterView
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.desk.idempotency import Answer
from dsr.domain.matter import IncidentRisk, TellingException
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role

bp = Resource("incidents", "/matters", "Personal data breaches: who is notified and told, within 72 hours.")


class IncidentBody(Body):
    """An incident as it was noticed."""

    controllers = Tuple(
        Code(),
        required=True,
        shortest=1,
        longest=50,
        meaning="The controllers whose data it is about; the first handles it. The authority of each is notified.",
    )
    channel = Choice(Channel, required=True, meaning="How it was noticed.")
    certain_at = Instant(
        required=True,
        meaning="The earliest moment at which anybody at a controller was reasonably certain of it, or at which the "
        "notice of a processor arrived; the 72 hours run from then.",
    )
    content = Text(required=True, meaning="What happened, to which data, and how it was noticed; sealed.")
    sender = Text(longest=1000, load_default="", meaning="Who reported it, with an address; sealed.")
    request_ids = Tuple(fields.UUID(), load_default=(), longest=100, meaning="The requests that it concerns.")
    processor_for = Code(
        load_default=None,
        allow_none=True,
        meaning="The controller for which we process the data, as `processing_for` of the record of processing names "
        "it; that controller is told, and no authority is notified by us.",
    )


class RiskBody(Body):
    """The risk of an incident for people."""

    risk = Choice(IncidentRisk, required=True)
    reasons = Text(required=True, meaning="Sealed.")


class NotificationBody(Body):
    """What an authority was told."""

    authority = Code(required=True, meaning="Id of the authority.")
    channel = Choice(Channel, required=True)
    content = Text(required=True, meaning="What it was told (GDPR Art. 33(3)); sealed.")
    late_reasons = Text(load_default="", meaning="Why it is notified after more than 72 hours; sealed.")
    notified_at = Instant(load_default=None, meaning="When it was notified; default: now.")


class NotificationOmissionBody(Body):
    """Why no authority is notified."""

    reasons = Text(required=True, meaning="Sealed.")


class IncidentTellingBody(Body):
    """What was told to whom an incident concerns."""

    channel = Choice(Channel, required=True)
    content = Text(required=True, meaning="What they were told; sealed.")
    told_at = Instant(load_default=None, meaning="When they were told; default: now.")


class TellingExceptionBody(Body):
    """Why people are not told."""

    exception = Choice(TellingException, required=True)
    reasons = Text(required=True, meaning="Sealed.")


@bp.post("/incidents")
@allow(Role.INTAKE, Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(IncidentBody)
@bp.command(MatterView, if_match=False, key_required=True, made="matters.show_matter")
def open_incident(body: dict[str, Any]) -> Answer:
    """Open an incident. A misdelivery on a request opens one by itself."""
    return desk().matters.open_incident(this_call(), **body)


@bp.post("/<uuid:matter_id>/risk")
@allow(Role.HANDLER)
@bp.takes(RiskBody)
@bp.command(MatterView)
def assess_risk_of_incident(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Assess the risk of an incident for people; a later assessment replaces it."""
    return desk().matters.assess_risk(matter_id, this_call(), **body)


@bp.post("/<uuid:matter_id>/notifications")
@allow(Role.HANDLER)
@bp.takes(NotificationBody)
@bp.command(MatterView)
def record_notification_of_authority(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Record that an authority was notified of an incident; once more for each further phase."""
    return desk().matters.notify_authority(matter_id, this_call(), **body)


@bp.post("/<uuid:matter_id>/notifications/omission")
@allow(Role.HANDLER)
@bp.takes(NotificationOmissionBody)
@bp.command(MatterView)
def record_omission_of_notification(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Record why no authority is notified of an incident whose risk is unlikely."""
    return desk().matters.omit_notification(matter_id, this_call(), **body)


@bp.post("/<uuid:matter_id>/people")
@allow(Role.HANDLER)
@bp.takes(IncidentTellingBody)
@bp.command(MatterView)
def tell_people_of_incident(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Record that the people concerned were told of an incident with a high risk."""
    return desk().matters.tell_people(matter_id, this_call(), **body)


@bp.post("/<uuid:matter_id>/people/exception")
@allow(Role.HANDLER)
@bp.takes(TellingExceptionBody)
@bp.command(MatterView)
def record_exception_from_telling(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Record the exception by which people are not told of an incident with a high risk."""
    return desk().matters.except_people(matter_id, this_call(), **body)


@bp.post("/<uuid:matter_id>/controller")
@allow(Role.HANDLER)
@bp.takes(IncidentTellingBody)
@bp.command(MatterView)
def tell_controller_of_incident(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Record that the controller for which we process was told of an incident."""
    return desk().matters.tell_controller(matter_id, this_call(), **body)
