"""The quarantine: messages that could not be read or placed, with the commands on each."""

from typing import Any, Final
from uuid import UUID

from flask import Response, request
from marshmallow import ValidationError

from dsr.api.console.site import chosen, console, page, page_of
from dsr.api.context import caller, desk, service
from dsr.api.disclosures import PURPOSES, require_purpose
from dsr.api.operation import this_call
from dsr.api.quarantine import OpeningBody, QuarantineQuery, message_in_scope
from dsr.api.scanning import original_mail, with_scanning
from dsr.domain.quarantine import QuarantineStatus
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.roles import Role
from dsr.projections.quarantine import quarantined_messages

_READERS: Final = (Role.INTAKE, Role.HANDLER, Role.APPROVER, Role.DPO, Role.AUDITOR)
_OPENERS: Final = (Role.INTAKE, Role.HANDLER, Role.APPROVER)
_ROWS: Final = 50


@console.get("/quarantine")
@page_of(_READERS)
def show_quarantine() -> Response:
    """List the messages that wait, in order of arrival, or those that were settled; nothing of them is opened."""
    try:
        status: QuarantineStatus = QuarantineQuery(only=("status",)).load(chosen(("status",)))["status"]
    except ValidationError:
        return page("quarantine.html", 422, messages=[], state="", states=[*QuarantineStatus], wrong="status")
    with service().database.reading() as connection:
        found = quarantined_messages(
            connection, status=status, cursor=request.args.get("cursor"), limit=_ROWS, scope=caller().scope
        )
    roles = caller().roles
    return page(
        "quarantine.html",
        messages=with_scanning(found.rows),
        next=found.next,
        state=status.value,
        states=[each.value for each in QuarantineStatus],
        purposes=_purposes() if not roles.isdisjoint(_OPENERS) else [],
        enters=not roles.isdisjoint((Role.INTAKE, Role.HANDLER)),
        discards=Role.HANDLER in roles,
        decides=Role.APPROVER in roles,
    )


def _purposes() -> list[str]:
    """The purposes for which the caller may open an unplaced message."""
    allowed = frozenset[DisclosurePurpose]().union(*(PURPOSES.get(role, ()) for role in caller().roles))
    return [each.value for each in (DisclosurePurpose.TRIAGE, DisclosurePurpose.ASSESSMENT) if each in allowed]


@console.post("/quarantine/<uuid:quarantine_id>/open")
@page_of(_OPENERS)
def open_quarantined(quarantine_id: UUID) -> Response:
    """Hand out the message as it arrived; the opening is recorded before the message leaves."""
    typed = {"purpose": request.form.get("purpose", ""), "unscanned": request.form.get("unscanned") == "true"}
    body: dict[str, Any] = OpeningBody().load(typed)
    require_purpose(body["purpose"])
    message_in_scope(quarantine_id)
    return original_mail(desk().quarantine.open(quarantine_id, this_call(), **body), quarantine_id, body)
