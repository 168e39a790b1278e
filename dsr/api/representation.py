"""Representatives of the data subject: parents, guardians, agents, lawyers (GDPR Art. 12(1), 80)."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields, post_load, validate

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.fields import Body, Choice, Day, Email, Instant, Text, Truth, Tuple, View, WholeNumber
from dsr.api.operation import allow, this_call
from dsr.api.pages import page_of
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.desk.new_case import Person
from dsr.domain.request.standing import AnswerTo, RepresentativeKind
from dsr.domain.rights import Right
from dsr.domain.roles import Role

bp = Resource("representation", "/requests/<uuid:request_id>/representation", "Representatives of data subjects.")


class ContactBody(Body):
    """The representative's address for letters; sealed."""

    name = Text(longest=200, load_default="", meaning="Of the representative, as on an envelope.")
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
        required=True, metadata={"description": "Whether somebody checked for a conflict of interest."}
    )
    conflict = Truth(required=True, metadata={"description": "Whether there is one."})
    answer_to = Choice(AnswerTo, required=True, meaning="Who gets the answers; the person always may.")
    contact = fields.Nested(
        ContactBody,
        load_default=None,
        allow_none=True,
        metadata={"description": "Where letters for the representative go; null: the person gets them."},
    )

    replaces = Tuple(
        WholeNumber(validate=validate.Range(1, 1000)),
        load_default=(),
        meaning="Numbers of the representations that end with this one; the others stay.",
    )


class RepresentationEndingBody(Body):
    """Which representation ends, and why."""

    number = WholeNumber(
        validate=validate.Range(1, 1000),
        load_default=None,
        allow_none=True,
        metadata={"description": "1 for the one that was accepted first; null: the only one."},
    )

    reason = Text(required=True, meaning="Sealed.")


class RepresentationView(View):
    """Somebody who acts for the person, or did."""

    number = fields.Integer(metadata={"description": "1 for the one that was accepted first."})
    kind = Choice(RepresentativeKind)
    rights = fields.List(Choice(Right), metadata={"description": "What the authority covers."})
    answer_to = Choice(AnswerTo, meaning="Who gets the letters.")
    accepted_at = Instant(meaning="When it was accepted.")
    expires_on = Day(allow_none=True, meaning="The last local date; null: until it is ended.")
    ended_at = Instant(allow_none=True, meaning="When it was ended; null until then.")


@bp.get("")
@allow(*READERS)
@bp.shows(page_of(RepresentationView))
def list_representations(request_id: UUID) -> Response:
    """List the representatives of the person in the order of their acceptance, ended ones too. Always one page."""
    found, _ = desk().representation.list_of(request_id, caller())
    items = [
        {
            "number": number,
            "kind": each.kind,
            "rights": sorted(each.rights),
            "answer_to": each.answer_to,
            "accepted_at": each.accepted_at,
            "expires_on": each.expires_on,
            "ended_at": each.ended_at,
        }
        for number, each in enumerate(found, 1)
    ]
    return show({"items": items, "next": None})


@bp.post("")
@allow(Role.HANDLER)
@bp.takes(RepresentationBody)
@bp.command(RequestView)
def accept_representation(body: dict[str, Any], request_id: UUID) -> Answer:
    """Accept a representative of the data subject for certain rights and a certain time, beside others or in their
    place (`replaces`). At most one of them gets the letters.
    """
    return desk().representation.accept(request_id, this_call(), **body)


@bp.post("/ending")
@allow(Role.HANDLER)
@bp.takes(RepresentationEndingBody)
@bp.command(RequestView)
def end_representation(body: dict[str, Any], request_id: UUID) -> Answer:
    """End a representation: the authority was revoked, or the person continues alone. Others stay."""
    return desk().representation.end(request_id, this_call(), **body)
