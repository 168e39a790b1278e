"""What may be done next in a request: which commands are lawful now, which are not and why, and whom it waits for."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields, validate

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.fields import Body, Choice, Code, View
from dsr.api.operation import allow
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.desk.next_steps import commands
from dsr.domain.request.awaited import Need, Party

bp = Resource("next-steps", "/requests", "What may be done next in a request, and whom it waits for.")

_ABOUT = "Ids and codes of its subject, such as `item_id` or `message_ids`; empty for the request itself."


class AwaitedView(View):
    """Somebody for whom the request waits."""

    party = Choice(Party, meaning="Whom it waits for.")
    need = Choice(Need, meaning="What it waits for.")
    controller_id = Code(meaning="The controller that answers what is awaited.")
    command = fields.String(
        allow_none=True,
        metadata={"description": "The command that does it; null where no single one, a letter or an outsider does."},
    )
    about = fields.Dict(keys=fields.String(), metadata={"description": _ABOUT})


class NextStepView(View):
    """A command about one subject, as the caller may give it."""

    command = fields.String(
        metadata={"description": "The name of the command, or `finish` for the flow that completes an item."}
    )
    label = fields.String(metadata={"description": "The key of its name among the texts of the console."})
    about = fields.Dict(keys=fields.String(), metadata={"description": _ABOUT})
    allowed = fields.Boolean(
        metadata={
            "description": "Whether your role, your scope and the state of the request allow it. Only its arguments "
            "can refuse it then."
        }
    )
    code = fields.String(
        allow_none=True, metadata={"description": "The code that it would be refused with; null where it is allowed."}
    )
    detail = fields.String(
        allow_none=True,
        metadata={"description": "What is wrong and what to do, in a sentence; null where it is allowed."},
    )
    law = fields.List(
        fields.String(), metadata={"description": "Where the law for the refusal stands, or for the command."}
    )
    operation = fields.String(metadata={"description": "The operation that gives it."})
    method = fields.String(metadata={"description": "The method of that operation."})
    path = fields.String(metadata={"description": "Its path, with a name in braces for each id."})
    href = fields.String(
        allow_none=True,
        metadata={
            "description": "The path for this subject; null where it needs an id that the request does not know, such "
            "as that of a package."
        },
    )


class NextStepsView(View):
    """What may be done next in a request, for the caller."""

    request_id = fields.UUID()
    version = fields.Integer()
    waits_for = fields.List(
        fields.Nested(AwaitedView),
        metadata={"description": "What stops everything else comes first; empty: it waits for nobody."},
    )
    copies_in_doubt = fields.List(
        fields.UUID(),
        metadata={
            "description": "Other requests for a copy in the name of the same person, whose sender is in doubt. An "
            "erasure does not wait for them, and no copy can be made after it: look at each before you erase. Where "
            "the person wrote it, confirm the sender; the erasure then waits."
        },
    )
    steps = fields.List(
        fields.Nested(NextStepView),
        metadata={
            "description": "Each command with each of its subjects, but none for which it is not made, such as an item "
            "for another right."
        },
    )


class NextStepsQuery(Body):
    """Selection of steps."""

    allowed = fields.Boolean(
        load_default=None,
        allow_none=True,
        metadata={"description": "Only the steps that are allowed, or only those that are not; all unless given."},
    )
    command = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(sorted(commands()), error="There is no such step. Without this field, all are listed."),
        metadata={"description": "Only the steps of this command."},
    )


@bp.get("/<uuid:request_id>/next")
@allow(*READERS)
@bp.asks(NextStepsQuery)
@bp.shows(NextStepsView, versioned=True)
def show_next_steps(query: dict[str, Any], request_id: UUID) -> Response:
    """Show which commands are lawful now, which are not and why, and whom the request waits for. The same guards answer
    that refuse the commands, and nothing is opened.
    """
    found = desk().next_steps.of_case(request_id, caller(), **query)
    steps = [{"label": f"command.{each.command}", **vars(each)} for each in found.steps]
    in_doubt = desk().next_steps.copies_in_doubt(request_id, caller())
    return show({**vars(found), "steps": steps, "copies_in_doubt": in_doubt}, version=found.version)
