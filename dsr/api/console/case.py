"""The page of a case: its clock, rights, messages, letters and history, now or as of an earlier event."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, request

from dsr.api.console.offers import offers_for
from dsr.api.console.site import console, page, page_of
from dsr.api.context import caller, desk, service
from dsr.api.roles import READERS
from dsr.projections import items_of
from dsr.projections.dispatches import dispatches_of
from dsr.projections.rows import Row
from dsr.projections.timeline import timeline_of

_MOST_EVENTS = 200


@console.get("/cases/<uuid:request_id>")
@page_of(READERS)
def show_case(request_id: UUID) -> Response:
    """Show a case without opening its sealed parts."""
    return case_page(request_id)


def case_page(request_id: UUID, *, opened: Any = None, status: int = 200) -> Response:
    """The page; `opened` holds the personal data that was opened, which only this page shows."""
    who = caller()
    with service().database.reading() as connection:
        row = desk().history.request(request_id, who)
        as_of = _moment(request_id, row["version"])
        then = as_of is not None
        letters = dispatches_of(connection, request_id)
        return page(
            "case.html",
            status,
            case=desk().history.request(request_id, who, as_of=as_of) if then else row,
            latest=row["version"],
            as_of=as_of,
            items=desk().history.items(request_id, who, as_of=as_of) if then else items_of(connection, request_id),
            messages=desk().messages.listed(request_id, who),
            letters=letters,
            events=timeline_of(connection, request_id, as_of=as_of, descending=True, limit=_MOST_EVENTS).rows,
            deadline=desk().deadlines.explain(request_id, who, as_of=as_of),
            offers=None if then else offers_for(request_id, letters),
            opened=opened,
            as_authority_letter=_as_authority_letter(row),
        )


def _as_authority_letter(row: Row) -> str:
    """The form for a letter of an authority or a court, with what is known of a letter that was taken for a request."""
    known = {
        "controller_id": row["controller_id"],
        "channel": row["channel"],
        "language": row["language"],
        "received_at": row["received_at"].astimezone(ZoneInfo(row["zone"])).strftime("%Y-%m-%dT%H:%M"),
    }
    return f"/console/do/open_authority_letter?{urlencode({name: each for name, each in known.items() if each})}"


def _moment(request_id: UUID, latest: int) -> datetime | None:
    """When the event was recorded up to which the page looks back; None for now."""
    typed = request.args.get("at", "")
    version = int(typed) if typed.isdecimal() and len(typed) < 9 else latest
    if not 1 <= version < latest:
        return None
    with service().database.reading() as connection:
        rows = timeline_of(connection, request_id, limit=version).rows
    moment: datetime = rows[-1]["recorded_at"]
    return moment
