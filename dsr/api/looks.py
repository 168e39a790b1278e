"""The looks of the organisation and of its controllers, for the pages: a style sheet with what differs, and a logo."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from flask import Flask, Response, request

from dsr.api.context import service
from dsr.api.docs import kept
from dsr.api.operation import mark, public
from dsr.look import SIGN
from dsr.look.controllers import Look

_POLICY: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""Of a logo that somebody opens by its address: an SVG is a document then."""


@dataclass(frozen=True)
class PageLook:
    """What a page says of its look."""

    name: str
    style: str
    """The address of its style sheet; empty where the page looks as without a setting."""
    logo: str
    """The address of its logo; may be empty."""


def register_looks(app: Flask) -> None:
    """Serve /look/style.css and /look/logo."""
    for rule, view in (("/look/style.css", look_style), ("/look/logo", logo)):
        app.add_url_rule(rule, view.__name__, view, methods=["GET"])


def look_of(controller_id: str | None = None) -> PageLook:
    """The look of pages of a controller, or of no one controller."""
    look = service().looks.of(controller_id)
    query = f"?{urlencode({'controller': controller_id})}" if controller_id else ""
    return PageLook(
        name=look.name,
        style=f"/look/style.css{query}" if look.colour else "",
        logo=f"/look/logo{query}" if look.logo else "",
    )


@public
def look_style() -> Response:
    """The colour of a controller, or of the organisation."""
    return kept(Response(_asked().style, mimetype="text/css"))


@public
def logo() -> Response:
    """The logo of a controller, or of the organisation; where there is none, the sign of the service."""
    found = _asked().logo
    content, media_type = (SIGN.encode(), "image/svg+xml") if found is None else (found.content, found.media_type)
    response = kept(Response(content, mimetype=media_type))
    response.headers["Content-Security-Policy"] = _POLICY
    return response


for _view in (look_style, logo):
    mark(_view, takes_query=True)


def _asked() -> Look:
    return service().looks.of(request.args.get("controller"))
