"""The package of an item: its pages as the person will see them, and the link that leads to it (GDPR Art. 15(3))."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from flask import Response, request

from dsr.api.console.data import show_item
from dsr.api.console.language import N_
from dsr.api.console.site import console, page, page_of
from dsr.api.console.targets import target_of
from dsr.api.context import caller, desk
from dsr.api.errors import PathUnknown
from dsr.api.exports import link_to, offer_export
from dsr.api.operation import Operation, mark, operation_of, this_call
from dsr.api.statuses import status_of
from dsr.desk.caller import Call
from dsr.desk.errors import StepUpRequired
from dsr.domain.errors import Broken, DomainError, Unavailable
from dsr.domain.roles import Role

_SANDBOX: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'"
"""Policy for the page of a package: its style is inline, and it may run and load nothing."""

_READERS: Final = (Role.HANDLER, Role.APPROVER, Role.DPO)


@console.post("/cases/<uuid:request_id>/data/<item_id>/preview")
@page_of(_READERS, reads=True)
def preview_package(request_id: UUID, item_id: str) -> Response:
    """Show a page of the package as the person will see it. Each look is an opening of its own, on record."""
    try:
        found = desk().exports.preview(request_id, item_id, Call(caller()), path=request.form.get("document", ""))
    except (StepUpRequired, Unavailable, Broken):
        raise
    except DomainError as error:
        return show_item(request_id, item_id, form="preview", refusal=error, status=status_of(type(error)))
    if found is None:
        raise PathUnknown(N_("The package will have no such page."))
    response = Response(found, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _SANDBOX
    return response


@console.get("/packages/<uuid:export_id>/link")
def ask_link(export_id: UUID) -> Response:
    """Say what a link does, before one is made."""
    return _link(export_id)


@console.post("/packages/<uuid:export_id>/link")
def make_link(export_id: UUID) -> Response:
    """Make a link with its password, which only this page shows."""
    try:
        answer = desk().exports.offer(export_id, this_call())
    except (StepUpRequired, Unavailable, Broken):
        raise
    except DomainError as error:
        return _link(export_id, refusal=error, status=status_of(type(error)))
    link = desk().exports.link(answer)
    return _link(export_id, url=link_to(link.token), password=link.password)


def _offering(_: Mapping[str, Any]) -> Operation:
    """The operation behind both views."""
    return replace(operation_of(offer_export), page=True, takes_query=True, produces=())


for _view in (ask_link, make_link):
    mark(_view, page=True, stands_for=_offering)


def _link(export_id: UUID, *, status: int = 200, **said: Any) -> Response:
    return page("link.html", status, target=target_of({"export_id": export_id}), **said)
