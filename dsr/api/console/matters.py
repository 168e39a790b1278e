"""Matters: complaints, incidents, and letters of authorities and courts, with dates of their own."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from flask import Response, request
from marshmallow import ValidationError

from dsr.api.console.command_words import command_in_words
from dsr.api.console.in_force import zone_shown
from dsr.api.console.opening import on_paper, purposes, stated_purpose
from dsr.api.console.operations import command_named
from dsr.api.console.site import chosen, console, page, page_of
from dsr.api.context import caller, desk, service
from dsr.api.disclosures import PURPOSES
from dsr.api.matters import MatterQuery, matter_in_scope
from dsr.api.operation import this_call
from dsr.api.roles import READERS
from dsr.domain.dispatch import DispatchState
from dsr.domain.matter import MatterKind, MatterStatus
from dsr.domain.matter.letter import SET_BY_LETTER
from dsr.domain.matter.values import MATTER_LETTERS
from dsr.domain.request.values import Channel
from dsr.projections.matter_letters import matter_letters_of
from dsr.projections.matter_messages import matter_messages_of
from dsr.projections.matters import matter_list
from dsr.projections.rows import Row

_ROWS: Final = 50

_OPENING: Final = ("open_complaint", "open_incident", "open_authority_letter")
"""The commands that open a matter."""

_OF_ALL: Final = (
    "assign_matter",
    "write_matter_letter",
    "link_request_to_matter",
    "record_matter_answer",
    "close_matter",
)

_OF_CLOSED: Final = ("propose_matter_forgetting", "decide_matter_forgetting")
"""Commands that a closed matter still takes."""

_OF_INCIDENT: Final = (
    *("assess_risk_of_incident", "record_notification_of_authority", "record_omission_of_notification"),
    *("tell_people_of_incident", "record_exception_from_telling", "tell_controller_of_incident"),
)

_OF_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    MatterKind.COMPLAINT: ("record_complaint_acknowledgement", "tell_progress_of_complaint"),
    MatterKind.INCIDENT: _OF_INCIDENT,
    MatterKind.INQUIRY: ("set_date_of_matter",),
    MatterKind.ORDER: ("set_date_of_matter",),
    MatterKind.COURT_CLAIM: ("set_date_of_matter",),
}
"""Commands on matters of one kind; they stand before those on all."""

_OF_DRAFT: Final = ("release_matter_letter", "discard_matter_letter")
_OF_NOTICE: Final = ("release_notice", "discard_notice")
"""A notice to many people is decided as a whole."""
_OF_MAIL: Final = ("discard_matter_letter",)
"""What is left for a released letter until it is sent."""
_OF_PAPER: Final = ("post_matter_letter", *_OF_MAIL)
"""The same on paper, which a person posts."""


@console.get("/matters")
@page_of(READERS)
def show_matters() -> Response:
    """List matters: those that are open unless the address says `status=closed`."""
    try:
        query: dict[str, Any] = MatterQuery(only=("status",)).load(chosen(("status",)))
    except ValidationError:
        return page("matters.html", 422, matters=[], state="", opening=_links("", _OPENING), wrong="status")
    status = query["status"] or MatterStatus.OPEN
    with service().database.reading() as connection:
        found = matter_list(
            connection,
            at=service().clock.now(),
            status=status,
            scope=caller().scope,
            cursor=request.args.get("cursor"),
            limit=_ROWS,
        )
    return page("matters.html", matters=found.rows, next=found.next, state=status, opening=_links("", _OPENING))


@console.get("/matters/<uuid:matter_id>")
@page_of(READERS)
def show_matter_page(matter_id: UUID) -> Response:
    """Show a matter: its date, its cases, letters and messages, without opening sealed parts."""
    return _matter(matter_id, None)


@console.post("/matters/<uuid:matter_id>/open")
@page_of(tuple(PURPOSES), if_match=True)
def open_matter_parts(matter_id: UUID) -> Response:
    """Open the sealed parts of a matter; the opening is recorded before they are shown."""
    return _matter(matter_id, desk().matters.open(matter_id, this_call(), purpose=stated_purpose()).opened)


@console.post("/matters/<uuid:matter_id>/letters/<uuid:letter_id>/paper")
@page_of(tuple(PURPOSES))
def print_letter_of_matter(matter_id: UUID, letter_id: UUID) -> Response:
    """Hand out a letter of a matter as PDF; the opening is recorded first."""
    purpose = stated_purpose()
    pdf = desk().matter_letters.paper(matter_id, this_call(), letter_id=letter_id, purpose=purpose)
    return on_paper(letter_id, pdf)


def _matter(matter_id: UUID, opened: Any) -> Response:
    with service().database.reading() as connection:
        row = matter_in_scope(matter_id)
        letters = matter_letters_of(connection, matter_id)
        messages = matter_messages_of(connection, matter_id)
    place = f"/matters/{matter_id}"
    closed = row["status"] == MatterStatus.CLOSED
    return page(
        "matter.html",
        matter=row,
        zone=zone_shown(row["controller_id"]),
        set_by_letter=row["due_source"] == SET_BY_LETTER,
        letters=letters,
        messages=messages,
        opened=opened,
        purposes=purposes(),
        steps=_links(place, _OF_CLOSED if closed else (*_OF_KIND[row["kind"]], *_OF_ALL)),
        of_letters=_of_letters(place, letters),
        awaits_another=_awaits_another,
        of_message=_links(place, ("examine_matter_message",)),
    )


def _of_letters(place: str, letters: Sequence[Row]) -> dict[UUID, list[tuple[str, str]]]:
    """The commands of each letter; those of a notice stand beside its first draft."""
    found: dict[UUID, list[tuple[str, str]]] = {}
    notices = set[UUID]()
    for each in letters:
        letter_id, notice_id, names = each["letter_id"], each["notice_id"], tuple[str, ...]()
        query = f"letter_id={letter_id}"
        if each["state"] in (DispatchState.QUEUED, DispatchState.FAILED):
            names = _OF_MAIL if each["channel"] == Channel.EMAIL else _OF_PAPER
        elif each["state"] == DispatchState.DRAFT and notice_id is None:
            names = ("discard_matter_letter",) if _awaits_another(each) else _OF_DRAFT
        elif each["state"] == DispatchState.DRAFT and notice_id not in notices:
            notices.add(notice_id)
            names, query = _OF_NOTICE, f"notice_id={notice_id}"
        found[letter_id] = [(words, f"{href}?{query}") for words, href in _links(place, names)]
    return found


def _awaits_another(letter: Row) -> bool:
    """Whether a draft waits for somebody else, since the caller wrote it and two people decide on its kind."""
    is_mine = bool(letter["written_by"] == caller().actor)
    return is_mine and letter["state"] == DispatchState.DRAFT and MATTER_LETTERS[letter["kind"]].is_decided_by_two


def _links(place: str, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """The words and the address of each command that a role of the caller allows."""
    about = "matter_id" if place else ""
    return [
        (command_in_words(name), f"/console{place}/do/{name}")
        for name in names
        if not caller().roles.isdisjoint(command_named(name, about).operation.roles or ())
    ]
