"""Letters of authorities and courts, and the dates that they set (docs/law §13)."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from dsr.api.context import desk
from dsr.api.fields import Body, Choice, Code, Day, Instant, Language, Text, Tuple
from dsr.api.matters import MatterView
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.desk.idempotency import Answer
from dsr.domain.matter import MatterKind
from dsr.domain.matter.values import LETTERS
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role

bp = Resource("authority-letters", "/matters", "Inquiries, orders and court claims, with the dates that they set.")


class AuthorityLetterBody(Body):
    """A letter of an authority or a court."""

    kind = Choice(MatterKind, offered=LETTERS, required=True, meaning="`inquiry`, `order` or `court-claim`.")
    controller_id = Code(required=True, meaning="The controller that it is addressed to.")
    authority = Text(longest=300, required=True, meaning="Name of the authority or court, never of a person.")
    due_on = Day(required=True, meaning="The last day that the letter sets: for the reply, or the hearing.")
    channel = Choice(Channel, required=True)
    received_at = Instant(required=True, meaning="When it arrived.")
    language = Language(required=True)
    content = Text(required=True, meaning="What it says; sealed.")
    file_number = Text(longest=300, load_default="", meaning="File number of the letter; sealed.")
    request_ids = Tuple(
        fields.UUID(),
        load_default=(),
        longest=100,
        meaning="The requests that it concerns. An order reopens those that are closed; a claim holds their data.",
    )
    item_ids = Tuple(
        Code(),
        load_default=(),
        longest=20,
        meaning="The items that an order has decided again in each reopened request that has them.",
    )


class NewDateBody(Body):
    """A new letter, which sets another date."""

    due_on = Day(required=True, meaning="The last day that the new letter sets.")
    received_at = Instant(required=True, meaning="When it arrived.")
    channel = Choice(Channel, required=True)
    content = Text(required=True, meaning="What it says; sealed.")


@bp.post("/letters")
@allow(Role.HANDLER)
@bp.takes(AuthorityLetterBody)
@bp.command(MatterView, if_match=False, key_required=True, made="matters.show_matter")
def open_authority_letter(body: dict[str, Any]) -> Answer:
    """Open an inquiry or an order of an authority, or a claim before a court, with the date that it sets."""
    return desk().matters.open_letter(this_call(), **body)


@bp.post("/<uuid:matter_id>/date")
@allow(Role.HANDLER)
@bp.takes(NewDateBody)
@bp.command(MatterView)
def set_date_of_matter(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Set another date, as a new letter of the authority or court says."""
    return desk().matters.move_date(matter_id, this_call(), **body)
