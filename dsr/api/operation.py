"""What a route says of itself: who may use it, which headers it takes, what it answers.

Each decorator notes one thing in `view.operation`; the guard reads it before the view runs, and the specification is
written from it, so that what is documented is what holds.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from flask import Response, current_app, make_response, request

from dsr.api.context import caller
from dsr.api.idempotency import idempotency_key
from dsr.api.preconditions import etag, expected_version
from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.domain.roles import Role
from dsr.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Operation:
    """What the decorators of one view said."""

    name: str = ""
    """The verb of the desk and its object, as the view is called: unique, public, never renamed."""
    roles: frozenset[Role] | None = None
    """Who may use it; None where the view names nobody, which refuses everybody."""
    public: bool = False
    """Needs no token."""
    open_when: Callable[[Settings], bool] | None = None
    """A setting that opens it to callers without a token."""
    if_match: bool = False
    takes_key: bool = False
    key_required: bool = False
    takes_query: bool = False
    takes_body: bool = False
    media_types: tuple[str, ...] = ()
    """Of the body; empty for JSON."""
    largest: Callable[[Settings], int] = lambda settings: settings.max_body_bytes
    """Bytes of the body."""
    further: tuple[int, ...] = ()
    """Problems that this operation has besides those of its kind, by status."""
    recorded: bool = False
    """Puts on record itself what an auditor reads with it."""
    limited: bool = True
    """Counts against the rate; probes of the machine do not."""


def mark(view: View, **said: Any) -> View:
    """Note something about a view, for the guard and for the specification."""
    operation = replace(operation_of(view), name=view.__name__, **said)
    view.operation = operation  # type: ignore[attr-defined]  # functions take attributes
    view._apidoc = {**getattr(view, "_apidoc", {}), "operation": operation}  # type: ignore[attr-defined]  # as above
    return view


def operation_of(view: Callable[..., Any]) -> Operation:
    """What a view says of itself."""
    return getattr(view, "operation", Operation())


def this_operation() -> Operation:
    """What the view of this HTTP request says of itself."""
    return operation_of(current_app.view_functions[request.endpoint or ""])


def allow(*roles: Role, open_when: Callable[[Settings], bool] | None = None) -> Callable[[View], View]:
    """Name the roles that may use a route."""
    return lambda view: mark(view, roles=frozenset(roles), open_when=open_when)


def public(view: View) -> View:
    """Let everybody use a route, without a token."""
    return mark(view, roles=frozenset(), public=True)


def this_call(content: bytes | None = None) -> Call:
    """The command as the caller asked it: who, on which version, under which key.

    `content` stands for the body in the fingerprint of the key. Raises PreconditionRequired, PreconditionMalformed,
    IdempotencyKeyRequired, IdempotencyKeyInvalid.
    """
    said = this_operation()
    return Call(
        caller=caller(),
        expected=expected_version() if said.if_match else None,
        idempotency=idempotency_key(required=said.key_required, content=content) if said.takes_key else None,
    )


def respond(answer: Answer, status: int = 200, *, location: str | None = None) -> Response:
    """The answer of the desk, byte for byte, with its version as ETag."""
    response = make_response(answer.body, status)
    response.mimetype = "application/json"
    if answer.version is not None:
        response.headers["ETag"] = etag(answer.version)
    if location is not None:
        response.headers["Location"] = location
    return response
