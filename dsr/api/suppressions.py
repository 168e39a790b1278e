"""Suppressions: the query before a person is imported or sent direct marketing (GDPR Art. 21(3))."""

from typing import Any

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.fields import Body, Code, Day, Email, Text, Tuple, View
from dsr.api.operation import allow
from dsr.api.resource import Resource
from dsr.domain.roles import Role
from dsr.vault import IndexPurpose

bp = Resource("suppressions", "/suppressions", "Objections to direct marketing, looked up by identifiers.")


class SuppressionBody(Body):
    """Identifiers of the person, all optional. Nothing of it is stored."""

    controller_id = Code(required=True, meaning="The controller that wants to contact the person or import their data.")
    email = Email(load_default="", meaning="Which must not be used or imported again.")
    phone = Text(longest=60, load_default="", meaning="In its international form, as +49 30 1234567.")
    identifiers = Tuple(Text(longest=100), load_default=(), longest=100, meaning="Customer, contract or staff numbers.")


class SuppressionView(View):
    """Whether the person objected to the controller's direct marketing."""

    suppressed = fields.Boolean(metadata={"description": "True: no direct marketing, and no import for it."})
    since = Day(allow_none=True, meaning="Local date of the first objection that matches.")


@bp.post("/check")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(SuppressionBody)
@bp.shows(SuppressionView)
@bp.may_fail(409)
def check_suppression(body: dict[str, Any]) -> Response:
    """Look up a person before importing or contacting them. Identifiers are in the body, so that no log shows them;
    changes nothing.
    """
    marks = {
        IndexPurpose.EMAIL: [body["email"]],
        IndexPurpose.PHONE: [body["phone"]],
        IndexPurpose.IDENTIFIER: body["identifiers"],
    }
    since = desk().repository.suppressions.since(caller(), controller_id=body["controller_id"], marks=marks)
    return show({"suppressed": since is not None, "since": since})
