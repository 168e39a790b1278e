"""Reports on the present: late requests, requests due soon, workload."""

from typing import Any

from flask import Response
from marshmallow import fields, validate

from dsr.api.answering import show
from dsr.api.context import caller, service
from dsr.api.fields import Body, Choice, Code, Day, Instant, View
from dsr.api.operation import allow
from dsr.api.pages import LARGEST, USUAL, page_of
from dsr.api.resource import Resource
from dsr.api.roles import READERS, STAFF
from dsr.api.views import RequestView
from dsr.domain.request.missed import MissedKind
from dsr.projections import due_soon, late, unacknowledged, workload
from dsr.projections.missed_dates import missed

bp = Resource("reports", "/reports", "Requests that need attention now.")


class ReportQuery(Body):
    """The maximum number."""

    limit = fields.Integer(load_default=USUAL, validate=validate.Range(1, LARGEST))


class DueSoonQuery(ReportQuery):
    """The period in days."""

    days = fields.Integer(load_default=7, validate=validate.Range(0, 366))


class MissedDateView(View):
    """A date that passed unanswered, by what was on record then."""

    request_id = fields.UUID()
    reference = fields.String()
    controller_id = Code()
    kind = Choice(MissedKind)
    due = Day(meaning="The date that passed.")
    noted_at = Instant(meaning="The first record after the date had passed.")
    moved_at = Instant(allow_none=True, meaning="When it was moved later; null if it was not.")
    stated_at = Instant(allow_none=True, meaning="When the statement was recorded that moves it later.")
    moved_by = fields.String(allow_none=True, metadata={"description": "Who recorded that statement."})
    confirmed_by = fields.String(allow_none=True, metadata={"description": "Who confirmed it, where that was needed."})


class LoadView(View):
    """Open work of one member of staff for one controller."""

    assignee = fields.String(allow_none=True, metadata={"description": "Null: unassigned."})
    controller_id = Code()
    open = fields.Integer(metadata={"description": "Open requests."})
    late = fields.Integer(metadata={"description": "Requests whose answer is late."})
    due_soon = fields.Integer(metadata={"description": "Due within seven days and not late."})
    suspended = fields.Integer(metadata={"description": "Waiting for an answer of the person."})


@bp.get("/late")
@allow(*READERS)
@bp.asks(ReportQuery)
@bp.shows(page_of(RequestView))
def list_late_requests(query: dict[str, Any]) -> Response:
    """List open requests whose answer is late, the longest late first. One page; `limit` says how many."""
    with service().database.reading() as connection:
        rows = late(connection, service().clock.now(), limit=query["limit"], scope=caller().scope)
    return show({"items": rows, "next": None})


@bp.get("/due-soon")
@allow(*READERS)
@bp.asks(DueSoonQuery)
@bp.shows(page_of(RequestView))
def list_requests_due_soon(query: dict[str, Any]) -> Response:
    """List open requests due within some days and not late, soonest first. One page; `limit` says how many."""
    with service().database.reading() as connection:
        rows = due_soon(connection, service().clock.now(), query["days"], limit=query["limit"], scope=caller().scope)
    return show({"items": rows, "next": None})


@bp.get("/unacknowledged")
@allow(*READERS)
@bp.asks(ReportQuery)
@bp.shows(page_of(RequestView))
def list_unacknowledged_requests(query: dict[str, Any]) -> Response:
    """List open requests without an acknowledgement in time. One page; `limit` says how many."""
    with service().database.reading() as connection:
        today = service().clock.now().date()
        rows = unacknowledged(connection, today, limit=query["limit"], scope=caller().scope)
    return show({"items": rows, "next": None})


@bp.get("/missed")
@allow(*READERS)
@bp.asks(ReportQuery)
@bp.shows(page_of(MissedDateView))
def list_missed_dates(query: dict[str, Any]) -> Response:
    """List dates that were missed, whatever moved them later, the last noted first. One page; `limit` says how many.

    A date that passed since the last record of an open request is among the late ones (`list_late_requests`).
    """
    with service().database.reading() as connection:
        rows = missed(connection, limit=query["limit"], scope=caller().scope)
    return show({"items": rows, "next": None})


@bp.get("/workload")
@allow(*STAFF)
@bp.shows(page_of(LoadView))
def show_workload() -> Response:
    """Show open work in numbers, by member of staff and controller. Always one page."""
    with service().database.reading() as connection:
        return show({"items": workload(connection, service().clock.now(), scope=caller().scope), "next": None})
