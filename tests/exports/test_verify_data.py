"""Each data file is checked against the schema beside it, by record; no package makes the check fail or fetch."""

import hashlib
import io
import json
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dsr.cli import main
from dsr.domain.export import ExportKind
from dsr.exports import DataTooLarge, DataUnreadable, PackageContents, PackageProblem, PackageStream, verify_package
from dsr.exports import json_records as read
from dsr.exports.schemas import PROFILE, DataSchema, profile_problems
from dsr.exports.strict_json import MAX_RECORD, MAX_VALUES
from dsr.exports.verify_data import MOST_NAMED

DATA, SCHEMA = "data/calls.json", "schemas/calls.schema.json"
SECRET = "anna.secret@example.org"


@pytest.fixture
def entries(portability: PackageContents) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(b"".join(PackageStream(portability)))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def forged(entries: dict[str, bytes], path: str, content: bytes, **facts: object) -> bytes:
    """The package of somebody who changes a file, and the manifest with it."""
    manifest = json.loads(entries["manifest.json"])
    for one in (*manifest["files"], *manifest["documents"]):
        if one["path"] == path:
            one |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), **facts}
    with zipfile.ZipFile(target := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, held in {**entries, path: content, "manifest.json": json.dumps(manifest).encode()}.items():
            archive.writestr(name, held)
    return target.getvalue()


def problems(package: bytes) -> list[PackageProblem]:
    return verify_package(io.BytesIO(package))


def with_schema(entries: dict[str, bytes], change: Callable[[dict[str, Any]], object]) -> bytes:
    schema = json.loads(entries[SCHEMA])
    change(schema)
    return forged(entries, SCHEMA, json.dumps(schema).encode())


# What does not follow its schema --------------------------------------------------------------------------------


def test_a_value_that_the_schema_does_not_allow_is_named_by_place_and_rule_never_by_value(
    entries: dict[str, bytes],
) -> None:
    records = json.loads(entries[DATA])
    records[1]["duration_s"] = {"of": [SECRET]}
    [found] = problems(forged(entries, DATA, json.dumps(records).encode()))
    assert (found.code, found.path, found.pointer, found.rule) == (
        "schema-violated",
        DATA,
        "/1/duration_s",
        "type",
    )
    assert "/1/duration_s (type)" in found.message
    assert SECRET not in repr(found)


def test_a_schema_made_stricter_finds_what_no_longer_follows_it(entries: dict[str, bytes]) -> None:
    found = problems(with_schema(entries, lambda schema: schema["items"]["properties"]["note"].update(type="null")))
    assert [(each.pointer, each.rule) for each in found] == [("/0/note", "type"), ("/1/note", "type")]


def test_of_many_places_the_first_are_named_and_the_file_is_read_to_its_end(entries: dict[str, bytes]) -> None:
    records = [{"call_id": number} for number in range(100)]
    found = problems(forged(entries, DATA, json.dumps(records).encode(), records=101))
    assert [each.code for each in found] == ["schema-violated"] * MOST_NAMED + ["records-differ"]
    assert found[-2].pointer == f"/{MOST_NAMED - 1}/call_id"


def test_a_record_that_looks_like_one_that_followed_the_schema_still_counts_by_its_types(
    entries: dict[str, bytes],
) -> None:
    """Shapes are remembered, and none may pass for another."""
    held: list[dict[str, Any]] = [{"call_id": "c"}, {"call_id": "d"}, {"call_id": 1}, {"call_id": "e"}]
    found = problems(forged(entries, DATA, json.dumps(held).encode(), records=4))
    assert [each.pointer for each in found] == ["/2/call_id"]


TYPES = st.sampled_from(PROFILE["$defs"]["shape"]["properties"]["type"]["anyOf"][0]["enum"])
SCHEMAS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.fixed_dictionaries({}, optional={"type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True)}),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES,
            "items": inner,
            "properties": st.dictionaries(st.sampled_from(["a", "b", "/~"]), inner, max_size=3),
        },
    ),
    max_leaves=6,
)
VALUES = st.recursive(
    st.sampled_from([None, True, 7, "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "/~"]), inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.lists(st.dictionaries(st.sampled_from(["a", "b", "/~"]), VALUES, max_size=3), max_size=6)


@given(SCHEMAS, RECORDS)
def test_record_by_record_the_same_is_found_as_in_the_whole_file(
    items: dict[str, Any], records: list[dict[str, Any]]
) -> None:
    schema = {"$schema": PROFILE["$schema"], "type": "array", "items": items}
    assert list(profile_problems(schema)) == []
    checked = DataSchema(schema)
    found = [each.pointer for number, record in enumerate(records) for each in checked.violations(number, record)]
    whole = Draft202012Validator(schema).iter_errors(records)
    assert sorted(found) == sorted(
        "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in error.absolute_path)
        for error in whole
    )


# Schemas that do harm -------------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[object]]]:
    """The URL of a real server, and who called it."""
    called: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                called.append(address)
                connection.close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/schema.json", called
        server.shutdown(socket.SHUT_RDWR)
    thread.join(10)


@pytest.mark.parametrize("keyword", ["$ref", "$dynamicRef", "$schema", "$id"])
def test_a_schema_that_is_elsewhere_is_not_fetched(
    keyword: str, entries: dict[str, bytes], elsewhere: tuple[str, list[object]]
) -> None:
    url, called = elsewhere
    found = problems(with_schema(entries, lambda schema: schema["items"].update({keyword: url})))
    assert {each.code for each in found} == {"schema-foreign"}
    assert url not in repr(found)
    found = problems(with_schema(entries, lambda schema: schema.update({keyword: url})))
    assert {each.code for each in found} == {"schema-foreign"}
    assert called == []


FOREIGN: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("an expression that never ends", lambda s: s["items"]["properties"]["note"].update(pattern="^(a+)+$")),
    ("names by an expression", lambda s: s["items"].update(patternProperties={"^(a|a)*$": {}})),
    ("a reference to itself", lambda s: s["items"].update({"$ref": "#"})),
    ("a division of huge numbers", lambda s: s["items"]["properties"]["duration_s"].update(multipleOf=1e-300)),
    ("all pairs compared", lambda s: s["items"]["properties"]["note"].update(uniqueItems=True)),
    ("alternatives of alternatives", lambda s: s["items"].update(anyOf=[{"anyOf": [{}] * 9}] * 9)),
    ("a type that does not exist", lambda s: s["items"]["properties"]["note"].update(type="everything")),
    ("no type at all", lambda s: s["items"]["properties"]["note"].update(type=[])),
    ("nothing is allowed", lambda s: s.update(items=False)),
    ("properties in a list", lambda s: s["items"].update(properties=[])),
    ("an object instead of an array", lambda s: s.update(type="object")),
    ("another dialect", lambda s: s.update({"$schema": "http://json-schema.org/draft-04/schema#"})),
    ("no dialect", lambda s: s.pop("$schema")),
    ("no items", lambda s: s.pop("items")),
]


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in FOREIGN])
def test_a_schema_that_goes_beyond_what_the_service_writes_is_not_obeyed(
    change: Callable[[dict[str, Any]], object], entries: dict[str, bytes]
) -> None:
    found = problems(with_schema(entries, change))
    assert {(each.code, each.path) for each in found} == {("schema-foreign", SCHEMA)}
    assert all(each.rule for each in found)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"a": 1, "a": 2}', b"[" * 100_000, b"\xff", b'{"type":' * 40, b" " * (5 << 20), b'{"a": NaN}'],
)
def test_a_schema_that_can_not_be_read_is_said_to_be_none(content: bytes, entries: dict[str, bytes]) -> None:
    assert {(each.code, each.path) for each in problems(forged(entries, SCHEMA, content))} == {
        ("schema-unreadable", SCHEMA)
    }


def test_a_data_file_without_its_schema_is_found(entries: dict[str, bytes]) -> None:
    manifest = json.loads(entries["manifest.json"])
    manifest["documents"] = [one for one in manifest["documents"] if one["path"] != SCHEMA]
    entries["manifest.json"] = json.dumps(manifest).encode()
    del entries[SCHEMA]
    with zipfile.ZipFile(target := io.BytesIO(), "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    assert [(each.code, each.path) for each in problems(target.getvalue())] == [("file-missing", SCHEMA)]


# Data files that do harm ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "file-unreadable", id="nothing"),
        pytest.param(b'{"call_id": "1"}', "file-unreadable", id="no array"),
        pytest.param(b"[" * 1_000_000, "file-unreadable", id="a tower"),
        pytest.param(b'[{"call_id":' + b"[" * 40 + b"]" * 40 + b"}]", "file-unreadable", id="nested too deep"),
        pytest.param(b'[{"call_id": 1e99999999999999999999}]', "file-unreadable", id="a number beyond all bounds"),
        pytest.param(b'[{"call_id": ' + b"9" * 5000 + b"}, {}]", "schema-violated", id="a number of 5000 digits"),
        pytest.param(b'[{"call_id": 1e-999999}, {}]', "schema-violated", id="a number that is nearly nothing"),
        pytest.param(b'[{"call_id": "1", "call_id": "2"}]', "file-unreadable", id="a name twice"),
        pytest.param(b'[{"call_id": "\\ud800"}]', "file-unreadable", id="half a pair"),
        pytest.param(b'[{"call_id": NaN}]', "file-unreadable", id="not a number"),
        pytest.param(b'[{"call_id": "1"}, 2]', "file-unreadable", id="no record"),
        pytest.param(b'[{"call_id": "1"},]', "file-unreadable", id="a comma too many"),
        pytest.param(b'[{"call_id": "1"}, {}] []', "file-unreadable", id="something after the end"),
        pytest.param(b'[{"call_id": "1"}, {}', "file-unreadable", id="cut"),
        pytest.param(b'[{"call_id": "\xff"}]', "file-unreadable", id="no UTF-8"),
        pytest.param(b'[{"call_id": "1"}, {"', "file-unreadable", id="cut in a name"),
        pytest.param(b'[{"call_id": "' + b"x" * (MAX_RECORD + 1) + b'"}]', "record-too-large", id="a text without end"),
        pytest.param(
            b'[{"call_id": [' + b"0," * (MAX_VALUES + 1) + b"0]}]", "record-too-large", id="an array without end"
        ),
        pytest.param(b'[{"call_id": "' + b" " * (MAX_RECORD + 1), "record-too-large", id="a text that never ends"),
    ],
)
def test_whatever_stands_in_a_data_file_is_a_finding(content: bytes, code: str, entries: dict[str, bytes]) -> None:
    found = verify_package(io.BytesIO(forged(entries, DATA, content)), max_ratio=1032)
    assert [(each.code, each.path) for each in found] == [(code, DATA)]


def test_spaces_between_records_are_no_record(entries: dict[str, bytes]) -> None:
    content = b"\xef\xbb\xbf [" + b" \n" * 3_000_000 + entries[DATA].strip()[1:]
    assert problems(forged(entries, DATA, content)) == []


@given(
    st.lists(st.dictionaries(st.text(max_size=3), VALUES | st.text(max_size=5), max_size=3), max_size=5),
    st.integers(1, 40),
    st.sampled_from([None, 0, 4]),
    st.booleans(),
)
def test_records_are_the_same_however_the_file_is_cut(
    records: list[dict[str, Any]], size: int, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(records, indent=indent, ensure_ascii=ascii_only)
    content = text.encode("utf-8", "surrogatepass")
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    assert list(read(iter(pieces))) == records


@given(st.binary(max_size=60) | st.text('[]{},:"\\u0 \n1e-dtruenl', max_size=60).map(str.encode), st.integers(1, 20))
def test_any_bytes_are_records_or_refused_by_type_however_they_are_cut(content: bytes, size: int) -> None:
    def outcome(*pieces: bytes) -> object:
        try:
            return list(read(pieces))
        except (DataUnreadable, DataTooLarge) as error:
            return error.code, error.facts

    cut = [content[start : start + size] for start in range(0, len(content), size)]
    assert outcome(*cut) == outcome(content)


def test_a_fault_is_named_by_its_line_also_far_into_a_file() -> None:
    content = b"[\n" + b'{"a": "x"},\n' * 50_000 + b'{"a": y}]'
    with pytest.raises(DataUnreadable) as caught:
        list(read(content[start : start + 1000] for start in range(0, len(content), 1000)))
    assert caught.value.facts == {"reason": "syntax", "line": 50_002, "column": 7}


# The command ----------------------------------------------------------------------------------------------------


def test_the_command_tells_a_program_what_holds(entries: dict[str, bytes], tmp_path: Path) -> None:
    file = tmp_path / "package.zip"
    file.write_bytes(forged(entries, DATA, b'[{"call_id": {"%s": 1}}, {}]' % SECRET.encode()))
    ran = CliRunner().invoke(main, ["export", "verify", str(file), "--json"])
    assert ran.exit_code == 1
    said = json.loads(ran.output)
    assert said["holds"] is False
    assert said["checks"] == {
        "safe to unpack": True,
        "manifest": True,
        "files": True,
        "data": False,
        "signature": None,
        "digest": None,
    }
    assert said["problems"] == [
        {
            "code": "schema-violated",
            "path": DATA,
            "message": "The file does not follow its schema at /0/call_id (type).",
            "pointer": "/0/call_id",
            "rule": "type",
        }
    ]
    assert SECRET not in ran.output
    told = CliRunner().invoke(main, ["export", "verify", str(file)], env={"COLUMNS": "200"})
    assert (told.exit_code, "/0/call_id (type)" in told.output) == (1, True)


def test_what_was_not_looked_at_is_not_said_to_hold(
    entries: dict[str, bytes], contents: Callable[[ExportKind], PackageContents], tmp_path: Path
) -> None:
    file = tmp_path / "package.zip"
    for content, checked in ((b"no zip", {"safe to unpack": False}), (b"", {"safe to unpack": False})):
        file.write_bytes(content)
        said = json.loads(CliRunner().invoke(main, ["export", "verify", str(file), "--json"]).output)
        assert {name: held for name, held in said["checks"].items() if held is not None} == checked
    file.write_bytes(forged(entries, "manifest.json", b"{}"))
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("manifest.json", b"{}")
    said = json.loads(CliRunner().invoke(main, ["export", "verify", str(file), "--json"]).output)
    assert (said["checks"]["manifest"], said["checks"]["data"]) == (False, None)
    file.write_bytes(b"".join(PackageStream(contents(ExportKind.ACCESS))))
    ran = CliRunner().invoke(main, ["export", "verify", str(file), "--json"])
    assert (ran.exit_code, json.loads(ran.output)["holds"], json.loads(ran.output)["problems"]) == (0, True, [])
