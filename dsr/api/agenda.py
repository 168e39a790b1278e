"""What is due: the dates of requests and matters in one list, now or as of a past time."""

from enum import StrEnum
from typing import Any

from flask import Response
from marshmallow import ValidationError, fields, validates_schema

from dsr.api.answering import preferred
from dsr.api.calendar_file import CALENDAR, MOST_ENTRIES, calendar_of
from dsr.api.context import caller, service
from dsr.api.fields import Choice, Code, Day, Instant, View
from dsr.api.operation import allow
from dsr.api.pages import PageQuery, page_of, show_page
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.desk.errors import TimeNotYet
from dsr.domain.matter import MatterDue
from dsr.domain.rights import Right
from dsr.projections.due_list import ANSWER, due_list
from dsr.projections.queue import within

bp = Resource("agenda", "/agenda", "What is due: the dates of requests and of matters in one list.")


class AgendaDue(StrEnum):
    """What has to be done by a date."""

    ANSWER = ANSWER
    """To answer a request."""
    ACKNOWLEDGE = MatterDue.ACKNOWLEDGE.value
    """To acknowledge a complaint."""
    NOTIFY = MatterDue.NOTIFY.value
    """To notify the authorities of an incident."""
    REPLY = MatterDue.REPLY.value
    """To reply to an authority or court."""


class AgendaEntryView(View):
    """A date by which something has to be done."""

    due_on = Day(meaning="The last day for it.")
    due_at = Instant(
        allow_none=True, meaning="The first instant that is too late; null where an order sets the date of a request."
    )
    due = Choice(AgendaDue, meaning="What has to be done.")
    by_order = fields.Boolean(
        metadata={"description": "An order of an authority sets this date of a request; its own date is later."}
    )
    missed = fields.Boolean(
        metadata={"description": "The date of the matter, or the request's own, had passed at the time of the view."}
    )
    request_id = fields.UUID(allow_none=True, metadata={"description": "The request that is due; null: a matter is."})
    matter_id = fields.UUID(allow_none=True, metadata={"description": "The matter that is due; null: a request is."})
    reference = fields.String(metadata={"description": "The public reference of the request or the matter."})
    rights = fields.List(
        Choice(Right),
        metadata={"description": "What the request asks for; empty until it is registered, and of a matter."},
    )
    controller_id = Code()
    responsible = fields.String(
        allow_none=True,
        metadata={
            "description": "Who has taken the request or is responsible for the matter; null: nobody. In a past view, "
            "null for every request."
        },
    )


class AgendaQuery(PageQuery):
    """Selection of dates, and the time of the view."""

    as_of = Instant(load_default=None, meaning="Answers from the events that were recorded up to then.")
    due_from = Day(load_default=None, meaning="Only dates on or after this day.")
    due_until = Day(load_default=None, meaning="Only dates on or before this day.")
    controller = Code(load_default=None)
    responsible = Code(load_default=None, meaning="Only what this member of staff has taken; not with `as_of`.")

    @validates_schema
    def present_alone(self, given: dict[str, Any], **_: object) -> None:
        """Who had taken a request is known of the present alone."""
        if given["as_of"] is not None and given["responsible"] is not None:
            raise ValidationError("A past view does not know who had taken a request: leave this out.", "responsible")


@bp.get("")
@allow(*READERS)
@bp.asks(AgendaQuery)
@bp.shows(page_of(AgendaEntryView))
@bp.also_hands_out(CALENDAR, meaning="As asked; as a calendar, all of it up to 1,000 dates, without pages.")
def show_agenda(query: dict[str, Any]) -> Response:
    """List what is due in scope, the earliest date first: each request that waits for its answer, with the date that
    holds for it, and each matter that has a date to meet.
    """
    now = service().clock.now()
    at = query.pop("as_of") or now
    if at > now:
        raise TimeNotYet()
    scope = within(caller().scope, query.pop("controller"))
    as_calendar = preferred("application/json", CALENDAR) == CALENDAR
    if as_calendar:
        query |= {"limit": MOST_ENTRIES, "cursor": None}
    with service().database.reading() as connection:
        page = due_list(connection, at=at, is_past=at < now, scope=scope, **query)
    if not as_calendar:
        return show_page(page)
    file = calendar_of(page.rows, at=at, public_url=service().settings.public_url)
    return Response(file, content_type=f"{CALENDAR}; charset=utf-8")
