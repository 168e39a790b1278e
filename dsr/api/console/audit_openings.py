"""Who opened personal data, when and why."""

from typing import Final
from urllib.parse import urlencode

from flask import Response, request

from dsr.api.console.site import console, page, page_of
from dsr.api.context import caller, desk, service
from dsr.domain.roles import Role
from dsr.projections.queue import request_rows

_ROWS: Final = 50


@console.get("/audit/openings")
@page_of((Role.AUDITOR, Role.DPO))
def show_openings() -> Response:
    """List the openings in scope, the earliest first; one person's, if the address names them."""
    actor = request.args.get("actor", "").strip()[:200]
    with service().database.reading() as connection:
        found = desk().audits.openings(caller(), actor=actor or None, cursor=request.args.get("cursor"), limit=_ROWS)
        cases = request_rows(connection, (each["subject_id"] for each in found.rows))
    following = None if found.next is None else urlencode({"actor": actor, "cursor": found.next})
    return page(
        "audit_openings.html",
        openings=found.rows,
        references={case: row["reference"] for case, row in cases.items()},
        next=following,
        given=actor,
    )
