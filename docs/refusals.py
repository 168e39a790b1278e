"""Which codes refuse which operation of the interface, read from the code like the table of commands."""

import json

from docs.command_table import rows
from dsr.api.app import RESOURCES
from dsr.api.specification import write_document

_PREFIX = "/api/v1"


def refusals() -> str:
    """By operation, the codes of the guards of its commands, as JSON."""
    codes: dict[tuple[str, str], set[str]] = {}
    for row in rows():
        for route in row.routes:
            codes.setdefault((route.method, route.path), set()).update(error.code for error in row.errors)
    named = {
        operation["operationId"]: sorted(found)
        for path, item in write_document(RESOURCES)["paths"].items()
        for method, operation in item.items()
        if method != "parameters" and (found := codes.get((method.upper(), path.removeprefix(_PREFIX))))
    }
    lines = [f"{json.dumps(name)}: {json.dumps(found)}" for name, found in sorted(named.items())]
    return "{\n" + ",\n".join(lines) + "\n}\n"
