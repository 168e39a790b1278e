"""The log for an auditor, event by event; each page that is read is on record."""

from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from flask import Response
from marshmallow import ValidationError

from dsr.api.audit import EventQuery
from dsr.api.console.site import chosen, console, page, page_of
from dsr.api.console.words import code_as_words
from dsr.api.context import caller, desk
from dsr.desk.audits import EventFilter
from dsr.domain.roles import Role

_ROWS: Final = 50
_ASKED: Final = ("after", "stream_id", "name", "cursor")
"""Parameters of the page."""
_READ_FACTS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


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
    rows = [each | {"facts": _facts(each["facts"])} for each in found.rows]
    return page("audit_log.html", events=rows, next=following, given=given, wrong="", until=found.until)


def _facts(written: bytes | None) -> list[tuple[str, str]]:
    """What an event says, each with its name in words: a text as it is, everything else as JSON."""
    return [(code_as_words(name), _text(value)) for name, value in _READ_FACTS(written or b"{}").items()]


def _text(value: msgspec.Raw) -> str:
    text = bytes(value)
    return msgspec.json.decode(text, type=str) if text[:1] == b'"' else msgspec.json.format(text, indent=0).decode()
