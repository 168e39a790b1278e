"""The page of a case: its clock, rights, messages, letters and history, now or as of an earlier event."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, request

from dsr.api.console.offers import offers_for
from dsr.api.console.site import console, page, page_of
from dsr.api.context import caller, desk, service
from dsr.api.roles import READERS
from dsr.projections import items_of
from dsr.projections.dispatches import dispatches_of
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
        return page(
            "case.html",
            status,
            case=desk().history.request(request_id, who, as_of=as_of) if then else row,
            latest=row["version"],
            as_of=as_of,
            items=desk().history.items(request_id, who, as_of=as_of) if then else items_of(connection, request_id),
            messages=desk().messages.listed(request_id, who),
            letters=dispatches_of(connection, request_id),
            events=timeline_of(connection, request_id, as_of=as_of, descending=True, limit=_MOST_EVENTS).rows,
            deadline=desk().deadlines.explain(request_id, who, as_of=as_of),
            offers=None if then else offers_for(request_id),
            opened=opened,
        )


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
