"""The password of a package: told to the person by another channel than the link (docs/law §12)."""

from typing import Any
from uuid import UUID

from dsr.api.context import desk
from dsr.api.fields import Body, Choice, Instant, Text
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.password import BY_HAND
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role

bp = Resource("passwords", "/requests/<uuid:request_id>/items/<item_id>", "Passwords of packages.")


class PasswordToldBody(Body):
    """How the password was told."""

    channel = Choice(
        Channel,
        load_default=Channel.TELEPHONE,
        meaning="`telephone`, `in-person`, or `post` for a letter written by hand; never e-mail.",
        offered=[each for each in Channel if each in BY_HAND],
    )
    told_at = Instant(load_default=None, meaning="When it was told; default: now.")
    account = Text(
        required=True, meaning="Whom it was told to, at which number, and how the person was recognised; sealed."
    )


@bp.post("/password")
@allow(Role.HANDLER)
@bp.takes(PasswordToldBody)
@bp.command(RequestView)
def tell_password(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Record that the password of the offered package was told; closing as fulfilled waits for its delivery."""
    return desk().deliveries.tell_password(request_id, item_id, this_call(), **body)
