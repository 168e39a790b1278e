"""Redactions: data of other people left out of an item's copy (GDPR Art. 15(4), 20(4))."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.fields import Body, Choice, Text, View
from dsr.api.operation import allow, this_call
from dsr.api.pages import page_of
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.desk.redaction import RedactedPart
from dsr.domain.request.others_rights import OthersRight, RedactionKind
from dsr.domain.request.redaction import RedactionTargetUnknown, RedactionUnknown
from dsr.domain.roles import Role

bp = Resource(
    "redactions", "/requests/<uuid:request_id>/items/<item_id>/redactions", "Redaction of data of other people."
)


class RedactionRequirementBody(Body):
    """A data set or attachment with data of another person."""

    target_id = fields.UUID(required=True, metadata={"description": "Id of a data set or attachment of the item."})
    reason = Text(required=True, meaning="Whose rights, and where in it; sealed.")


class OthersPartBody(Body):
    """The part to redact, and the right it protects."""

    target_id = fields.UUID(required=True, metadata={"description": "Id of a data set or attachment of the item."})
    kind = Choice(RedactionKind, required=True)
    place = Text(
        longest=500,
        load_default="",
        meaning="Of `json-pointer`: JSON Pointer into the records; a number from 0 is a member of an array, or the "
        "described field of that name, `*` every member. Names stay, also those that `*` stands for: where they are "
        "somebody else's themselves (telephone numbers, say), name the object that holds them. Of `column`: a "
        "described field. Otherwise none.",
    )
    replacement_id = fields.UUID(
        load_default=None, metadata={"description": "For `replaced`: the data set or attachment to hand over instead."}
    )
    right = Choice(OthersRight, required=True, meaning="Told to the data subject; the reason is not.")
    reason = Text(required=True, meaning="Why, and how it was weighed; sealed.")


class RedactionWithdrawalBody(Body):
    """Why that part may be handed over."""

    reason = Text(required=True, meaning="Sealed.")


class RedactionConfirmationBody(Body):
    """The data set or attachment that was checked."""

    target_id = fields.UUID(required=True, metadata={"description": "Id of a data set or attachment of the item."})
    reason = Text(
        load_default="",
        meaning="Why nothing in it is somebody else's; sealed. Required where it was flagged and nothing is redacted.",
    )


class RedactionView(View):
    """A redaction: its place and the right it protects, never the content."""

    redaction_id = fields.UUID(metadata={"description": "Id of the redaction."})
    target_id = fields.UUID(metadata={"description": "The data set or attachment that it is in."})
    kind = Choice(RedactionKind)
    place = fields.String(metadata={"description": "JSON Pointer or name of the column; empty for the whole."})
    replacement_id = fields.UUID(
        allow_none=True, metadata={"description": "The data set or attachment that is handed over instead; null: none."}
    )
    right = Choice(OthersRight)
    values = fields.Integer(
        allow_none=True, metadata={"description": "Number of values at the place; null for all of it."}
    )
    confirmed = fields.Boolean(
        metadata={"description": "Whether the redacted target is confirmed to hold no data of others."}
    )


@bp.get("")
@allow(*READERS)
@bp.shows(page_of(RedactionView), versioned=True)
def list_redactions(request_id: UUID, item_id: str) -> Response:
    """List the redactions of an item's copy. Always one page."""
    case = desk().repository.request(request_id, caller())
    case.item(item_id)
    shown = [
        {
            "redaction_id": each.redaction_id,
            "target_id": target_id,
            "kind": each.kind.value,
            "place": each.place,
            "replacement_id": each.replacement_id,
            "right": each.right.value,
            "values": each.values,
            "confirmed": target_id in case.copies.redactions_confirmed,
        }
        for target_id, redactions in case.copies.redactions.items()
        if case.copies.item_of(target_id) == item_id
        for each in redactions
    ]
    return show({"items": shown, "next": None}, version=case.version)


@bp.post("")
@allow(Role.HANDLER)
@bp.takes(OthersPartBody)
@bp.command(RequestView)
def redact_data(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Redact a part of a data set or attachment. The item is withheld until the rest is confirmed.

    A place without values in the collected data is refused; the list shows the number of values.
    """
    call = this_call()
    _require_of_item(request_id, item_id, body["target_id"])
    part = RedactedPart(body["kind"], body["place"], body["replacement_id"])
    said = {"right": body["right"], "reason": body["reason"]}
    return desk().redaction.redact(request_id, body["target_id"], call, parts=(part,), **said)


@bp.post("/requirement")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(RedactionRequirementBody)
@bp.command(RequestView)
def require_redaction(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Withhold a data set or attachment until it is redacted or replaced by a redacted copy."""
    call = this_call()
    _require_of_item(request_id, item_id, body["target_id"])
    return desk().redaction.require(request_id, body.pop("target_id"), call, **body)


@bp.post("/<uuid:redaction_id>/withdrawal")
@allow(Role.HANDLER)
@bp.takes(RedactionWithdrawalBody)
@bp.command(RequestView)
def withdraw_redaction(body: dict[str, Any], request_id: UUID, item_id: str, redaction_id: UUID) -> Answer:
    """Withdraw a redaction. The remaining redactions have to be confirmed again."""
    call = this_call()
    redaction = desk().repository.request(request_id, caller()).copies.redaction(redaction_id)
    if redaction is not None:
        try:
            _require_of_item(request_id, item_id, redaction.target_id)
        except RedactionTargetUnknown:
            raise RedactionUnknown() from None
    return desk().redaction.withdraw(request_id, redaction_id, call, **body)


@bp.post("/confirmation")
@allow(Role.HANDLER)
@bp.takes(RedactionConfirmationBody)
@bp.command(RequestView)
def confirm_redaction(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Confirm that a data set or attachment, as redacted, holds no data of others.

    One flagged by mistake is confirmed without a redaction, with the reason.
    """
    call = this_call()
    _require_of_item(request_id, item_id, body["target_id"])
    return desk().redaction.confirm(request_id, body.pop("target_id"), call, **body)


def _require_of_item(request_id: UUID, item_id: str, target_id: UUID) -> None:
    found = desk().repository.request(request_id, caller()).copies.item_of(target_id)
    if found is not None and found != item_id:
        raise RedactionTargetUnknown()
