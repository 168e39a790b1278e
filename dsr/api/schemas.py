"""Published JSON Schemas: of the manifest in every export, and of the record of processing."""

from typing import Any

from flask import Response

from dsr.api.answering import show
from dsr.api.operation import public
from dsr.api.resource import Resource
from dsr.exports import MANIFEST_SCHEMA
from dsr.ropa import SCHEMA

bp = Resource("schemas", "/schemas", "Public JSON Schemas.")

_A_SCHEMA: dict[str, Any] = {"type": "object", "description": "A JSON Schema (2020-12)."}


@bp.get("/export-manifest.json")
@public
@bp.shows(_A_SCHEMA)
def show_manifest_schema() -> Response:
    """Show the schema of `manifest.json` in an export."""
    return _schema(MANIFEST_SCHEMA)


@bp.get("/ropa.json")
@public
@bp.shows(_A_SCHEMA)
def show_ropa_schema() -> Response:
    """Show the schema of the record of processing."""
    return _schema(SCHEMA)


def _schema(schema: dict[str, Any]) -> Response:
    response = show(schema)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
