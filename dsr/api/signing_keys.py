"""Public keys of a controller, for receivers of signed packages (GDPR Art. 20(2))."""

from typing import Any

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import desk
from dsr.api.errors import PathControllerUnknown
from dsr.api.fields import Instant, NoBody, View
from dsr.api.operation import allow, public, this_call
from dsr.api.resource import Resource
from dsr.desk.idempotency import Answer
from dsr.domain.roles import Role
from dsr.domain.ropa import ControllerUnknown

bp = Resource("signing-keys", "/controllers/<controller_id>", "Signing keys of controllers.")

_JWKS = {
    "type": "object",
    "description": "A JWK Set (RFC 7517) with every Ed25519 key that the controller ever signed with, newest first.",
    "properties": {"keys": {"type": "array", "items": {"type": "object"}}},
    "required": ["keys"],
}


class SigningKeyView(View):
    """The key that signs from now on."""

    controller_id = fields.String()
    kid = fields.String(metadata={"description": "RFC 7638 thumbprint; `kid` of its signatures."})
    valid_from = Instant(meaning="When it began to sign.")
    keys = fields.Integer(metadata={"description": "Number of the controller's keys, including this one."})


@bp.get("/jwks.json")
@public
@bp.shows(_JWKS)
def show_signing_keys(controller_id: str) -> Response:
    """Show the public keys of a controller, including retired ones, whose signatures stay valid."""
    try:
        keys = desk().signing.published(controller_id)
    except ControllerUnknown:
        raise PathControllerUnknown(controller=controller_id) from None
    response = show(keys)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@bp.post("/signing-keys")
@allow(Role.OPERATOR)
@bp.takes(NoBody)
@bp.command(SigningKeyView, if_match=False, key_required=True, made="signing-keys.show_signing_keys")
def rotate_signing_key(_: dict[str, Any], controller_id: str) -> Answer:
    """Rotate the controller's signing key."""
    try:
        return desk().signing.rotate(controller_id, this_call())
    except ControllerUnknown:
        raise PathControllerUnknown(controller=controller_id) from None
