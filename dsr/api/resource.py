"""A blueprint whose decorators document what they do."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final, cast

from flask import Response, current_app, url_for
from flask_smorest import Blueprint

from dsr.api.operation import View, mark, operation_of, respond
from dsr.api.parsing import StrictParser
from dsr.api.specification import document_operation
from dsr.desk.idempotency import Answer
from dsr.settings import Settings


def either(*schemas: Any) -> dict[str, Any]:
    """One of two schemas, for staff or for the data subject."""
    return {"anyOf": list(schemas)}


_JSON: Final = ("application/json",)

_BYTES: Final = {"type": "string", "format": "binary"}

_ENVELOPE: Final = 1_000_000
"""Bytes of an upload beside its file: metadata and boundaries."""

_ETAG = {"ETag": {"description": "The version, for `If-Match`.", "schema": {"type": "string"}}}
_OF_BYTES: Final = {
    "ETag": {"description": "Names these bytes, for `If-Range`.", "schema": {"type": "string"}},
    "Accept-Ranges": {"description": "`bytes`.", "schema": {"type": "string"}},
}
_OF_A_PART: Final = {"Content-Range": {"description": "Which bytes these are.", "schema": {"type": "string"}}}
_OF_A_FILE: Final = {
    "Content-Disposition": {"description": "`attachment`, with a name for the file.", "schema": {"type": "string"}}
}
_SCANNED: Final = {
    "DSR-Scanned": {
        "description": "`yes`: the scanner for malware examined the file and found nothing; else `no`.",
        "schema": {"type": "string", "enum": ["yes", "no"]},
    }
}
_RANGE: Final = (
    {
        "name": "Range",
        "in": "header",
        "description": "The part that is still missing, such as `bytes=1048576-`; the whole unless given.",
        "schema": {"type": "string"},
    },
    {
        "name": "If-Range",
        "in": "header",
        "description": "The ETag of the bytes that arrived: if the package is another one, the whole is sent.",
        "schema": {"type": "string"},
    },
)
_LOCATION = {"Location": {"description": "Where what was made can be read.", "schema": {"type": "string"}}}


class Resource(Blueprint):  # type: ignore[misc]  # the library is not typed
    """A blueprint whose decorators document what they do."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, prefix: str, description: str) -> None:
        super().__init__(name, __name__, url_prefix=f"/api/v1{prefix}", description=description)
        self._prepare_doc_cbks.append(document_operation)

    def get(self, rule: str, **options: Any) -> Callable[[View], View]:
        """A read operation."""
        return cast(Callable[[View], View], super().get(rule, **options))

    def post(self, rule: str, **options: Any) -> Callable[[View], View]:
        """A command, or a query with a body."""
        return cast(Callable[[View], View], super().post(rule, **options))

    def patch(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Bytes that continue an upload; their offset is checked instead of a version."""
        return cast(Callable[[View], View], super().patch(rule, **options))

    def delete(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Deletion of a resource without legal meaning; others are closed, revoked or discarded by a command."""
        return cast(Callable[[View], View], super().delete(rule, **options))

    def takes(self, schema: Any) -> Callable[[View], View]:
        """Takes a JSON body, passed to the view as its first argument."""
        return lambda view: mark(self.arguments(schema())(view), takes_body=True, body=schema)

    def asks(self, schema: Any) -> Callable[[View], View]:
        """Takes a query string, passed to the view as its first argument."""
        return lambda view: mark(self.arguments(schema(), location="query")(view), takes_query=True)

    def shows(
        self,
        schema: Any,
        *,
        versioned: bool = False,
        headers: dict[str, Any] | None = None,
        description: str = "As asked.",
    ) -> Callable[[View], View]:
        """A read operation that answers 200; the view returns a Response."""
        headers = ((headers or {}) | (_ETAG if versioned else {})) or None
        return lambda view: mark(
            self.response(200, schema, headers=headers, description=description)(view),
            produces=(*_JSON, *operation_of(view).produces),
        )

    def sends(
        self,
        media_type: str,
        meaning: str,
        *,
        largest: Callable[[Settings], int] = lambda settings: settings.max_message_bytes,
        headers: dict[str, Any] | None = None,
    ) -> Callable[[View], View]:
        """Takes a body other than JSON, with its headers; the view reads them from the request."""
        body = {
            "description": meaning,
            "required": True,
            "content": {media_type: {"schema": _BYTES}},
        }
        said: dict[str, Any] = {"requestBody": body}
        if headers:
            said["parameters"] = [{"name": name, "in": "header", **header} for name, header in headers.items()]
        return lambda view: mark(self.doc(**said)(view), largest=largest)

    def uploads(
        self, *, metadata: Any, records: Any, media_types: Sequence[str] = ("application/json", "text/csv")
    ) -> Callable[[View], View]:
        """A file of one of the media types with its description, or records in JSON: the view reads the request."""
        parts = {
            "type": "object",
            "properties": {
                "metadata": metadata,
                "file": _BYTES | {"description": "The file, in one of its media types."},
            },
            "required": ["metadata", "file"],
            "additionalProperties": False,
        }
        body = {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": parts,
                    "encoding": {
                        "metadata": {"contentType": "application/json"},
                        "file": {"contentType": ", ".join(media_types)},
                    },
                },
                "application/json": {"schema": records},
            },
        }
        return lambda view: mark(
            self.doc(requestBody=body)(view), largest=lambda settings: settings.max_upload_bytes + _ENVELOPE
        )

    def outcomes(self, outcomes: dict[int, tuple[str, Any]]) -> Callable[[View], View]:
        """Several successful answers, by status; the view returns the Response."""

        def decorate(view: View) -> View:
            for status, (description, schema) in outcomes.items():
                headers = {} if status == 200 else _LOCATION
                view = self.response(status, schema, description=description, headers=headers)(view)
            return mark(view, produces=_JSON)

        return decorate

    def hands_out(
        self,
        media_types: tuple[str, ...],
        meaning: str,
        *,
        versioned: bool = False,
        attached: bool = True,
        scanned: bool = False,
        located: bool = False,
    ) -> Callable[[View], View]:
        """A read operation that answers 200 with bytes; the view returns the Response."""

        headers = (_OF_A_FILE if attached else {}) | (_ETAG if versioned else {}) | (_SCANNED if scanned else {})
        headers |= _LOCATION if located else {}

        def decorate(view: View) -> View:
            for media_type in media_types:
                view = self.response(200, _BYTES, content_type=media_type, description=meaning, headers=headers)(view)
            return mark(view, produces=media_types)

        return decorate

    def also_hands_out(self, *media_types: str, meaning: str) -> Callable[[View], View]:
        """A read operation that answers with bytes, too, where `Accept` prefers one of these types.

        It stands below `shows`: so JSON comes first in the document, which is what generated clients take.
        """

        def decorate(view: View) -> View:
            for media_type in reversed(media_types):
                view = self.response(200, _BYTES, content_type=media_type, description=meaning)(view)
            return mark(view, produces=media_types)

        return decorate

    def hands_out_parts(self, media_type: str, meaning: str) -> Callable[[View], View]:
        """A read operation that answers bytes, the whole (200) or a range (206); the view returns the Response."""

        def decorate(view: View) -> View:
            for status, further in ((200, {}), (206, _OF_A_PART)):
                headers = _OF_BYTES | _OF_A_FILE | further
                view = self.response(status, _BYTES, content_type=media_type, description=meaning, headers=headers)(
                    view
                )
            view = self.doc(parameters=list(_RANGE))(view)
            return mark(view, produces=(media_type,))

        return decorate

    def may_fail(self, *statuses: int) -> Callable[[View], View]:
        """Additional problems of this operation."""
        return lambda view: mark(view, further=statuses)

    def unlimited(self, view: View) -> View:
        """Exempt from the rate limit: probes."""
        return mark(view, limited=False)

    def reads(self, view: View) -> View:
        """Changes nothing although it takes POST: an auditor's reading is recorded as that of a page."""
        return mark(view, reads=True)

    def records_reading(self, view: View) -> View:
        """The operation records an auditor's readings itself."""
        return mark(view, recorded=True)

    def issues(self, schema: Any, *, if_match: bool = False) -> Callable[[View], View]:
        """A command that creates a secret, shown only in its answer; the view returns the Response."""

        def decorate(view: View) -> View:
            documented = self.response(201, schema, headers=_ETAG, description=_DONE[201])(view)
            marked: View = mark(documented, if_match=if_match, takes_key=True, key_required=True, produces=_JSON)
            return marked

        return decorate

    def command(
        self,
        schema: Any,
        *,
        if_match: bool = True,
        key_required: bool = False,
        made: str | None = None,
        versioned: bool = True,
    ) -> Callable[[View], View]:
        """A command: the view returns the desk's Answer.

        `made` is the endpoint of a created resource, by the resource id of the Answer; the command then answers 201
        with Location. `versioned` is false where what is made has no version.
        """

        def decorate(view: View) -> View:
            @wraps(view)
            def wrapper(*args: Any, **kwargs: Any) -> Response:
                answer = view(*args, **kwargs)
                if isinstance(answer, Response):
                    return answer
                if made is None:
                    return respond(answer)
                return respond(answer, 201, location=_location(made, answer))

            status = 201 if made is not None else 200
            headers = (_ETAG if versioned else {}) | (_LOCATION if made is not None else {})
            documented = self.response(status, schema, headers=headers, description=_DONE[status])(wrapper)
            marked: View = mark(
                documented, if_match=if_match, takes_key=True, key_required=key_required, produces=_JSON
            )
            return marked

        return decorate


_DONE = {200: "Done; this is how it stands now.", 201: "Made."}


def _location(endpoint: str, answer: Answer) -> str:
    rule = next(current_app.url_map.iter_rules(endpoint))
    parameter = next(iter(rule.arguments))
    values: dict[str, Any] = {parameter: answer.resource_id}
    return url_for(endpoint, **values)
