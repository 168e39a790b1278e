"""The page of a case: its clock, rights, messages, letters and history, now or as of an earlier event."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, request

from dsr.api.console.offers import offers_for
from dsr.api.console.site import console, page, page_of
from dsr.api.context import caller, desk, service
from dsr.api.disclosures import PURPOSES
from dsr.api.roles import READERS
from dsr.domain.dispatch.state import DispatchState
from dsr.domain.request.forgetting import ForgettingOrdered, ForgettingRestored
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.restriction import ProcessingRestricted
from dsr.domain.request.values import DisclosurePurpose
from dsr.projections import items_of
from dsr.projections.dispatches import dispatches_of
from dsr.projections.messages import rows_of as messages_of
from dsr.projections.restrictions import restrictions_of
from dsr.projections.rows import Row
from dsr.projections.timeline import timeline_until

_MOST_EVENTS = 200

_FORGOTTEN: Final = frozenset({ForgettingOrdered.TOPIC, ForgettingRestored.TOPIC})


@console.get("/cases/<uuid:request_id>")
@page_of(READERS)
def show_case(request_id: UUID) -> Response:
    """Show a case without opening its sealed parts."""
    return case_page(request_id)


def case_page(request_id: UUID, *, opened: Any = None, status: int = 200) -> Response:
    """The page; `opened` holds the personal data that was opened, which only this page shows."""
    with service().database.reading() as connection:
        row = desk().history.request(request_id, caller())
        version = _version(row["version"])
        events = timeline_until(connection, request_id, version, limit=_MOST_EVENTS)
        letters = dispatches_of(connection, request_id)
        is_past = version < row["version"]
        return page(
            "case.html",
            status,
            latest=row["version"],
            events=events,
            opened=opened,
            as_authority_letter=_as_authority_letter(row),
            **(_then(request_id, letters, events[0]) if is_past else _now(row, letters, events)),
        )


def _now(row: Row, letters: Sequence[Row], events: Sequence[Row]) -> dict[str, Any]:
    request_id = row["request_id"]
    names = {each["name"] for each in events}
    forgotten = not names.isdisjoint(_FORGOTTEN)
    was_restricted = ProcessingRestricted.TOPIC in names or len(events) == _MOST_EVENTS
    with service().database.reading() as connection:
        items = items_of(connection, request_id)
        restrictions = restrictions_of(connection, request_id) if was_restricted else ()
    messages = desk().messages.listed(request_id, caller())
    return {
        "as_of": None,
        "case": row,
        "items": items,
        "messages": messages,
        "message_events": {} if forgotten else _message_events(messages, events),
        "purpose": _purpose(),
        "letters": letters,
        "restrictions": [each for each in restrictions if each["lifted_at"] is None],
        "lifting_letters": _lifting_letters(letters),
        "forgetting": desk().forgetting.state(request_id, caller()) if forgotten else None,
        "deadline": desk().deadlines.explain(request_id, caller(), as_of=None),
        "offers": offers_for(request_id, letters, restrictions),
    }


def _then(request_id: UUID, letters: Sequence[Row], event: Row) -> dict[str, Any]:
    """The same as it was known after an event; of a letter, that it was prepared, and that it had left."""
    past, as_of = desk().history.after(request_id, caller(), event), event["recorded_at"]
    return {
        "as_of": as_of,
        "case": past.request,
        "items": past.items,
        "messages": messages_of(past.case),
        "message_events": {},
        "letters": [each for each in letters if each["prepared_at"] <= as_of],
        "deadline": desk().deadlines.explain_case(past.case, as_of=as_of),
        "offers": None,
    }


def _message_events(messages: Sequence[Row], events: Sequence[Row]) -> Mapping[UUID, int]:
    """The version of the event that holds the words of each message. Messages are in the order of their arrival, the
    latest events come first; several may have arrived at the same moment.
    """
    holding = [each for each in events if "message" in each["sealed"]]
    found = dict[UUID, int]()
    for message in reversed(messages):
        event = next((each for each in holding if each["happened_at"] == message["received_at"]), None)
        if event is not None:
            holding.remove(event)
            found[message["message_id"]] = event["version"]
    return found


def _purpose() -> DisclosurePurpose | None:
    """For which purpose the caller reads messages: to assess them, or else the first that their roles have."""
    allowed = frozenset().union(*(PURPOSES.get(role, frozenset()) for role in caller().roles))
    if DisclosurePurpose.ASSESSMENT in allowed:
        return DisclosurePurpose.ASSESSMENT
    return next((each for each in DisclosurePurpose if each in allowed), None)


def _lifting_letters(letters: Sequence[Row]) -> Mapping[str, UUID]:
    """The draft that tells the person of the end of a restriction, by the restriction."""
    drafts = [each for each in letters if each["kind"] == LetterKind.LIFTING and each["state"] == DispatchState.DRAFT]
    return {str(each["concerns"]): each["dispatch_id"] for each in drafts}


def _as_authority_letter(row: Row) -> str:
    """The form for a letter of an authority or a court, with what is known of a letter that was taken for a request."""
    known = {
        "controller_id": row["controller_id"],
        "channel": row["channel"],
        "language": row["language"],
        "received_at": row["received_at"].astimezone(ZoneInfo(row["zone"])).strftime("%Y-%m-%dT%H:%M"),
    }
    return f"/console/do/open_authority_letter?{urlencode({name: each for name, each in known.items() if each})}"


def _version(latest: int) -> int:
    """The event up to which the page looks back; the latest, unless the address names an earlier one."""
    typed = request.args.get("at", "")
    version = int(typed) if typed.isdecimal() and len(typed) < 9 else latest
    return version if 1 <= version < latest else latest
