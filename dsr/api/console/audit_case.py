"""A case for an auditor, rebuilt from its events, now or as it stood at a date; each reading is on record."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import msgspec
from flask import Response, request
from marshmallow import ValidationError

from dsr.api.console.site import console, page, page_of
from dsr.api.context import caller, desk, service
from dsr.domain.request.searching import SystemSearched
from dsr.domain.roles import Role
from dsr.projections.dispatches import dispatches_of

_MOST_EVENTS: Final = 200


@console.get("/audit/cases/<uuid:request_id>")
@page_of((Role.AUDITOR,), recorded=True)
def show_audited_case(request_id: UUID) -> Response:
    """Show a case from its events alone: dates with their steps, decisions, searches, letters, openings, history."""
    day = request.args.get("on", "")
    told = desk().audits.request(request_id, caller(), as_of=_end_of(day))
    with service().database.reading() as connection:
        letters = [] if day else dispatches_of(connection, request_id)
    return page(
        "audit_case.html",
        case=told.request,
        items=told.items,
        decisions=told.decisions,
        deadline=told.deadline,
        events=list(reversed(told.timeline))[:_MOST_EVENTS],
        hidden=max(0, len(told.timeline) - _MOST_EVENTS),
        searches=[
            each | {"facts": msgspec.json.decode(each["facts"])}
            for each in told.timeline
            if each["name"] == SystemSearched.TOPIC
        ],
        letters=letters,
        on=day,
    )


def _end_of(day: str) -> datetime | None:
    """The last instant of a day at the service's clock (UTC); None where no day is asked for, or it has not ended."""
    if not day:
        return None
    try:
        end = datetime.combine(date.fromisoformat(day) + timedelta(1), time.min, UTC) - timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise ValidationError({"on": ["Write the date as year, month and day."]}) from None
    return None if end > service().clock.now() else end
