"""The OpenAPI document, written from the metadata of the operations, with every possible problem."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final, cast

from flask import Flask
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields

from dsr.api.describing import refusals
from dsr.api.enumerations import name_enumerations
from dsr.api.examples import add_examples
from dsr.api.fields import View
from dsr.api.links import add_links
from dsr.api.operation import Operation
from dsr.api.problems import PROBLEM_JSON
from dsr.api.references import MEANINGS, NAMED, REFERENCE
from dsr.api.statuses import statuses
from dsr.api.stepping_up import STEP_UP
from dsr.domain.roles import Role

TITLE: Final = "dsr"

_DESCRIPTION: Final = """\
Requests of data subjects (GDPR Art. 12-22), from the letter that arrives to the answer that leaves.

**Who.** Send a token: `Authorization: Bearer dsr_…`. Every operation names its roles in `x-roles`. What is outside of
the scope of a caller does not exist for that caller (404).

**A case** of access: `enter_request` or `receive_message`, `register_request`, `grant_item`, `collect_data_set` or
`begin_upload`, `account_for_systems`, `prepare_export`, `offer_export`, `tell_password`, `complete_item`. The service
then drafts the letter: `list_dispatches_of_request`, `edit_dispatch`, `preview_dispatch`, `release_dispatch`. Once it
was sent, `close_request`. For a letter that was sent in another way, `record_answer` takes the place of all four.

**What comes later** on a case waits until a handler says what it is: `list_messages` shows what waits on all requests,
`open_request` reads it, `examine_messages` says what it is. `enter_examined_message` does all of it for a telephone
call.

**Commands** on a request name the version on which they were decided: `If-Match` with the `ETag` that was seen. After
412 `version-stale`, load the request again, look at what changed, and decide again. `Idempotency-Key` lets a lost
answer be asked for again: the same key and body get the first answer, another body is refused, and so is a
caller who has fewer roles or controllers than then.

**Errors** are `application/problem+json` (RFC 9457). `code` is stable; /docs/errors lists every one of them. `x-codes`
names those with which the law refuses an operation.

**Times** are RFC 3339 with a zone, in UTC where the service answers; dates are ISO 8601. A text holds no NUL. Unknown
fields are refused, in bodies and in query strings.

**Lists** come in pages: pass `next` as `cursor` until it is null.

**Limits** hold for each token, and for each address without one: `RateLimit` says what is left. After 429 and 503, wait
for `Retry-After` seconds and send the same again, with the same key.

**Generated clients.** For Python: `openapi-python-client` with the settings at /docs/openapi-python-client.yml. For
TypeScript: `openapi-typescript` with `--default-non-nullable false`, so that a field with a default may be left out.

A path answers 405 to methods that are not listed, and 404 where there is nothing.
"""


class InputErrorView(Schema):
    """One error of the input: its place is one of `pointer`, `parameter` and `header`."""

    detail = fields.String(required=True, metadata={"description": "What is wrong, and what is allowed."})
    pointer = fields.String(metadata={"description": "JSON Pointer into the body; empty for the body as a whole."})
    parameter = fields.String(metadata={"description": "Name of a parameter of the path or the query."})
    header = fields.String(metadata={"description": "Name of a header."})
    code = fields.String(metadata={"description": "Of a record of processing: which rule it breaks."})
    line = fields.Integer(allow_none=True, metadata={"description": "Of a record of processing: line of the file."})


class ProblemView(View):
    """An error (RFC 9457)."""

    type = fields.String(metadata={"description": "Where the documentation explains this code."})
    title = fields.String(metadata={"description": "The code in words."})
    status = fields.Integer(metadata={"description": "The HTTP status."})
    detail = fields.String(metadata={"description": "What to do, in a sentence."})
    code = fields.String(metadata={"description": "Stable, kebab-case."})
    facts = fields.Dict(keys=fields.String(), metadata={"description": "Ids, dates and codes that go with it."})
    errors = fields.List(fields.Nested(InputErrorView), metadata={"description": "Each error of the input."})
    instance = fields.String(allow_none=True, metadata={"description": "Id of an error on our side, for the operator."})


class RestApi(Api):  # type: ignore[misc]  # the library is not typed
    """The library's API class, with our problems instead of its errors."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """`problems.py` handles all errors."""

    def _register_doc_blueprint(self) -> None:
        """`docs.py` serves the documentation."""

    def _register_responses(self) -> None:
        for status in sorted({*statuses().values()}):
            self.spec.components.response(f"Problem{status}", _problem_response(status))


def write_document(resources: Sequence[Blueprint]) -> dict[str, Any]:
    """The OpenAPI document of these resources, written with a separate application that is never served."""
    app = Flask(__name__, static_folder=None)
    api = _make_api(app)
    for resource in resources:
        api.register_blueprint(resource)
    document = cast(dict[str, Any], api.spec.to_dict())
    for item in document["paths"].values():
        for parameter in item.get("parameters", []):
            parameter["description"] = MEANINGS[parameter["name"]]
            if parameter["name"] == NAMED:
                parameter["schema"] = {"anyOf": [parameter["schema"], {"type": "string", "pattern": REFERENCE}]}
        for operation in (each for method, each in item.items() if method != "parameters"):
            operation["x-codes"] = refusals().get(operation["operationId"], [])
            operation["parameters"] = [_without_null(each) for each in operation.get("parameters", [])]
    name_enumerations(document)
    add_links(document)
    add_examples(document)
    return document


def _without_null(parameter: dict[str, Any]) -> dict[str, Any]:
    """A query parameter without null, which a query string can't express; omitting it means null."""
    schema = dict(parameter["schema"])
    if schema.get("default", "") is None:
        del schema["default"]
    if isinstance(types := schema.get("type"), list):
        (schema["type"],) = (each for each in types if each != "null")
    if None in (codes := schema.get("enum", ())):
        schema["enum"] = [code for code in codes if code is not None]
    return parameter | {"schema": schema}


def _make_api(app: Flask) -> RestApi:
    """The empty specification."""
    app.config["API_TITLE"] = TITLE
    app.config["API_VERSION"] = version("data-subject-rights")
    app.config["OPENAPI_VERSION"] = "3.1.0"
    api = RestApi(
        app,
        spec_kwargs={
            "info": {"description": _DESCRIPTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
            "servers": [{"url": "/"}],
        },
    )
    for scheme, its in _SCHEMES.items():
        api.spec.components.security_scheme(scheme, its)
    for name, header in _HEADERS.items():
        api.spec.components.header(name, header)
    return api


def document_operation(doc: dict[str, Any], doc_info: dict[str, Any], *, method: str, **_: Any) -> dict[str, Any]:
    """Add roles, headers and problems, which every operation has."""
    said: Operation = doc_info.get("operation", Operation())
    doc["operationId"] = said.name
    doc["x-roles"] = ["anyone"] if said.public else sorted(said.roles or ())
    doc["security"] = [{scheme: []} for scheme in (said.schemes if said.public else _schemes(said))]
    if said.name in STEP_UP:
        doc["x-step-up"] = True
    if said.open_when is not None:
        doc["security"].append({})
    doc.setdefault("parameters", []).extend(_header_parameters(said))
    responses: dict[str, Any] = {
        str(status): response for status, response in doc.get("responses", {}).items() if int(status) < 400
    }
    for status in _problems_of(said, method):
        responses[str(status)] = f"Problem{status}"
    for response in responses.values():
        if isinstance(response, dict) and said.limited:
            response.setdefault("headers", {}).update({name: {"$ref": _header(name)} for name in _ON_EVERY_RESPONSE})
    doc["responses"] = responses
    return doc


def _schemes(said: Operation) -> tuple[str, ...]:
    """A token, or the session of a person; a data subject has none here."""
    return ("token",) if (said.roles or frozenset()) <= {Role.DATA_SUBJECT} else ("token", "staff-session")


def _problems_of(said: Operation, method: str) -> Iterable[int]:
    statuses = {400, 404, 422, 500, 503}
    if said.produces:
        statuses.add(406)
    if said.limited:
        statuses.add(429)
    if not said.public:
        statuses |= {401, 403}
    if method in ("post", "patch"):
        statuses |= {409, 410, 413, 415}
    if said.if_match:
        statuses |= {412, 428}
    elif said.takes_key:
        statuses.add(412)
    return sorted(statuses | set(said.further))


def _header_parameters(said: Operation) -> Iterable[dict[str, Any]]:
    if said.if_match:
        yield {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "description": "The ETag that was seen.",
            "schema": {"type": "string", "pattern": '^"[1-9][0-9]{0,8}"$'},
        }
    if said.takes_key:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": said.key_required,
            "description": "New for each command; the same again asks for the first answer.",
            "schema": {"type": "string", "pattern": "^[!-~]+$", "minLength": 1, "maxLength": 200},
        }


_SCHEMES: Final[dict[str, dict[str, Any]]] = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token of a member of staff, or of one request."},
    "staff-session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-dsr_staff",
        "description": "A person who signed in at `/sign-in`. What is no GET also needs the header `DSR-Form-Token`, "
        "with `form_token` of `show_session`. `x-step-up` marks what needs a proof of at most five minutes ago "
        "(`step-up-required`), which the person gives at `/account/step-up`.",
    },
    "session": {"type": "http", "scheme": "bearer", "description": "`session` of `redeem_export`, for an hour."},
    "session-cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "dsr_export",
        "description": "The same, as `redeem_export` sets it in a browser.",
    },
}

_HEADERS: Final[dict[str, dict[str, Any]]] = {
    "RateLimit-Policy": {"description": "Requests (`q`) in seconds (`w`).", "schema": {"type": "string"}},
    "RateLimit": {"description": "Requests that are left (`r`).", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    "WWW-Authenticate": {"description": "How to authenticate.", "schema": {"type": "string"}},
    "Content-Range": {"description": "`bytes */` and how many there are.", "schema": {"type": "string"}},
    "Allow": {"description": "The methods that this path takes.", "schema": {"type": "string"}},
}

_ON_EVERY_RESPONSE: Final = ("RateLimit-Policy", "RateLimit")

_ON_PROBLEM: Final = {
    401: "WWW-Authenticate",
    405: "Allow",
    416: "Content-Range",
    429: "Retry-After",
    503: "Retry-After",
}


def _header(name: str) -> str:
    return f"#/components/headers/{name}"


def _problem_response(status: int) -> dict[str, Any]:
    codes = sorted({error.code for error, its in statuses().items() if its == status})
    names = [*_ON_EVERY_RESPONSE, *([_ON_PROBLEM[status]] if status in _ON_PROBLEM else [])]
    return {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(codes)}",
        "headers": {name: {"$ref": _header(name)} for name in names},
        "content": {
            PROBLEM_JSON: {
                "schema": {
                    "allOf": [ProblemView],
                    "properties": {"status": {"const": status}, "code": {"enum": codes}},
                }
            }
        },
    }
