"""The queue: the cases in scope, the soonest due first, with filters as links."""

from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request
from marshmallow import ValidationError

from dsr.api.console.language import N_, _
from dsr.api.console.site import console, page, page_of, to
from dsr.api.context import caller, desk, service
from dsr.api.pages import Order
from dsr.api.requests import QueueQuery
from dsr.api.roles import READERS
from dsr.desk.errors import RequestUnknown
from dsr.domain.request.reference import reference_in
from dsr.projections import QueueFilter, queue

VIEWS: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    (N_("Needs somebody"), {}),
    (N_("Mine"), {"assignee": ""}),
    (N_("Nobody's"), {"unassigned": "true"}),
    (N_("Untriaged"), {"lifecycle": "received"}),
    (N_("Wrote again"), {"messages_waiting": "true"}),
    (N_("Waits for the person"), {"clock": "suspended"}),
    (N_("Came back"), {"undelivered": "true"}),
    (N_("Doubtful sender"), {"sender_doubtful": "true"}),
    (N_("Ordered"), {"ordered": "true"}),
    (N_("Closed"), {"status": "closed"}),
)
"""Filters that teams use every day, each a link; an empty assignee is whoever looks."""

_ROWS: Final = 50


@console.get("/queue")
@page_of(READERS)
def show_queue() -> Response:
    """List cases by the filters in the address; a typed reference leads to its case."""
    who, given = caller(), request.args.to_dict()
    typed = given.pop("look", "").strip()
    if typed:
        return _found(typed)
    try:
        query: dict[str, Any] = QueueQuery().load(given)
    except ValidationError as error:
        wrong = ", ".join(sorted(map(str, error.messages_dict)))
        return page("queue.html", 422, rows=[], next=None, views=_views({}), given={}, wrong=wrong)
    for name in ("filter", "reference", "limit"):
        query.pop(name)
    sort, order, cursor = query.pop("sort"), query.pop("order"), query.pop("cursor")
    with service().database.reading() as connection:
        found = queue(
            connection,
            QueueFilter(**query),
            sort=sort,
            descending=order is Order.DESCENDING,
            cursor=cursor,
            limit=_ROWS,
            scope=who.scope,
        )
    given.pop("cursor", None)
    following = None if found.next is None else urlencode({**given, "cursor": found.next})
    return page(
        "queue.html",
        rows=found.rows,
        next=following,
        views=_views(given),
        given=given,
        wrong="",
        sort=sort,
        order=order,
        sorted_by=lambda by: urlencode({**given, "sort": by, "order": _turned(given, by)}),
        without=lambda name: urlencode({key: value for key, value in given.items() if key != name}),
    )


def _turned(given: dict[str, str], by: str) -> str:
    """A second click on the same heading turns the order."""
    return "desc" if given.get("sort", "due") == by and given.get("order", "asc") == "asc" else "asc"


def _found(typed: str) -> Response:
    """The case with a typed reference; else the queue, which says that there is none."""
    if reference_in(typed) is not None:
        try:
            return to(f"/console/cases/{desk().search.by_reference(caller(), typed)['request_id']}")
        except RequestUnknown:
            pass
    return page("queue.html", 404, rows=[], next=None, views=_views({}), given={}, wrong="", missing=typed)


def _views(given: dict[str, str]) -> list[dict[str, Any]]:
    """Each view with its link, and whether it is the one that is shown."""
    shown = {key: value for key, value in given.items() if key not in ("sort", "order")}
    found = []
    for words, filters in VIEWS:
        query = {key: value or caller().actor for key, value in filters.items()}
        found.append({"words": _(words), "query": urlencode(query), "current": query == shown})
    return found
