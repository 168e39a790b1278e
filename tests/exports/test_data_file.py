"""What goes in comes out: nothing lost, nothing guessed, nothing quoted in an error."""

import csv
import io
import json
import time
import traceback
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.values import Provenance
from dsr.exports import (
    CSV,
    DELIMITERS,
    JSON,
    DataFieldsUndescribed,
    DataFormatUnknown,
    DataTooLarge,
    DataUnreadable,
    Record,
    described,
    read_records,
    write_json,
)
from dsr.exports.data_file import MOST_RECORDS, MOST_VALUES


def all_records(content: bytes, media_type: str, **options: Any) -> list[Record]:
    """At once, as only tests hold them."""
    return list(read_records(content, media_type, **options))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NAMES = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=12).filter(
        lambda name: name.strip() and "\ufeff" not in name
    ),
    min_size=1,
    max_size=6,
    unique=True,
)
NUMBERS = st.one_of(
    st.integers().map(str),
    st.integers(min_value=10**4400).map(lambda _: "9" * 4400),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
)
SECRET = "anna.secret@example.org"


class Literal(float):
    """A number that json writes with exactly these digits."""

    def __init__(self, digits: str) -> None:
        self.digits = digits

    def __new__(cls, digits: str) -> "Literal":
        return super().__new__(cls, 0.0)


def as_json(value: Any) -> str:
    """A writer that knows nothing of the one under test."""
    match value:
        case Literal():
            return value.digits
        case dict():
            return "{" + ",".join(f"{json.dumps(key)}:{as_json(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ",".join(as_json(inner) for inner in value) + "]"
        case _:
            return json.dumps(value)


def exact(value: Any) -> Any:
    """With each number as the Decimal of its digits."""
    match value:
        case Literal():
            return Decimal(value.digits)
        case dict():
            return {key: exact(inner) for key, inner in value.items()}
        case list():
            return [exact(inner) for inner in value]
        case _:
            return value


VALUES = st.recursive(
    st.none() | st.booleans() | TEXT | NUMBERS.map(Literal),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def written(records: list[Record]) -> Any:
    return json.loads(write_json(records), parse_int=Decimal, parse_float=Decimal)


@given(st.lists(st.dictionaries(TEXT, VALUES, max_size=5), max_size=5))
def test_every_value_of_a_json_file_is_in_the_export_as_it_was(records: list[dict[str, Any]]) -> None:
    read = all_records(as_json(records).encode(), JSON, max_bytes=10_000_000)
    assert written(read) == exact(records)


@given(NAMES, st.sampled_from(DELIMITERS), st.booleans(), st.data())
def test_every_value_of_a_csv_file_is_in_the_export_as_text(
    names: list[str], delimiter: str, bom: bool, data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.lists(TEXT, min_size=len(names), max_size=len(names)), max_size=5))
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([names, *rows])
    content = target.getvalue().encode("utf-8-sig" if bom else "utf-8")
    read = all_records(content, CSV, max_bytes=10_000_000, delimiter=delimiter)
    assert written(read) == [dict(zip(names, row, strict=True)) for row in rows]


@pytest.mark.parametrize(
    "digits", ["900719925474099312345678901234567890", "0.1000000000000000055511151231257827", "1e400", "1.10", "-0.0"]
)
def test_a_number_keeps_every_digit(digits: str) -> None:
    read = all_records(f'{{"n": {digits}}}'.encode(), JSON, max_bytes=1000)
    assert f'"n": {digits.replace("e", "E+")}'.encode() in write_json(read)


def test_a_number_of_a_csv_file_stays_the_text_that_it_was() -> None:
    assert all_records(b"zip\n00815\n", CSV, max_bytes=100) == [{"zip": "00815"}]


def test_a_single_object_is_one_record() -> None:
    assert all_records(b'{"a": 1}', JSON, max_bytes=100) == [{"a": 1}]


@pytest.mark.parametrize(("content", "media_type"), [(b"[]", JSON), (b"a,b\r\n", CSV)])
def test_a_system_may_hold_nothing(content: bytes, media_type: str) -> None:
    assert all_records(content, media_type, max_bytes=100) == []


def test_blank_lines_at_the_end_of_a_csv_file_are_no_records() -> None:
    assert all_records(b"a,b\n1,2\n\n\n", CSV, max_bytes=100) == [{"a": "1", "b": "2"}]


def test_long_free_text_is_read() -> None:
    long = "x" * 300_000
    assert all_records(f"note\n{long}\n".encode(), CSV, max_bytes=1_000_000) == [{"note": long}]


def test_a_file_of_exactly_the_limit_is_read_and_one_byte_more_is_not() -> None:
    assert all_records(b'{"a":1}', JSON, max_bytes=7)
    with pytest.raises(DataTooLarge):
        all_records(b'{"a":1} ', JSON, max_bytes=7)


def test_other_formats_are_refused() -> None:
    with pytest.raises(DataFormatUnknown):
        all_records(b"", "application/xml", max_bytes=7)


S = SECRET.encode()
REFUSED = [
    pytest.param(b'"' + S + b'"', JSON, {"reason": "record-not-object", "record": 1}, id="a bare value"),
    pytest.param(b'[{}, "' + S + b'"]', JSON, {"reason": "record-not-object", "record": 2}, id="a value among objects"),
    pytest.param(b'{"' + S + b'": 1, "' + S + b'": 2}', JSON, {"reason": "key-repeated"}, id="a key twice"),
    pytest.param(b'{"a": {"b": 1, "b": 1}}', JSON, {"reason": "key-repeated"}, id="a key twice further in"),
    pytest.param(b'{"' + S + b'": NaN}', JSON, {"reason": "not-a-number"}, id="NaN"),
    pytest.param(b'{"a": -Infinity}', JSON, {"reason": "not-a-number"}, id="Infinity"),
    pytest.param(b'{"a": 1e99999999999999999999}', JSON, {"reason": "number"}, id="a number beyond all bounds"),
    pytest.param(b'{\n"' + S + b'"}', JSON, {"reason": "syntax", "line": 2}, id="broken JSON"),
    pytest.param(b"", JSON, {"reason": "syntax"}, id="empty JSON"),
    pytest.param(b'{"a": "\\ud800"}', JSON, {"reason": "surrogate"}, id="half a pair"),
    pytest.param(b'{"\\udfff": 1}', JSON, {"reason": "surrogate"}, id="half a pair in a key"),
    pytest.param(b"[" * 200_000, JSON, {"reason": "depth"}, id="a tower"),
    pytest.param(SECRET.encode("utf-16"), JSON, {"reason": "encoding"}, id="UTF-16"),
    pytest.param(b"a\nM\xfcller " + S, CSV, {"reason": "encoding", "byte": 3}, id="Latin-1"),
    pytest.param(b"a,b\n1,2\n" + S + b"\n", CSV, {"reason": "row-ragged", "row": 3}, id="a short row"),
    pytest.param(b"a,b\n1,2," + S + b"\n", CSV, {"reason": "row-ragged", "row": 2}, id="a long row"),
    pytest.param(b"a,b\n\n1,2\n", CSV, {"reason": "row-blank", "row": 2}, id="a blank row"),
    pytest.param(S + b",x," + S + b"\n", CSV, {"reason": "header-repeated", "column": 3}, id="a header twice"),
    pytest.param(b"a, ,b\n", CSV, {"reason": "header-blank", "column": 2}, id="a blank header"),
    pytest.param(b"", CSV, {"reason": "header-missing"}, id="an empty CSV"),
    pytest.param(b'a\n"' + S + b"\n", CSV, {"reason": "quoting"}, id="an open quote"),
    pytest.param(b'a\n"x"' + S + b"\n", CSV, {"reason": "quoting", "line": 2}, id="text after a quote"),
]


@pytest.mark.parametrize(("content", "media_type", "facts"), REFUSED)
def test_what_can_be_read_in_two_ways_or_none_is_refused_by_place_not_content(
    content: bytes, media_type: str, facts: dict[str, object]
) -> None:
    with pytest.raises(DataUnreadable) as caught:
        all_records(content, media_type, max_bytes=1_000_000)
    assert facts.items() <= caught.value.facts.items()
    assert SECRET not in "".join(traceback.format_exception(caught.value)) + repr(caught.value.facts)


def test_an_undeclared_delimiter_is_refused() -> None:
    with pytest.raises(DataUnreadable):
        all_records(b"a", CSV, max_bytes=10, delimiter="x")


@pytest.mark.parametrize("around", [b"%b", b"[%b]"])
def test_32_levels_are_read_and_what_is_kept_of_them_is_read_again(around: bytes) -> None:
    read = all_records(around % (b'{"a":' * 32 + b"1" + b"}" * 32), JSON, max_bytes=1000)
    kept = write_json(read)
    assert all_records(kept, JSON, max_bytes=len(kept)) == read


@pytest.mark.parametrize("around", [b"%b", b"[%b]"])
def test_33_levels_are_refused(around: bytes) -> None:
    with pytest.raises(DataUnreadable):
        all_records(around % (b'{"a":' * 33 + b"1" + b"}" * 33), JSON, max_bytes=1000)


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_what_is_kept_is_read_again_as_it_was(record: dict[str, Any]) -> None:
    read = all_records(as_json(record).encode(), JSON, max_bytes=10_000_000)
    kept = write_json(read)
    again = all_records(kept, JSON, max_bytes=len(kept))
    assert again == read
    assert write_json(again) == kept


@given(st.binary(max_size=200), st.sampled_from([JSON, CSV]))
def test_any_bytes_are_read_or_refused_by_type(content: bytes, media_type: str) -> None:
    with suppress(DataUnreadable):
        kept = write_json(all_records(content, media_type, max_bytes=1000))
        assert isinstance(json.loads(kept), list)


# What reading costs -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"[" + b",".join([b'{"a":1}'] * 1_500_000) + b"]", JSON),
        (b'[{"a":[' + b",".join([b"1"] * 1_100_000) + b"]}]", JSON),
        (b"a,b\n" + b"1,2\n" * 600_000, CSV),
    ],
    ids=["records", "values", "rows"],
)
def test_a_file_that_would_take_long_is_refused_at_once_with_the_limit_and_the_way_out(
    content: bytes, media_type: str
) -> None:
    begun = time.process_time()
    with pytest.raises(DataTooLarge) as refused:
        all_records(content, media_type, max_bytes=1 << 25)
    assert time.process_time() - begun < 1
    assert refused.value.facts == {"max_records": MOST_RECORDS, "max_values": MOST_VALUES}
    assert "Split the file" in str(refused.value)


def test_a_data_set_holds_so_many_records_and_no_more() -> None:
    content = b"a\n" + b"1\n" * MOST_RECORDS
    assert len(all_records(content, CSV, max_bytes=1 << 25)) == MOST_RECORDS
    with pytest.raises(DataTooLarge):
        all_records(content + b"1\n", CSV, max_bytes=1 << 25)


def test_a_record_of_many_undescribed_fields_is_refused_soon() -> None:
    record: Record = {f"key{number}": 1 for number in range(300_000)}
    begun = time.process_time()
    with pytest.raises(DataFieldsUndescribed):
        list(described([record], [FieldDescription("a", "A number.", Provenance.PROVIDED)]))
    assert time.process_time() - begun < 1
