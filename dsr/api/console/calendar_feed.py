"""Addresses that calendars subscribe to: made, listed and revoked like other tokens; each gives due dates alone."""

from typing import Any, Final
from uuid import UUID

from flask import Response, request

from dsr.api.calendar_file import CALENDAR, MOST_ENTRIES, calendar_of
from dsr.api.console.site import console, page, page_of, to
from dsr.api.context import caller, desk, service
from dsr.api.errors import PathUnknown
from dsr.api.limits import RateLimit
from dsr.api.operation import mark, public, this_call
from dsr.api.roles import READERS
from dsr.api.staff import TokenBody
from dsr.desk.caller import Call
from dsr.desk.errors import Forbidden, StaffUnconfirmed, TokenInvalid
from dsr.domain.roles import Role
from dsr.projections.due_list import due_list

_HOLDERS: Final = tuple(role for role in READERS if role is not Role.AUDITOR)
"""Who gets a calendar, as long as they hold such a role. An auditor makes no token, and an operator sees no case."""

_ALL: Final = "all"
"""`?whose=all`: not only what the holder has taken."""

_DAYS: Final = 366

_PER_ADDRESS: Final = RateLimit(6)
"""Fetches a minute; calendars ask every few hours."""


@console.get("/dates/calendars")
@page_of(_HOLDERS)
def show_calendar_addresses() -> Response:
    """List one's own calendar addresses."""
    return _addresses()


@console.post("/dates/calendars")
@page_of(_HOLDERS, takes_key=True, key_required=True)
def make_calendar_address() -> Response:
    """Make an address, which is shown this once."""
    body: dict[str, Any] = TokenBody().load(
        {"name": request.form.get("name", "").strip(), "days": _DAYS, "reads_only": True, "calendar_only": True}
    )
    answer = desk().staff.issue_token(caller().actor, this_call(), **body)
    site = service().settings.public_url or request.host_url.rstrip("/")
    address = f"{site}/console/calendar/{desk().staff.secret(answer)}.ics"
    if request.form.get("whose") == _ALL:
        address += f"?whose={_ALL}"
    return _addresses(address=address)


@console.post("/dates/calendars/<uuid:token_id>/revocation")
@page_of(_HOLDERS)
def revoke_calendar_address(token_id: UUID) -> Response:
    """End one address of one's own."""
    desk().staff.revoke_token(caller().actor, token_id, Call(caller()))
    return to("/console/dates/calendars")


@console.get("/calendar/<token>.ics")
@public
def subscribe_to_calendar(token: str) -> Response:
    """What is due, for a calendar that asks every few hours: what the holder has taken, or all in their scope.

    Raises PathUnknown for an address that does not work, RateLimited.
    """
    try:
        holder = desk().staff.authenticate_calendar(token)
        holder.require(*_HOLDERS)
    except (TokenInvalid, Forbidden, StaffUnconfirmed):
        raise PathUnknown() from None
    _PER_ADDRESS.take(str(holder.credential))
    at = service().clock.now()
    with service().database.reading() as connection:
        rows = due_list(
            connection,
            at=at,
            responsible=None if request.args.get("whose") == _ALL else holder.actor,
            scope=holder.scope,
            limit=MOST_ENTRIES,
        ).rows
    file = calendar_of(rows, at=at, public_url=service().settings.public_url)
    return Response(file, content_type=f"{CALENDAR}; charset=utf-8")


mark(subscribe_to_calendar, takes_query=True)


def _addresses(**made: Any) -> Response:
    at = service().clock.now()
    tokens = [
        each
        for each in desk().staff.tokens_of(caller().actor, caller())
        if each.limits.calendar_only and not each.revoked and each.expires_at > at
    ]
    return page("calendar_addresses.html", tokens=tokens, **made)
