"""Commands on many cases of the queue at once; the answer says for each case what was done, or why not."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import msgspec
from flask import Response, request
from marshmallow import Schema

from dsr.api.bulk import BulkAssignmentBody, BulkForgettingBody
from dsr.api.console.language import _
from dsr.api.console.site import console, page, page_of
from dsr.api.context import caller, desk, service
from dsr.api.operation import this_call
from dsr.desk.bulk import DONE
from dsr.desk.idempotency import Answer
from dsr.domain.roles import Role
from dsr.projections.queue import request_rows
from dsr.projections.requests import controllers_of

_HANDLER: Final = (Role.HANDLER,)


@console.post("/queue/assignments")
@page_of(_HANDLER, takes_key=True, key_required=True)
def assign_ticked() -> Response:
    """Assign the ticked cases to one member of staff."""
    assignee = request.form.get("assignee", "")
    return _give(
        BulkAssignmentBody(),
        {"assignee": assignee},
        lambda body: desk().bulk.assign(this_call(), **body),
        done=_("Assigned to %(who)s", who=assignee),
    )


@console.post("/queue/forgettings")
@page_of(_HANDLER, takes_key=True, key_required=True)
def propose_forgetting_ticked() -> Response:
    """Propose that the files of the ticked cases are forgotten, since their period has ended."""
    return _give(
        BulkForgettingBody(),
        {"ground": request.form.get("ground", ""), "reasons": request.form.get("reasons", "")},
        lambda body: desk().bulk.propose_forgetting(this_call(), **body),
        done=_("Proposed to forget the file"),
    )


def _give(schema: Schema, said: Mapping[str, str], command: Callable[[Any], Answer], *, done: str) -> Response:
    """The page with a line for each case; without a tick, it says that nothing was ticked. Raises ValidationError."""
    ticked = [each.partition(":") for each in request.form.getlist("case")]
    back = urlencode(parse_qsl(request.form.get("query", "")))
    if not ticked:
        return page("queue_done.html", 422, lines=[], back=back)
    requests = [{"request_id": id_, "version": _version(seen)} for id_, _colon, seen in ticked]
    answer = command(schema.load({**said, "requests": requests}))
    lines = msgspec.json.decode(answer.body)["requests"]
    ids = [UUID(each["request_id"]) for each in lines]
    with service().database.reading() as connection:
        rows = request_rows(connection, ids)
    seen_rows = {id_: row for id_, row in rows.items() if caller().sees(id_, *controllers_of(row))}
    return page(
        "queue_done.html",
        back=back,
        done=done,
        lines=[
            each | {"case": seen_rows.get(id_), "is_done": each["status"] == DONE}
            for id_, each in zip(ids, lines, strict=True)
        ],
        number=sum(each["status"] == DONE for each in lines),
    )


def _version(seen: str) -> int | str:
    """The version that a box names; what is none stays as it is, so that its schema refuses it."""
    return int(seen) if seen.isdecimal() and len(seen) < 10 else seen
