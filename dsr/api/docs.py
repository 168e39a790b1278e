"""The documentation: the OpenAPI document, and pages made from it, which need no script and no other host."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final

import msgspec
from flask import Blueprint, Flask, Response, make_response, render_template

from dsr.api.describing import inline, prose, sentences, type_of, written
from dsr.api.errors import PathUnknown
from dsr.api.operation import produces, public
from dsr.api.specification import write_document
from dsr.api.statuses import statuses
from dsr.look import style_sheet

PAGES: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""The content security policy of pages about the service: what they load comes from here."""

STYLE: Final = style_sheet(__package__, "templates/style.css")
SCRIPT: Final = files(__package__).joinpath("templates/search.js").read_bytes()
CLIENT: Final = files(__package__).joinpath("templates/openapi-python-client.yml").read_bytes()
"""The settings with which `openapi-python-client` makes a client that has every operation."""

HELPERS: Final[dict[str, Any]] = {
    "inline": inline,
    "type_of": type_of,
    "written": written,
    "sentences": sentences,
}
"""What templates show parts of the specification with."""


def register_docs(app: Flask, resources: Sequence[Blueprint]) -> None:
    """Serve /api/v1/openapi.json, /docs with a page for each resource, /docs/types, /docs/errors, and their files."""

    document = partial(_document, tuple(resources))

    @produces("application/json")
    @public
    def openapi() -> Response:
        return kept(Response(msgspec.json.encode(document()), mimetype="application/json"))

    @produces("text/html")
    @public
    def docs() -> Response:
        return _page("docs.html", document())

    @produces("text/html")
    @public
    def resource(tag: str) -> Response:
        found = next((each for each in document()["tags"] if each["name"] == tag), None)
        if found is None:
            raise PathUnknown()
        return _page("resource.html", document(), tag=found)

    @produces("text/html")
    @public
    def types() -> Response:
        return _page("types.html", document())

    @produces("text/html")
    @public
    def errors() -> Response:
        listed = sorted((error.code, sentences()[error.code], its) for error, its in statuses().items())
        return _page(
            "errors.html", document(), errors=listed, phrases={its: HTTPStatus(its).phrase for _, _, its in listed}
        )

    @public
    def style() -> Response:
        return kept(Response(STYLE, mimetype="text/css"))

    @public
    def script() -> Response:
        return kept(Response(SCRIPT, mimetype="text/javascript"))

    @public
    def client() -> Response:
        return kept(Response(CLIENT, mimetype="application/yaml"))

    routes: dict[str, Callable[..., Response]] = {
        "/api/v1/openapi.json": openapi,
        "/docs": docs,
        "/docs/<tag>": resource,
        "/docs/types": types,
        "/docs/errors": errors,
        "/docs/style.css": style,
        "/docs/search.js": script,
        "/docs/openapi-python-client.yml": client,
    }
    for rule, view in routes.items():
        app.add_url_rule(rule, view.__name__, view, methods=["GET"])


@cache
def _document(resources: tuple[Blueprint, ...]) -> dict[str, Any]:
    """Written on first use, so that a starting worker does not wait for it; once, however many applications show it."""
    return write_document(resources)


def _by_tag(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Operations by resource, in the order in which the resources were registered."""
    found: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
                shown = {"path": path, "method": method.upper(), "parameters": parameters, "operation": operation}
                found[operation["tags"][0]].append(shown)
    return found


def _page(template: str, document: dict[str, Any], **values: Any) -> Response:
    operations = _by_tag(document)
    places = {each["operation"]["operationId"]: tag for tag, listed in operations.items() for each in listed}
    shown = {"spec": document, "operations": operations, "places": places, **HELPERS, **values}
    shown["prose"] = partial(prose, places=places)
    response = kept(make_response(render_template(template, **shown)))
    response.headers["Content-Security-Policy"] = PAGES
    return response


def kept(response: Response) -> Response:
    """The same for everybody: may be cached for a while."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
