"""The log for an auditor, event by event; each page that is read is on record."""

from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from flask import Response
from marshmallow import ValidationError

from dsr.api.audit import EventQuery
from dsr.api.console.site import chosen, console, page, page_of
from dsr.api.context import caller, desk
from dsr.desk.audits import EventFilter
from dsr.domain.roles import Role

_ROWS: Final = 50
_ASKED: Final = ("after", "stream_id", "name", "cursor")
"""Parameters of the page."""


@console.get("/audit/log")
@page_of((Role.AUDITOR,), recorded=True)
def show_log() -> Response:
    """Read the log in its order; an event outside the auditor's scope shows its position, its name and its time."""
    given = chosen(_ASKED)
    try:
        query: dict[str, Any] = EventQuery().load(given)
    except ValidationError as error:
        return page("audit_log.html", 422, events=[], next=None, given=given, wrong=", ".join(error.messages_dict))
    place = {name: query.pop(name) for name in ("after", "until", "cursor")} | {"limit": _ROWS}
    query.pop("limit")
    found = desk().audits.events(caller(), EventFilter(**query), **place)
    given.pop("cursor", None)
    following = None if found.next is None else urlencode({**given, "cursor": found.next})
    rows = [each | {"facts": msgspec.json.decode(each["facts"] or b"{}")} for each in found.rows]
    return page("audit_log.html", events=rows, next=following, given=given, wrong="", until=found.until)
