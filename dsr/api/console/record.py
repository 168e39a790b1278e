"""The record of processing: its versions side by side, a new version from a file, and its calendars."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice, zip_longest
from typing import Any, Final

import msgspec
from flask import Response, request
from marshmallow import ValidationError

from dsr.api.console.site import console, page, page_of, to
from dsr.api.console.words import language_in_words
from dsr.api.context import caller, desk
from dsr.api.operation import this_call
from dsr.api.roles import STAFF
from dsr.api.statuses import status_of
from dsr.domain.errors import Refused
from dsr.domain.roles import Role
from dsr.domain.ropa import RecordOfProcessing, RopaInvalid, RopaMissing, RopaVersion
from dsr.ropa.positions import MAX_BYTES
from dsr.settings import Settings

_CONTEXT: Final = 2
"""Lines around a difference."""
_MOST_LINES: Final = 600
"""Lines of differences on a page."""
_MOST_DAYS: Final = 60
_MOST_PROBLEMS: Final = 100
_ENVELOPE: Final = 100_000
"""Bytes of a form beside its file."""


@dataclass(frozen=True)
class ComparedLine:
    """A line of two versions, side by side; None where a version has none, in both where lines are left out."""

    before: str | None
    after: str | None

    @property
    def is_gap(self) -> bool:
        """Lines that both versions share are left out here."""
        return self.before is None and self.after is None

    @property
    def is_same(self) -> bool:
        """Both versions say this."""
        return self.before == self.after


def _largest(_: Settings) -> int:
    return MAX_BYTES + _ENVELOPE


@console.get("/record")
@page_of(STAFF)
def show_record() -> Response:
    """Show the version in force, the earlier ones, and where its calendars differ from the holidays known today."""
    return _record_page()


@console.post("/record")
@page_of((Role.OPERATOR,), takes_key=True, key_required=True, largest=_largest)
def adopt_record() -> Response:
    """Put a file in force as the next version; if it can't be, every line that prevents it is named."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _record_page(422, missing=True)
    content = file.read()
    try:
        desk().ropa.adopt(content, this_call(content))
    except RopaInvalid as invalid:
        lines = content.decode("utf-8", errors="replace").splitlines()
        return _record_page(422, problems=[_placed(each, lines) for each in invalid.problems])
    except Refused as refusal:
        return _record_page(status_of(type(refusal)), refusal=refusal)
    return to("/console/record?done=adopt_ropa")


@console.get("/record/<int:number>")
@page_of(STAFF)
def show_record_version(number: int) -> Response:
    """Show a version beside another one: the one before, unless the address names one."""
    record = _the_record()
    version = record.at_version(number)
    other = _asked_for(record, number)
    lines = [] if other is None else list(islice(_compared(other, version), _MOST_LINES + 1))
    return page(
        "record_version.html",
        version=version,
        other=other,
        numbers=[each.number for each in record.versions if each.number != number],
        lines=lines[:_MOST_LINES],
        has_more=len(lines) > _MOST_LINES,
        text=_text(version) if other is None else "",
    )


def _record_page(status: int = 200, **told: Any) -> Response:
    record = _the_record()
    days = list(islice(desk().calendars.days_of(record.current), _MOST_DAYS + 1))
    return page(
        "record.html",
        status,
        current=record.current,
        versions=list(reversed(record.versions)),
        most_problems=_MOST_PROBLEMS,
        days=days[:_MOST_DAYS],
        has_more_days=len(days) > _MOST_DAYS,
        gaps=desk().ropa.gaps(),
        named=language_in_words,
        adopts=Role.OPERATOR in caller().roles,
        done=request.args.get("done") == "adopt_ropa",
        **told,
    )


def _the_record() -> RecordOfProcessing:
    record = desk().repository.ropa.record()
    if record is None:
        raise RopaMissing()
    return record


def _asked_for(record: RecordOfProcessing, number: int) -> RopaVersion | None:
    typed = request.args.get("against", "")
    if typed and not (typed.isdecimal() and len(typed) < 9):
        raise ValidationError({"against": ["Give the number of a version."]})
    other = int(typed) if typed else number - 1
    return record.at_version(other) if other else None


def _text(version: RopaVersion) -> str:
    """The document as lines that can be compared."""
    return json.dumps(msgspec.to_builtins(version.document), indent=2, ensure_ascii=False)


def _compared(before: RopaVersion, after: RopaVersion) -> Iterator[ComparedLine]:
    """The lines that differ, with a few around them; a gap where lines are left out."""
    was, is_now = _text(before).splitlines(), _text(after).splitlines()
    for group in SequenceMatcher(None, was, is_now).get_grouped_opcodes(_CONTEXT):
        yield ComparedLine(None, None)
        for _, first, last, new_first, new_last in group:
            yield from (ComparedLine(*each) for each in zip_longest(was[first:last], is_now[new_first:new_last]))


def _placed(problem: Any, lines: Sequence[str]) -> dict[str, Any]:
    """A problem with the line of the file on which it stands."""
    number = problem.line or 1
    return {
        "line": number,
        "detail": problem.detail,
        "pointer": problem.pointer,
        "says": lines[number - 1].strip()[:200] if number <= len(lines) else "",
    }
