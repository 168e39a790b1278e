"""What the data subject can open: a token for a program of theirs, mailed to the address on file; its end."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.context import desk
from dsr.api.fields import Instant, NoBody, View
from dsr.api.operation import allow, respond, this_call
from dsr.api.resource import Resource
from dsr.api.staff import ValidityBody
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.roles import Role

bp = Resource("subject-access", "/requests/<uuid:request_id>", "Access of the data subject to the own request.")


class SubjectTokenView(View):
    """A token that is mailed to the data subject, bound to one request. Nobody else sees it."""

    token_id = fields.UUID(metadata={"description": "Id of the token, as the timeline names it."})
    request_id = fields.UUID(metadata={"description": "The one request that it opens."})
    expires_at = Instant(meaning="When it ends by itself; earlier, once the request is closed or passed on.")


@bp.post("/subject-token")
@allow(Role.HANDLER)
@bp.takes(ValidityBody)
@bp.issues(SubjectTokenView, if_match=True)
def issue_subject_token(body: dict[str, Any], request_id: UUID) -> Response:
    """Mail the data subject a token with which a program of theirs can follow and withdraw this request.

    It goes to the address on file. People need none: at `/my` they sign in with a code.
    """
    return respond(desk().subject_access.issue_token(request_id, this_call(), **body), 201)


@bp.post("/subject-access/ending")
@allow(Role.HANDLER)
@bp.takes(NoBody)
@bp.command(RequestView)
def end_subject_access(_: dict[str, Any], request_id: UUID) -> Answer:
    """End every token, session and sign-in code of the data subject, as after a mail reached the wrong person."""
    return desk().subject_access.end(request_id, this_call())
