"""Sentences that the interface for programs says and the console shows: what a command does, what a field means, why
something is refused, how a date came about.

They are written once, in English, where they belong. The catalogue takes those that describe commands and rules from
where they stand; `WITH_VALUES` names sentences about a case that are made of values. What has no translation is shown
in English, and marked as such.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final

from babel.dates import format_date
from markupsafe import Markup
from marshmallow import Schema, fields

from dsr.api.console.daily_refusals import DAILY
from dsr.api.console.language import N_, gettext, page_language, spoken, translation_of
from dsr.api.console.letter_parts import meaning_of
from dsr.api.console.operations import Command
from dsr.api.console.refusals import refusals, sentence_of
from dsr.api.console.words import coded, codes_in_words, full_day, law_in_words
from dsr.api.enumerations import meanings
from dsr.api.fields import Instant, Language
from dsr.catalogues import ENGLISH
from dsr.domain.errors import DomainError
from dsr.domain.request.grounds import RefusalGround
from dsr.domain.request.standing import ExceptionGround, ForgettingGround
from dsr.domain.request.statement_code import StatementCode
from dsr.domain.request.values import End, ExtensionGround

WITH_VALUES: Final = (
    N_("Decide '%(codes)s' before answering it."),
    N_("Still to be decided or carried out: %(codes)s."),
    N_("Decided here already: %(codes)s. Answer the request."),
    N_("This needs one of the roles: %(codes)s."),
    N_("The request arrived on %(day)s in %(zone)s; the day of arrival is not counted."),
    N_("One month ends on the same day number, or on the month's last day where there is none, at 24:00 local."),
    N_("The month runs from the latest of the request, the proof of identity and the fee."),
    N_("The clock stood still for %(number)s days; days that overlap count once."),
    N_("The clock stood still for 1 day; days that overlap count once."),
    N_("%(day)s is a %(weekday)s, so the period ends on the next working day."),
    N_("%(day)s is a public holiday in %(country)s, so the period ends on the next working day."),
    N_("The notice promises an answer within %(number)s days; weekends do not move it."),
    N_("The earlier of the statutory date and the promise is binding."),
    N_("The extended statutory date is binding."),
    N_("The last working day on or before %(day)s is the day to have it sent by."),
    N_("A question is still open; it counts as answered on %(day)s, so the dates move with each day."),
    N_("Waiting for %(codes)s: asked on %(asked)s, until %(day)s."),
    N_("Waiting for %(codes)s: asked on %(asked)s, still open on %(day)s."),
    N_("Clarification asked on %(day)s does not stop the clock: the request is not one for access."),
    N_("The fee asked for on %(day)s does not stop the clock."),
    N_("The extension drops the promise of %(day)s."),
    N_("The promise had been missed on %(day)s, before the extension dropped it."),
    N_("DSR_PUBLIC_URL is not set: no mail can hold a link to a package, so no answer to access leaves by mail."),
    N_("DSR_PUBLIC_URL begins with http: what people send and read can be seen on the way. Put TLS in front."),
    N_("People reach the service at %(address)s."),
    N_("DSR_PUBLIC_URL begins with https, but DSR_TRUSTED_PROXIES names no proxy: all visitors count as one."),
    N_("Visitors are told apart by their own addresses."),
    N_("%(gibibytes)s GiB are free at %(path)s. Make room: soon nothing can be written."),
    N_("%(gibibytes)s GiB are free at %(path)s. Make room."),
    N_("%(gibibytes)s GiB are free at %(path)s."),
    N_("The key-encryption key is %(number)s days old, due since %(day)s: look at `background-rotating-keys`."),
    N_(
        "The key-encryption key is %(number)s days old, due since %(day)s, and nothing replaces it: set "
        "DSR_KEYRING_COPY and run `dsr keys copy`; or run `dsr keys rotate`, then copy the keyring and back up."
    ),
    N_("The key-encryption key is %(number)s days old."),
    N_("DSR_KEYRING_COPY is not set: if the one keyring file is lost, nothing opens. Name a file elsewhere."),
    N_("The copy of the keyring has all its keys."),
    N_("The copy of the keyring lacks its newest key. Run `dsr keys copy`."),
    N_("The index key is the first one."),
    N_("The index key was replaced on %(day)s, and the former one is still there: run `dsr keys rotate-index` again."),
    N_("The index key was replaced on %(day)s."),
)
"""As the domain and `dsr doctor` make them, with a name for each value: `codes` are codes, as are a `ground`, `right`
and `kind`; a `provision` is law; `weekday` is an English one. Those of refusals in daily work stand in `DAILY`.
Of two patterns that fit the same sentence, the longer stands first.
"""

_VALUE: Final = re.compile(r"%\\\((\w+)\\\)s")
_CODES: Final = ("codes", "ground", "right", "kind")
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WEEKDAYS: Final = {"Saturday": date(2026, 1, 3), "Sunday": date(2026, 1, 4)}
"""One of each."""


def sentence(text: str) -> Markup:
    """A sentence of the interface in the language of the page, or else in English, which is marked for those who
    listen.
    """
    if isinstance(text, Markup) or page_language() == ENGLISH or not text:
        return coded(text)
    translated = _translated(text)
    return coded(translated) if translated else Markup('<span lang="en">{}</span>').format(coded(text))


def refused(refusal: DomainError) -> Markup:
    """Why something was refused, in the language of the page."""
    return refused_as(refusal.detail, refusal.code)


def refused_as(detail: str, code: str) -> Markup:
    """The same of a refusal with this code. One that says more than its kind does, which no catalogue has, stands
    behind the sentence of its kind, in English and marked as such.
    """
    own, kind = sentence(detail), sentence_of(code)
    if page_language() == ENGLISH or detail == kind or _translated(detail) or not translation_of(kind):
        return own
    return Markup("{} {}").format(sentence(kind), own)


def interface_sentences(commands: Iterable[Command]) -> frozenset[str]:
    """What the catalogue has to translate beside the sentences of the console itself.

    A sentence with code in it speaks to programs; the console shows it in English, except refusals.
    """
    found = set(_of_rules())
    for command in commands:
        found |= {command.summary, command.explanation, *_hints(command.body(), set())}
    return frozenset(each for each in found if each and "`" not in each) | frozenset(refusals())


def _of_rules() -> Iterator[str]:
    """Meanings of grounds and statements."""
    for kind in (RefusalGround, ExtensionGround, End, ExceptionGround, ForgettingGround):
        yield from meanings(kind).values()
    yield from map(meaning_of, StatementCode)


def _hints(body: Schema, seen: set[type[Schema]]) -> Iterator[str]:
    if type(body) in seen:
        return
    seen.add(type(body))
    for each in body.load_fields.values():
        inner = each.inner if isinstance(each, fields.List) else each
        yield hint_of(each, inner)
        if isinstance(inner, fields.Nested):
            yield from _hints(inner.schema, seen)


def hint_of(each: "fields.Field[object]", inner: "fields.Field[object]") -> str:
    """What the interface says a field means; `inner` is that of a list, or the field itself.

    People choose a language by its name, so how programs write it is left out.
    """
    if isinstance(inner, Language):
        return ""
    if isinstance(inner, Instant):
        return inner.meaning
    return str(each.metadata.get("description") or inner.metadata.get("description") or "")


def _translated(text: str) -> str:
    """The sentence in the language of the page; empty where the catalogue has none."""
    return translation_of(text) or _with_values(text)


def _with_values(text: str) -> str:
    for message, pattern in _patterns().items():
        if found := pattern.fullmatch(text):
            return gettext(message, **{name: _said(name, value) for name, value in found.groupdict().items()})
    return ""


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    return {each: re.compile(_VALUE.sub(r"(?P<\1>.+?)", re.escape(each))) for each in (*WITH_VALUES, *DAILY)}


def _said(name: str, value: str) -> str:
    if _ISO.fullmatch(value):
        return full_day(date.fromisoformat(value))
    if name in _CODES:
        return codes_in_words(value.split(", "))
    if name == "provision":
        return law_in_words(value)
    if name in ("records", "values"):
        return spoken().number(Decimal(value.replace(",", "")), "#,##0")
    if name in ("gibibytes", "mebibytes"):
        return spoken().number(Decimal(value), "#,##0.0")
    if name == "weekday" and value in _WEEKDAYS:
        return str(format_date(_WEEKDAYS[value], "EEEE", locale=spoken().locale))
    return spoken().country(value) if name == "country" else value
