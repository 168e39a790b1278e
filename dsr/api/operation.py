"""Metadata of an operation: roles, headers, answers.

Each decorator stores one fact in `view.operation`. The guard reads it before the view runs, and the specification is
written from it, so that the documentation always matches the behaviour.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from flask import Response, current_app, g, make_response, request
from marshmallow import Schema

from dsr.api.context import caller
from dsr.api.idempotency import idempotency_key
from dsr.api.preconditions import etag, expected_version
from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.domain.roles import Role
from dsr.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])

FORM_FIELD: Final = "form_token"
"""The field of a page's form that holds its token."""

_REHEARSING: Final = "rehearsing"


@dataclass(frozen=True)
class Operation:
    """The metadata of one view."""

    name: str = ""
    """The desk's verb and its object, from the name of the view: unique, public, never renamed."""
    roles: frozenset[Role] | None = None
    """Roles; None if the view names none, which refuses everyone."""
    public: bool = False
    """Needs no token."""
    schemes: tuple[str, ...] = ()
    """Security schemes of a public operation that checks a secret of its own, any of which will do."""
    open_when: Callable[[Settings], bool] | None = None
    """Name of a setting that allows callers without a token."""
    if_match: bool = False
    takes_key: bool = False
    key_required: bool = False
    takes_query: bool = False
    takes_body: bool = False
    body: type[Schema] | None = None
    """The schema of its JSON body, if it takes one."""
    media_types: tuple[str, ...] = ()
    """Of the body; empty for JSON."""
    largest: Callable[[Settings], int] = lambda settings: settings.max_body_bytes
    """Bytes of the body."""
    takes_files: bool = False
    """A public operation whose body may be larger than a server waits for before it gives the request a thread; its
    view sees to it that such bodies hold few threads.
    """
    produces: tuple[str, ...] = ()
    """Media types of its answers; empty where none is looked at."""
    further: tuple[int, ...] = ()
    """Additional problems of this operation, by status."""
    reads: bool = False
    """Changes nothing although it takes POST: its question does not belong into a path."""
    recorded: bool = False
    """True if it records an auditor's readings itself."""
    limited: bool = True
    """Whether it counts against the rate limit; probes do not."""
    page: bool = False
    """A page for people: a form brings its token, the version that was seen and the key as fields."""
    stands_for: Callable[[Mapping[str, Any]], "Operation"] | None = None
    """Of a page that does what a route does, named in its path: finds the operation of that route."""


def mark(view: View, **said: Any) -> View:
    """Note something about a view, for the guard and for the specification."""
    operation = replace(operation_of(view), name=view.__name__, **said)
    view.operation = operation  # type: ignore[attr-defined]  # functions take attributes
    view._apidoc = {**getattr(view, "_apidoc", {}), "operation": operation}  # type: ignore[attr-defined]  # as above
    return view


def operation_of(view: Callable[..., Any]) -> Operation:
    """The metadata of a view."""
    return getattr(view, "operation", Operation())


def this_operation() -> Operation:
    """The metadata of the present request's view; of a page that stands for a route, the metadata of that route."""
    said = operation_of(current_app.view_functions[request.endpoint or ""])
    return said if said.stands_for is None else said.stands_for(request.view_args or {})


def allow(*roles: Role, open_when: Callable[[Settings], bool] | None = None) -> Callable[[View], View]:
    """Name the roles that may use a route."""
    return lambda view: mark(view, roles=frozenset(roles), open_when=open_when)


def public(view: View) -> View:
    """Open a route to everyone, without a token."""
    return mark(view, roles=frozenset(), public=True)


def opened_by(*schemes: str) -> Callable[[View], View]:
    """Name the security schemes of a public route whose view checks a secret of its own."""
    return lambda view: mark(view, schemes=schemes)


def produces(*media_types: str) -> Callable[[View], View]:
    """Say which media types a view answers with, where no decorator of a resource says so."""
    return lambda view: mark(view, produces=media_types)


def this_call(content: bytes | None = None) -> Call:
    """The call: caller, version and idempotency key.

    `content` replaces the body in the fingerprint of the key; of a page, it comes after the fields.
    Raises PreconditionRequired, PreconditionMalformed, IdempotencyKeyRequired, IdempotencyKeyInvalid.
    """
    said = this_operation()
    if said.page:
        fields = [each for each in request.form.items(multi=True) if each[0] != FORM_FIELD]
        content = repr(sorted(fields)).encode() + (content or b"")
    rehearses = g.get(_REHEARSING, False)
    takes_key = said.takes_key and not rehearses  # what saves nothing may be repeated
    return Call(
        caller=caller(),
        expected=expected_version() if said.if_match else None,
        idempotency=idempotency_key(required=said.key_required, content=content) if takes_key else None,
        rehearses=rehearses,
    )


@contextmanager
def rehearsing() -> Iterator[None]:
    """Let the calls of the block save nothing (`dsr.desk.rehearsal`)."""
    setattr(g, _REHEARSING, True)
    try:
        yield
    finally:
        setattr(g, _REHEARSING, False)


def respond(answer: Answer, status: int = 200, *, location: str | None = None) -> Response:
    """The answer of the desk, byte for byte, with its version as ETag."""
    response = make_response(answer.body, status)
    response.mimetype = "application/json"
    if answer.version is not None:
        response.headers["ETag"] = etag(answer.version)
    if location is not None:
        response.headers["Location"] = location
    return response
