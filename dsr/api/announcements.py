"""Announcements of changes to the list of controllers (GDPR Art. 13(1)(a), 26(2))."""

from typing import Any

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import desk
from dsr.api.fields import Body, Choice, Day, Instant, Text, Tuple, View
from dsr.api.operation import allow, this_call
from dsr.api.pages import page_of
from dsr.api.resource import Resource
from dsr.api.roles import STAFF
from dsr.desk.announcements import shown
from dsr.desk.idempotency import Answer
from dsr.domain.roles import Role
from dsr.domain.ropa import AnnouncementChannel

bp = Resource("announcements", "/announcements", "Changes to the list of controllers, and their announcements.")


class AnnouncementView(View):
    """A change to the list of controllers in a version of the record of processing."""

    version = fields.Integer(metadata={"description": "Version of the record of processing, not the ETag."})
    is_open = fields.Boolean(metadata={"description": "Not announced yet; the law sets no date for it."})
    adopted_at = Instant()
    added = fields.List(fields.String(), metadata={"description": "Ids of added controllers."})
    removed = fields.List(fields.String(), metadata={"description": "Ids of removed controllers."})
    renamed = fields.List(fields.String(), metadata={"description": "Ids of controllers whose name changed."})
    announced_on = Day(allow_none=True, meaning="Local date of the announcement; null while it is open.")
    channels = fields.List(
        Choice(AnnouncementChannel), metadata={"description": "How it was announced; empty while it is open."}
    )
    summary = fields.String(metadata={"description": "Text of the announcement; empty while open."})
    recorded_by = fields.String(
        allow_none=True, metadata={"description": "Who recorded the announcement; null while it is open."}
    )


class AnnouncedBody(Body):
    """When, where and what was announced."""

    announced_on = Day(required=True, meaning="Not before the version was adopted, and not in the future.")
    channels = Tuple(Choice(AnnouncementChannel), required=True, longest=20, meaning="Where the change was announced.")
    summary = Text(required=True, longest=2000, meaning="Text of the announcement: public, without personal data.")


@bp.get("")
@allow(*STAFF)
@bp.shows(page_of(AnnouncementView))
def list_announcements() -> Response:
    """List changes to the list of controllers: open ones first, then the latest first. Always one page."""
    return show({"items": [shown(each) for each in desk().announcements.all()], "next": None})


@bp.get("/<int:version>")
@allow(*STAFF)
@bp.shows(AnnouncementView, versioned=True)
def show_announcement(version: int) -> Response:
    """Show the change in a version of the record of processing, and its announcement."""
    announcement, current = desk().announcements.one(version)
    return show(shown(announcement), version=current)


@bp.post("/<int:version>/completion")
@allow(Role.HANDLER, Role.OPERATOR)
@bp.takes(AnnouncedBody)
@bp.command(AnnouncementView)
def complete_announcement(body: dict[str, Any], version: int) -> Answer:
    """Record that the change was announced."""
    return desk().announcements.complete(version, this_call(), **body)
