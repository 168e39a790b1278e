"""SCIM 2.0 (RFC 7643, 7644), by which the organisation's directory ends the access of leavers.

It enrols nobody and gives no role: a person answers for training and confidentiality, and a second one confirms (GDPR
Art. 32(1)(b), (4)). A member who has left is no longer a resource, since no identifier is given twice. `userName` is
the identifier of the member; answers hold no address.

This module is loaded only where `DSR_SCIM_TOKEN` is set, since it needs the extra `scim`.
"""

import hmac
import re
from typing import Annotated, Any, Final
from uuid import UUID

from flask import Blueprint, Flask, Response, make_response, request
from pydantic import ValidationError
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    Context,
    Error,
    ETag,
    Filter,
    ListResponse,
    Meta,
    Mutability,
    Patch,
    PatchOp,
    Required,
    Resource,
    ResourceType,
    Schema,
    SCIMException,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
    User,
)
from scim2_models.messages.message import Message
from werkzeug.exceptions import HTTPException

from dsr.api.context import desk, service
from dsr.api.operation import mark, public
from dsr.api.statuses import status_of
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.unit_of_work import retrying
from dsr.domain.errors import DomainError
from dsr.projections.rows import Row
from dsr.projections.staff import member_of, staff_present

TYPE: Final = "application/scim+json"
LARGEST_PAGE: Final = 200

_URN: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
_BY_NAME: Final = re.compile(r'\s*userName\s+eq\s+"([^"\\]{1,100})"\s*', re.IGNORECASE)
_ONLY: Final = "This service takes `active: false` only, which ends all access for good."
_OF_HTTP: Final = {
    404: "There is no such resource type or endpoint; `/scim/v2/ResourceTypes` lists those that there are.",
    405: "This endpoint does not take this method; `/scim/v2/ServiceProviderConfig` says what the service can do.",
    413: "The body is too large. Send one change of one member.",
    415: "The body has to be `application/scim+json` or `application/json`.",
}
_MALFORMED: Final = "The request is malformed."
_CALL: Final = Call(part("scim"))


class Colleague(Resource[Any]):
    """A member of staff."""

    __schema__ = URN(_URN)

    user_name: Annotated[str | None, Required.true, Mutability.read_only, CaseExact.false, Uniqueness.server] = None
    """The identifier of a member of staff, which never changes."""
    active: bool | None = None
    """Whether they have access. `false` ends it for good, as leaving does."""


class _Refused(Exception):
    """An answer in the format of SCIM errors."""

    def __init__(self, status: int, detail: str, scim_type: str | None = None) -> None:
        super().__init__(detail)
        self.error = Error(status=status, scim_type=scim_type, detail=detail)


def register_scim(app: Flask) -> None:
    """Serve /scim/v2."""
    scim = Blueprint("scim", __name__, url_prefix="/scim/v2")
    for rule, methods, view in (
        ("/ServiceProviderConfig", ["GET"], show_config),
        ("/ResourceTypes", ["GET"], list_resource_types),
        ("/ResourceTypes/User", ["GET"], show_resource_type),
        ("/Schemas", ["GET"], list_schemas),
        (f"/Schemas/{_URN}", ["GET"], show_schema),
        ("/Users", ["GET"], list_users),
        ("/Users", ["POST"], create_user),
        ("/Users/<user_id>", ["GET"], show_user),
        ("/Users/<user_id>", ["PATCH"], change_user),
        ("/Users/<user_id>", ["DELETE"], delete_user),
    ):
        scim.add_url_rule(rule, view.__name__, mark(public(view), takes_query=True), methods=methods)
    scim.before_request(_require_token)
    scim.register_error_handler(_Refused, lambda refused: _answer(refused.error, refused.error.status))
    scim.register_error_handler(ValidationError, _of_input)
    scim.register_error_handler(SCIMException, _of_change)
    scim.register_error_handler(DomainError, _of_domain)
    scim.register_error_handler(HTTPException, _of_http)
    app.register_blueprint(scim)


# What it can do ------------------------------------------------------------------------------------------------


def show_config() -> Response:
    """Say what this service can do."""
    return _answer(
        ServiceProviderConfig(
            patch=Patch(supported=True),
            bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
            filter=Filter(supported=True, max_results=LARGEST_PAGE),
            change_password=ChangePassword(supported=False),
            sort=Sort(supported=False),
            etag=ETag(supported=False),
            authentication_schemes=[
                AuthenticationScheme(
                    type=AuthenticationScheme.Type.oauthbearertoken,
                    name="Bearer token",
                    description="The secret in DSR_SCIM_TOKEN, which opens nothing else.",
                )
            ],
            meta=Meta(resource_type="ServiceProviderConfig", location=_place("ServiceProviderConfig")),
        )
    )


def list_resource_types() -> Response:
    """List the one resource type."""
    return _page([_resource_type()])


def show_resource_type() -> Response:
    """Show the one resource type."""
    return _answer(_resource_type())


def list_schemas() -> Response:
    """List the one schema."""
    return _page([_schema()])


def show_schema() -> Response:
    """Show the one schema."""
    return _answer(_schema())


# Members of staff ----------------------------------------------------------------------------------------------


def list_users() -> Response:
    """List the members of staff who have not left, by identifier; one of them by `userName eq "…"`."""
    wanted = request.args.get("filter")
    named = None if wanted is None else _BY_NAME.fullmatch(wanted)
    if wanted is not None and named is None:
        raise _Refused(400, 'This service filters by `userName eq "…"` only.', "invalidFilter")
    start, count = _number("startIndex", 1), _number("count", LARGEST_PAGE)
    with service().database.reading() as connection:
        rows, total = staff_present(
            connection,
            None if named is None else named[1].lower(),
            offset=max(start, 1) - 1,
            limit=min(max(count, 0), LARGEST_PAGE),
        )
    return _page([_shown(row) for row in rows], total=total, start=max(start, 1))


def create_user() -> Response:
    """Refuse to enrol anybody."""
    raise _Refused(
        501,
        "Members of staff are enrolled by an operator of this service, with roles, training and confidentiality, and "
        "confirmed by a second person. Turn the creation of users off in your directory.",
    )


def show_user(user_id: str) -> Response:
    """Show a member of staff who has not left."""
    return _answer(_shown(_row(user_id)))


def change_user(user_id: str) -> Response:
    """End all access of a member of staff by `active: false`; nothing else can be changed."""
    row = _row(user_id)
    present = _shown(row)
    before = User[Any](user_name=present.user_name, active=present.active)
    after = before.model_copy()
    asked = PatchOp[User[Any]].model_validate_json(request.get_data(), scim_ctx=Context.RESOURCE_PATCH_REQUEST)
    asked.patch(after)
    ends = before.active is True and after.active is False
    if after.model_copy(update={"active": before.active}) != before or (after.active != before.active and not ends):
        raise _Refused(400, _ONLY, "mutability")
    if ends:
        _end(row)
        present.active = False
    return _answer(present)


def delete_user(user_id: str) -> Response:
    """End all access of a member of staff."""
    _end(_row(user_id))
    return make_response("", 204)


# ---------------------------------------------------------------------------------------------------------------


def _require_token() -> None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    secret = service().settings.scim_token
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), secret.encode()):
        raise _Refused(401, "Send the secret in DSR_SCIM_TOKEN: `Authorization: Bearer …`.")


def _row(user_id: str) -> Row:
    try:
        wanted = UUID(user_id)
    except ValueError:
        wanted = None
    if wanted is not None:
        with service().database.reading() as connection:
            rows, _ = staff_present(connection, wanted, offset=0, limit=1)
        for row in rows:
            return row
    raise _Refused(404, "There is no such member of staff, or they have left.")


def _end(row: Row) -> None:
    retrying(lambda: desk().staff.leave(row["identifier"], _CALL))


def _shown(row: Row) -> Colleague:
    today = service().clock.now().date()
    return Colleague(
        id=str(row["staff_id"]),
        user_name=row["identifier"],
        active=member_of(row).has_access(today),
        meta=Meta(resource_type="User", created=row["enrolled_at"], location=_place(f"Users/{row['staff_id']}")),
    )


def _resource_type() -> ResourceType:
    return ResourceType.model_validate(
        {
            "id": "User",
            "name": "User",
            "endpoint": "/Users",
            "schema": _URN,
            "description": "A member of staff.",
            "meta": {"resourceType": "ResourceType", "location": _place("ResourceTypes/User")},
        }
    )


def _schema() -> Schema:
    schema = Colleague.to_schema()
    schema.name = "User"
    schema.meta = Meta(resource_type="Schema", location=_place(f"Schemas/{_URN}"))
    return schema


def _place(path: str) -> Any:
    return f"{service().settings.public_url or request.host_url.rstrip('/')}/scim/v2/{path}"


def _number(name: str, usual: int) -> int:
    given = request.args.get(name, str(usual))
    if not re.fullmatch(r"-?[0-9]{1,9}", given):
        raise _Refused(400, f"`{name}` is a whole number.", "invalidValue")
    return int(given)


def _page(resources: list[Any], *, total: int | None = None, start: int = 1) -> Response:
    found = ListResponse[Colleague | ResourceType | Schema](
        total_results=len(resources) if total is None else total,
        start_index=start,
        items_per_page=len(resources),
        resources=resources,
    )
    return _answer(found)


def _answer(what: Resource[Any] | Message, status: int | None = 200) -> Response:
    body = what.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    response = make_response(body, status)
    response.mimetype = TYPE
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _of_input(error: ValidationError) -> Response:
    """The first problem of the body, without what was sent."""
    first = error.errors(include_input=False, include_url=False)[0]
    problem = Error.from_validation_error(first)
    return _answer(problem, problem.status or 400)


def _of_change(error: SCIMException) -> Response:
    """A change that makes no sense; what the library says of it may quote what was sent."""
    problem = error.to_error()
    return _answer(Error(status=problem.status, scim_type=problem.scim_type, detail=_ONLY), problem.status)


def _of_http(error: HTTPException) -> Response:
    """A body that is too large, a method that no route takes."""
    if error.code is None or error.code < 400:  # a redirect
        return make_response(error.get_response())
    return _answer(Error(status=error.code, detail=_OF_HTTP.get(error.code, _MALFORMED)), error.code)


def _of_domain(error: DomainError) -> Response:
    status = status_of(type(error))
    return _answer(Error(status=status, detail=error.detail), status)
