"""Applies redactions to a data set, and reports them (GDPR Art. 15(4), 20(4)).

A single value is replaced by a marker, which shows that something was there; a column is removed. No function here
changes its arguments.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dsr.domain.export import ExportKind
from dsr.domain.request.others_rights import (
    OthersRight,
    Redaction,
    RedactionKind,
    Step,
    columns_of,
    is_beneath,
    is_chosen,
    is_left_out,
    is_named,
    joined,
    pointer_steps,
)
from dsr.domain.request.redaction import RedactionFieldUnknown
from dsr.exports.language import PackageLanguage
from dsr.exports.strict_json import Record

MARKER: Final = "$redacted"
"""The only key of the marker object that replaces a value; it holds the rights, sorted. No source may use it."""

PROVISION: Final = {ExportKind.ACCESS: "GDPR Art. 15(4)", ExportKind.PORTABILITY: "GDPR Art. 20(4)"}


@dataclass(frozen=True)
class LeftOut:
    """One redaction as the manifest and the page report it: where and why, never the content or the sealed reason."""

    name: str
    """Name of the data set or attachment in the export."""
    kind: RedactionKind
    place: str | None
    """The pointer or the field; None for all of it."""
    right: OthersRight
    values: int | None
    """Number of removed values; None for all of it."""

    def as_json(self, kind: ExportKind, language: PackageLanguage) -> dict[str, Any]:
        """Its entry in the manifest. The written reason of the case is left out: it may be about the other person."""
        return {
            "name": self.name,
            "kind": self.kind.value,
            "place": self.place,
            "right": self.right.value,
            "values": self.values,
            "reason": language(f"others-right.{self.right}"),
            "provision": PROVISION[kind],
        }


def is_marker(value: Any) -> bool:
    """Whether it is exactly the marker of a removed value."""
    if not isinstance(value, dict) or set(value) != {MARKER}:
        return False
    rights = value[MARKER]
    return isinstance(rights, list) and bool(rights) and all(each in list(OthersRight) for each in rights)


def redact(records: Iterable[Record], redactions: Iterable[Redaction]) -> Iterator[Record]:
    """The records with redactions applied; the order of the redactions does not matter.

    Where two overlap, the larger applies: a column before a value, an object before its members. Redacting twice
    changes nothing. If the whole data set is left out, no record remains.
    """
    chosen = tuple(redactions)
    if is_left_out(chosen):
        return
    columns = columns_of(chosen)
    pointers = [(_steps(each.place), each.right) for each in chosen if each.kind is RedactionKind.JSON_POINTER]
    for number, record in enumerate(records):
        within = _of(pointers, number)
        yield {key: _marked(inner, _of(within, key)) for key, inner in _pruned(record, columns).items()}


def count_values(
    records: Iterable[Record], places: Sequence[tuple[RedactionKind, str]], described: Collection[str]
) -> list[int]:
    """Number of values that a redaction with each of these places removes from the records of a data set.

    Raises RedactionFieldUnknown if a number in a pointer turns out to be a name without description.
    """
    found: Counter[tuple[RedactionKind, str]] = Counter()
    by_record = _ByRecord(places)
    for number, record in enumerate(records):
        for kind, place in by_record.at(number):
            for names in _found_in(record, number, kind, place):
                if not is_named(names, described):
                    raise RedactionFieldUnknown()
                found[kind, place] += 1
    return [found[each] for each in places]


class _ByRecord:
    """Places by the record that they are in, so that many of them do not make each record slow."""

    def __init__(self, places: Iterable[tuple[RedactionKind, str]]) -> None:
        self._every: list[tuple[RedactionKind, str]] = []
        self._of: dict[str, list[tuple[RedactionKind, str]]] = {}
        for kind, place in dict.fromkeys(places):
            number = None if kind is RedactionKind.COLUMN else _steps(place)[0]
            (self._every if number is None else self._of.setdefault(number, [])).append((kind, place))

    def at(self, number: int) -> tuple[tuple[RedactionKind, str], ...]:
        """The places to look at in the record with this number."""
        return (*self._every, *self._of.get(str(number), ()))


class LeftOutOf:
    """Report on the redactions of one data set or attachment, complete once its records were streamed."""

    def __init__(self, name: str, redactions: Iterable[Redaction]) -> None:
        """`name` is that of the data set or attachment."""
        self._name = name
        self._redactions = {(each.kind, each.place, each.right): each for each in redactions}
        self._values: Counter[tuple[RedactionKind, str]] = Counter()

    def counting(self, records: Iterable[Record]) -> Iterator[Record]:
        """Pass on the unredacted records and count the values to remove.

        Where places overlap, a value counts for each.
        """
        by_record = _ByRecord((each.kind, each.place) for each in self._redactions.values() if each.kind.has_place)
        for number, record in enumerate(records):
            for kind, place in by_record.at(number):
                self._values[kind, place] += sum(1 for _ in _found_in(record, number, kind, place))
            yield record

    def told(self) -> tuple[LeftOut, ...]:
        """In a fixed order."""
        return tuple(
            LeftOut(
                name=self._name,
                kind=redaction.kind,
                place=redaction.place or None,
                right=redaction.right,
                values=self._values[redaction.kind, redaction.place] if redaction.kind.has_place else None,
            )
            for _, redaction in sorted(self._redactions.items())
        )


def _steps(pointer: str) -> tuple[Step, ...]:
    steps = pointer_steps(pointer)
    if steps is None:
        raise ValueError("this redaction has no pointer")
    return steps


def _marked(value: Any, within: list[tuple[tuple[Step, ...], OthersRight]]) -> Any:
    rights = {right.value for steps, right in within if not steps}
    if rights:
        return {MARKER: sorted(rights)}
    if not within or is_marker(value):
        return value
    match value:
        case dict():
            return {key: _marked(inner, _of(within, key)) for key, inner in value.items()}
        case list():
            return [_marked(inner, _of(within, place)) for place, inner in enumerate(value)]
        case _:
            return value


def _of(
    within: list[tuple[tuple[Step, ...], OthersRight]], place: str | int
) -> list[tuple[tuple[Step, ...], OthersRight]]:
    return [(steps[1:], right) for steps, right in within if is_chosen(steps[0], place)]


def _pruned(value: Any, columns: frozenset[str], path: str = "") -> Any:
    match value:
        case dict() if not is_marker(value):
            return {
                key: _pruned(inner, columns, joined(path, key))
                for key, inner in value.items()
                if not is_beneath(joined(path, key), columns)
            }
        case list():
            return [_pruned(inner, columns, path) for inner in value]
        case _:
            return value


def _found_in(record: Record, number: int, kind: RedactionKind, place: str) -> Iterator[str]:
    """The path of names to each value that a redaction removes from the record with this number."""
    if kind is RedactionKind.COLUMN:
        yield from _in_column(record, place)
        return
    first, *steps = _steps(place)
    if is_chosen(first, number):
        yield from _found(record, tuple(steps))


def _found(value: Any, steps: tuple[Step, ...], path: str = "") -> Iterator[str]:
    if not steps:
        yield path
        return
    step, further = steps[0], steps[1:]
    if isinstance(value, dict):
        for key, inner in value.items():
            if is_chosen(step, key):
                yield from _found(inner, further, path if step is None else joined(path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            if is_chosen(step, place):
                yield from _found(inner, further, path)


def _in_column(value: Any, column: str, path: str = "") -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _in_column(inner, column, path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            below = joined(path, key)
            if is_beneath(below, frozenset({column})):
                yield column
            else:
                yield from _in_column(inner, column, below)
