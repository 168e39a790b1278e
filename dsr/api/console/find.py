"""Find the cases of a person who rings or writes: by address, name, telephone or customer number."""

from collections.abc import Sequence
from typing import Any, Final

from flask import Response, request
from marshmallow import ValidationError

from dsr.api.console.language import N_
from dsr.api.console.site import console, page, page_of
from dsr.api.context import caller, desk
from dsr.api.search import SearchBody
from dsr.domain.errors import Invalid
from dsr.domain.roles import Role
from dsr.projections.rows import Row
from dsr.vault import IndexPurpose

FINDERS: Final = (Role.INTAKE, Role.HANDLER, Role.APPROVER, Role.DPO)
"""The roles of `POST /requests/search` without auditors, who find a case by its reference alone."""

_KINDS: Final = (
    (IndexPurpose.EMAIL, N_("E-mail address")),
    (IndexPurpose.NAME, N_("Name")),
    (IndexPurpose.PHONE, N_("Telephone number")),
    (IndexPurpose.IDENTIFIER, N_("Customer, contract or staff number")),
)

_MOST: Final = 50


@console.get("/find")
@page_of(FINDERS)
def ask_person() -> Response:
    """Show the form, which is sent by POST, so that no URL holds what somebody types."""
    return _page(IndexPurpose.EMAIL, "")


@console.post("/find")
@page_of(FINDERS)
def find_person() -> Response:
    """List the cases in scope, open and closed, the latest first; nothing sealed is opened."""
    typed, kind = request.form.get("value", "").strip(), request.form.get("kind", "")
    try:
        body: dict[str, Any] = SearchBody().load({kind: typed, "limit": _MOST})
        purpose = IndexPurpose(kind)
        found = desk().search.by_person(caller(), kind=purpose, value=body[kind], limit=_MOST)
    except (ValidationError, ValueError, Invalid):
        known = {each.value for each, _words in _KINDS}
        return _page(IndexPurpose(kind) if kind in known else IndexPurpose.EMAIL, typed, status=422)
    return _page(purpose, typed, rows=found.rows, more=found.next is not None)


def _page(
    kind: IndexPurpose, typed: str, *, rows: Sequence[Row] | None = None, more: bool = False, status: int = 200
) -> Response:
    return page(
        "find.html", status, kinds=_KINDS, kind=kind, typed=typed, rows=rows, more=more, unreadable=status != 200
    )
