"""Suppressions: what an import or a mailing asks before it takes in, or writes to, a person (GDPR Art. 21(3))."""

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

bp = Resource("suppressions", "/suppressions", "Who objected to direct marketing, asked by what identifies them.")


class SuppressionBody(Body):
    """Of whom it is asked; any of it may be left out. Nothing of it is kept."""

    controller_id = Code(required=True, meaning="Who wants to write to the person, or to import their data.")
    email = Email(load_default="")
    phone = Text(longest=60, load_default="", meaning="In its international form, as +49 30 1234567.")
    identifiers = Tuple(Text(longest=100), load_default=(), longest=100, meaning="Customer, contract or staff numbers.")


class SuppressionView(View):
    """Whether the controller has to leave the person alone."""

    suppressed = fields.Boolean(metadata={"description": "True: no direct marketing, and no import for it."})
    since = Day(allow_none=True, meaning="Local date of the first objection that matches.")


@bp.post("/check")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(SuppressionBody)
@bp.shows(SuppressionView)
@bp.may_fail(409)
def check_suppression(body: dict[str, Any]) -> Response:
    """Ask before a person is imported or written to. A body, so that no log shows of whom; changes nothing."""
    marks = {
        IndexPurpose.EMAIL: [body["email"]],
        IndexPurpose.PHONE: [body["phone"]],
        IndexPurpose.IDENTIFIER: body["identifiers"],
    }
    since = desk().repository.suppressions.since(caller(), controller_id=body["controller_id"], marks=marks)
    return show({"suppressed": since is not None, "since": since})
