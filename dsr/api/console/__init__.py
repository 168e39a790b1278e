"""The console: pages on which members of staff work, at `/console`.

The console calls the desk, as the interface for programs does. A page has the roles of the route that shows the same; a
form does what one route does, with its body, its roles and its guards (`operations.py`). The pages are HTML that loads
nothing from other hosts and works without script.
"""

from flask import Flask

from dsr.api.console import (
    approvals,
    audit,
    audit_bundle,
    audit_case,
    audit_log,
    audit_openings,
    bulk,
    calendar_feed,
    command,
    data,
    dates,
    filters,
    find,
    grid,
    letter,
    letters,
    matters,
    me,
    messages,
    numbers,
    package,
    quarantine,
    queue,
    record,
    running,
    task,
    team,
    today,
    triage,
)
from dsr.api.console import case as case_page
from dsr.api.console.language import speak
from dsr.api.console.operations import COMMANDS, commands_of
from dsr.api.console.site import console

PAGES = (
    today,
    approvals,
    queue,
    find,
    filters,
    bulk,
    triage,
    case_page,
    messages,
    letters,
    letter,
    matters,
    data,
    dates,
    grid,
    package,
    calendar_feed,
    numbers,
    quarantine,
    record,
    team,
    me,
    running,
    audit,
    audit_log,
    audit_openings,
    audit_case,
    audit_bundle,
    task,
    command,
)
"""The pages; importing a module adds its views."""


def register_console(app: Flask) -> None:
    """Serve the pages, after the routes whose commands they give."""
    speak(app)
    app.extensions[COMMANDS] = commands_of(app)
    app.register_blueprint(console)


__all__ = ["PAGES", "console", "register_console"]
