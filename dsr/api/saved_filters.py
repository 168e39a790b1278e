"""Named filters of the queue: a member of staff's own, and shared ones."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from flask import Response
from marshmallow import ValidationError, fields, post_load

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.fields import Body, Text, Truth, View
from dsr.api.operation import allow, this_call
from dsr.api.pages import PageQuery, page_of, show_page
from dsr.api.requests import QueueQuestion
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.desk.idempotency import Answer
from dsr.domain.roles import Role

bp = Resource(
    "saved-filters",
    "/saved-filters",
    "Named filters of the queue, applied with `GET /requests?filter=<id>`. Names are not sealed: no personal data "
    "belongs in one.",
)

KEEPERS: Final = tuple(role for role in READERS if role is not Role.AUDITOR)
"""Roles that may save filters. An auditor may only apply shared ones."""

_WORDS: Final = re.compile(r"[^\W_]+(?:[ -][^\W_]+)*")


class FilterName(Text):
    """Plain words, so that an address does not fit."""

    def __init__(self) -> None:
        super().__init__(
            required=True,
            longest=60,
            meaning="Words of letters and digits, with single spaces or hyphens between. Not sealed: no personal data.",
        )

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        name = unicodedata.normalize("NFC", super()._deserialize(value, attr, data, **kwargs))
        if not _WORDS.fullmatch(name):
            raise ValidationError("Use words of letters and digits, with single spaces or hyphens between.")
        return name


class SavedFilterBody(Body):
    """A filter with a name that is unique for its owner."""

    name = FilterName()
    query = fields.Nested(
        QueueQuestion, required=True, metadata={"description": "As `GET /requests` takes it, without a page."}
    )
    shared = Truth(load_default=False, metadata={"description": "Shown to all staff of the service."})

    @post_load
    def plain(self, given: dict[str, Any], **_: object) -> dict[str, Any]:
        """The filter for the desk: only the given parameters, as in a query string."""
        question = QueueQuestion()
        return given | {"query": question.dump(question.asked(given["query"]))}


class SavedFilterView(View):
    """A named filter."""

    filter_id = fields.UUID(metadata={"description": "Id of the saved filter."})
    owner = fields.String(metadata={"description": "The member of staff who saved it."})
    name = fields.String(metadata={"description": "Its name, unique for its owner."})
    query = fields.Nested(QueueQuestion, metadata={"description": "As `GET /requests` takes it."})
    shared = fields.Boolean(metadata={"description": "All staff of the service see it."})
    version = fields.Integer()


@bp.post("")
@allow(*KEEPERS)
@bp.takes(SavedFilterBody)
@bp.command(SavedFilterView, if_match=False, key_required=True, made="saved-filters.show_filter")
def save_filter(body: dict[str, Any]) -> Answer:
    """Save a filter of the queue under a name."""
    return desk().saved_filters.save(this_call(), **body)


@bp.get("")
@allow(*READERS)
@bp.asks(PageQuery)
@bp.shows(page_of(SavedFilterView))
def list_filters(query: dict[str, Any]) -> Response:
    """List one's own filters and the shared ones, by name."""
    return show_page(desk().saved_filters.page(caller(), **query))


@bp.get("/<uuid:filter_id>")
@allow(*READERS)
@bp.shows(SavedFilterView, versioned=True)
def show_filter(filter_id: UUID) -> Response:
    """Show a filter of one's own, or a shared one."""
    found = desk().saved_filters.show(filter_id, caller())
    return show(found, version=found.version)


@bp.post("/<uuid:filter_id>/revision")
@allow(*KEEPERS)
@bp.takes(SavedFilterBody)
@bp.command(SavedFilterView)
def revise_filter(body: dict[str, Any], filter_id: UUID) -> Answer:
    """Replace name, query and sharing of one's own filter, or of a shared one whose owner has left."""
    return desk().saved_filters.revise(filter_id, this_call(), **body)


@bp.delete("/<uuid:filter_id>")
@allow(*KEEPERS)
@bp.shows(SavedFilterView, description="The deleted filter.")
def delete_filter(filter_id: UUID) -> Response:
    """Delete one's own filter, or a shared one whose owner has left."""
    return show(desk().saved_filters.delete(filter_id, caller()))
