"""Audit: the history event by event, or one case rebuilt from its events.

Each reading by an auditor is recorded before it is shown. Personal data is opened by a disclosure with the purpose
`audit`.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from flask import Response
from marshmallow import fields, validate

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.deadlines import DeadlineView
from dsr.api.decisions import DecisionView
from dsr.api.fields import Choice, Code, Instant, Text, View
from dsr.api.operation import allow
from dsr.api.pages import PageQuery, page_of, show_page
from dsr.api.requests import AsOfQuery
from dsr.api.resource import Resource
from dsr.api.views import ItemView, RequestView, TimelineEntryView
from dsr.desk.audits import EventFilter
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.roles import Role

bp = Resource("audit", "/audit", "The history for auditors; each reading is recorded.")

_Position = validate.Range(0, 2**63 - 1)


class EventQuery(PageQuery):
    """Filter of events."""

    after = fields.Integer(
        load_default=0,
        validate=_Position,
        metadata={"description": "Start after this position, such as `until` of a reading."},
    )
    until = fields.Integer(
        load_default=None,
        validate=_Position,
        metadata={"description": "End with this position; default: the present end of the log."},
    )
    stream_id = fields.UUID(load_default=None, metadata={"description": "Of one aggregate: a request, an export, …"})
    name = Code(load_default=None, meaning="Of this name, such as `dsr.request.received`.")
    recorded_from = Instant(load_default=None, meaning="From this time on.")
    recorded_until = Instant(load_default=None, meaning="Up to and including this time.")


class AuditedEventView(View):
    """An event of the log. Outside the auditor's scope it shows only position, name and time; the rest is null.

    Sealed parts are named, never shown: open them with a disclosure.
    """

    position = fields.Integer(metadata={"description": "1, 2, 3 … without a gap."})
    name = fields.String(metadata={"description": "Never changes its meaning."})
    recorded_at = Instant(meaning="Never decreases along the log.")
    withheld = fields.Boolean(metadata={"description": "It lies outside the auditor's scope."})
    stream_id = fields.UUID(allow_none=True, metadata={"description": "The aggregate that it happened to."})
    stream_version = fields.Integer(
        allow_none=True, metadata={"description": "Version of the aggregate after the event, counted from 1."}
    )
    timestamp = Instant(allow_none=True, meaning="When the command ran.")
    happened_at = Instant(allow_none=True, meaning="Earlier than the command, if it happened before it was recorded.")
    actor = fields.String(allow_none=True)
    credential = fields.String(allow_none=True)
    facts = fields.Dict(keys=fields.String(), allow_none=True)
    sealed = fields.List(fields.String(), allow_none=True)


class AuditedEventPageView(View):
    """A page of the log, in its order."""

    items = fields.List(fields.Nested(AuditedEventView), metadata={"description": "The events of this page."})
    next = fields.String(
        allow_none=True,
        metadata={
            "description": "Cursor of the next page; null on the last. A page of one name can be short, or empty."
        },
    )
    until = fields.Integer(
        metadata={
            "description": "Where this reading ends, although it appends to the log; use it as `after` of the next."
        }
    )


class AuditedRequestView(View):
    """A request rebuilt from its events, now or at a past time."""

    request = fields.Nested(RequestView, metadata={"description": "The request as it was."})
    items = fields.List(fields.Nested(ItemView), metadata={"description": "Its items."})
    decisions = fields.List(fields.Nested(DecisionView), metadata={"description": "The decisions taken on it."})
    deadline = fields.Nested(DeadlineView, metadata={"description": "When the answer was due, and why."})
    timeline = fields.List(
        fields.Nested(TimelineEntryView), metadata={"description": "Its events, the earliest first."}
    )


@bp.get("/events")
@allow(Role.AUDITOR)
@bp.records_reading
@bp.asks(EventQuery)
@bp.shows(AuditedEventPageView)
def list_audited_events(query: dict[str, Any]) -> Response:
    """Read the log in order. The first page fixes the end of the reading, and its cursor keeps that end."""
    place = {name: query.pop(name) for name in ("after", "until", "cursor", "limit")}
    page = desk().audits.events(caller(), EventFilter(**query), **place)
    return show({"items": page.rows, "next": page.next, "until": page.until})


class OpeningQuery(PageQuery):
    """Filter of openings."""

    actor = Text(
        longest=200, load_default=None, meaning="Only by this member of staff, `data-subject` or `service:<part>`."
    )


class RecordedOpeningView(View):
    """An opening of personal data: who, when, why, and what."""

    position = fields.Integer(metadata={"description": "Of its event in the log."})
    opened_at = Instant(meaning="When it was recorded, before anything was shown.")
    actor = fields.String(metadata={"description": "Who opened it."})
    credential = fields.String(allow_none=True, metadata={"description": "Through what, such as `session:<id>`."})
    purpose = Choice(DisclosurePurpose)
    kind = Code(meaning="What was opened: `request`, `matter`, `quarantine`, `own-erasure`, `authority-disclosure`.")
    subject_id = fields.UUID(metadata={"description": "Its id; a letter is opened with its request."})
    name = Code(meaning="Name of the event.")
    versions = fields.List(
        fields.Integer(), metadata={"description": "Versions of the events that were opened; empty if it names none."}
    )


@bp.get("/disclosures")
@allow(Role.AUDITOR, Role.DPO)
@bp.asks(OpeningQuery)
@bp.shows(page_of(RecordedOpeningView))
def list_openings(query: dict[str, Any]) -> Response:
    """List who opened personal data, when and why, the earliest first. A page can be short, or empty."""
    return show_page(desk().audits.openings(caller(), **query))


@bp.get("/requests/<uuid:request_id>")
@allow(Role.AUDITOR)
@bp.records_reading
@bp.asks(AsOfQuery)
@bp.shows(AuditedRequestView, versioned=True)
def show_audited_request(query: dict[str, datetime | None], request_id: UUID) -> Response:
    """Rebuild a request from its events: row, items, decisions, deadline step by step, timeline."""
    told = desk().audits.request(request_id, caller(), as_of=query["as_of"])
    explained = told.deadline
    body = {
        "request": told.request,
        "items": told.items,
        "decisions": told.decisions,
        "deadline": msgspec.to_builtins(explained.deadline) | {"steps": explained.steps},
        "timeline": told.timeline,
    }
    return show(body, version=told.request["version"])
