"""Records of a data set as a table: read on record, and redacted by choosing cells, columns or all of it.

Values that look like those of another person are pointed out; only a handler redacts them (GDPR Art. 15(4), 20(4)).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import Response, request
from markupsafe import Markup
from marshmallow import ValidationError

from dsr.api.collection import RECORDS_READERS
from dsr.api.console.data import names_of
from dsr.api.console.interface_words import refused, sentence
from dsr.api.console.language import N_, _
from dsr.api.console.site import console, page, page_of
from dsr.api.console.words import code_as_words
from dsr.api.context import caller, desk, service
from dsr.api.disclosures import PURPOSES, require_purpose
from dsr.api.operation import this_call
from dsr.api.redaction import OthersPartBody
from dsr.api.roles import READERS
from dsr.api.statuses import status_of
from dsr.desk.caller import Call
from dsr.desk.disclosures import OpenedRecords
from dsr.desk.errors import StepUpRequired
from dsr.desk.likely_others import Likeness, likely_others
from dsr.desk.redaction import RedactedPart
from dsr.domain.errors import Broken, DomainError, Unavailable
from dsr.domain.request import Request
from dsr.domain.request.collection import DataSetUnknown
from dsr.domain.request.data_set import DataSet
from dsr.domain.request.others_rights import (
    OthersRight,
    Redaction,
    RedactionKind,
    is_beneath,
    is_chosen,
    is_named,
    joined,
    pointer_steps,
)
from dsr.domain.request.redaction import Redacted, RedactionConfirmed
from dsr.domain.request.values import DisclosurePurpose, ItemStatus
from dsr.domain.roles import Role
from dsr.exports import Record
from dsr.exports.data_file import as_text

RECORDS: Final = 50
"""Of one page."""

_MOST_PLACES: Final = 200
"""Cells and columns of one form: each is a decision of its own in the log."""

_PURPOSES: Final = (DisclosurePurpose.ANSWERING, DisclosurePurpose.ASSESSMENT, DisclosurePurpose.AUDIT)
"""Purposes of reading a copy; the first that the member's roles allow counts."""

_NOTHING_CHOSEN: Final = N_("Tick what is to be left out: cells, columns, or the whole file.")
_TOO_MANY: Final = N_("At most 200 places at once. Choose the column, where most of it is somebody else's.")


_LIKELY: Final[Mapping[Likeness, str]] = {
    Likeness.EMAIL: N_("e-mail"),
    Likeness.PHONE: N_("phone"),
    Likeness.IBAN: N_("IBAN"),
    Likeness.NAME: N_("name"),
}


@dataclass(frozen=True)
class Cell:
    """One value of a record, or a part of it that has no names of its own."""

    place: str
    """JSON Pointer into the records."""
    text: str
    hidden_for: tuple[OthersRight, ...]
    """The rights for whose sake it is left out."""
    is_hidden_in_part: bool
    likely: tuple[Likeness, ...] = ()


@dataclass(frozen=True)
class Column:
    """A field of the records."""

    name: str
    meaning: str
    may_be_chosen: bool
    """Whether it is described, so that it can be left out as a whole."""
    is_hidden: bool


@dataclass(frozen=True)
class Decision:
    """A redaction that stands: who decided it, when, and why, where that was opened."""

    redaction: Redaction
    by: str
    at: Any
    reason: str | None
    is_new: bool
    """Made since the redactions were last confirmed."""

    @property
    def where(self) -> str:
        """A place within the records, in words: `Record 3: caller, name`; empty for other kinds."""
        steps = pointer_steps(self.redaction.place) if self.redaction.kind is RedactionKind.JSON_POINTER else None
        if steps is None:
            return ""
        record, *names = steps
        place = ", ".join(_("every") if each is None else each for each in names)
        if record is None:
            return _("Every record: %(place)s", place=place)
        return _("Record %(number)s: %(place)s", number=int(record) + 1, place=place)


@console.get("/cases/<uuid:request_id>/data/<item_id>/records/<uuid:data_set_id>")
@page_of(READERS)
def show_data_set(request_id: UUID, item_id: str, data_set_id: UUID) -> Response:
    """Show what is known of a data set, and what is left out of it, without opening it."""
    return _shown(request_id, item_id, data_set_id)


@console.post("/cases/<uuid:request_id>/data/<item_id>/records/<uuid:data_set_id>")
@page_of(RECORDS_READERS, if_match=True, takes_key=True)
def open_grid(request_id: UUID, item_id: str, data_set_id: UUID) -> Response:
    """Open records of a data set, on record; reading on, page by page, is one opening."""
    _data_set(request_id, item_id, data_set_id)
    return _shown(request_id, item_id, data_set_id, opened=_read(request_id, data_set_id, this_call()))


@console.post("/cases/<uuid:request_id>/data/<item_id>/records/<uuid:data_set_id>/redactions")
@page_of((Role.HANDLER,), if_match=True, takes_key=True)
def redact_chosen(request_id: UUID, item_id: str, data_set_id: UUID) -> Response:
    """Leave out what was ticked, for the sake of others; all of it or nothing."""
    _data_set(request_id, item_id, data_set_id)
    refusal: DomainError | None = None
    problem = ""
    try:
        parts, said = _chosen(data_set_id)
        desk().redaction.redact(request_id, data_set_id, this_call(), parts=parts, **said)
    except ValidationError as error:
        problem = Markup(" ").join(sentence(str(words)) for each in error.messages_dict.values() for words in each)
    except (StepUpRequired, Unavailable, Broken):
        raise
    except DomainError as error:
        refusal, problem = error, refused(error)
    version = desk().history.request(request_id, caller())["version"]
    opened = _read(request_id, data_set_id, Call(caller(), expected=version))
    status = 200 if not problem else 422 if refusal is None else status_of(type(refusal))
    return _shown(request_id, item_id, data_set_id, opened=opened, problem=problem, status=status)


def _chosen(data_set_id: UUID) -> tuple[tuple[RedactedPart, ...], dict[str, Any]]:
    """The parts that were ticked, with the right and the reason. Raises ValidationError."""
    form, schema = request.form, OthersPartBody()
    said = {name: form.get(name, "") for name in ("right", "reason")} | {"target_id": str(data_set_id)}
    places = [
        *((RedactionKind.JSON_POINTER, each) for each in dict.fromkeys(form.getlist("cells"))),
        *((RedactionKind.COLUMN, each) for each in dict.fromkeys(form.getlist("columns"))),
        *([(RedactionKind.WHOLE_FILE, "")] if form.get("whole") else []),
    ]
    if not places or len(places) > _MOST_PLACES:
        raise ValidationError({"cells": [_TOO_MANY if places else _NOTHING_CHOSEN]})
    if not said["right"]:
        raise ValidationError({"right": [N_("Say whose right it protects.")]})
    loaded: list[dict[str, Any]] = [schema.load(said | {"kind": kind.value, "place": place}) for kind, place in places]
    parts = tuple(RedactedPart(each["kind"], each["place"]) for each in loaded)
    return parts, {"right": loaded[0]["right"], "reason": loaded[0]["reason"]}


def _read(request_id: UUID, data_set_id: UUID, call: Call) -> OpenedRecords:
    purpose = next(each for each in _PURPOSES if any(each in PURPOSES.get(role, ()) for role in caller().roles))
    require_purpose(purpose)
    typed = request.form.get("first", "0")
    first = int(typed) if typed.isdecimal() and len(typed) < 9 else 0
    return desk().disclosures.records(
        request_id, call, purpose=purpose, data_set_id=data_set_id, first=first, most=RECORDS
    )


def _data_set(request_id: UUID, item_id: str, data_set_id: UUID) -> tuple[Request, DataSet]:
    """The case and its data set of this item. Raises RequestUnknown, DataSetUnknown."""
    case = desk().repository.request(request_id, caller())
    data_set = case.copies.data_sets.get(data_set_id)
    if data_set is None or data_set.item_id != item_id:
        raise DataSetUnknown()
    return case, data_set


def _shown(
    request_id: UUID,
    item_id: str,
    data_set_id: UUID,
    *,
    opened: OpenedRecords | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    with service().database.reading():
        case, data_set = _data_set(request_id, item_id, data_set_id)
        redactions = case.copies.redactions_of(data_set_id)
        described = {each.name: each.description for each in data_set.fields}
        rows = [] if opened is None else list(_rows(opened, described, redactions))
        likely = likely_others(desk().repository, request_id, _texts(rows)) if opened is not None else {}
        may_redact = Role.HANDLER in caller().roles and case.item(item_id).status is ItemStatus.GRANTED
        decisions, confirmed = _decisions(case, data_set_id, opened)
        return page(
            "grid.html",
            status,
            case=desk().history.request(request_id, caller()),
            item=case.item(item_id),
            data_set=data_set,
            system=names_of(case).get(data_set.system, data_set.system),
            opened=opened,
            columns=_columns(rows, described, redactions),
            rows=rows,
            likely=likely,
            suggested=sum(not each.hidden_for and each.text in likely for _, cells in rows for each in _all(cells)),
            is_left_in=case.copies.is_left_in(data_set_id),
            decisions=decisions,
            confirmed=confirmed,
            waits=(bool(redactions) or data_set_id in case.copies.redaction_duties) and confirmed is None,
            may_open=not caller().roles.isdisjoint(RECORDS_READERS),
            may_redact=may_redact,
            rights=[(each.value, code_as_words(each.value)) for each in OthersRight],
            likely_kind=lambda each: _(_LIKELY[each]),
            per_page=RECORDS,
            problem=problem,
            ticks_suggested=request.form.get("do") == "tick",
            typed=request.form if problem else {},
            ticked=set(request.form.getlist("cells")) if problem else set(),
            ticked_columns=set(request.form.getlist("columns")) if problem else set(),
        )


_Row = tuple[int, Mapping[str, Sequence[Cell]]]
"""The number of a record, with its cells by column."""


def _rows(
    opened: OpenedRecords, described: Collection[str], redactions: Sequence[Redaction]
) -> Iterator[tuple[int, dict[str, list[Cell]]]]:
    for number, record in enumerate(opened.records, opened.first):
        cells: dict[str, list[Cell]] = {}
        for path, steps, value in _leaves(record, "", (str(number),), described):
            cells.setdefault(path, []).append(_cell(path, steps, value, redactions))
        yield number, cells


def _leaves(
    value: Any, path: str, steps: tuple[str, ...], described: Collection[str]
) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """Each value with the names on the way to it; below a described field, what has no description stays together."""
    if isinstance(value, dict) and value and all(is_named(joined(path, key), described) for key in value):
        for key, inner in value.items():
            yield from _leaves(inner, joined(path, key), (*steps, key), described)
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from _leaves(inner, path, (*steps, str(place)), described)
    else:
        yield path, steps, value


def _cell(path: str, steps: tuple[str, ...], value: Record | Any, redactions: Sequence[Redaction]) -> Cell:
    whole: list[OthersRight] = []
    is_in_part = False
    for each in redactions:
        pointed = pointer_steps(each.place) if each.kind is RedactionKind.JSON_POINTER else None
        if pointed is None:
            if each.kind is not RedactionKind.COLUMN or is_beneath(path, {each.place}):
                whole.append(each.right)
        elif all(is_chosen(step, place) for step, place in zip(pointed, steps, strict=False)):
            if len(pointed) <= len(steps):
                whole.append(each.right)
            else:
                is_in_part = True
    place = "".join(f"/{each.replace('~', '~0').replace('/', '~1')}" for each in steps)
    return Cell(place, as_text(value), tuple(dict.fromkeys(whole)), is_in_part)


def _columns(rows: Sequence[_Row], described: Mapping[str, str], redactions: Sequence[Redaction]) -> list[Column]:
    """The fields that occur on the page, in the order in which they are described."""
    found = {path for _, cells in rows for path in cells}
    order = {name: number for number, name in enumerate(described)}
    hidden = [each.place for each in redactions if each.kind is RedactionKind.COLUMN]
    return [
        Column(name, described.get(name, ""), name in described, is_beneath(name, hidden))
        for name in sorted(found, key=lambda name: (order.get(name, len(order)), name))
    ]


def _texts(rows: Sequence[_Row]) -> set[str]:
    return {cell.text for _, cells in rows for cell in _all(cells)}


def _all(cells: Mapping[str, Sequence[Cell]]) -> Iterator[Cell]:
    for several in cells.values():
        yield from several


def _decisions(
    case: Request, data_set_id: UUID, opened: OpenedRecords | None
) -> tuple[list[Decision], RedactionConfirmed | None]:
    """The redactions that stand, the last first, and who confirmed them, unless that is outdated."""
    events = desk().repository.events_of(case)
    reasons: Mapping[int, str | None] = {} if opened is None else opened.reasons
    about = [
        each for each in events if isinstance(each, Redacted | RedactionConfirmed) and each.target_id == data_set_id
    ]
    last = next((each for each in reversed(about) if isinstance(each, RedactionConfirmed)), None)
    standing = {each.redaction_id: each for each in case.copies.redactions_of(data_set_id)}
    decisions = [
        Decision(
            standing[each.redaction_id],
            each.actor,
            each.timestamp,
            reasons.get(each.originator_version),
            last is not None and each.originator_version > last.originator_version,
        )
        for each in reversed(about)
        if isinstance(each, Redacted) and each.redaction_id in standing
    ]
    return decisions, last if data_set_id in case.copies.redactions_confirmed else None
