"""The queue: the cases in scope, the soonest due first, with filters as links."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from flask import Response, request
from marshmallow import ValidationError

from dsr.api.console.choices import choosing_at
from dsr.api.console.find import FINDERS
from dsr.api.console.language import N_, _
from dsr.api.console.site import as_file, console, page, page_of, to
from dsr.api.context import caller, desk, service
from dsr.api.pages import Order
from dsr.api.requests import QueueQuery, by_reference
from dsr.api.roles import READERS
from dsr.api.tables import CSV, XLSX, table_file
from dsr.desk.errors import RequestUnknown
from dsr.domain.request.reference import reference_in
from dsr.domain.request.standing import ForgettingGround
from dsr.domain.roles import Role
from dsr.projections import Page, QueueFilter, queue

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
"""Filters that teams use every day, each a link; an empty assignee is the caller."""

_ROWS: Final = 50
_LINES: Final = 5_000
"""Cases in a file."""
_COLUMNS: Final = (
    *("reference", "controller_id", "status", "lifecycle", "outcome", "received_on", "due_on", "due_source"),
    *("statutory_due", "clock", "extended", "late", "messages_waiting", "undelivered"),
)
"""What a file says of a case, as `GET /requests` names it."""
_FILTERS: Final = 50
"""Saved filters that stand there as links."""


@console.get("/queue")
@page_of(READERS)
def show_queue() -> Response:
    """List cases by the filters in the address; a typed reference leads to its case."""
    given = request.args.to_dict()
    typed = given.pop("look", "").strip()
    if typed:
        return _found(typed)
    if "filter" in given:
        return to(f"/console/queue?{urlencode(_with_saved(given))}")
    return queue_page(given)


def queue_page(given: dict[str, str], *, status: int = 200, **said: Any) -> Response:
    """The page of the cases that these parameters of `GET /requests` ask for."""
    try:
        query: dict[str, Any] = QueueQuery().load(given)
    except ValidationError as error:
        wrong = ", ".join(sorted(map(str, error.messages_dict)))
        return _nothing(422, wrong=wrong)
    if query["reference"] is not None:
        return _found(query["reference"])
    found = _cases(query, limit=_ROWS)
    given = {name: value for name, value in given.items() if name != "cursor"}
    following = None if found.next is None else urlencode({**given, "cursor": found.next})
    return page(
        "queue.html",
        status,
        rows=found.rows,
        next=following,
        views=_views(given),
        saved=_filters(given),
        given=given,
        shown=urlencode(given),
        wrong="",
        finds=_finds(),
        sort=query["sort"],
        order=query["order"],
        sorted_by=lambda by: urlencode({**given, "sort": by, "order": _turned(given, by)}),
        assignees=choosing_at(None)("assignee") if Role.HANDLER in caller().roles and found.rows else (),
        grounds=[each.value for each in ForgettingGround],
        **said,
    )


@console.get("/queue.csv")
@page_of(READERS)
def download_queue() -> Response:
    """The cases that the same filters show; the name of the file says where it holds the first 5,000 alone."""
    return _file(CSV, "csv")


@console.get("/queue.xlsx")
@page_of(READERS)
def download_queue_as_xlsx() -> Response:
    """The same for a spreadsheet."""
    return _file(XLSX, "xlsx")


def _file(media_type: str, ending: str) -> Response:
    """One line for each case; nothing that says who it is about. Raises ValidationError, FilterUnknown."""
    given = {name: value for name, value in request.args.items() if name != "cursor"}
    found = _cases(QueueQuery().load(_with_saved(given)), limit=_LINES)
    lines = (
        (*(row[each] for each in _COLUMNS), ", ".join(item["right"] for item in row["items"])) for row in found.rows
    )
    name = "queue" if found.next is None else f"queue-first-{_LINES}"
    return as_file(f"{name}.{ending}", table_file(media_type, (*_COLUMNS, "rights"), lines))


def _cases(query: Mapping[str, Any], *, limit: int) -> Page:
    """One page of what the parameters of `GET /requests` ask for."""
    if query["reference"] is not None:
        return by_reference(query["reference"])
    other = ("filter", "reference", "limit", "sort", "order", "cursor")
    with service().database.reading() as connection:
        return queue(
            connection,
            QueueFilter(**{name: value for name, value in query.items() if name not in other}),
            sort=query["sort"],
            descending=query["order"] is Order.DESCENDING,
            cursor=query["cursor"],
            limit=limit,
            scope=caller().scope,
        )


def _with_saved(given: dict[str, str]) -> dict[str, str]:
    """The parameters with those of the saved filter that the address names; what else it says takes precedence.

    Raises ValidationError, FilterUnknown.
    """
    if "filter" not in given:
        return given
    saved = desk().saved_filters.show(QueueQuery().load(given)["filter"], caller()).query
    return dict(parse_qsl(_address(saved))) | {name: value for name, value in given.items() if name != "filter"}


def _address(query: Mapping[str, Any]) -> str:
    """The query string of a saved filter."""
    return urlencode({name: "true" if value is True else value for name, value in query.items()})


def _filters(given: dict[str, str]) -> list[dict[str, Any]]:
    """The saved filters that the caller sees, each with its link, and whether it is the one that is shown."""
    found = desk().saved_filters.page(caller(), limit=_FILTERS).rows
    return [
        {
            "words": each["name"],
            "query": _address(each["query"]),
            "filter_id": each["filter_id"],
            "current": _address(each["query"]) == urlencode(given),
            "own": each["owner"] == caller().actor,
        }
        for each in found
    ]


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
    return _nothing(404, wrong="", missing=typed)


def _nothing(status: int, **said: Any) -> Response:
    """The page without a case, which says why."""
    return page("queue.html", status, rows=[], next=None, views=_views({}), given={}, saved=[], finds=_finds(), **said)


def _finds() -> bool:
    """Whether the caller may look for a person."""
    return not caller().roles.isdisjoint(FINDERS)


def _views(given: dict[str, str]) -> list[dict[str, Any]]:
    """Each view with its link, and whether it is the one that is shown."""
    shown = {key: value for key, value in given.items() if key not in ("sort", "order")}
    found = []
    for words, filters in VIEWS:
        query = {key: value or caller().actor for key, value in filters.items()}
        found.append({"words": _(words), "query": urlencode(query), "current": query == shown})
    return found
