"""References in paths: a request's reference, in any case, may replace its id."""

from typing import Final
from uuid import UUID

from flask import Flask, g, request
from werkzeug.routing.converters import UUIDConverter

from dsr.api.context import service
from dsr.api.errors import PathUnknown

NAMED: Final = "request_id"
"""The parameter of a path that takes a reference too."""


class TypedReference(str):
    """A reference in a path, as it was typed."""


class IdConverter(UUIDConverter):
    """An id, or what begins like a reference."""

    regex = rf"(?:{UUIDConverter.regex}|(?i:DSR)[ 0-9A-Za-z-]{{1,40}})"

    def to_python(self, value: str) -> UUID | TypedReference:  # type: ignore[override]  # the library knows ids only
        """The guard resolves a reference once it knows who asks."""
        return TypedReference(value) if value[:3].upper() == "DSR" else super().to_python(value)


def take_references(app: Flask) -> None:
    """Let the paths of the application take references; before its routes are added."""
    app.url_map.converters["uuid"] = IdConverter


def resolve_references() -> None:
    """Replace a reference in the path by the id of the request, for a caller who is known by now.

    Raises RequestUnknown outside the caller's scope, PathUnknown where a path takes the id of something else.
    """
    given = request.view_args or {}
    for name, value in given.items():
        if isinstance(value, TypedReference):
            if name != NAMED or "caller" not in g:
                raise PathUnknown()
            given[name] = service().desk.search.by_reference(g.caller, value)["request_id"]
