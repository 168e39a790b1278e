"""Answers of read operations."""

from typing import Any

import msgspec
from flask import Response, make_response, request

from dsr.api.preconditions import etag


def preferred(*media_types: str) -> str:
    """The one of these that `Accept` prefers; the first where it prefers none."""
    return request.accept_mimetypes.best_match(media_types) or media_types[0]


def show(value: Any, *, version: int | None = None) -> Response:
    """A value as JSON: rows, dataclasses, dates, times, UUIDs; with its version, if any, as ETag."""
    response = make_response(msgspec.json.encode(value))
    response.mimetype = "application/json"
    if version is not None:
        response.headers["ETag"] = etag(version)
    return response
