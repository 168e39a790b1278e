"""Finishing an item in one flow: searched, carried out, packaged, offered, its answer drafted."""

from typing import Any
from uuid import UUID

import msgspec
from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import desk
from dsr.api.exports import link_to
from dsr.api.fields import Choice, Code, Tuple, View
from dsr.api.items import CompletionBody
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.search_lists import SystemReportBody
from dsr.desk.finishing import Completion, Finished, FinishStep, StepState
from dsr.domain.errors import DomainError
from dsr.domain.roles import Role

bp = Resource("finishing", "/requests/<uuid:request_id>/items/<item_id>/finish", "An item finished in one flow.")


class FinishBody(CompletionBody):
    """What was done, and what the systems held."""

    reports = Tuple(
        fields.Nested(SystemReportBody),
        load_default=(),
        meaning="Systems that account for the item with this call; none if its search list is closed already.",
    )


class FinishStepView(View):
    """One step."""

    step = Choice(FinishStep, meaning="Which step.")
    state = Choice(StepState, meaning="What became of it.")


class FinishRefusalView(View):
    """Why a step was refused: what is missing."""

    code = fields.String(metadata={"description": "The code of the guard that refused it."})
    detail = fields.String(metadata={"description": "What is wrong and what to do, in a sentence."})
    facts = fields.Dict(keys=fields.String(), metadata={"description": "Ids, dates and codes of the refusal."})


class DraftedLetterView(View):
    """An answer to the item."""

    dispatch_id = fields.UUID(metadata={"description": "The id of the letter."})
    missing = fields.List(
        fields.String(), metadata={"description": "Codes of what it still has to say before it can be released."}
    )


class FinishedView(View):
    """How far the item got."""

    request_id = fields.UUID()
    version = fields.Integer()
    item_id = Code()
    steps = fields.List(fields.Nested(FinishStepView), metadata={"description": "Every step, in order."})
    refusal = fields.Nested(
        FinishRefusalView, allow_none=True, metadata={"description": "Of the refused step; null where none was."}
    )
    export_id = fields.UUID(
        allow_none=True, metadata={"description": "The package that may be handed over; null where there is none."}
    )
    url = fields.String(
        allow_none=True,
        metadata={"description": "The link that this call offered, for ten minutes; the drafted answer holds it."},
    )
    password = fields.String(
        allow_none=True,
        metadata={"description": "Of that link. Pass it on by another channel than the answer, and record that."},
    )
    letters = fields.List(
        fields.Nested(DraftedLetterView), metadata={"description": "One for each addressee; read and release them."}
    )


@bp.post("")
@allow(Role.HANDLER)
@bp.takes(FinishBody)
@bp.command(FinishedView, key_required=True)
def finish_item(body: dict[str, Any], request_id: UUID, item_id: str) -> Response:
    """Finish an item in one flow: systems account for it, it is completed, its package is built and offered by a link,
    its answer is drafted.

    Each step is the command that there is for it, refused by its own guard. If the first step that is left is refused,
    so is this; if a later one, `refusal` says what is missing, and what was done stays done. Once that is settled, send
    the same again, with a new key or the same: it goes on where it stopped.
    """
    return _shown(desk().finishing.finish(request_id, item_id, this_call(), completion=Completion(**body)))


def _shown(found: Finished) -> Response:
    refusal, link = found.refusal, found.link
    return show(
        {
            "request_id": found.request_id,
            "version": found.version,
            "item_id": found.item_id,
            "steps": [{"step": step, "state": state} for step, state in found.states.items()],
            "refusal": None
            if refusal is None
            else {
                "code": refusal.code,
                "detail": refusal.detail,
                "facts": msgspec.to_builtins(refusal.facts, enc_hook=str),
            },
            "export_id": found.export_id,
            "url": None if link is None else link_to(link.token),
            "password": None if link is None else link.password,
            "letters": found.letters,
        },
        version=found.version,
    )


def _why(refusal: DomainError) -> dict[str, Any]:
    facts = msgspec.to_builtins(refusal.facts, enc_hook=str)
    return {"code": refusal.code, "detail": refusal.detail, "facts": facts}
