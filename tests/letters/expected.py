"""What has to stand in a letter, reckoned from its fields without the code that writes it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import IO

from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_currency

from dsr.catalogues import LOCALES
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.search_list import SearchResult
from dsr.letters.fields import (
    CalendarDate,
    ClockEffect,
    Coded,
    ComplaintTo,
    Costs,
    Count,
    FreeText,
    KeptData,
    LetterFields,
    Methods,
    Money,
    Nothing,
    Package,
    Processed,
    Searched,
    Statement,
    Things,
)
from dsr.letters.sentences import CLOCK, CODED, FIXED, FOUND, KEPT, METHODS, PROCESSED, SEARCHED, nothing

HEAD = {
    LetterKind.ACKNOWLEDGEMENT: ("case-reference", "arrival-date", "rights-understood", "due-date", "contact"),
    LetterKind.STAFF_WARNING: ("case-reference", "due-date"),
}


def flat(text: str) -> str:
    return " ".join(text.split())


def translated(language: str, message: str) -> list[str]:
    """The sentence in pieces, without what stands in its places."""
    if language != "en":
        path = files("dsr.catalogues").joinpath(f"{language}/LC_MESSAGES/letters.po")
        with path.open("rb") as file:
            message = _catalogue(language, file)[message]
    pieces = message.replace("%(provision)s", "\0").split("\0")
    return [piece for piece in pieces if piece.strip()]


_READ: dict[str, dict[str, str]] = {}


def _catalogue(language: str, file: IO[bytes]) -> dict[str, str]:
    if language not in _READ:
        singular = (each for each in read_po(file, locale=language) if isinstance(each.id, str))
        _READ[language] = {str(each.id): str(each.string) for each in singular}
    return _READ[language]


def day(language: str, on: date) -> str:
    written = format_date(on, "long", locale=LOCALES[language])
    return {"fr": written.replace("1 avril", "1er avril"), "it": written.replace("1 aprile", "1º aprile")}.get(
        language, written
    )


def money(language: str, amount: int, currency: str) -> str:
    written = format_currency(Decimal(amount) / 100, currency, locale=LOCALES[language])
    return written.replace("€", "euro") if language == "pl" else written


def of(language: str, kind: LetterKind, code: str, said: Statement) -> Iterator[str]:  # noqa: PLR0912 - one case for each kind
    """Words that one statement puts into a letter."""
    match said:
        case FreeText():
            yield from said.text.split("\n\n")
        case CalendarDate():
            yield day(language, said.date)
        case Money():
            yield money(language, said.amount, said.currency)
        case Costs():
            for line in said.lines:
                yield money(language, line.amount, said.currency)
        case Count():
            yield str(said.number)
        case Coded():
            yield from translated(language, CODED[code][said.code].message)
        case ComplaintTo():
            yield said.authority.name
            yield from said.authority.address[:-1]
            yield Locale.parse(LOCALES[language]).territories[said.authority.country]
        case Things():
            for entry in said.entries:
                yield entry.name
                yield from (entry.note.text.split("\n\n") if entry.note else ())
                yield from ([day(language, entry.on)] if entry.on else ())
        case Nothing():
            yield from translated(language, nothing(kind, code))
        case Processed():
            yield from translated(language, PROCESSED[said.yes])
        case ClockEffect():
            yield from translated(language, CLOCK[said.stands_still])
        case Methods():
            for method in said.methods:
                yield from translated(language, METHODS[method])
            yield from (said.note.text.split("\n\n") if said.note else ())
        case KeptData():
            for kept in said.entries:
                yield from [kept.what] if kept.what else ()
                yield from [day(language, kept.until)] if kept.until else ()
                yield from [kept.purpose] if kept.purpose else ()
                yield from translated(language, KEPT[kept.ground].message) if kept.ground in KEPT else ()
        case Searched():
            for system in said.systems:
                yield system.name
                yield from (system.reason.text.split("\n\n") if system.reason else ())
                if system.result is SearchResult.LEFT_OUT:
                    yield from translated(language, SEARCHED["left-out"])
                else:
                    yield from translated(language, FOUND[system.result])
                    yield from [day(language, system.on)] if system.on else ()
            yield from said.groups_not_searched
        case Package():
            yield from [said.link] if said.link else ()
            yield from [day(language, said.until)] if said.until else ()


def all_of(language: str, fields: LetterFields, required: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Each code with the words that have to stand in the part of the letter in the language."""
    for code in sorted(required | set(fields.statements)):
        if code in FIXED:
            yield from ((code, piece) for piece in translated(language, FIXED[code].message))
        if code in fields.statements:
            yield from ((code, words) for words in of(language, fields.kind, code, fields.statements[code]))
    for refused in fields.refused:
        yield from (("reasons", words) for words in refused.reasons.text.split("\n\n"))
        yield from (("facts", words) for words in refused.facts.text.split("\n\n"))
        yield from (("extent", words) for words in refused.extent)
        yield "provision", refused.provision.split("; ")[-1]
    yield "case-reference", fields.reference
    if fields.kind in (LetterKind.ACKNOWLEDGEMENT, LetterKind.STAFF_WARNING) and fields.due_on:
        yield "due-date", day(language, fields.due_on)
    if fields.kind is LetterKind.ACKNOWLEDGEMENT:
        yield "arrival-date", day(language, fields.received_on)
    if fields.kind is not LetterKind.STAFF_WARNING:
        yield "contact", fields.sender.mailbox
        yield "sender", fields.sender.name
