"""Misdeliveries: a package, letter or password that reached somebody else (docs/law §12)."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from dsr.api.context import desk
from dsr.api.fields import Body, Choice, Instant, Text
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.misdelivery import Misdelivered
from dsr.domain.roles import Role

bp = Resource("misdeliveries", "/requests/<uuid:request_id>/misdeliveries", "What reached the wrong person.")


class MisdeliveryBody(Body):
    """What reached whom."""

    what = Choice(Misdelivered, required=True)
    dispatch_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "The letter, if this service sent it."}
    )
    export_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "The package, if it is known which one."}
    )
    noticed_at = Instant(load_default=None, meaning="When it was noticed; default: now.")
    account = Text(required=True, meaning="What reached whom, and how it was noticed; sealed.")


@bp.post("")
@allow(Role.HANDLER)
@bp.takes(MisdeliveryBody)
@bp.command(RequestView)
def record_misdelivery(body: dict[str, Any], request_id: UUID) -> Answer:
    """Record that something reached the wrong person; every link to a package of the request is revoked at once."""
    return desk().deliveries.record_misdelivery(request_id, this_call(), **body)
