"""Bulk commands: one command on many requests, some of which may succeed and others be refused."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from dsr.api.context import desk
from dsr.api.deadlines import DecisionBody
from dsr.api.fields import Body, View, WholeNumber
from dsr.api.forgetting import ForgettingBody
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.triage import AssignmentBody, RegistrationBody
from dsr.desk.bulk import DONE, REFUSED, Chosen
from dsr.desk.idempotency import Answer
from dsr.domain.roles import Role

bp = Resource(
    "bulk",
    "/bulk",
    "One command on many requests. Each is done or refused by itself, as if it had been sent alone. Repeated with the "
    "same key, a call that failed half-way goes on where it stopped, and one that was answered gives the same answer: "
    "send those that were refused under a new key.",
)

MOST = 200
"""Maximum number of requests in one call."""


class BulkLine(Body):
    """One request at the version seen."""

    request_id = fields.UUID(required=True, metadata={"description": "One of the queue; each may appear once."})
    version = WholeNumber(
        required=True,
        validate=validate.Range(min=1),
        metadata={"description": "The version seen, as in `If-Match` elsewhere."},
    )

    @post_load
    def chosen(self, given: dict[str, Any], **_: object) -> Chosen:
        """Convert to the value that the desk takes."""
        return Chosen(given.pop("request_id"), given.pop("version"), given)


class BulkRegistrationLine(RegistrationBody, BulkLine):
    """One request at the version seen, with its registration."""


def _some(line: type[BulkLine]) -> fields.List[Any]:
    return fields.List(
        fields.Nested(line),
        required=True,
        validate=validate.Length(1, MOST),
        metadata={"description": f"At most {MOST}, each at the version that was seen."},
    )


class _EachOnce(Body):
    """Each request may appear only once."""

    @validates_schema
    def once(self, given: dict[str, Any], **_: object) -> None:
        """Raises ValidationError at every repetition of a request."""
        requests: list[Chosen] = given["requests"]
        first = {each.request_id: place for place, each in reversed(list(enumerate(requests)))}
        again = [place for place, each in enumerate(requests) if first[each.request_id] < place]
        if again:
            raise ValidationError({"requests": {place: ["This request is listed already."] for place in again}})


class BulkAssignmentBody(AssignmentBody, _EachOnce):
    """The assignee and the requests."""

    requests = _some(BulkLine)


class BulkRegistrationBody(_EachOnce):
    """The requests to register, each with its rights."""

    requests = _some(BulkRegistrationLine)


class BulkForgettingBody(ForgettingBody, _EachOnce):
    """Why the case files are forgotten, and which."""

    requests = _some(BulkLine)


class BulkForgettingDecisionBody(DecisionBody, _EachOnce):
    """The decision, and the requests."""

    requests = _some(BulkLine)


class BulkResultLineView(View):
    """The result for one request."""

    request_id = fields.UUID()
    status = fields.String(metadata={"enum": [DONE, REFUSED], "description": "Whether the command was carried out."})
    version = fields.Integer(allow_none=True, metadata={"description": "The new version; null if refused."})
    code = fields.String(allow_none=True, metadata={"description": "Code of the problem, if refused."})
    detail = fields.String(allow_none=True, metadata={"description": "What to do, in a sentence."})


class BulkView(View):
    """One line for each request, in the order given."""

    requests = fields.List(fields.Nested(BulkResultLineView), metadata={"description": "The results."})


@bp.post("/assignments")
@allow(Role.HANDLER)
@bp.takes(BulkAssignmentBody)
@bp.command(BulkView, if_match=False, key_required=True, versioned=False)
def assign_requests(body: dict[str, Any]) -> Answer:
    """Give many requests to a member of staff."""
    return desk().bulk.assign(this_call(), **body)


@bp.post("/registrations")
@allow(Role.HANDLER)
@bp.takes(BulkRegistrationBody)
@bp.command(BulkView, if_match=False, key_required=True, versioned=False)
def register_requests(body: dict[str, Any]) -> Answer:
    """Confirm many letters as requests, and open an item for each right of each."""
    return desk().bulk.register(this_call(), **body)


@bp.post("/forgettings")
@allow(Role.HANDLER)
@bp.takes(BulkForgettingBody)
@bp.command(BulkView, if_match=False, key_required=True, versioned=False)
def propose_many_forgettings(body: dict[str, Any]) -> Answer:
    """Propose to forget many case files: those of one person, or those whose period has ended."""
    return desk().bulk.propose_forgetting(this_call(), **body)


@bp.post("/forgettings/decision")
@allow(Role.APPROVER)
@bp.takes(BulkForgettingDecisionBody)
@bp.command(BulkView, if_match=False, key_required=True, versioned=False)
def decide_many_forgettings(body: dict[str, Any]) -> Answer:
    """Order to forget many case files, or keep them; the person who proposed it can do neither."""
    return desk().bulk.decide_forgetting(this_call(), **body)
