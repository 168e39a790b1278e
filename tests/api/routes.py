"""The table of routes, as the application has it."""

import re

from flask import Flask
from werkzeug.routing import Rule

from dsr.api.operation import Operation, operation_of


def routes(app: Flask) -> dict[str, tuple[Rule, Operation]]:
    """`METHOD /path/{}` → the rule, and what its view says of itself."""
    found = {}
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            name = f"{method} {re.sub('<[^>]*>', '{}', rule.rule).removeprefix('/api/v1')}"
            found[name] = (rule, operation_of(app.view_functions[rule.endpoint]))
    return found
