"""Paths outside the API: the start page at `/`, and files that browsers request by name."""

from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import version
from typing import Final

from flask import Flask, Response, request

from dsr.api.answering import show
from dsr.api.context import service
from dsr.api.docs import kept
from dsr.api.errors import PathUnknown
from dsr.api.my.front_page import front_page
from dsr.api.operation import mark, produces, public
from dsr.look import SIGN

_HTML, _JSON = "text/html", "application/json"

_ROBOTS: Final = "User-agent: *\nDisallow: /\n"

_VALID: Final = timedelta(days=180)
"""How long what security.txt says may be relied on (RFC 9116: less than a year)."""


def register_front(app: Flask) -> None:
    """Serve /, /favicon.ico, /robots.txt and /.well-known/security.txt."""
    routes: dict[str, Callable[[], Response]] = {
        "/": front,
        "/favicon.ico": icon,
        "/robots.txt": robots,
        "/.well-known/security.txt": security,
    }
    for rule, view in routes.items():
        app.add_url_rule(rule, view.__name__, view, methods=["GET"])


@produces(_JSON, _HTML)
@public
def front() -> Response:
    """Say what this is and where to go on: to people as a page, to programs as JSON."""
    if request.accept_mimetypes.best_match((_JSON, _HTML), default=_JSON) == _HTML:
        response = front_page()
        response.headers["Vary"] = f"Accept, {response.headers['Vary']}"
        return response
    response = kept(
        show(
            {
                "service": "dsr",
                "version": version("data-subject-rights"),
                "openapi": "/api/v1/openapi.json",
                "docs": "/docs",
            }
        )
    )
    response.headers["Vary"] = "Accept"
    return response


mark(front, takes_query=True)


@public
def icon() -> Response:
    """The sign of the service."""
    return kept(Response(SIGN, mimetype="image/svg+xml"))


@public
def robots() -> Response:
    """Nothing here is for search engines."""
    return kept(Response(_ROBOTS, mimetype="text/plain"))


@public
def security() -> Response:
    """Contact for reporting vulnerabilities (RFC 9116): the mailbox of the first controller.

    Raises PathUnknown without a record of processing, or without a mailbox in it.
    """
    record = service().desk.repository.ropa.record()
    if record is None or not record.versions:
        raise PathUnknown()
    document = record.current.document
    first = document.joint_arrangement.contact if document.joint_arrangement else document.controllers[0].id
    mailbox = document.mailbox_of(first)
    if not mailbox:
        raise PathUnknown()
    expires = (service().clock.now() + _VALID).strftime("%Y-%m-%dT00:00:00Z")
    lines = (f"Contact: mailto:{mailbox}", f"Expires: {expires}", "Preferred-Languages: en", "")
    return kept(Response("\n".join(lines), mimetype="text/plain"))
