"""How each command of a case is given, for `dsr/desk/next_steps.py`: read from the code like the table of commands.

A command that no person gives by a route of its own, such as recording a due date, is no step.
"""

import inspect
import json
import re
import sys
from typing import Any, Final

from docs.command_table import Route, Row, rows
from dsr.api.app import RESOURCES
from dsr.api.specification import write_document
from dsr.desk.next_steps import FINISH
from dsr.domain.errors import all_errors
from dsr.domain.request import Request
from dsr.domain.request.state_guards import STATE_GUARDS

_PREFIX: Final = "/api/v1"
_OF_CASES: Final = "/requests/{request_id}/"

_AMONG_SEVERAL: Final = {
    "accept_representation": "/requests/{request_id}/representation",
    "account_for_systems": "/requests/{request_id}/items/{item_id}/search",
    "attach": "/requests/{request_id}/items/{item_id}/uploads",
    "attach_follow_up": "/requests/{request_id}/messages",
    "disclose": "/requests/{request_id}/disclosures",
    "end_subject_access": "/requests/{request_id}/subject-access/ending",
    "examine_messages": "/requests/{request_id}/messages/examination",
    "offer_package": "/exports/{export_id}/link",
    "record_done": "/requests/{request_id}/items/{item_id}/completion",
    "register": "/requests/{request_id}/registration",
    "revoke_offer": "/exports/{export_id}/revocation",
}
"""The route that is for the command alone, of several that give it, or that begins what gives it."""

_ALONG: Final = {"note_malware", "settle_claim", "record_hand_over", "record_hand_over_failed"}
"""Given along with others, by routes that are for those."""

_SOURCE: Final = re.compile(r"(?:UK )?GDPR Art\. \d+(?:\(\d+\))?(?:\([a-z]\))?(?:-\d+)?|docs/law §\d+")


def steps() -> str:
    """By command, its route, its roles, and where the law for it stands; by code, where the law of a refusal stands."""
    names = {
        (method.upper(), path.removeprefix(_PREFIX)): operation
        for path, item in write_document(RESOURCES)["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }
    commands = {
        row.name: _step(row, route, names[route.method, route.path])
        for row in rows()
        if row.aggregate is Request and row.name in STATE_GUARDS and (route := _route(row, names)) is not None
    }
    commands[FINISH] = _finish(names)
    errors = {
        error.code: found
        for error in all_errors()
        if error.__module__.startswith("dsr.domain.request") and (found := _sources(inspect.getdoc(error)))
    }
    return f"{{\n{_lines('commands', commands)},\n{_lines('errors', errors)}\n}}\n"


def _lines(name: str, entries: dict[str, Any]) -> str:
    lines = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in sorted(entries.items())]
    return f"{json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n}"


def _step(row: Row, route: Route, operation: dict[str, Any]) -> dict[str, Any]:
    return {
        "operation": operation["operationId"],
        "path": f"{_PREFIX}{route.path}",
        "roles": list(route.roles),
        "decides": route.decides,
        "law": _law(row),
    }


def _finish(names: dict[tuple[str, str], Any]) -> dict[str, Any]:
    """The flow that begins with the completion of an item."""
    row = next(each for each in rows() if each.name == "record_done")
    route = next(each for each in row.routes if each.path.endswith(f"/{FINISH}"))
    return _step(row, route, names[route.method, route.path])


def _route(row: Row, names: dict[tuple[str, str], Any]) -> Route | None:
    if row.name in _ALONG:
        return None
    chosen = _AMONG_SEVERAL.get(row.name)
    if chosen is not None:
        assert ("POST", chosen) in names, f"no route {chosen}"  # noqa: S101 - a mistake in the table
        like = next(each for each in row.routes if each.roles)
        return next((each for each in row.routes if each.path == chosen), Route("POST", chosen, like.roles))
    found = [each for each in row.routes if each.path.startswith(_OF_CASES) and each.method == "POST"]
    assert len(found) <= 1, f"name one route of {row.name} in {__name__}"  # noqa: S101 - as above
    return found[0] if found else None


def _law(row: Row) -> list[str]:
    """The first text that names a source: of the part of the law, of the command, of its guard."""
    guard = inspect.unwrap(STATE_GUARDS[row.name].function)
    for text in (sys.modules[row.part].__doc__, inspect.getdoc(row.function), inspect.getdoc(guard)):
        found = _sources(text)
        if found:
            return found
    raise AssertionError(f"neither {row.name} nor its guard nor {row.part} names the law that it stands on")


def _sources(text: str | None) -> list[str]:
    return list(dict.fromkeys(_SOURCE.findall(" ".join((text or "").split()))))
