"""Triage: one letter after the other, the suggestion beside it, registered or dismissed with two keys."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, request

from dsr.api.console.choices import choosing_for
from dsr.api.console.forms import values_of
from dsr.api.console.meanwhile import since_form, unless_harmless
from dsr.api.console.site import console, page, page_of, to
from dsr.api.console.words import language_in_words
from dsr.api.context import caller, desk, service
from dsr.api.operation import this_call
from dsr.api.statuses import status_of
from dsr.api.triage import RegistrationBody
from dsr.desk.caller import Call
from dsr.desk.errors import StepUpRequired, VersionStale
from dsr.desk.happened import Happened
from dsr.domain.errors import Broken, DomainError, Unavailable
from dsr.domain.request.values import DisclosurePurpose, Lifecycle
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.projections import QueueFilter, queue
from dsr.projections.rows import Row

_AHEAD = 12
"""Letters of the list beside the one that is read."""

_HANDLER = (Role.HANDLER,)


@console.get("/triage")
@page_of(_HANDLER)
def next_letter() -> Response:
    """Lead to the letter that is due first among those that nobody has triaged."""
    waiting = _waiting()
    return page("triage_done.html") if not waiting else to(f"/console/triage/{waiting[0]['request_id']}")


@console.get("/triage/<uuid:request_id>")
@page_of(_HANDLER)
def show_letter(request_id: UUID) -> Response:
    """Show what is known of a letter before it is opened."""
    return _letter(request_id, None)


@console.post("/triage/<uuid:request_id>/open")
@page_of(_HANDLER, if_match=True, takes_key=True)
def open_letter(request_id: UUID) -> Response:
    """Open the letter for triage, on record, with the sentences on which each suggestion rests."""
    try:
        return unless_harmless(request_id, lambda: _opened(request_id, this_call()))
    except VersionStale as refusal:
        return _refused(request_id, refusal)


@console.post("/triage/<uuid:request_id>/register")
@page_of(_HANDLER, if_match=True, takes_key=True)
def register_letter(request_id: UUID) -> Response:
    """Register the request, and open the next letter: the button says both. A refusal stands above the form."""
    row = desk().history.request(request_id, caller())
    schema = RegistrationBody()
    body: dict[str, Any] = schema.load(values_of(schema, request.form, row["zone"]))
    try:
        unless_harmless(request_id, lambda: desk().triage.register(request_id, this_call(), **body))
    except (StepUpRequired, Unavailable, Broken):
        raise
    except DomainError as refusal:
        return _refused(request_id, refusal)
    return _following(row)


def _refused(request_id: UUID, refusal: DomainError) -> Response:
    """The letter as it is now, closed; often a colleague triaged it meanwhile."""
    since = since_form(request_id)
    with service().database.reading():
        return _page(request_id, None, refusal=refusal, since=since)


def _following(registered: Row) -> Response:
    """The next letter, opened if the form asked for it, below a line that leads to the case that was registered."""
    waiting = _waiting()
    if not waiting:
        return page("triage_done.html", registered=registered)
    if request.form.get("then") != "open":
        return _letter(waiting[0]["request_id"], None, registered)
    return _opened(waiting[0]["request_id"], Call(caller(), expected=waiting[0]["version"]), registered)


def _opened(request_id: UUID, call: Call, registered: Row | None = None) -> Response:
    row = desk().history.request(request_id, caller())
    read = row["suggestion"]
    passages = () if read is None else (read["version"],)
    disclosure = desk().disclosures.open(
        request_id, call, purpose=DisclosurePurpose.TRIAGE, versions=(1,), if_sealed=passages
    )
    return _letter(request_id, {each.version: each.fields for each in disclosure.opened}, registered)


def _letter(request_id: UUID, opened: dict[int, dict[str, Any]] | None, registered: Row | None = None) -> Response:
    with service().database.reading():
        return _page(request_id, opened, registered=registered)


def _page(
    request_id: UUID,
    opened: dict[int, dict[str, Any]] | None,
    *,
    refusal: DomainError | None = None,
    since: Sequence[Happened] = (),
    registered: Row | None = None,
) -> Response:
    row = desk().history.request(request_id, caller())
    read = row["suggestion"]
    message = {} if opened is None else opened.get(1, {}).get("message", {})
    found = [] if opened is None or read is None else opened.get(read["version"], {}).get("passages", [])
    likely = {} if read is None else {each["right"]: each["percent"] for each in read["rights"]}
    choosing = choosing_for(request_id, row)
    return page(
        "triage.html",
        200 if refusal is None else status_of(type(refusal)),
        refusal=refusal,
        since=since,
        registered=registered,
        ticked=row["suggested_rights"] if refusal is None else request.form.getlist("rights"),
        language=language_in_words,
        case=row,
        waiting=_waiting(),
        message=message,
        is_open=opened is not None,
        parts=marked(message.get("text", ""), found),
        likely=likely,
        rights=sorted(Right, key=lambda right: -likely.get(right, 0)),
        subjects=choosing("subjects"),
        controllers=choosing("controllers"),
        duplicates=desk().duplicates.suggestions(request_id, caller()),
    )


def _waiting() -> list[Row]:
    with service().database.reading() as connection:
        filters = QueueFilter(lifecycle=Lifecycle.RECEIVED)
        return list(queue(connection, filters, limit=_AHEAD, scope=caller().scope).rows)


def marked(text: str, passages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The text in parts, each with the rights that its sentence suggested; empty where it suggested none."""
    parts, place = [], 0
    for each in sorted(passages, key=lambda passage: (passage["start"], -passage["end"])):
        start, end = max(each["start"], place), each["end"]
        if start >= end:
            continue
        parts += [(text[place:start], ""), (text[start:end], str(each.get("right") or each.get("kind") or ""))]
        place = end
    return [part for part in (*parts, (text[place:], "")) if part[0]]
