"""Information beside a copy, by the points of GDPR Art. 15(1)(a) to (h) and 15(2): shown, corrected, opened."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.disclosures import PURPOSES, require_purpose
from dsr.api.fields import Body, Choice, Text, View
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.information_point import InformationPoint
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.roles import Role

bp = Resource(
    "access-information",
    "/requests/<uuid:request_id>/items/<item_id>/information",
    "Information given beside a copy of the data (GDPR Art. 15(1), (2)).",
)

_POINT = "Of GDPR Art. 15(1)(a) to (h), 15(2)."


class InformationCorrectionBody(Body):
    """The text that the person gets for one point."""

    point = Choice(InformationPoint, required=True, meaning=_POINT)
    text = Text(
        longest=10_000,
        required=True,
        meaning="In the language of the data subject; each line is a statement. Sealed. Of `rights` and `complaint` it "
        "is said besides what the record of processing says, of all others instead.",
    )


class InformationCorrectionWithdrawalBody(Body):
    """The point whose correction is withdrawn."""

    point = Choice(InformationPoint, required=True, meaning=_POINT)


class InformationDisclosureBody(Body):
    """Why the corrections are opened."""

    purpose = Choice(DisclosurePurpose, required=True)


class InformationPointView(View):
    """One point as the package will state it."""

    point = Choice(InformationPoint)
    provision = fields.String()
    title = fields.String(metadata={"description": "Its title on the page."})
    of_record = fields.List(fields.String(), metadata={"description": "The text of the record of processing."})
    corrected = fields.Boolean(metadata={"description": "A handler has replaced the text of the record."})
    correction_version = fields.Integer(
        allow_none=True, metadata={"description": "Version of the event with the correction, as in the timeline."}
    )
    statements = fields.List(
        fields.String(),
        allow_none=True,
        metadata={"description": "The text for the package; null for a sealed correction: open it."},
    )


class AccessInformationView(View):
    """All points in the order of the law, in the language of the page."""

    version = fields.Integer(metadata={"description": "Of the request."})
    controller_id = fields.String(metadata={"description": "Who tells it."})
    language = fields.String(metadata={"description": "ISO 639-1"})
    is_fallback = fields.Boolean(
        metadata={
            "description": "The controller's language, or English, replaces the data subject's, which has no page."
        }
    )
    points = fields.List(
        fields.Nested(InformationPointView), metadata={"description": "What the package tells, point by point."}
    )


@bp.get("")
@allow(*READERS)
@bp.may_fail(409)
@bp.shows(AccessInformationView, versioned=True)
def show_information(request_id: UUID, item_id: str) -> Response:
    """Show the information that the package of an access item will give; corrections stay sealed."""
    shown = desk().access_information.show(request_id, item_id, caller())
    return show(shown, version=shown.version)


@bp.post("/correction")
@allow(Role.HANDLER)
@bp.takes(InformationCorrectionBody)
@bp.command(RequestView)
def correct_information(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Correct one point of the record's text for this person; packages prepared before are outdated."""
    return desk().access_information.correct(request_id, item_id, this_call(), **body)


@bp.post("/correction/withdrawal")
@allow(Role.HANDLER)
@bp.takes(InformationCorrectionWithdrawalBody)
@bp.command(RequestView)
def withdraw_correction(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Withdraw the correction of one point, so that the record's text applies again."""
    return desk().access_information.withdraw_correction(request_id, item_id, this_call(), **body)


@bp.post("/disclosure")
@allow(*PURPOSES)
@bp.takes(InformationDisclosureBody)
@bp.command(AccessInformationView)
def open_information(body: dict[str, Any], request_id: UUID, item_id: str) -> Response:
    """Show the information with its corrections opened; the opening is recorded first."""
    require_purpose(body["purpose"])
    shown = desk().access_information.open(request_id, item_id, this_call(), **body)
    return show(shown, version=shown.version)
