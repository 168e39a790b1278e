"""The first page of an auditor: a case by its reference, the log, openings, and whether the log is whole."""

from typing import Any

from flask import Response, request

from dsr.api.console.site import console, page, page_of, to
from dsr.api.context import caller, desk, service
from dsr.desk.errors import RequestUnknown
from dsr.domain.errors import DomainError
from dsr.domain.request.reference import reference_in
from dsr.domain.roles import Role
from dsr.evidence.errors import CheckpointMissing


@console.get("/audit")
@page_of((Role.AUDITOR,))
def show_audit() -> Response:
    """Show where to begin, and what the last checkpoint says of the log; a typed reference leads to its case."""
    typed = request.args.get("reference", "").strip()
    if typed and reference_in(typed) is not None:
        try:
            return to(f"/console/audit/cases/{desk().search.by_reference(caller(), typed)['request_id']}")
        except RequestUnknown:
            pass
    with service().database.reading():
        return page("audit.html", checkpoint=_checkpoint(), missing=typed)


def _checkpoint() -> dict[str, Any] | None:
    """The last checkpoint, and whether the log agrees with it; None where the log was never signed."""
    try:
        made = desk().evidence.latest()
    except CheckpointMissing:
        return None
    return {
        "size": made.checkpoint.size,
        "signed_at": made.signed_at,
        "cosignatures": desk().evidence.cosignatures(made),
        "time_stamp": made.time_stamp is not None,
        "disagrees": _disagreement(),
    }


def _disagreement() -> str:
    """The code of the disagreement between the log and its last checkpoint; empty if they agree."""
    try:
        desk().evidence.require_agreement()
    except DomainError as error:
        return error.code
    return ""
