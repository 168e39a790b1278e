"""Acting for the data subject: parents, guardians, agents, lawyers (GDPR Art. 12(1), 80)."""

from typing import Any
from uuid import UUID

from marshmallow import fields, post_load

from dsr.api.context import desk
from dsr.api.fields import Body, Choice, Day, Email, Text, Truth, Tuple
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.desk.new_case import Person
from dsr.domain.request.standing import AnswerTo, RepresentativeKind
from dsr.domain.rights import Right
from dsr.domain.roles import Role

bp = Resource("representation", "/requests/<uuid:request_id>/representation", "Who acts for the data subject.")


class ContactBody(Body):
    """Where letters reach whoever acts; sealed."""

    name = Text(longest=200, load_default="")
    email = Email(load_default="")
    address = Text(longest=2000, load_default="", meaning="Postal, one line each, without the name.")

    @post_load
    def person(self, given: dict[str, Any], **_: object) -> Person:
        """As the desk takes it."""
        return Person(**given)


class RepresentationBody(Body):
    """Who acts, by what authority, how far and how long."""

    kind = Choice(RepresentativeKind, required=True)
    evidence = Text(required=True, meaning="What shows the authority, in words; sealed. No document is kept.")
    rights = Tuple(Choice(Right), required=True, meaning="What it covers.")
    expires_on = Day(load_default=None, allow_none=True, meaning="The last local date; a parent or guardian needs one.")
    for_child = Truth(load_default=False, metadata={"description": "The data subject is a child."})
    conflict_assessed = Truth(
        required=True, metadata={"description": "It was assessed whether their interests stand against the person's."}
    )
    conflict = Truth(required=True, metadata={"description": "They do."})
    answer_to = Choice(AnswerTo, required=True, meaning="Who gets the answers; the person always may.")
    contact = fields.Nested(ContactBody, load_default=None, allow_none=True)


class RepresentationEndingBody(Body):
    """Why nobody acts for the person any more."""

    reason = Text(required=True, meaning="Sealed.")


@bp.post("")
@allow(Role.HANDLER)
@bp.takes(RepresentationBody)
@bp.command(RequestView)
def accept_representation(body: dict[str, Any], request_id: UUID) -> Answer:
    """Let somebody act for the data subject, as far and as long as their authority goes."""
    return desk().representation.accept(request_id, this_call(), **body)


@bp.post("/ending")
@allow(Role.HANDLER)
@bp.takes(RepresentationEndingBody)
@bp.command(RequestView)
def end_representation(body: dict[str, Any], request_id: UUID) -> Answer:
    """Record that the authority was revoked, or that the person goes on alone."""
    return desk().representation.end(request_id, this_call(), **body)
