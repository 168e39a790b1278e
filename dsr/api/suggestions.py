"""Having the messages of a request read again, so that their rights are suggested (docs/law §9)."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from dsr.api.context import desk
from dsr.api.fields import Body, Tuple
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.roles import Role

bp = Resource(
    "suggestion",
    "/requests/<uuid:request_id>/suggestion",
    "What the reader of letters makes of the messages of a request.",
)


class SuggestionBody(Body):
    """The messages to read."""

    message_ids = Tuple(
        fields.UUID(),
        load_default=None,
        allow_none=True,
        shortest=1,
        longest=20,
        meaning="Messages of this request, examined or not; null: all that nobody has examined.",
    )


@bp.post("")
@allow(Role.INTAKE, Role.HANDLER)
@bp.takes(SuggestionBody)
@bp.command(RequestView)
def suggest_rights(body: dict[str, Any], request_id: UUID) -> Answer:
    """Have messages read again by another version of the reader. The newest suggestion counts until a person decides.

    Without this, each message is read once, normally within seconds of its arrival. What the reader makes of it is in
    `suggestion` of the request and of each of its messages.
    """
    return desk().suggestions.suggest(request_id, this_call(), **body)
