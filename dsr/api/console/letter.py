"""The page of a letter: what stands on its case, what it still has to say, its text in both languages, and its form."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, request
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from dsr.api.console.command_words import command_in_words
from dsr.api.console.in_force import record_in_force
from dsr.api.console.letter_parts import (
    GROUNDS,
    KEPT_ROWS,
    LetterPart,
    edition_of,
    meaning_of,
    parts_of,
    said_in_words,
    takes_enclosure,
    typed_parts,
)
from dsr.api.console.meanwhile import unless_harmless, version_of_form
from dsr.api.console.opening import on_paper, purposes, stated_purpose
from dsr.api.console.operations import command_named
from dsr.api.console.site import console, page, page_of, to
from dsr.api.console.targets import letter_of
from dsr.api.console.words import language_in_words
from dsr.api.context import caller, desk, service
from dsr.api.describing import sentences
from dsr.api.disclosures import PURPOSES
from dsr.api.dispatches import EditionBody
from dsr.api.operation import rehearsing, this_call
from dsr.api.preconditions import VERSION_FIELD
from dsr.api.roles import READERS
from dsr.api.statuses import status_of
from dsr.desk.caller import Call
from dsr.desk.dispatching import Preview
from dsr.desk.errors import StepUpRequired, VersionStale
from dsr.desk.rehearsal import rehearse_edit
from dsr.domain.errors import Broken, DomainError, Unavailable
from dsr.domain.request.letters import LetterKind
from dsr.domain.roles import Role
from dsr.domain.ropa import RopaMissing
from dsr.projections.items import items_of
from dsr.projections.rows import Row


@dataclass(frozen=True)
class LetterCommand:
    """A command on the letter, as its page offers it."""

    words: str
    has_role: bool
    refused_with: str
    """Code of what the state of the letter refuses it with; empty: nothing."""

    @property
    def may(self) -> bool:
        """Whether the caller may give it now."""
        return self.has_role and not self.refused_with


@dataclass(frozen=True)
class _Typed:
    """A form that was refused, with what somebody typed."""

    form: MultiDict[str, str]
    refusal: DomainError | None = None
    errors: Mapping[str, Any] | None = None

    @property
    def is_stale(self) -> bool:
        """Whether a colleague was faster."""
        return isinstance(self.refusal, VersionStale)

    @property
    def seen(self) -> int | None:
        """The version that its writer saw; None where the form names none."""
        before = version_of_form(f"was-{VERSION_FIELD}")
        return version_of_form() if before is None else before


@console.get("/letters/<uuid:dispatch_id>")
@page_of(READERS)
def show_letter_page(dispatch_id: UUID) -> Response:
    """Show what is known of a letter without opening it."""
    return _page(dispatch_id)


@console.post("/letters/<uuid:dispatch_id>/open")
@page_of(tuple(PURPOSES))
def open_letter_page(dispatch_id: UUID) -> Response:
    """Open the letter; the opening is recorded before the letter is shown."""
    return _opened(dispatch_id)


@console.post("/letters/<uuid:dispatch_id>/paper")
@page_of(tuple(PURPOSES))
def print_letter(dispatch_id: UUID) -> Response:
    """Hand out the letter as PDF; the opening is recorded first."""
    return on_paper(dispatch_id, desk().dispatching.paper(dispatch_id, this_call(), purpose=stated_purpose()))


@console.post("/letters/<uuid:dispatch_id>/edition")
@page_of((Role.HANDLER,), if_match=True, takes_key=True)
def save_letter(dispatch_id: UUID) -> Response:
    """Save what was written, and open the letter again if the button said so. A refusal stands above the form.

    With `then=look`, the button of a refused form opens the letter first and saves nothing. With `then=says`, the
    script of the page asks, while somebody writes, what the letter would still lack; that saves nothing either.
    """
    if request.form.get("then") == "look":
        return _opened(dispatch_id, typed=_Typed(request.form))
    try:
        body: dict[str, Any] = EditionBody().load(edition_of(request.form))
        give = partial(unless_harmless, dispatch_id, lambda: desk().dispatching.edit(dispatch_id, this_call(), **body))
        if request.form.get("then") == "says":
            with rehearsing():
                filling = rehearse_edit(give)
            return page("letter_says.html", checklist=_checklist(filling.missing, filling.statements))
        give()
    except ValidationError as error:
        return _page(dispatch_id, typed=_Typed(request.form, errors=error.messages_dict), status=422)
    except (StepUpRequired, Unavailable, Broken):
        raise
    except DomainError as refusal:
        return _page(dispatch_id, typed=_Typed(request.form, refusal), status=status_of(type(refusal)))
    return (
        _opened(dispatch_id) if request.form.get("then") == "open" else to(f"/console/letters/{dispatch_id}?done=edit")
    )


def _opened(dispatch_id: UUID, *, typed: _Typed | None = None) -> Response:
    preview = desk().dispatching.preview(dispatch_id, Call(caller()), purpose=stated_purpose())
    return _page(dispatch_id, preview=preview, typed=typed)


def _page(
    dispatch_id: UUID, *, preview: Preview | None = None, typed: _Typed | None = None, status: int = 200
) -> Response:
    with service().database.reading() as connection:
        row, case = letter_of(dispatch_id)
        items = items_of(connection, row["request_id"])
    [row] = desk().dispatching.with_doubt([row])
    commands = _commands(dispatch_id)
    seen = None if typed is None else typed.seen
    changes = None if not seen else desk().dispatching.since(dispatch_id, caller(), seen)
    return page(
        "letter.html",
        status,
        letter=row,
        case=case,
        items=[each for each in items if each["item_id"] in row["item_ids"]] or items,
        checklist=_checklist(row["missing"], row["statements"]),
        commands=commands,
        preview=preview,
        parts=_parts(row, preview, typed) if commands["edit"].may else [],
        typed=typed,
        changes=changes,
        refused_with=sentences().get(preview.refused_with, "") if preview and preview.refused_with else "",
        purposes=purposes(),
        language=language_in_words,
        said=said_in_words,
        grounds=GROUNDS,
        kept_rows=range(KEPT_ROWS),
        activities=_activities(row["controller_id"]),
        takes_enclosure=takes_enclosure(row["channel"]),
    )


def _parts(row: Row, preview: Preview | None, typed: _Typed | None) -> list[LetterPart]:
    kind = LetterKind(row["kind"])
    if typed is not None:
        return typed_parts(kind, row["missing"], typed.form)
    if preview is None:
        return []
    return parts_of(kind, preview.missing, preview.statements, preview.refused)


def _activities(controller_id: str) -> list[tuple[str, str]]:
    """Id and name of what the controller does with personal data; none where no record is in force."""
    try:
        return [(each.id, each.name) for each in record_in_force().document.activities_of(controller_id)]
    except RopaMissing:
        return []


def _checklist(missing: Iterable[str], said: Iterable[str]) -> list[tuple[str, str, bool]]:
    """Code, meaning with its source, and whether the letter says it; what it lacks comes first."""
    return [(code, meaning_of(code), False) for code in missing] + [(code, meaning_of(code), True) for code in said]


def _commands(dispatch_id: UUID) -> dict[str, LetterCommand]:
    """By verb."""
    found = {}
    for verb, refusal in desk().dispatching.refusals(dispatch_id, caller()).items():
        name = f"{verb}_dispatch"
        roles = command_named(name, "dispatch_id").operation.roles or frozenset()
        code = "" if refusal is None else refusal.code
        found[verb] = LetterCommand(command_in_words(name), not caller().roles.isdisjoint(roles), code)
    return found
