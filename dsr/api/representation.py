"""Representatives of the data subject: parents, guardians, agents, lawyers (GDPR Art. 12(1), 80)."""

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

bp = Resource("representation", "/requests/<uuid:request_id>/representation", "Representatives of data subjects.")


class ContactBody(Body):
    """The representative's address for letters; sealed."""

    name = Text(longest=200, load_default="", meaning="Of the representative, as it stands on an envelope.")
    email = Email(load_default="", meaning="Where the representative gets the letters.")
    address = Text(longest=2000, load_default="", meaning="Postal, one line each, without the name.")

    @post_load
    def person(self, given: dict[str, Any], **_: object) -> Person:
        """Convert to the value that the desk takes."""
        return Person(**given)


class RepresentationBody(Body):
    """A representative, with the kind, extent and duration of the authority."""

    kind = Choice(RepresentativeKind, required=True)
    evidence = Text(required=True, meaning="Description of the evidence of authority; sealed. No document is kept.")
    rights = Tuple(Choice(Right), required=True, meaning="What it covers.")
    expires_on = Day(load_default=None, allow_none=True, meaning="The last local date; a parent or guardian needs one.")
    for_child = Truth(load_default=False, metadata={"description": "The data subject is a child."})
    conflict_assessed = Truth(
        required=True, metadata={"description": "Whether their interests conflict with the person's was assessed."}
    )
    conflict = Truth(required=True, metadata={"description": "They do."})
    answer_to = Choice(AnswerTo, required=True, meaning="Who gets the answers; the person always may.")
    contact = fields.Nested(
        ContactBody,
        load_default=None,
        allow_none=True,
        metadata={"description": "Where letters for the representative go; null: the person gets them."},
    )


class RepresentationEndingBody(Body):
    """Why the representation ends."""

    reason = Text(required=True, meaning="Sealed.")


@bp.post("")
@allow(Role.HANDLER)
@bp.takes(RepresentationBody)
@bp.command(RequestView)
def accept_representation(body: dict[str, Any], request_id: UUID) -> Answer:
    """Accept a representative of the data subject, for certain rights and a certain time."""
    return desk().representation.accept(request_id, this_call(), **body)


@bp.post("/ending")
@allow(Role.HANDLER)
@bp.takes(RepresentationEndingBody)
@bp.command(RequestView)
def end_representation(body: dict[str, Any], request_id: UUID) -> Answer:
    """End the representation: the authority was revoked, or the person continues alone."""
    return desk().representation.end(request_id, this_call(), **body)
