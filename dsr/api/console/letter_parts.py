"""The parts of a letter that a person writes: as fields of a form, and read back into what an edition takes.

What a person did not change is not sent, so that saving a form without a change refreshes the letter and needs no
approval.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from dsr.api.console.language import N_, _
from dsr.api.console.words import code_as_words, full_day
from dsr.api.enumerations import meanings
from dsr.domain.request.kept import BY_ITSELF, KeptGround
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.statement_code import StatementCode
from dsr.domain.request.values import Channel
from dsr.letters.fields import CalendarDate, FreeText, KeptData, Package
from dsr.letters.sentences import NOTHING, nothing
from dsr.letters.statements import FITTING

KEPT_ROWS: Final = 3
KEPT_FIELDS: Final = ("ground", "what", "english", "extent", "activity", "until")
GROUNDS: Final = tuple(each for each in KeptGround if each not in BY_ITSELF)
"""Grounds that a person names."""

_NOTE: Final = "note"
"""Words beside the statements, which every letter takes."""
_CODE: Final = "code"
"""The hidden field that names a part of the form."""
_REFUSED: Final = "refused"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_OUR_PAGES: Final = re.compile(r" \(docs/law[^)]*\)")
"""References that are for who builds the service."""
_FOR_PEOPLE: Final = {
    "authority": N_("The supervisory authority, with its address (GDPR Art. 77)."),
    "complaint": N_("The authority to which the person may complain (GDPR Art. 15(1)(f), 77)."),
}
"""Meanings that the interface words for programs, which send an id."""
_NOT_TO_WRITE: Final = frozenset({"password"})
_OF_THE_CASE: Final = frozenset({"money", "costs", "code", "authority", "clock", "processed", "count", "searched"})
"""Kinds of statements that follow from the case; no person writes them."""


class Writing(StrEnum):
    """How a part is written."""

    WORDS = "words"
    DAY = "day"
    """A date, or words."""
    PACKAGE = "package"
    """A link that the service offers, or words."""
    KEPT = "kept"
    """Things that were kept, each on its ground."""
    CASE = "case"
    """Not at all: the case gives it, or the record of processing."""


@dataclass(frozen=True)
class LetterPart:
    """One part of a letter, as a form shows it."""

    code: str
    label: str
    writing: Writing
    meaning: str = ""
    missing: bool = False
    text: str = ""
    english: str = ""
    day: str = ""
    sentence: str = ""
    """What the letter says, in English, where there is nothing of the kind; empty: it has no such sentence."""
    was: tuple[str, str, str] = ("", "", "")
    """Text, English text and day before anybody typed."""

    @property
    def is_typed(self) -> bool:
        """Whether somebody changed its words in the form."""
        return (self.text, self.english, self.day) != self.was

    @property
    def is_begun(self) -> bool:
        """Whether words of a person, or of the case, stand in it."""
        return any((self.text, self.english, self.day))


def parts_of(
    kind: LetterKind, missing: Iterable[str], statements: Mapping[str, Any], refused: Sequence[Any]
) -> list[LetterPart]:
    """The parts of an opened letter: what it lacks first, then its words, then what may be said otherwise."""
    lacking = set(missing)
    codes = lacking | {_NOTE, *(code for code, said in statements.items() if said["says"] not in _OF_THE_CASE)}
    found = []
    for code in sorted(codes - _NOT_TO_WRITE):
        said = statements.get(code, {})
        if said.get("says") == "package" and code not in lacking:
            continue
        text, english = str(said.get("text", "")), str(said.get("english") or "")
        found.append(_part(kind, code, code in lacking, (text, english, str(said.get("date", "")))))
    if kind is LetterKind.REFUSAL:
        for place, each in enumerate(refused):
            if not each["withheld"]:
                for name in ("reasons", "facts"):
                    words = (each[name]["text"], each[name].get("english") or "", "")
                    found.append(_part(kind, f"{_REFUSED}.{place}.{name}", False, words))
    return sorted(found, key=lambda part: (not part.missing, not part.is_begun, part.code == _NOTE))


def typed_parts(kind: LetterKind, missing: Iterable[str], form: MultiDict[str, str]) -> list[LetterPart]:
    """The parts as somebody left them in a form that was refused."""
    lacking = set(missing)
    return [
        _part(kind, code, code in lacking, _words(form, code), was=_words(form, code, "was-"))
        for code in form.getlist(_CODE)
    ]


def edition_of(form: MultiDict[str, str]) -> dict[str, Any]:
    """What was changed in a form, as a program would send it to `edit_dispatch`."""
    statements: dict[str, Any] = {}
    rewordings: dict[int, dict[str, Any]] = {}
    for code in form.getlist(_CODE):
        text, english, day = _words(form, code)
        is_changed = (text, english, day) != _words(form, code, "was-")
        words = {"says": "text", "text": text, "english": english or None} if text else None
        if code.startswith(f"{_REFUSED}."):
            place, _, name = code.removeprefix(f"{_REFUSED}.").partition(".")
            if is_changed and re.fullmatch(r"\d{1,4}", place, re.ASCII):
                rewordings.setdefault(int(place), {"place": int(place)})[name] = words
        elif form.get(f"nothing.{code}"):
            statements[code] = {"says": "nothing"}
        elif form.get(f"enclosed.{code}"):
            statements[code] = {"says": "package"}
        elif kept := _kept(form, code):
            statements[code] = {"says": "kept", "entries": kept}
        elif is_changed:
            statements[code] = {"says": "day", "date": day} if day and not text else words
    return {"statements": statements, "rewordings": list(rewordings.values())}


def meaning_of(code: str) -> str:
    """What a statement says, with the law that asks for it; empty for a code of no statement."""
    return _FOR_PEOPLE.get(code) or _OUR_PAGES.sub("", meanings(StatementCode).get(code, ""))


def said_in_words(value: object) -> str:
    """What a letter or its case says of one part, as one line of words."""
    match value:
        case None:
            return _("nothing")
        case bool():
            return _("yes") if value else _("no")
        case {"says": "nothing"}:
            return _("that there is none")
        case {"says": "text", "text": text}:
            return str(text)
        case Mapping():
            return ", ".join(said_in_words(each) for name, each in value.items() if name != "says" and each)
        case list() | tuple():
            return ", ".join(map(said_in_words, value))
        case str() if _DAY.fullmatch(value):
            return full_day(date.fromisoformat(value))
        case _:
            return str(value)


def takes_enclosure(channel: str) -> bool:
    """Whether a person encloses what the letter calls enclosed."""
    return channel == Channel.POST


def _part(
    kind: LetterKind,
    code: str,
    missing: bool,
    words: tuple[str, str, str],
    *,
    was: tuple[str, str, str] | None = None,
) -> LetterPart:
    name = code.rpartition(".")[2]
    label = code_as_words(name)
    if code.startswith(f"{_REFUSED}."):
        label = _("%(part)s of refusal %(number)s", part=label, number=int(code.split(".")[1]) + 1)
    text, english, day = words
    return LetterPart(
        code=code,
        label=label,
        writing=_writing(name),
        meaning=meaning_of(name),
        missing=missing,
        text=text,
        english=english,
        day=day,
        sentence=nothing(kind, code) if code in NOTHING else "",
        was=was or words,
    )


def _writing(code: str) -> Writing:
    kinds = FITTING.get(code, (FreeText,))
    if KeptData in kinds:
        return Writing.KEPT
    if Package in kinds:
        return Writing.PACKAGE
    if FreeText not in kinds:
        return Writing.CASE
    return Writing.DAY if CalendarDate in kinds else Writing.WORDS


def _words(form: MultiDict[str, str], code: str, before: str = "") -> tuple[str, str, str]:
    text, english, day = (
        form.get(f"{before}{name}.{code}", "").replace("\r\n", "\n").strip() for name in ("text", "english", "day")
    )
    return text, english, day


def _kept(form: MultiDict[str, str], code: str) -> list[dict[str, str]]:
    rows = []
    for row in range(KEPT_ROWS):
        given = {name: form.get(f"kept.{code}.{row}.{name}", "").strip() for name in KEPT_FIELDS}
        if any(given.values()):
            rows.append({name: value for name, value in given.items() if value})
    return rows
