"""Letters that were written for many people, split into a request for each of them (docs/law §9)."""

from typing import Any
from uuid import UUID

from marshmallow import fields, post_load

from dsr.api.context import desk
from dsr.api.fields import Body, Choice, Day, Text, Truth, Tuple
from dsr.api.operation import allow, this_call
from dsr.api.representation import ContactBody
from dsr.api.requests import PersonBody
from dsr.api.resource import Resource
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.desk.splitting import Mandate, PartOfLetter
from dsr.domain.request.standing import AnswerTo, RepresentativeKind
from dsr.domain.rights import Right
from dsr.domain.roles import Role

bp = Resource("splitting", "/requests/<uuid:request_id>", "Letters for many people.")


class PartBody(Body):
    """What the letter says for one person."""

    person = fields.Nested(PersonBody, required=True, metadata={"description": "Who asks, as far as known; sealed."})
    text = Text(required=True, meaning="The part of the letter about this person; sealed.")
    rights = Tuple(Choice(Right), required=True, shortest=1, meaning="What this person asks for.")
    evidence = Text(required=True, meaning="Description of this person's mandate; sealed.")
    direct_marketing = Truth(
        load_default=False, metadata={"description": "The objection is one to direct marketing (GDPR Art. 21(2))."}
    )

    @post_load
    def part(self, given: dict[str, Any], **_: object) -> PartOfLetter:
        """Convert to the value that the desk takes."""
        return PartOfLetter(**given)


class MandateBody(Body):
    """Who wrote for all of them."""

    kind = Choice(RepresentativeKind, required=True)
    contact = fields.Nested(
        ContactBody, required=True, metadata={"description": "Where letters for the representative go; sealed."}
    )
    answer_to = Choice(AnswerTo, required=True, meaning="Who gets the answers; the person always may.")
    conflict_assessed = Truth(
        required=True, metadata={"description": "Whether somebody checked for a conflict of interest."}
    )
    conflict = Truth(required=True, metadata={"description": "Whether there is one."})
    expires_on = Day(load_default=None, allow_none=True, meaning="The last local date of the mandates.")

    @post_load
    def mandate(self, given: dict[str, Any], **_: object) -> Mandate:
        """Convert to the value that the desk takes."""
        return Mandate(**given)


class SplitBody(Body):
    """The people for whom the letter was written, and who wrote it."""

    parts = Tuple(fields.Nested(PartBody), required=True, shortest=2, longest=200, meaning="One for each person.")
    mandate = fields.Nested(MandateBody, required=True, metadata={"description": "Who wrote for all of them."})


@bp.post("/split")
@allow(Role.HANDLER)
@bp.takes(SplitBody)
@bp.command(RequestView)
def split_request(body: dict[str, Any], request_id: UUID) -> Answer:
    """Split a letter for many people into a registered request for each of them, and close this one.

    Each has the date of arrival of the letter, the mandate, and the part about its person. The original stays here.
    """
    return desk().splitting.split(request_id, this_call(), **body)
