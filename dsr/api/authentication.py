"""Authentication and authorisation, before anything else of a request is read.

A bearer token identifies a program, the cookie of a session a person in a browser; a token goes first. A browser sends
cookies with what another site makes it send, so a session changes something only with its form token: in a header of
its own, or in the form of a page. Each route names its roles with `allow`; a route without roles refuses everyone.
"""

from typing import Final
from uuid import UUID

from flask import Flask, Response, g, request
from gunicorn.http.errors import ParseException

from dsr.api.arriving import MOST_BODY
from dsr.api.context import client_address, desk, service
from dsr.api.cookies import STAFF_SESSION, cookie
from dsr.api.errors import (
    BodyTooLarge,
    InputInvalid,
    MediaTypeUnsupported,
    NotAcceptable,
    PathUnknown,
    RequestMalformed,
)
from dsr.api.limits import Allowance, RateLimit, visitor_of
from dsr.api.operation import FORM_FIELD, Operation, this_operation
from dsr.api.references import resolve_references
from dsr.api.stepping_up import require_fresh
from dsr.desk.caller import Caller
from dsr.desk.errors import Forbidden, SignInNeeded, TokenInvalid, TokenLimited

FORM_HEADER: Final = "DSR-Form-Token"
"""Header with the form token of a session, which no other site can know or send."""

_SAFE: Final = ("GET", "HEAD")


def register_guard(app: Flask, *, per_minute: int) -> None:
    """Let every request pass the guard."""
    by_token = RateLimit(per_minute)
    by_address = RateLimit(max(1, per_minute // 10))

    def asked_for() -> Operation:
        """The operation of the path; a page that names a command that there is not counts as an unknown path."""
        try:
            return this_operation()
        except PathUnknown:
            _take(by_address, f"address:{visitor_of(client_address())}")
            raise

    def guard() -> None:
        if request.url_rule is None:
            _take(by_address, f"address:{visitor_of(client_address())}")
            return
        said = asked_for()
        request.max_content_length = said.largest(service().settings)
        announced = said.takes_files and request.content_length is not None
        if said.public and not announced:  # the server reads no more than that before it gives the request a thread
            request.max_content_length = min(request.max_content_length, MOST_BODY)
        if said.public or (said.open_when is not None and said.open_when(service().settings)):
            if said.limited:
                _take(by_address, f"address:{visitor_of(client_address())}")
        else:
            try:
                g.caller = authenticate(request.headers.get("Authorization"))
            except (TokenInvalid, SignInNeeded):
                _take(by_address, f"address:{visitor_of(client_address())}")
                raise
            if said.limited:
                _take(by_token, str(g.caller.credential))
            if g.caller.session_id is not None and request.method not in _SAFE:
                given = request.form.get(FORM_FIELD, "") if said.page else request.headers.get(FORM_HEADER, "")
                desk().my.require_form(cookie(STAFF_SESSION), given)
            authorise(g.caller, said)
            require_fresh(g.caller, said.name)
        _require_acceptable(said)
        resolve_references()
        if request.method in ("POST", "PATCH"):
            _require_plain_body()
        is_reading = request.method in _SAFE or said.reads
        if "caller" in g and g.caller.limits.reads_only and not is_reading:
            raise TokenLimited()
        if is_reading and "caller" in g and g.caller.is_auditor and not said.recorded:
            subjects = tuple(each for each in (request.view_args or {}).values() if isinstance(each, UUID))
            service().desk.audits.record_page(g.caller, route=request.url_rule.rule, subjects=subjects)
        if request.args and not said.takes_query:
            raise InputInvalid([{"parameter": name, "detail": "There is no such parameter."} for name in request.args])

    app.before_request(guard)
    app.after_request(_show_allowance)


def _require_acceptable(said: Operation) -> None:
    """Raise NotAcceptable where the caller accepts no media type that the operation answers with."""
    accepted = request.headers.get("Accept")
    if accepted is None or "*/*" in accepted or not said.produces:
        return
    if request.accept_mimetypes.best_match(said.produces) is None:
        raise NotAcceptable(
            f"This answers with {' or '.join(said.produces)}: name one of them in `Accept`.", produces=said.produces
        )


def _require_plain_body() -> None:
    """Refuse bodies that would be read differently from how they were sent.

    Compressed bodies are not supported. A chunked body states no length, and the library stops reading at the limit as
    if the body ended there, so it is read whole here. Raises MediaTypeUnsupported, RequestMalformed, BodyTooLarge.
    """
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise MediaTypeUnsupported("Send the body as it is, without a `Content-Encoding`.")
    most = request.max_content_length
    if request.content_length is not None or most is None:
        return
    request.max_content_length = most + 1
    try:
        body = request.get_data(cache=True)
    except (ParseException, OSError) as error:
        raise RequestMalformed("The chunks of the body can't be read.") from error
    if len(body) > most:
        raise BodyTooLarge(most)


def authenticate(header: str | None) -> Caller:
    """The holder of the bearer token of an `Authorization` header; without one, the member whose session's cookie came.

    Raises TokenInvalid, SignInNeeded.
    """
    session = cookie(STAFF_SESSION)
    if header is None and session:
        return desk().staff.authenticate_session(session)
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenInvalid("Send a token: `Authorization: Bearer dsr_…`.")
    return service().desk.staff.authenticate(token.strip())


def authorise(caller: Caller, said: Operation) -> None:
    """Raise Forbidden unless the caller has a role that the route names."""
    if not said.roles:
        raise Forbidden()
    caller.require(*said.roles)


def _take(limit: RateLimit, key: str) -> None:
    g.allowance = Allowance(limit.per_minute, 0)
    g.allowance = limit.take(key)


def _show_allowance(response: Response) -> Response:
    allowance: Allowance | None = g.get("allowance")
    if allowance is not None:
        response.headers["RateLimit-Policy"] = f'"default";q={allowance.limit};w=60'
        response.headers["RateLimit"] = f'"default";r={allowance.left};t=60'
    return response
