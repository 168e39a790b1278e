"""Information: copies of privacy notice, contract clauses, joint arrangement (GDPR Art. 13, 14, 15(2), 26(2), 46)."""

from typing import Any
from uuid import UUID

from dsr.api.context import desk
from dsr.api.fields import Body, Choice, Code, Instant, Text, Truth
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.standing import CopyKind
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role

bp = Resource("information", "/requests/<uuid:request_id>/items/<item_id>", "Texts that people may ask for.")


class CopyBody(Body):
    """A text that was handed out."""

    kind = Choice(CopyKind, required=True)
    of = Code(
        load_default=None,
        allow_none=True,
        meaning="For contract clauses: id of the recipient or controller that they bind, by the record of processing.",
    )
    redacted = Truth(load_default=False, metadata={"description": "Parts of it are blacked out."})
    summary = Text(load_default="", meaning="Summary of the parts blacked out; sealed.")
    sent_at = Instant(load_default=None, meaning="When it left; now unless given.")
    channel = Choice(Channel, required=True)


@bp.post("/copy")
@allow(Role.HANDLER)
@bp.takes(CopyBody)
@bp.command(RequestView)
def send_copy(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Record that a text was sent, for a granted information item; repeat for each text."""
    return desk().information.send_copy(request_id, item_id, this_call(), **body)
