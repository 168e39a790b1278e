"""Forms drawn from the schema of a command's body, and read back into what the schema takes.

A form sends text alone; `values_of` turns it into the JSON that a program would send, so that one schema checks both.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from markupsafe import Markup
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import MultiDict

from dsr.api.console.interface_words import hint_of, sentence
from dsr.api.console.language import _
from dsr.api.console.letter_parts import meaning_of
from dsr.api.console.words import code_as_words, coded
from dsr.api.enumerations import ENUMERATION
from dsr.api.errors import RequestMalformed
from dsr.api.fields import MAX_TEXT, Choice, Instant, Text
from dsr.api.parsing import parse_json

Options = Sequence[tuple[str, str]]
"""Values that may be chosen, each with its words."""

_FEW: Final = 6
"""Up to so many choices stand there as a list; more go into a menu."""
_ONE_LINE: Final = 300
"""Texts of up to so many characters, such as names, are typed into one line."""


class Kind(StrEnum):
    """What a field looks like."""

    LINE = "line"
    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    TRUTH = "truth"
    ONE = "one"
    """One of few, all of which are shown."""
    MENU = "menu"
    """One of many."""
    SEVERAL = "several"
    GROUP = "group"
    """Fields that belong together."""
    ROWS = "rows"
    """Any number of groups."""


@dataclass
class Field:
    """One field of a form."""

    name: str
    label: str
    kind: Kind
    required: bool
    hint: str = ""
    options: Options = ()
    values: Sequence[str] = ()
    """What stands in it."""
    error: str = ""
    inner: Sequence["Field"] = field(default=())
    """Of a group, its fields; of rows, those of all rows, one group each."""


Choosing = Callable[[str], Options]
"""The choices of a field that takes ids, by its name; empty: any text may be typed."""

_WHOLE: Final = re.compile(r"-?\d{1,18}", re.ASCII)

_NAMED_LINE: Final = re.compile(r"\s*([a-z][a-z0-9-]*): ?(.*)")

_ROWS: Final = 3
"""Empty rows that a list of groups offers."""


@dataclass(frozen=True)
class Drawing:
    """Everything beside the schema from which a form is drawn."""

    choosing: Choosing
    given: MultiDict[str, str]
    """What was typed before; empty for a new form."""
    narrowed: Mapping[str, Collection[str]] = field(default_factory=dict)
    """The only codes that make sense for what the form is about, by the name of their field."""
    stated: Collection[str] = ()
    """The statements that the letter has to make, where its kind is known; each has a field of its own."""

    def of_body(self, schema: Schema, errors: Mapping[str, Any], prefix: str = "") -> list[Field]:
        """The fields of a body: first the required ones, among which lists of boxes come last, then the others.

        `errors` are the library's, by field.
        """
        drawn = [
            self._field(each, errors.get(each.data_key or name, {}), prefix)
            for name, each in schema.load_fields.items()
        ]
        return sorted(drawn, key=lambda each: (not each.required, each.required and each.kind is Kind.SEVERAL))

    def _field(self, each: fields.Field[Any], error: Any, prefix: str) -> Field:
        name = each.data_key or each.name or ""
        inner = each.inner if isinstance(each, fields.List) else each
        drawn = Field(
            f"{prefix}{name}",
            code_as_words(label_of(name)),
            Kind.LINE,
            required=each.required,
            hint=_hint(each, inner),
            values=self.given.getlist(f"{prefix}{name}"),
            error=_said(error),
        )
        errors = error if isinstance(error, Mapping) else {}
        if isinstance(inner, fields.Nested):
            return self._rows(drawn, inner, errors) if _are_many(each, inner) else self._group(drawn, inner, errors)
        if isinstance(inner, fields.Dict) and self.stated:
            return self._statements(drawn)
        drawn.options = self._options_of(name, inner)
        drawn.kind = _kind(each, inner, drawn.options)
        if name in self.narrowed and len(drawn.options) == 1 and each.required:
            drawn.values = [drawn.options[0][0]]
        if isinstance(each, fields.List) and not drawn.options:
            drawn.hint = _with(drawn.hint, _("One on each line."))
        if isinstance(inner, fields.UUID) and name in ("request_id", "request_ids"):
            drawn.hint = _with(drawn.hint, _("By reference, such as `DSR-7KQ4-M2XN`."))
        if isinstance(inner, fields.Dict):
            drawn.hint = _with(drawn.hint, _("One on each line, as `code: words`."))
        return drawn

    def _options_of(self, name: str, inner: fields.Field[Any]) -> Options:
        options = _options(inner) or self.choosing(name)
        if name not in self.narrowed:
            return options
        return [each for each in options if each[0] in self.narrowed[name]]

    def _statements(self, drawn: Field) -> Field:
        """One text for each statement of a letter."""
        drawn.kind, drawn.hint = Kind.GROUP, sentence("")
        drawn.inner = [
            Field(
                f"{drawn.name}.{each}",
                code_as_words(each),
                Kind.TEXT,
                required=drawn.required,
                hint=sentence(meaning_of(each)),
                values=self.given.getlist(f"{drawn.name}.{each}"),
            )
            for each in sorted(self.stated)
        ]
        return drawn

    def _group(self, drawn: Field, inner: fields.Nested, errors: Mapping[str, Any]) -> Field:
        drawn.kind = Kind.GROUP
        drawn.inner = self.of_body(inner.schema, errors, f"{drawn.name}.")
        return drawn

    def _rows(self, drawn: Field, inner: fields.Nested, errors: Mapping[str, Any]) -> Field:
        drawn.kind = Kind.ROWS
        number_of_rows = max([_ROWS, *(number + 1 for number in _row_numbers(drawn.name, self.given))])
        drawn.inner = [
            self._group(
                Field(f"{drawn.name}.{number}", f"{drawn.label} {number + 1}", Kind.GROUP, required=False),
                inner,
                errors.get(str(number), errors.get(number, {})),  # type: ignore[call-overload]  # numbered by the library
            )
            for number in range(number_of_rows)
        ]
        return drawn


def _are_many(each: fields.Field[Any], inner: fields.Nested) -> bool:
    return inner is not each or bool(inner.many)


def _kind(each: fields.Field[Any], inner: fields.Field[Any], options: Options) -> Kind:
    """What a field without fields of its own looks like."""
    if isinstance(each, fields.List):
        return Kind.SEVERAL if options else Kind.TEXT
    if options:
        return Kind.ONE if len(options) <= _FEW else Kind.MENU
    kinds = (
        (fields.Boolean, Kind.TRUTH),
        (Instant, Kind.MOMENT),
        (fields.Date, Kind.DAY),
        (fields.Integer, Kind.NUMBER),
        (fields.Dict, Kind.TEXT),
    )
    found = next((kind for type_, kind in kinds if isinstance(inner, type_)), Kind.LINE)
    return Kind.TEXT if type(inner) is Text and _longest(inner) > _ONE_LINE else found


def _longest(inner: Text) -> int:
    """Characters that a text may have."""
    lengths = [each.max for each in inner.validators if isinstance(each, validate.Length) and each.max is not None]
    return min(lengths, default=MAX_TEXT)


def label_of(name: str) -> str:
    """The code of what a field is called: `received_at` → `received`."""
    for ending in ("_id", "_ids", "_at", "_on"):
        name = name.removesuffix(ending)
    return name


def _hint(each: fields.Field[Any], inner: fields.Field[Any]) -> Markup:
    meant = hint_of(each, inner)
    said = Markup() if _names_codes_only(meant) else sentence(meant)
    return _with(said, _("Local time at the controller.")) if isinstance(inner, Instant) else said


def _names_codes_only(hint: str) -> bool:
    """Whether a hint is for programs alone: a list of codes that the form offers in words, or the standard of codes."""
    return hint == "ISO 639-1" or not re.sub(r"`[^`]*`|\bor\b|[\s,.]", "", hint)


def _with(hint: str, more: str) -> Markup:
    """A hint with another sentence, which is in the language of the page."""
    return Markup(" ").join(filter(None, (sentence(hint), coded(more))))


def _row_numbers(name: str, given: MultiDict[str, str]) -> Iterable[int]:
    """The rows in which something was typed."""
    start = f"{name}."
    for key in given:
        number = key.removeprefix(start).partition(".")[0]
        if key.startswith(start) and number.isdecimal() and len(number) < 3 and any(map(str.strip, given.getlist(key))):
            yield int(number)


def _options(inner: fields.Field[Any]) -> Options:
    codes = inner.offered if isinstance(inner, Choice) else inner.metadata.get(ENUMERATION)
    return [] if codes is None else [(each.value, code_as_words(each.value)) for each in codes]


def _said(error: Any) -> Markup:
    """The messages of one field; those of inner fields stand there."""
    if isinstance(error, Mapping):
        return Markup(" ").join(_said(each) for key, each in error.items() if key == "_schema" or isinstance(key, int))
    return Markup(" ").join(sentence(str(each)) for each in ([error] if isinstance(error, str) else error))


def values_of(schema: Schema, form: MultiDict[str, str], zone: str, *, prefix: str = "") -> dict[str, Any]:
    """What was typed, as a program would send it: empty fields are left out. A local time is one of the zone (IANA)."""
    found = {}
    for name, each in schema.load_fields.items():
        key = each.data_key or name
        value = _value(each, form, f"{prefix}{key}", zone)
        if value is not None:
            found[key] = value
    return found


def _value(each: fields.Field[Any], form: MultiDict[str, str], name: str, zone: str) -> Any:
    inner = each.inner if isinstance(each, fields.List) else each
    if isinstance(inner, fields.Nested):
        if _are_many(each, inner):
            rows = sorted(set(_row_numbers(name, form)))
            return [values_of(inner.schema, form, zone, prefix=f"{name}.{row}.") for row in rows] or None
        return values_of(inner.schema, form, zone, prefix=f"{name}.") or None
    given = [each.replace("\r\n", "\n") for each in form.getlist(name) if each.strip()]
    if isinstance(inner, fields.Dict):
        by_code = {
            key.removeprefix(f"{name}."): _value_in(form[key].replace("\r\n", "\n").strip())
            for key in form
            if key.startswith(f"{name}.") and form[key].strip()
        }
        return (_named("\n".join(given)) | by_code if given else by_code) or None
    if isinstance(each, fields.List):
        several = [line.strip() for value in given for line in value.split("\n") if line.strip()]
        return [_one(inner, value, zone) for value in several] or None
    return _one(inner, given[0], zone) if given else None


def _named(text: str) -> dict[str, Any]:
    """Words by their code, from lines such as `purposes: Billing.`; a line without a code goes on with the one before.

    Text that begins with a brace is a value as a program sends it; one that can't be read stays text.
    """
    found: dict[str, Any] = {}
    code = ""
    for line in text.split("\n"):
        begun = _NAMED_LINE.fullmatch(line)
        code, words = (begun[1], begun[2]) if begun else (code, line)
        found[code] = f"{found[code]}\n{words}" if code in found else words
    return {code: _value_in(words.strip()) for code, words in found.items()}


def _value_in(words: str) -> Any:
    if not words.startswith("{"):
        return words
    try:
        return parse_json(words.encode())
    except RequestMalformed:
        return words


def _one(inner: fields.Field[Any], value: str, zone: str) -> Any:
    if isinstance(inner, fields.Boolean):
        return {"true": True, "false": False}.get(value, value)
    if isinstance(inner, fields.Integer):
        return int(value) if _WHOLE.fullmatch(value.strip()) else value
    if isinstance(inner, Instant):
        return _with_zone(value, zone)
    return value


def _with_zone(value: str, zone: str) -> str:
    """A local time with its zone; what is no time is left as it is, for the schema to refuse."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return value if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(zone)).isoformat()
