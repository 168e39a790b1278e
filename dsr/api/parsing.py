"""Parsing of bodies and query strings: strict JSON, no unknown fields, every error with its place."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import msgspec
from flask import Request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser

from dsr.api.errors import InputInvalid, MediaTypeUnsupported, RequestMalformed

_BYTE = re.compile(r"\(byte (\d+)\)")
"""In msgspec's message: where it stopped reading."""
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def parse_json(content: bytes) -> Any:
    """Read strict JSON: UTF-8, no NaN, no lone surrogates, no name twice. Raises RequestMalformed, with the place."""
    try:
        value = msgspec.json.decode(content)
    except UnicodeDecodeError:
        raise _malformed("The body is not UTF-8", content, _first_wrong_byte(content)) from None
    except msgspec.DecodeError as error:
        _require_whole_characters(content)
        found = _BYTE.search(str(error))
        raise _malformed("The body is not JSON in UTF-8", content, int(found[1]) if found else len(content)) from None
    except RecursionError:
        raise RequestMalformed("The body is nested too deeply.") from None
    _require_whole_characters(content, value)
    _require_each_name_once(content)
    return value


def _require_each_name_once(content: bytes) -> None:
    """Raise RequestMalformed where an object has a name twice: one reader would take the first, another the last."""
    try:
        json.loads(content, object_pairs_hook=_once, parse_int=_any_number, parse_float=_any_number)
    except RecursionError:
        raise RequestMalformed("The body is nested too deeply.") from None


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise RequestMalformed("An object in the body has a field twice: send each field once.")


def _any_number(_: str) -> int:
    """Numbers were read before."""
    return 0


def _first_wrong_byte(content: bytes) -> int:
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _require_whole_characters(content: bytes, value: Any = None) -> None:
    """Raise RequestMalformed where a text holds half of a surrogate pair, with its place.

    `value` is what the content says; None where it could not be read, perhaps for just that.
    """
    if b"\\u" not in content:
        return
    if value is None:
        try:
            value = json.loads(content)
        except (ValueError, RecursionError):
            return
    place = next(_lone_surrogates(value, ""), None)
    if place is not None:
        raise RequestMalformed(
            f"The text at '{place}' holds half of a surrogate pair, which is no character.", pointer=place
        )


def _malformed(what: str, content: bytes, byte: int) -> RequestMalformed:
    """An error with line and column, both counted from 1, without the content at that place."""
    before = content[:byte]
    line, column = before.count(b"\n") + 1, len(before) - (before.rfind(b"\n") + 1) + 1
    return RequestMalformed(f"{what}: look at line {line}, column {column}.", line=line, column=column)


def _lone_surrogates(value: Any, place: str) -> Iterator[str]:
    """JSON Pointers to the texts that hold one; of a key, to the object that has it."""
    if isinstance(value, str) and _LONE_SURROGATE.search(value):
        yield place
    elif isinstance(value, dict):
        yield from (place for key in value if _LONE_SURROGATE.search(key))
        for key, inner in value.items():
            yield from _lone_surrogates(inner, f"{place}/{_step(key)}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _lone_surrogates(inner, f"{place}/{number}")


def _step(key: Any) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def errors_of(messages: Any, place: str, prefix: str = "") -> Iterator[dict[str, Any]]:
    """Marshmallow's messages, each with its JSON Pointer (`pointer`) or the name of its `parameter`."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            step = "" if key == "_schema" else f"/{_step(key)}"
            yield from errors_of(inner, place, prefix + step)
    else:
        where = prefix if place == "pointer" else prefix.removeprefix("/").split("/")[0]
        for message in messages if isinstance(messages, list) else [messages]:
            yield {place: where, "detail": str(message)}


class StrictParser(FlaskParser):
    """The library's parser, made strict about unknown query fields, invalid JSON and other media types."""

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
        """The query string, without repeated parameters. Raises InputInvalid."""
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
