"""Returned letters: envelopes that came back, as people record them (docs/law §9). Mail that comes back is recorded by
the service.
"""

from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validate, validates_schema

from dsr.api.context import desk
from dsr.api.fields import Body, Text, WholeNumber
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.roles import Role

bp = Resource("returned-letters", "/requests/<uuid:request_id>/returned-letters", "Letters that came back.")


class ReturnedLetterBody(Body):
    """Which letter came back."""

    dispatch_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "The letter, if this service wrote it."}
    )
    version = WholeNumber(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1),
        metadata={"description": "Otherwise the `version` of the entry in the timeline that records the letter."},
    )
    account = Text(load_default="", meaning="The reason that the envelope gives; sealed.")

    @validates_schema
    def one_letter(self, given: dict[str, Any], **_: object) -> None:
        """Exactly one of the two names the letter."""
        if (given.get("dispatch_id") is None) == (given.get("version") is None):
            raise ValidationError("Name the letter by its `dispatch_id` or by its `version`.", "dispatch_id")


@bp.post("")
@allow(Role.HANDLER)
@bp.takes(ReturnedLetterBody)
@bp.command(RequestView)
def record_returned_letter(body: dict[str, Any], request_id: UUID) -> Answer:
    """Record that the envelope of a letter came back.

    Items that it answered are undelivered until another attempt is on record, on a closed request too. A question that
    came back has stopped no clock; a notice of extension stays valid.
    """
    return desk().dispatching.record_returned(request_id, this_call(), **body)
