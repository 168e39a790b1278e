"""Reading bodies and query strings: strict JSON, nothing unknown, every error with its place."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import msgspec
from flask import Request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser

from dsr.api.errors import InputInvalid, MediaTypeUnsupported, RequestMalformed

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def parse_json(content: bytes) -> Any:
    """Read strict JSON: UTF-8, no NaN, no lone surrogates. Raises RequestMalformed."""
    try:
        value = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RequestMalformed("The body is not JSON in UTF-8.") from None
    if b"\\u" in content and _LONE_SURROGATE.search(repr(value)):
        raise RequestMalformed("The body holds half of a surrogate pair, which is no character.")
    return value


def errors_of(messages: Any, place: str, prefix: str = "") -> Iterator[dict[str, Any]]:
    """Marshmallow's messages, each with its JSON Pointer (`pointer`) or the name of its `parameter`."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            step = "" if key == "_schema" else "/" + str(key).replace("~", "~0").replace("/", "~1")
            yield from errors_of(inner, place, prefix + step)
    else:
        where = prefix if place == "pointer" else prefix.removeprefix("/").split("/")[0]
        for message in messages if isinstance(messages, list) else [messages]:
            yield {place: where, "detail": str(message)}


class StrictParser(FlaskParser):
    """The library's parser made strict on unknown query fields, lax JSON and other media types."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012 - as the library has it
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": RAISE,
    }

    def load_json(self, req: Request, schema: Schema) -> Any:  # noqa: ARG002 - the library's signature
        """The JSON object of the body. Raises MediaTypeUnsupported, RequestMalformed, InputInvalid."""
        if req.mimetype != "application/json":
            raise MediaTypeUnsupported("Send JSON, with the media type application/json.")
        value = parse_json(req.get_data(cache=True))
        if not isinstance(value, dict):
            raise InputInvalid([{"pointer": "", "detail": "The body must be a JSON object."}])
        return value

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """The query string, where nothing may stand twice. Raises InputInvalid."""
        twice = [name for name, values in req.args.lists() if len(values) > 1]
        if twice:
            raise InputInvalid([{"parameter": name, "detail": "Give this once."} for name in twice])
        return super().load_querystring(req, schema)

    def handle_error(
        self,
        error: ValidationError,
        req: Request,  # noqa: ARG002 - the library's signature
        schema: Schema,  # noqa: ARG002 - as above
        **_: Any,
    ) -> NoReturn:
        """Every error with its place."""
        found: list[dict[str, Any]] = []
        messages: Mapping[str, Any] = error.messages if isinstance(error.messages, dict) else {"json": error.messages}
        for location, inner in messages.items():
            found += errors_of(inner, "pointer" if location == "json" else "parameter")
        raise InputInvalid(found) from None
