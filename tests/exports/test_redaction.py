"""Leaving out what is somebody else's: nothing of it stays, in whatever order, however often."""

import copy
import itertools
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.domain.export import ExportKind
from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.others_rights import OthersRight, Redaction, RedactionKind, described_still, is_left_out
from dsr.domain.request.redaction import RedactionFieldUnknown
from dsr.domain.request.values import Provenance
from dsr.exports import redaction as module
from dsr.exports.language import language_of
from dsr.exports.redaction import MARKER, LeftOut, LeftOutOf, count_values, is_marker

POINTER, COLUMN = RedactionKind.JSON_POINTER, RedactionKind.COLUMN
PRIVACY, SECRET = OthersRight.PRIVACY, OthersRight.TRADE_SECRET


def redaction(kind: RedactionKind, place: str = "", right: OthersRight = PRIVACY) -> Redaction:
    return Redaction(UUID(int=1), UUID(int=2), kind, place, right, values=None)


def redact(records: list[Any], redactions: list[Redaction]) -> list[Any]:
    return list(module.redact(records, redactions))


def left_out(name: str, redactions: list[Redaction], records: list[Any]) -> tuple[LeftOut, ...]:
    """What is told once the records passed by, which change nothing on their way."""
    redacted = LeftOutOf(name, redactions)
    assert list(redacted.counting(records)) == records
    return redacted.told()


def marker(*rights: OthersRight) -> dict[str, Any]:
    return {MARKER: [right.value for right in rights]}


CALLS: list[dict[str, Any]] = [
    {"at": "1 March", "with": {"name": "Bea", "tags": ["loud", "old"]}},
    {"at": "2 March", "with": {"name": "Cem"}},
]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("/0/at", [{**CALLS[0], "at": marker(PRIVACY)}, CALLS[1]]),
        ("/*/with/name", [{**each, "with": {**each["with"], "name": marker(PRIVACY)}} for each in CALLS]),
        ("/*/with/tags/1", [{**CALLS[0], "with": {"name": "Bea", "tags": ["loud", marker(PRIVACY)]}}, CALLS[1]]),
        ("/1/*", [CALLS[0], {"at": marker(PRIVACY), "with": marker(PRIVACY)}]),
        ("/2/at", CALLS),
    ],
)
def test_a_value_is_replaced_by_what_says_that_something_was_there(place: str, expected: object) -> None:
    assert redact(CALLS, [redaction(POINTER, place)]) == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("/*/2024", [{"2024": marker(PRIVACY), "years": [{"0": "x", "1": "y"}, "z"]}]),
        ("/0/years/0/1", [{"2024": "Bob", "years": [{"0": "x", "1": marker(PRIVACY)}, "z"]}]),
        ("/*/years/1", [{"2024": "Bob", "years": [{"0": "x", "1": "y"}, marker(PRIVACY)]}]),
        ("/*/years/*/0", [{"2024": "Bob", "years": [{"0": marker(PRIVACY), "1": "y"}, "z"]}]),
        ("/*/years/01", [{"2024": "Bob", "years": [{"0": "x", "1": "y"}, "z"]}]),
    ],
)
def test_a_number_is_the_member_of_an_array_and_the_field_of_that_name(place: str, expected: object) -> None:
    records = [{"2024": "Bob", "years": [{"0": "x", "1": "y"}, "z"]}]
    assert redact(records, [redaction(POINTER, place)]) == expected
    [told] = left_out("x", [redaction(POINTER, place)], records)
    assert told.values == (records != expected)


def test_what_a_place_hits_is_counted_in_the_records() -> None:
    described = {"at", "with", "a.b"}
    for kind, place, hits in (
        (POINTER, "/*/with/tags/*", 2),
        (POINTER, "/1/*", 2),
        (POINTER, "/7/at", 0),
        (POINTER, "/*/a.b", 0),
        (POINTER, "/*/with/name/0", 0),
        (COLUMN, "with", 2),
        (COLUMN, "with.tags", 1),
        (COLUMN, "without", 0),
    ):
        assert count_values(CALLS, [(kind, place)], described | {"with.name", "with.tags"}) == [hits], place


class Untouched(dict[str, Any]):
    """A record in which nobody looks."""

    def items(self) -> Any:
        raise AssertionError("a place of another record was looked for here")


def test_a_place_in_one_record_is_looked_for_in_that_record_only() -> None:
    records = [{"at": "a"}, Untouched(at="b")]
    assert count_values(records, [(POINTER, "/0/at"), (POINTER, "/7/at")], {"at"}) == [1, 0]


def test_a_number_that_is_a_name_has_to_be_described_since_it_may_be_a_value() -> None:
    records = [{"contacts": {"491701234": "Bob"}, "calls": ["x", "y"]}]
    with pytest.raises(RedactionFieldUnknown):
        count_values(records, [(POINTER, "/*/contacts/491701234")], {"contacts", "calls"})
    assert count_values(records, [(POINTER, "/*/contacts/491701234")], {"contacts.491701234"}) == [1]
    assert count_values(records, [(POINTER, "/*/contacts/*")], {"contacts"}) == [1]
    assert count_values(records, [(POINTER, "/*/calls/1")], {"contacts", "calls"}) == [1]


def test_a_column_is_removed_with_all_beneath_it_and_its_descriptions() -> None:
    fields = tuple(FieldDescription(name, "m", Provenance.OBSERVED) for name in ("at", "with", "with.name", "without"))
    chosen = [redaction(COLUMN, "with")]
    assert redact(CALLS, chosen) == [{"at": "1 March"}, {"at": "2 March"}]
    assert [field.name for field in described_still(fields, chosen)] == ["at", "without"]
    assert redact([{"x": [{"y": 1, "z": 2}, {"y": 3}]}], [redaction(COLUMN, "x.y")]) == [{"x": [{"z": 2}, {}]}]


@pytest.mark.parametrize("kind", [RedactionKind.WHOLE_FILE, RedactionKind.REPLACED])
def test_nothing_is_left_of_what_is_left_out_whole(kind: RedactionKind) -> None:
    assert is_left_out([redaction(COLUMN, "at"), redaction(kind)])
    assert redact(CALLS, [redaction(kind)]) == []
    assert not is_left_out([redaction(COLUMN, "at")])


def test_where_two_rights_meet_both_are_told() -> None:
    chosen = [redaction(POINTER, "/0/at", SECRET), redaction(POINTER, "/*/at", PRIVACY)]
    assert redact(CALLS, chosen)[0]["at"] == marker(PRIVACY, SECRET)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({MARKER: ["privacy-of-another"]}, True),
        ({MARKER: ["privacy-of-another", "trade-secret"]}, True),
        ({MARKER: []}, False),
        ({MARKER: ["Bob"]}, False),
        ({MARKER: "privacy-of-another"}, False),
        ({MARKER: [{"x": 1}]}, False),
        ({MARKER: ["privacy-of-another"], "x": 1}, False),
        ([MARKER], False),
    ],
)
def test_only_what_the_package_writes_itself_says_that_something_was_redacted(value: object, expected: bool) -> None:
    assert is_marker(value) is expected


def test_what_was_left_out_is_told_with_its_right_and_number_never_its_value() -> None:
    chosen = [redaction(COLUMN, "with.tags", SECRET), redaction(POINTER, "/*/with/name"), redaction(POINTER, "/1/*")]
    told = left_out("calls", chosen, CALLS)
    assert [(each.place, each.values) for each in told] == [("with.tags", 1), ("/*/with/name", 2), ("/1/*", 2)]
    first = told[0].as_json(ExportKind.ACCESS, language_of("en"))
    assert first == {
        "name": "calls",
        "kind": "column",
        "place": "with.tags",
        "right": "trade-secret",
        "values": 1,
        "reason": "This is a trade secret.",
        "provision": "GDPR Art. 15(4)",
    }
    assert told[0].as_json(ExportKind.PORTABILITY, language_of("de"))["provision"] == "GDPR Art. 20(4)"
    [whole] = left_out("call.wav", [redaction(RedactionKind.WHOLE_FILE)], [])
    assert (whole.place, whole.values) == (None, None)


numbers = itertools.count()
leaves = st.builds(lambda: f"value-{next(numbers)}")
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab01"), inner, max_size=3),
    max_leaves=12,
)
records = st.lists(st.dictionaries(st.sampled_from("ab01"), values, max_size=3), max_size=3)
steps = st.sampled_from(["*", "0", "1", "a", "b"])
pointers = st.builds(
    lambda first, more: "/" + "/".join([first, *more]),
    st.sampled_from(["*", "0", "1", "2"]),
    st.lists(steps, min_size=1, max_size=4),
)
columns = st.lists(st.sampled_from("ab01"), min_size=1, max_size=3).map(".".join)
rights = st.sampled_from(OthersRight)
redactions = st.lists(
    st.builds(redaction, st.just(POINTER), pointers, rights) | st.builds(redaction, st.just(COLUMN), columns, rights),
    max_size=5,
)


def texts(value: Any) -> set[str]:
    match value:
        case dict():
            return set().union(*(texts(inner) for inner in value.values()))
        case list():
            return set().union(*map(texts, value))
        case _:
            return {value}


def chosen_by(value: Any, place: list[str]) -> set[str]:
    """All texts at and beneath a pointer, found the plain way."""
    if not place:
        return texts(value)
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [chosen_by(inner, place[1:]) for key, inner in members if place[0] in ("*", str(key))]
    return set().union(*found)


def beneath(value: Any, column: list[str]) -> set[str]:
    if not column:
        return texts(value)
    if isinstance(value, list):
        return set().union(*(beneath(inner, column) for inner in value))
    return beneath(value[column[0]], column[1:]) if isinstance(value, dict) and column[0] in value else set()


@given(records=records, redactions=redactions)
def test_no_value_that_was_redacted_stays_and_nothing_else_goes(records: list[Any], redactions: list[Any]) -> None:
    before = copy.deepcopy(records)
    gone: set[str] = set()
    for each in redactions:
        if each.kind is POINTER:
            gone |= chosen_by(records, each.place[1:].split("/"))
        else:
            gone |= beneath(records, each.place.split("."))
    codes = {right.value for right in OthersRight}
    assert texts(redact(records, redactions)) - codes == texts(records) - gone
    assert records == before, "the source is as it was"


@given(records=records, redactions=redactions)
def test_to_redact_twice_is_to_redact_once(records: list[Any], redactions: list[Any]) -> None:
    once = redact(records, redactions)
    assert redact(once, redactions) == once


@given(records=records, redactions=redactions, order=st.randoms())
def test_the_order_of_redactions_does_not_matter(records: list[Any], redactions: list[Any], order: Any) -> None:
    shuffled = list(redactions)
    order.shuffle(shuffled)
    assert redact(records, shuffled) == redact(records, redactions)
    assert left_out("x", shuffled, records) == left_out("x", redactions, records)
