"""Audit bundles: a form that asks for one, which leaves while it is written, and the bundles of the last week."""

from uuid import UUID

from flask import Response, request

from dsr.api.bundles import bundle_leaving
from dsr.api.console.site import console, page, page_of, to
from dsr.api.context import caller, desk
from dsr.api.statuses import status_of
from dsr.desk.bundles import BundleState
from dsr.desk.bundles.scope import BundleScopeInvalid
from dsr.domain.roles import Role

_PLACE = "/console/audit/bundles"


@console.get("/audit/bundles")
@page_of((Role.AUDITOR,))
def show_bundles() -> Response:
    """Show how a bundle is asked for, and how far those are that the auditor asked for in the last week."""
    return _bundles(request.args.get("scope", ""))


@console.post("/audit/bundles")
@page_of((Role.AUDITOR,), recorded=True)
def order_bundle() -> Response:
    """Write a bundle while it leaves; the opening is recorded on each case first."""
    typed = request.form.get("scope", "")[:100_000]
    try:
        return bundle_leaving(typed.split(), _PLACE)
    except BundleScopeInvalid as refusal:
        return _bundles(typed, refusal, status_of(type(refusal)))


@console.post("/audit/bundles/<uuid:bundle_id>/cancel")
@page_of((Role.AUDITOR,))
def cancel_own_bundle(bundle_id: UUID) -> Response:
    """Cancel a bundle that is being written."""
    desk().bundle_progress.cancel(bundle_id, caller())
    return to(_PLACE)


def _bundles(typed: str, refusal: BundleScopeInvalid | None = None, status: int = 200) -> Response:
    return page(
        "audit_bundles.html",
        status,
        bundles=desk().bundle_progress.asked_by(caller()),
        writing=BundleState.WRITING,
        typed=typed,
        refusal=refusal,
    )
