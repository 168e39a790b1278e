"""One command on many requests, each for itself: some may be done and others refused."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from dsr.api.context import desk
from dsr.api.fields import Body, View
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
"""Requests in one call."""


class BulkLine(Body):
    """One request, as it was seen."""

    request_id = fields.UUID(required=True)
    version = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(min=1),
        metadata={"description": "The version that was seen: what `If-Match` names elsewhere."},
    )

    @post_load
    def chosen(self, given: dict[str, Any], **_: object) -> Chosen:
        """As the desk takes it."""
        return Chosen(given.pop("request_id"), given.pop("version"), given)


class BulkRegistrationLine(RegistrationBody, BulkLine):
    """One request, as it was seen, with all that a registration says of it."""


def _some(line: type[BulkLine]) -> fields.List[Any]:
    return fields.List(fields.Nested(line), required=True, validate=validate.Length(1, MOST))


class _EachOnce(Body):
    """Two lines for one request would contradict each other."""

    @validates_schema
    def once(self, given: dict[str, Any], **_: object) -> None:
        """Raises ValidationError at every place where a request stands again."""
        requests: list[Chosen] = given["requests"]
        first = {each.request_id: place for place, each in reversed(list(enumerate(requests)))}
        again = [place for place, each in enumerate(requests) if first[each.request_id] < place]
        if again:
            raise ValidationError({"requests": {place: ["This request stands here already."] for place in again}})


class BulkAssignmentBody(AssignmentBody, _EachOnce):
    """Who works on which requests."""

    requests = _some(BulkLine)


class BulkRegistrationBody(_EachOnce):
    """Which requests to register, each with its rights."""

    requests = _some(BulkRegistrationLine)


class BulkResultLineView(View):
    """What became of one request."""

    request_id = fields.UUID()
    status = fields.String(metadata={"enum": [DONE, REFUSED]})
    version = fields.Integer(allow_none=True, metadata={"description": "The new one; null where it was refused."})
    code = fields.String(allow_none=True, metadata={"description": "Of the problem that refused it."})
    detail = fields.String(allow_none=True, metadata={"description": "What to do, in a sentence."})


class BulkView(View):
    """One line for each request, in the order given."""

    requests = fields.List(fields.Nested(BulkResultLineView))


@bp.post("/assignments")
@allow(Role.HANDLER)
@bp.takes(BulkAssignmentBody)
@bp.command(BulkView, if_match=False, key_required=True)
def assign_requests(body: dict[str, Any]) -> Answer:
    """Give many requests to a member of staff."""
    return desk().bulk.assign(this_call(), **body)


@bp.post("/registrations")
@allow(Role.HANDLER)
@bp.takes(BulkRegistrationBody)
@bp.command(BulkView, if_match=False, key_required=True)
def register_requests(body: dict[str, Any]) -> Answer:
    """Confirm many letters as requests, and open an item for each right of each."""
    return desk().bulk.register(this_call(), **body)
