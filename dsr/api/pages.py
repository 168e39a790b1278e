"""Pages of lists: `limit` and `cursor` in, `items` and `next` out."""

from enum import StrEnum
from functools import cache
from typing import Any, Final

from flask import Response
from marshmallow import Schema, fields, validate

from dsr.api.answering import show
from dsr.api.fields import Body, View, Whole
from dsr.projections import Page

LARGEST: Final = 200
USUAL: Final = 50


class Order(StrEnum):
    """Sort order of a list."""

    ASCENDING = "asc"
    """The smallest or earliest first."""
    DESCENDING = "desc"
    """The largest or latest first."""


class PageQuery(Body):
    """Selection of a page."""

    limit = fields.Integer(load_default=USUAL, validate=validate.Range(1, LARGEST))
    cursor = fields.String(
        load_default=None,
        validate=(
            validate.Length(1, 500),
            Whole("^[A-Za-z0-9_-]+$", error="Send `next` of the previous page, unchanged."),
        ),
        metadata={"description": "`next` of the previous page; with the same order and filters."},
    )


@cache
def page_of(item: type[Schema]) -> type[View]:
    """The schema of a page of these items."""
    name = item.__name__.removesuffix("View") + "PageView"
    members: dict[str, Any] = {
        "__doc__": f"A page of a list. {item.__doc__}",
        "items": fields.List(fields.Nested(item), metadata={"description": "The entries of this page."}),
        "next": fields.String(allow_none=True, metadata={"description": "Cursor of the next page; null on the last."}),
    }
    return type(name, (View,), members)


def show_page(page: Page) -> Response:
    """Answer with a page."""
    return show({"items": page.rows, "next": page.next})
