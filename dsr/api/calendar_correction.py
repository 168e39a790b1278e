"""The calendar of a request: which working days count, and their correction (GDPR Art. 12(3))."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.fields import Body, Day, Text, View
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.deadlines import Deadline
from dsr.domain.roles import Role

bp = Resource(
    "calendar-correction",
    "/requests/<uuid:request_id>/calendar-correction",
    "Public holidays that are known better by now, and what they change for a request.",
)


class CorrectedDayView(View):
    """A day that the calendar of the request does not call what the record of processing in force calls it."""

    controller_id = fields.String(metadata={"description": "The controller whose calendar it is."})
    day = Day(meaning="The local date.")
    counts_as_holiday = fields.Boolean(
        metadata={"description": "Whether the calendar of the request calls it a public holiday."}
    )


class CalendarDatesView(View):
    """The dates of the request by one calendar."""

    statutory_due = Day()
    promise_due = Day(allow_none=True)
    effective_due = Day()
    operational_due = Day()


class CalendarCorrectionView(View):
    """What a correction of the calendar would change."""

    calendar_version = fields.Integer(
        metadata={"description": "The version of the record of processing whose working days count for the request."}
    )
    ropa_version = fields.Integer(
        metadata={"description": "The version in force, whose working days count after a correction."}
    )
    days = fields.List(
        fields.Nested(CorrectedDayView), metadata={"description": "The days that differ; empty: none differs."}
    )
    stored = fields.Nested(CalendarDatesView, metadata={"description": "The dates as they stand, computed today."})
    corrected = fields.Nested(CalendarDatesView, metadata={"description": "The dates after a correction."})


class CalendarCorrectionBody(Body):
    """Why the calendar is corrected."""

    reason = Text(required=True, meaning="What was found out about the days, and where; sealed.")


@bp.get("")
@allow(*READERS)
@bp.shows(CalendarCorrectionView, versioned=True)
def preview_calendar_correction(request_id: UUID) -> Response:
    """Preview which days and dates would change if the working days of the record of processing in force counted."""
    preview = desk().calendars.preview(request_id, caller())
    return show(
        {
            "calendar_version": preview.calendar_version,
            "ropa_version": preview.ropa_version,
            "days": msgspec.to_builtins(preview.days),
            "stored": _dates(preview.stored),
            "corrected": _dates(preview.corrected),
        },
        version=preview.case_version,
    )


@bp.post("")
@allow(Role.HANDLER)
@bp.takes(CalendarCorrectionBody)
@bp.command(RequestView)
def correct_calendar(body: dict[str, Any], request_id: UUID) -> Answer:
    """Count the working days of the record of processing in force from now on; a missed date stays missed."""
    return desk().calendars.correct(request_id, this_call(), **body)


def _dates(deadline: Deadline) -> dict[str, date | None]:
    return {
        "statutory_due": deadline.statutory_due,
        "promise_due": deadline.promise_due,
        "effective_due": deadline.effective_due,
        "operational_due": deadline.operational_due,
    }
