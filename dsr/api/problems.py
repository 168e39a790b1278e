"""Every error as one `application/problem+json` (RFC 9457)."""

import logging
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

import msgspec
from flask import Flask, Response, g, make_response, request
from werkzeug.exceptions import HTTPException

from dsr.api import errors as http
from dsr.api.statuses import status_of
from dsr.desk.caller import Caller
from dsr.domain import ropa
from dsr.domain.errors import DomainError, ServiceWide
from dsr.logs import Seldom

log = logging.getLogger("dsr.api")

_of_all_requests: Final = Seldom(60)

PROBLEM_JSON: Final = "application/problem+json"

RETRY_AFTER_SECONDS: Final = 5
"""Seconds after which a temporary failure may be retried."""

_OF_HTTP: Final[dict[int, type[DomainError]]] = {
    404: http.PathUnknown,
    405: http.MethodNotAllowed,
    415: http.MediaTypeUnsupported,
}
"""Flask's own errors; the others of 4xx are malformed requests."""


def register_problems(app: Flask) -> None:
    """Register one handler for every error."""
    app.register_error_handler(DomainError, _of_domain)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(Exception, _of_bug)


def title_of(error: type[DomainError]) -> str:
    """The code as words; constant for one type of problem."""
    return error.code.replace("-", " ").capitalize()


def problem(error: DomainError, *, instance: str | None = None) -> Response:
    """The response for an error."""
    status = status_of(type(error))
    response = make_response(problem_body(error, instance=instance), status)
    response.headers["Content-Type"] = PROBLEM_JSON
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="dsr"'
    if status == 416:
        response.headers["Content-Range"] = f"bytes */{error.facts['size']}"
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if isinstance(error, http.RateLimited):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def problem_body(error: DomainError, *, instance: str | None = None) -> bytes:
    """An error as JSON, in the common format."""
    status = status_of(type(error))
    body: dict[str, Any] = {
        "type": f"/docs/errors#{error.code}",
        "title": title_of(type(error)),
        "status": status,
        "detail": error.detail,
        "code": error.code,
        "facts": msgspec.to_builtins(error.facts, enc_hook=str),
        "errors": _errors(error),
        "instance": instance,
    }
    return msgspec.json.encode(body)


def _errors(error: DomainError) -> Sequence[Mapping[str, Any]]:
    """All errors of the input, with their places."""
    if isinstance(error, http.InputInvalid):
        return error.errors
    if isinstance(error, ropa.RopaInvalid):
        return [
            {"pointer": each.pointer, "detail": each.detail, "code": each.code, "line": each.line}
            for each in error.problems
        ]
    return []


def _too_large() -> http.BodyTooLarge:
    return http.BodyTooLarge(request.max_content_length)


def _of_domain(error: DomainError) -> Response:
    if isinstance(error, ropa.NotInRecord):
        _name_what_exists(error)
    if status_of(type(error)) < 500:
        return problem(error)
    return problem(error, instance=note_error(error))


def of_http(error: HTTPException) -> Response:
    """The response for an error of Flask's own."""
    if error.code is None or error.code < 400:  # a redirect, or a prepared response
        return make_response(error.get_response())
    if error.code >= 500:
        return _of_bug(error)
    response = problem(_too_large() if error.code == 413 else _OF_HTTP.get(error.code, http.RequestMalformed)())
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _name_what_exists(error: ropa.NotInRecord) -> None:
    """Say what the record of processing has in the scope of a member of staff who asked for what it has not."""
    caller: Caller | None = g.get("caller")
    if caller is None or caller.request_id is not None:
        return
    existing = sorted(
        each for each, owners in error.existing.items() if caller.scope is None or not caller.scope.isdisjoint(owners)
    )
    if existing:
        error.detail = f"{error.detail} It has: {', '.join(existing)}."
        error.facts = {**error.facts, "existing": existing}


def _of_bug(error: Exception) -> Response:
    return problem(http.InternalError(), instance=note_error(error))


def note_error(error: BaseException) -> str:
    """Log an error under an id: its types and places, never its messages, which may quote personal data.

    Of an error that all requests have, such as a full disk, one line a minute says as much.
    """
    instance = f"urn:uuid:{uuid4()}"
    held_back = _of_all_requests.held_back(error.code) if isinstance(error, ServiceWide) else 0
    if held_back is None:
        return instance
    chain: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(chain) < 8:
        frames = " < ".join(
            f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}"
            for frame in reversed(traceback.extract_tb(cause.__traceback__)[-12:])
        )
        chain.append(f"{type(cause).__name__} at {frames or 'no frame'}")
        cause = cause.__cause__ or cause.__context__
    more = f" ({held_back} more since the last line)" if held_back else ""
    log.error("%s %s%s", instance, " | from ".join(chain), more)
    return instance
