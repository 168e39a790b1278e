"""Requests: entering, listing and reading them, as of any time."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from flask import Response, request
from marshmallow import ValidationError, fields, post_load, validates_schema

from dsr.api.answering import show
from dsr.api.context import caller, desk, is_subject, service
from dsr.api.fields import Body, Choice, Code, Day, Email, Instant, Language, Reference, Text, Truth, Tuple
from dsr.api.operation import allow, this_call
from dsr.api.pages import Order, PageQuery, page_of, show_page
from dsr.api.resource import Resource, either
from dsr.api.roles import READERS
from dsr.api.views import (
    ItemView,
    RequestView,
    SubjectItemView,
    SubjectRequestView,
    TimelineEntryView,
    for_subject,
    item_for_subject,
)
from dsr.desk.errors import RequestUnknown
from dsr.desk.idempotency import Answer
from dsr.desk.new_case import Person
from dsr.domain.request.values import Channel, IdentityStatus, Lifecycle, Outcome
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.projections import ClockState, Page, QueueFilter, Sort, Status, queue, timeline_of

bp = Resource("requests", "/requests", "Requests of data subjects, from arrival to answer.")


class PersonBody(Body):
    """The person, as far as known; all of it is sealed."""

    name = Text(longest=300, load_default="", meaning="As the person writes it.")
    email = Email(load_default="", meaning="Letters go here, and `/my` opens to it.")
    phone = Text(longest=60, load_default="", meaning="As the person gave it.")
    identifiers = Tuple(Text(longest=100), load_default=(), meaning="Customer, contract or staff numbers.")
    address = Text(longest=1000, load_default="", meaning="Postal address, a line for each line of the envelope.")

    @post_load
    def person(self, given: dict[str, Any], **_: object) -> Person:
        """Convert to the value that the desk takes."""
        return Person(**given)


class EntryBody(Body):
    """A request that came by telephone, on paper, in person, or from the quarantine."""

    controller_id = Code(required=True, meaning="The controller whose mailbox or desk it reached.")
    channel = Choice(Channel, required=True)
    received_at = Instant(required=True, meaning="The true time of arrival: the clock runs from here.")
    person = fields.Nested(
        PersonBody,
        required=True,
        metadata={"description": "Who asks, as far as it is known: at least one of its fields."},
    )
    text = Text(required=True, meaning="What was asked; sealed.")
    language = Language(required=True)
    authenticated = Truth(
        load_default=False,
        metadata={"description": "The channel proved the person's identity, e.g. a signed-in portal."},
    )
    quarantine_id = fields.UUID(load_default=None, metadata={"description": "The message that this was read in."})


class QueueQuestion(Body):
    """Filter and order of requests. By default these are the ones on which somebody has to act (`needs_attention`)."""

    status = Choice(
        Status,
        load_default=None,
        meaning="Without it, the list has the open requests, and the closed ones with `needs_attention`; with a filter "
        "that only closed ones meet (`outcome`, or `lifecycle` `closed`), all closed ones.",
    )
    lifecycle = Choice(Lifecycle, load_default=None)
    right = Choice(Right, load_default=None)
    controller = Code(load_default=None, meaning="The controller of the request.")
    answering = Code(
        load_default=None,
        meaning="A joint controller that has still to answer an item, though another has the request.",
    )
    assignee = Code(load_default=None, meaning="Only the requests of this member of staff.")
    unassigned = fields.Boolean(
        load_default=False, metadata={"description": "Only requests that are assigned to nobody."}
    )
    due_before = Day(load_default=None, meaning="Due earlier than this date, by `due_on`.")
    clock = Choice(ClockState, load_default=None)
    language = Language(load_default=None)
    identity = Choice(IdentityStatus, load_default=None)
    outcome = Choice(Outcome, load_default=None)
    messages_waiting = fields.Boolean(
        load_default=False,
        metadata={"description": "With messages that nobody has examined; closed ones too, unless `status` is set."},
    )
    undelivered = fields.Boolean(
        load_default=False,
        metadata={"description": "With items whose answer came back; closed ones too, unless `status` is set."},
    )
    sender_doubtful = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Whose sender our own mail server refuted, until somebody confirms them; closed and done "
            "ones only with `status`."
        },
    )
    questions_open = fields.Boolean(
        load_default=False,
        metadata={"description": "With questions to the person that wait for an answer and stop no clock."},
    )
    ordered = fields.Boolean(
        load_default=False,
        metadata={"description": "With an order of an authority that waits for its answer; see `order_due`."},
    )
    sort = Choice(Sort, load_default=Sort.DUE, meaning="Soonest due first unless said otherwise.")
    order = Choice(Order, load_default=Order.ASCENDING)

    @validates_schema
    def one_assignee(self, given: dict[str, Any], **_: object) -> None:
        """`unassigned` and `assignee` are mutually exclusive."""
        if given["unassigned"] and given["assignee"] is not None:
            raise ValidationError("Ask for one assignee, or for unassigned requests.", "unassigned")

    def asked(self, given: dict[str, Any]) -> dict[str, Any]:
        """The parameters that differ from their defaults."""
        return {name: value for name, value in given.items() if value != self.fields[name].load_default}


class QueueQuery(QueueQuestion, PageQuery):
    """Filter, order and page of requests."""

    filter = fields.UUID(
        load_default=None, metadata={"description": "A saved filter; parameters of the query take precedence."}
    )
    reference = Reference(load_default=None)

    @validates_schema
    def reference_alone(self, given: dict[str, Any], **_: object) -> None:
        """A reference names one request, open or closed: nothing else narrows that down."""
        others = set(self.asked(given)) - {"reference", "sort", "order", "limit", "cursor"}
        if given["reference"] is not None and others:
            raise ValidationError("Ask for a reference without any filter.", "reference")


_ASSIGNEES: Final = {"assignee", "unassigned"}
"""Parameters that replace each other."""


class AsOfQuery(Body):
    """The time of the view."""

    as_of = Instant(load_default=None, meaning="Answers from the events that were recorded up to then.")


class TimelineQuery(PageQuery):
    """Selection of the history."""

    as_of = Instant(load_default=None, meaning="Leaves out what was recorded later.")
    order = Choice(Order, load_default=Order.ASCENDING)


@bp.post("")
@allow(Role.INTAKE, Role.HANDLER)
@bp.takes(EntryBody)
@bp.command(RequestView, if_match=False, key_required=True, made="requests.show_request")
def enter_request(body: dict[str, Any]) -> Answer:
    """Enter a request with the true time of its arrival.

    Rights are suggested from the text; a person confirms them by registering (GDPR Art. 12(1), (2)).
    """
    return desk().entry.enter_request(this_call(), **body)


@bp.get("")
@allow(*READERS)
@bp.asks(QueueQuery)
@bp.shows(page_of(RequestView))
def list_requests(query: dict[str, Any]) -> Response:
    """List the requests in scope on which somebody has to act, soonest due first.

    A closed request is among them while a message on it waits, or until an answer that came back is sent again.
    """
    filter_id, reference = query.pop("filter"), query.pop("reference")
    if reference is not None:
        return show_page(by_reference(reference))
    if filter_id is not None:
        query |= _saved(filter_id, set(request.args))
    limit, cursor = query.pop("limit"), query.pop("cursor")
    sort, order = query.pop("sort"), query.pop("order")
    with service().database.reading() as connection:
        page = queue(
            connection,
            QueueFilter(**query),
            sort=sort,
            descending=order is Order.DESCENDING,
            cursor=cursor,
            limit=limit,
            scope=caller().scope,
        )
    return show_page(page)


def by_reference(reference: str) -> Page:
    """A page with the request in scope that has this reference, or with none."""
    try:
        return Page([desk().search.by_reference(caller(), reference)], None)
    except RequestUnknown:
        return Page([], None)


def _saved(filter_id: UUID, given: set[str]) -> dict[str, Any]:
    """Parameters of a saved filter that the query does not set. Raises FilterUnknown."""
    if given & _ASSIGNEES:
        given = given | _ASSIGNEES
    question = QueueQuestion()
    saved: dict[str, Any] = question.load(desk().saved_filters.show(filter_id, caller()).query)
    return {name: value for name, value in question.asked(saved).items() if name not in given}


@bp.get("/<uuid:request_id>")
@allow(*READERS, Role.DATA_SUBJECT)
@bp.asks(AsOfQuery)
@bp.shows(either(RequestView, SubjectRequestView), versioned=True)
def show_request(query: dict[str, datetime | None], request_id: UUID) -> Response:
    """Show a request, now or at a past time."""
    row = desk().history.request(request_id, caller(), as_of=query["as_of"])
    shown = for_subject(row) if is_subject() else row
    return show(shown, version=row["version"])


@bp.get("/<uuid:request_id>/items")
@allow(*READERS, Role.DATA_SUBJECT)
@bp.asks(AsOfQuery)
@bp.shows(either(page_of(ItemView), page_of(SubjectItemView)))
def list_items(query: dict[str, datetime | None], request_id: UUID) -> Response:
    """Show each right of the request with its status. Always one page."""
    rows = desk().history.items(request_id, caller(), as_of=query["as_of"])
    return show({"items": [item_for_subject(row) for row in rows] if is_subject() else rows, "next": None})


@bp.get("/<uuid:request_id>/timeline")
@allow(*READERS)
@bp.asks(TimelineQuery)
@bp.shows(page_of(TimelineEntryView))
def list_timeline(query: dict[str, Any], request_id: UUID) -> Response:
    """Show the history, event by event; nothing is opened."""
    desk().history.require(request_id, caller(), as_of=query["as_of"])
    with service().database.reading() as connection:
        page = timeline_of(
            connection,
            request_id,
            as_of=query["as_of"],
            descending=query["order"] is Order.DESCENDING,
            cursor=query["cursor"],
            limit=query["limit"],
        )
    return show_page(page)
