"""The list of letters: drafts, letters that wait for staff, failed or came back."""

from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request
from marshmallow import ValidationError

from dsr.api.console.language import N_, _
from dsr.api.console.site import console, page, page_of
from dsr.api.context import caller, service
from dsr.api.dispatches import DispatchQuery
from dsr.api.roles import READERS
from dsr.projections.dispatches import dispatch_list
from dsr.projections.queue import request_rows

_VIEWS: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    (N_("Drafts"), {"state": "draft"}),
    (N_("Waits for approval"), {"needs_approval": "true"}),
    (N_("To be posted"), {"state": "queued", "channel": "post"}),
    (N_("On its way"), {"state": "queued", "channel": "email"}),
    (N_("Failed"), {"state": "failed"}),
    (N_("Came back"), {"state": "bounced"}),
    (N_("Sent"), {"state": "sent"}),
    (N_("All"), {"state": ""}),
)
"""Filters that teams use every day, each a link; without a filter the first is shown."""

_ROWS: Final = 50


@console.get("/letters")
@page_of(READERS)
def show_letters() -> Response:
    """List letters by the filters in the address, the oldest first."""
    given = request.args.to_dict() or dict(_VIEWS[0][1])
    try:
        query: dict[str, Any] = DispatchQuery().load({name: value for name, value in given.items() if value})
    except ValidationError as error:
        wrong = ", ".join(sorted(map(str, error.messages_dict)))
        return page("letters.html", 422, rows=[], cases={}, next=None, views=_views({}), wrong=wrong)
    with service().database.reading() as connection:
        found = dispatch_list(connection, **{**query, "limit": _ROWS}, scope=caller().scope)
        cases = request_rows(connection, (row["request_id"] for row in found.rows))
    given.pop("cursor", None)
    following = None if found.next is None else urlencode({**given, "cursor": found.next})
    return page("letters.html", rows=found.rows, cases=cases, next=following, views=_views(given), wrong="")


def _views(given: dict[str, str]) -> list[dict[str, Any]]:
    return [{"words": _(words), "query": urlencode(filters), "current": filters == given} for words, filters in _VIEWS]
