"""The documentation: the OpenAPI document, and pages made from it, without scripts and other hosts."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec
from flask import Blueprint, Flask, Response, make_response, render_template
from markupsafe import Markup

from dsr.api.operation import produces, public
from dsr.api.problems import title_of
from dsr.api.specification import write_document
from dsr.api.statuses import statuses

PAGES: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""The content security policy of pages about the service: what they load comes from here."""

STYLE: Final = files(__package__).joinpath("templates/style.css").read_bytes()


def register_docs(app: Flask, resources: Sequence[Blueprint]) -> None:
    """Serve /api/v1/openapi.json, /docs, /docs/errors and their style."""

    @cache
    def document() -> dict[str, Any]:
        """Written on first use, so that a starting worker does not wait for it."""
        return write_document(resources)

    @produces("application/json")
    @public
    def openapi() -> Response:
        return kept(Response(msgspec.json.encode(document()), mimetype="application/json"))

    @produces("text/html")
    @public
    def docs() -> Response:
        return _page("docs.html", spec=document(), operations=_by_tag(document()), type_of=type_of)

    @produces("text/html")
    @public
    def errors() -> Response:
        listed = sorted(
            (
                (error.code, title_of(error), " ".join((error.__doc__ or "").split()), its)
                for error, its in statuses().items()
            )
        )
        return _page("errors.html", errors=listed)

    @public
    def style() -> Response:
        return kept(Response(STYLE, mimetype="text/css"))

    routes: dict[str, Callable[[], Response]] = {
        "/api/v1/openapi.json": openapi,
        "/docs": docs,
        "/docs/errors": errors,
        "/docs/style.css": style,
    }
    for rule, view in routes.items():
        app.add_url_rule(rule, view.__name__, view, methods=["GET"])


def type_of(schema: Any) -> Markup:
    """A schema in short, with links to the schemas that it names."""
    if not isinstance(schema, dict):
        return Markup("anything")
    if reference := schema.get("$ref"):
        name = reference.rsplit("/", 1)[1]
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    for word, between in (("oneOf", " or "), ("anyOf", " or "), ("allOf", " with ")):
        if word in schema:
            return Markup(between).join(  # noqa: S704 - words of ours
                type_of(each) for each in schema[word]
            )
    if "enum" in schema:
        return Markup("one of ") + Markup(", ").join(Markup("<code>{}</code>").format(each) for each in schema["enum"])
    if "const" in schema:
        return Markup("<code>{}</code>").format(schema["const"])
    kinds = schema.get("type", "anything")
    names = kinds if isinstance(kinds, list) else [kinds]
    shown = Markup(" or ").join(names)
    if "array" in names:
        shown += Markup(" of ") + type_of(schema.get("items"))
    if "format" in schema:
        shown += Markup(" ({})").format(schema["format"])
    return shown


def _by_tag(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Operations by resource, in the order in which the resources were registered."""
    found: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, item in document["paths"].items():
        shared = item.get("parameters", [])
        for method in ("get", "post"):
            if operation := item.get(method):
                shown = {
                    "path": path,
                    "method": method.upper(),
                    "operation": operation,
                    "parameters": [*shared, *operation.get("parameters", [])],
                }
                found[operation["tags"][0]].append(shown)
    return found


def _page(template: str, **values: Any) -> Response:
    response = kept(make_response(render_template(template, **values)))
    response.headers["Content-Security-Policy"] = PAGES
    return response


def kept(response: Response) -> Response:
    """The same for every caller, so it may be cached."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
