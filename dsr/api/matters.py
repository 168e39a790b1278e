"""Matters of every kind: the list, the links to requests, the answer and the outcome (docs/law §13)."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk, service
from dsr.api.disclosures import PURPOSES, OpeningView, require_purpose
from dsr.api.fields import Body, Choice, Code, Day, Instant, Text, View
from dsr.api.operation import allow, this_call
from dsr.api.pages import PageQuery, page_of, show_page
from dsr.api.quarantine import PurposeBody
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.desk.errors import MatterUnknown
from dsr.desk.idempotency import Answer
from dsr.domain.matter import IncidentRisk, MatterDue, MatterKind, MatterOutcome, MatterStatus, TellingException
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role
from dsr.projections.matters import matter_list, matter_row
from dsr.projections.rows import Row

bp = Resource(
    "matters", "/matters", "Complaints, incidents, letters of authorities and courts, with dates of their own."
)


class MatterView(View):
    """A matter, and the date that it waits for. Sealed parts are opened by a disclosure."""

    matter_id = fields.UUID(metadata={"description": "Id of the matter."})
    version = fields.Integer()
    position = fields.Integer()
    reference = fields.String(metadata={"description": "The reference that is told to its sender: `M-7KQ4-M2XN`."})
    kind = Choice(MatterKind)
    status = Choice(MatterStatus)
    controller_id = Code()
    channel = Choice(Channel)
    language = fields.String(metadata={"description": "ISO 639-1, of the sender."})
    received_at = Instant()
    received_on = Day(meaning="The local day of arrival.")
    opened_at = Instant(meaning="When the matter was opened.")
    opened_by = fields.String(metadata={"description": "Who opened it."})
    request_ids = fields.List(fields.UUID(), metadata={"description": "The requests that it concerns."})
    message_id = fields.UUID(
        allow_none=True, metadata={"description": "The message of a request from which it was opened; null: none."}
    )
    responsible = fields.String(allow_none=True, metadata={"description": "Who is responsible; null: nobody yet."})
    due = Choice(MatterDue, allow_none=True, meaning="What has to be done by its date; null: no date is waited for.")
    due_on = Day(allow_none=True, meaning="The last day for that.")
    due_at = Instant(allow_none=True, meaning="The first instant that is too late.")
    latest_on = Day(
        allow_none=True,
        meaning="The later day by the counting of the authority; `due_on`, the strict one, holds. Null: no other.",
    )
    due_source = fields.String(allow_none=True, metadata={"description": "What sets the date."})
    next_at = Instant(
        allow_none=True,
        meaning="When the team is warned of the date, or its missing is recorded; null: nothing is left to record.",
    )
    missed = fields.Boolean(metadata={"description": "A date of this matter was missed; that stays on record."})
    authority = fields.String(
        allow_none=True, metadata={"description": "The authority or court that wrote; null for other kinds."}
    )
    holds = fields.List(
        fields.UUID(), metadata={"description": "Legal holds on its requests, which are released when it is closed."}
    )
    authorities = fields.List(
        fields.String(),
        metadata={"description": "Ids of the authorities that an incident has to be notified to; see `/authorities`."},
    )
    notified = fields.List(fields.String(), metadata={"description": "Ids of those that were notified."})
    notified_at = Instant(allow_none=True, meaning="When an authority was last notified; null: never.")
    not_notified = fields.Boolean(metadata={"description": "No authority is notified; the reasons are on record."})
    risk = Choice(IncidentRisk, allow_none=True, meaning="The risk of an incident for people; null until assessed.")
    people_told_at = Instant(allow_none=True, meaning="When the people concerned were told; null: they were not.")
    people_exception = Choice(TellingException, allow_none=True, meaning="Why people are not told; null: no exception.")
    processor_for = fields.String(
        allow_none=True, metadata={"description": "The controller for which we process the data; null: it is our own."}
    )
    controller_told_at = Instant(allow_none=True, meaning="When that controller was told; null until then.")
    acknowledged_at = Instant(allow_none=True)
    progress_told_at = Instant(allow_none=True, meaning="When the sender was last told how it goes on; null: never.")
    answered_at = Instant(allow_none=True, meaning="When the answer left; null until then.")
    outcome = Choice(MatterOutcome, allow_none=True, meaning="How it ended; null until it is closed.")
    closed_at = Instant(allow_none=True, meaning="When it was closed; null until then.")
    closed_by = fields.String(allow_none=True, metadata={"description": "Who closed it; null until then."})
    unexamined = fields.Integer(metadata={"description": "How many messages on it nobody has examined."})
    forgetting_proposed_at = Instant(
        allow_none=True, meaning="When it was proposed to forget its file; null: nothing waits for a decision."
    )
    forgetting_proposed_by = fields.String(
        allow_none=True, metadata={"description": "Who proposed that; somebody else decides. Null: nobody."}
    )


class ResponsibleBody(Body):
    """Who is responsible."""

    responsible = Code(required=True, meaning="Identifier of the member of staff.")


class LinkedRequestBody(Body):
    """Another request that the matter concerns."""

    request_id = fields.UUID(required=True, metadata={"description": "Id of the request."})


class MatterAnswerBody(Body):
    """The answer that left."""

    channel = Choice(Channel, required=True)
    reasons = Text(required=True, meaning="What was examined, and why the answer is as it is; sealed.")
    remedies = Text(
        load_default="",
        meaning="What is put right, and to whom the sender can turn: an authority, a court; sealed. Required for a "
        "complaint.",
    )
    answered_at = Instant(load_default=None, meaning="When the answer left; default: now.")


class OutcomeBody(Body):
    """How the matter ended."""

    outcome = Choice(MatterOutcome, required=True)


class MatterQuery(PageQuery):
    """Filter of matters."""

    status = Choice(MatterStatus, load_default=None)
    kind = Choice(MatterKind, load_default=None)
    controller = Code(load_default=None)
    responsible = Code(load_default=None)
    request_id = fields.UUID(load_default=None, metadata={"description": "Only matters that concern this request."})
    reference = Code(load_default=None, meaning="The matter with this reference, such as M-7KQ4-M2XN.")
    late = fields.Boolean(load_default=False, metadata={"description": "Only matters whose date has passed."})
    attention = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Only matters on which somebody has to act: a date has passed, a message waits to be "
            "examined, a letter waits for its release, or it failed or came back."
        },
    )
    due_until = Day(load_default=None, meaning="Only matters that wait for a date on or before this day.")


@bp.get("")
@allow(*READERS)
@bp.asks(MatterQuery)
@bp.shows(page_of(MatterView))
def list_matters(query: dict[str, Any]) -> Response:
    """List matters in scope, oldest first."""
    at = service().clock.now()
    with service().database.reading() as connection:
        return show_page(matter_list(connection, at=at, **query, scope=caller().scope))


@bp.get("/<uuid:matter_id>")
@allow(*READERS)
@bp.shows(MatterView, versioned=True)
def show_matter(matter_id: UUID) -> Response:
    """Show a matter and the date that it waits for."""
    row = matter_in_scope(matter_id)
    return show(row, version=row["version"])


@bp.post("/<uuid:matter_id>/assignment")
@allow(Role.HANDLER)
@bp.takes(ResponsibleBody)
@bp.command(MatterView)
def assign_matter(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Name the member of staff who is responsible."""
    return desk().matters.assign(matter_id, this_call(), **body)


@bp.post("/<uuid:matter_id>/requests")
@allow(Role.HANDLER)
@bp.takes(LinkedRequestBody)
@bp.command(MatterView)
def link_request_to_matter(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Link another request that the matter concerns."""
    return desk().matters.link_request(matter_id, this_call(), **body)


@bp.post("/<uuid:matter_id>/answer")
@allow(Role.HANDLER)
@bp.takes(MatterAnswerBody)
@bp.command(MatterView)
def record_matter_answer(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Record the answer that left, with reasons and remedies."""
    return desk().matters.answer(matter_id, this_call(), **body)


@bp.post("/<uuid:matter_id>/closing")
@allow(Role.HANDLER)
@bp.takes(OutcomeBody)
@bp.command(MatterView)
def close_matter(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Close an answered matter with its outcome."""
    return desk().matters.close(matter_id, this_call(), **body)


@bp.post("/<uuid:matter_id>/disclosures")
@allow(*PURPOSES)
@bp.takes(PurposeBody)
@bp.shows(OpeningView, versioned=True)
def open_matter_content(body: dict[str, Any], matter_id: UUID) -> Response:
    """Open its sealed parts; recorded before they are shown. Every call is a new opening, so it takes no idempotency
    key.
    """
    require_purpose(body["purpose"])
    opening = desk().matters.open(matter_id, this_call(), purpose=body["purpose"])
    return show(opening, version=opening.version)


def matter_in_scope(matter_id: UUID) -> Row:
    """The row of a matter that the caller sees. Raises MatterUnknown."""
    with service().database.reading() as connection:
        row = matter_row(connection, matter_id)
    if row is None or not caller().sees(matter_id, row["controller_id"]):
        raise MatterUnknown()
    return row
