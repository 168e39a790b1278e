"""Whatever is done to a package, the check finds it, and nothing in a package harms the check."""

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsr.domain.export import ExportKind
from dsr.exports import PackageContents, PackageStream, verify_package, zip_stream

Entries = dict[str, bytes]
Change = Callable[[Entries], None]


def build_package(contents: PackageContents) -> Any:
    """A whole package in memory, as only tests hold one."""
    stream = PackageStream(contents)
    content = b"".join(stream)
    return SimpleNamespace(content=content, sha256=stream.summary.sha256)


def codes(content: bytes, **options: Any) -> set[str]:
    return {problem.code for problem in verify_package(io.BytesIO(content), **options)}


def zipped(entries: Entries, *more: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [*entries.items(), *more]:
            archive.writestr(name, content)
    return target.getvalue()


def unpacked(content: bytes) -> Entries:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def entries(portability: PackageContents) -> Entries:
    return unpacked(build_package(portability).content)


@pytest.mark.parametrize("kind", ExportKind)
def test_a_package_as_made_has_no_problem(kind: ExportKind, contents: Callable[[ExportKind], PackageContents]) -> None:
    package = build_package(contents(kind))
    assert verify_package(io.BytesIO(package.content), expected_sha256=package.sha256) == []


def rewrite(change: Callable[[dict[str, Any]], None]) -> Change:
    def apply(entries: Entries) -> None:
        manifest = json.loads(entries["manifest.json"])
        change(manifest)
        entries["manifest.json"] = json.dumps(manifest).encode()

    return apply


def without(name: str, entries: dict[str, bytes]) -> None:
    del entries[name]


def swap_files(entries: Entries) -> None:
    entries["data/calls.json"], entries["data/account.json"] = entries["data/account.json"], entries["data/calls.json"]


def replace_file_and_digest(content: bytes) -> Change:
    """A forger who knows the manifest changes both."""

    def change(entries: Entries) -> None:
        entries["data/calls.json"] = content

        def manifest(document: dict[str, Any]) -> None:
            file = next(one for one in document["files"] if one["path"] == "data/calls.json")
            file |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}

        rewrite(manifest)(entries)

    return change


def set_to(path: str, value: object) -> Change:
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]

    def manifest(document: Any) -> None:
        for step in steps:
            document = document[step]
        document[last] = value

    return rewrite(manifest)


MANIPULATIONS: list[tuple[str, Change, set[str]]] = [
    (
        "a value changed",
        lambda e: e.update({"data/calls.json": e["data/calls.json"].replace(b"312", b"313")}),
        {"digest-differs"},
    ),
    (
        "a byte more",
        lambda e: e.update({"data/calls.json": e["data/calls.json"] + b" "}),
        {"size-differs", "digest-differs"},
    ),
    ("files swapped", swap_files, {"size-differs", "digest-differs", "records-differ", "fields-undescribed"}),
    ("a file dropped", partial(without, "data/calls.json"), {"file-missing"}),
    ("a file added", lambda e: e.update({"data/more.json": b"[]"}), {"file-not-listed"}),
    ("a program added", lambda e: e.update({"open-me.exe": b"MZ"}), {"file-not-listed"}),
    ("no manifest", partial(without, "manifest.json"), {"file-missing"}),
    ("no schema", partial(without, "manifest.schema.json"), {"file-missing"}),
    (
        "another schema",
        lambda e: e.update({"manifest.schema.json": b"{}"}),
        {"schema-differs", "size-differs", "digest-differs"},
    ),
    ("a broken manifest", lambda e: e.update({"manifest.json": b"{"}), {"manifest-unreadable"}),
    ("a manifest in Latin-1", lambda e: e.update({"manifest.json": b'{"\xfc": 1}'}), {"manifest-unreadable"}),
    ("a manifest that is a tower", lambda e: e.update({"manifest.json": b"[" * 100_000}), {"manifest-unreadable"}),
    (
        "a key twice in the manifest",
        lambda e: e.update({"manifest.json": b'{"kind": 1, "kind": 2}'}),
        {"manifest-unreadable"},
    ),
    ("an empty manifest", lambda e: e.update({"manifest.json": b"{}"}), {"manifest-invalid"}),
    ("another kind", set_to("kind", "access"), {"manifest-invalid"}),
    ("an unknown field", set_to("extra", 1), {"manifest-invalid"}),
    ("a time without zone", set_to("prepared_at", "2026-03-05T10:00:00"), {"manifest-invalid"}),
    ("another schema id", set_to("schema/id", "urn:other"), {"manifest-invalid"}),
    ("the statement removed", set_to("statements", []), {"manifest-invalid"}),
    ("an inferred data set", set_to("files/0/provenance", "inferred"), {"manifest-invalid"}),
    ("an inferred field", set_to("files/0/fields/0/provenance", "inferred"), {"manifest-invalid"}),
    ("a listed path outside", set_to("files/0/path", "../x.json"), {"manifest-invalid"}),
    ("another digest", set_to("files/0/sha256", "0" * 64), {"digest-differs"}),
    ("another size", set_to("files/0/size", 1), {"size-differs"}),
    ("another count", set_to("files/0/records", 99), {"records-differ"}),
    ("an unknown controller", set_to("files/0/controller", "nobody"), {"controller-unnamed"}),
    ("a description removed", set_to("files/1/fields", []), {"fields-undescribed"}),
    ("a file listed twice", rewrite(lambda m: m["files"].append(m["files"][0])), {"file-listed-twice"}),
    ("no files listed", set_to("files", []), {"file-not-listed"}),
    ("nothing listed", rewrite(lambda m: m.update(files=[], attachments=[])), {"manifest-invalid"}),
    ("data that is no JSON", replace_file_and_digest(b"calls"), {"file-unreadable"}),
    ("data with a key twice", replace_file_and_digest(b'[{"call_id": 1, "call_id": 2}]'), {"file-unreadable"}),
    (
        "data that calls itself redacted",
        replace_file_and_digest(b'[{"mood": {"$redacted": ["data of somebody else"]}}, {}]'),
        {"fields-undescribed"},
    ),
    ("data smuggled in", replace_file_and_digest(b'[{"mood": 1}, {}]'), {"fields-undescribed"}),
]


@pytest.mark.parametrize(
    ("change", "found"), [pytest.param(change, found, id=name) for name, change, found in MANIPULATIONS]
)
def test_each_manipulation_is_found(change: Change, found: set[str], entries: Entries) -> None:
    change(entries)
    assert codes(zipped(entries)) == found


def test_a_package_rewritten_as_a_whole_is_found_by_the_digest_from_the_log(portability: PackageContents) -> None:
    package = build_package(portability)
    entries = unpacked(package.content)
    replace_file_and_digest(entries["data/calls.json"].replace(b"312", b"313"))(entries)
    forged = zipped(entries)
    assert codes(forged) == set()
    assert codes(forged, expected_sha256=package.sha256) == {"package-digest-differs"}


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "data/../../evil",
        "/etc/passwd",
        "data\\..\\evil",
        "C:evil",
        "data//x",
        "data/./x",
        "data/",
        "a\x1b[2J",
    ],
)
def test_a_name_that_leads_out_of_the_folder_is_found(name: str, entries: Entries) -> None:
    info = zipfile.ZipInfo("placeholder")
    info.filename = name
    assert codes(zipped(entries, (info, b"x"))) == {"path-unsafe"}


def test_a_name_cut_at_a_nul_is_found(entries: Entries) -> None:
    content = zipped(entries, ("dataXevil", b"x")).replace(b"dataXevil", b"data\x00evil")
    assert codes(content) == {"path-unsafe"}


def test_a_link_to_elsewhere_is_found(entries: Entries) -> None:
    info = zipfile.ZipInfo("data/link")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    assert codes(zipped(entries, (info, b"/etc/passwd"))) == {"entry-no-file"}


@pytest.mark.parametrize("name", ["data/calls.json", "DATA/Calls.json"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_that_stands_twice_is_found(name: str, entries: Entries) -> None:
    assert codes(zipped(entries, (name, b"[]"))) == {"entry-repeated"}


def test_an_unusual_packing_is_found(entries: Entries) -> None:
    info = zipfile.ZipInfo("data/x.json")
    info.compress_type = zipfile.ZIP_LZMA
    assert codes(zipped(entries, (info, b"[]"))) == {"entry-unreadable"}


def test_bytes_before_or_after_the_entries_are_found(entries: Entries) -> None:
    content = zipped(entries)
    assert codes(b"#!/bin/sh\n" + content) == {"foreign-bytes"}
    with zipfile.ZipFile(target := io.BytesIO(content), "a") as archive:
        archive.comment = b"hello"
    assert codes(target.getvalue()) == {"foreign-bytes"}


def moved(content: bytes, at: int, more: bytes) -> bytes:
    """The same zip with bytes put in at one place, and a directory that knows where its entries are now."""
    end = content.rindex(b"PK\5\6")
    start = struct.unpack("<I", content[end + 16 : end + 20])[0]
    changed = bytearray(content[:at] + more + content[at:])
    place = start + len(more)
    while changed[place : place + 4] == b"PK\1\2":
        offset = struct.unpack("<I", changed[place + 42 : place + 46])[0]
        if offset >= at:
            changed[place + 42 : place + 46] = struct.pack("<I", offset + len(more))
        place += 46 + sum(struct.unpack("<3H", changed[place + 28 : place + 34]))
    changed[place + 16 : place + 20] = struct.pack("<I", start + len(more))
    return bytes(changed)


@pytest.mark.parametrize("more", [b"#!/bin/sh evil", b"PK\5\6" + bytes(18), b"PK\5\6", b"A" * 70_000])
def test_bytes_after_the_end_record_are_found(more: bytes, entries: Entries) -> None:
    assert codes(zipped(entries) + more) <= {"foreign-bytes", "not-a-package"}
    assert codes(zipped(entries) + more)


def test_bytes_in_a_gap_are_found_also_where_they_look_like_an_entry(entries: Entries) -> None:
    content = zipped(entries)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        second, start = archive.infolist()[1].header_offset, archive.start_dir
    for at in (second, start):
        for hidden in (b"x", b"PK\3\4 data of somebody else"):
            forged = moved(content, at, hidden)
            assert unpacked(forged) == entries, "no program shows them"
            assert codes(forged) == {"foreign-bytes"}


def test_comments_and_extra_fields_are_found(entries: Entries) -> None:
    commented, extended = zipfile.ZipInfo("a"), zipfile.ZipInfo("a")
    commented.comment = b"data of somebody else"
    extended.extra = struct.pack("<2H", 0x9999, 20) + bytes(20)
    unneeded = zipfile.ZipInfo("a")
    unneeded.extra = struct.pack("<2HQ", 1, 8, 4711)
    for info in (commented, extended, unneeded):
        assert codes(zipped(entries, (info, b""))) == {"foreign-bytes"}


def test_what_the_header_of_an_entry_says_is_what_the_directory_says(entries: Entries) -> None:
    content = zipped(entries)
    for at in (6, 8, 14, 18, 22, 30):
        changed = bytearray(content)
        changed[at] ^= 1
        assert codes(bytes(changed)) == {"foreign-bytes"}, at


def test_bytes_after_the_end_of_what_is_packed_are_found(entries: Entries) -> None:
    """Programs stop where deflate ends, and pass over what follows within the entry."""
    entries = {"data/calls.json": entries.pop("data/calls.json")} | entries
    content, hidden = zipped(entries), b"data of somebody else"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        second, size = archive.infolist()[1].header_offset, archive.infolist()[0].compress_size
    longer = struct.pack("<I", size + len(hidden))
    forged = moved(content, second, hidden)
    end = forged.index(b"PK\1\2")
    forged = forged[:18] + longer + forged[22 : end + 20] + longer + forged[end + 24 :]
    assert unpacked(forged) == entries
    assert codes(forged) == {"entry-unreadable"}


def test_a_directory_that_would_fill_the_memory_is_not_read(entries: Entries) -> None:
    """By what the end record says, of zip64 too; zipfile reads by the size, whatever the number of entries."""

    class NoDirectory(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            assert 0 <= size < 100, "only what stands at the end is read"
            return super().read(size)

    record = b"PK\1\2" + bytes(42)
    few, many = record * 10_001, record * 100_000
    for declared, directory in ((10_001, few), (1, many)):
        end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, declared, declared, len(directory), 0, 0)
        assert [each.code for each in verify_package(NoDirectory(directory + end))] == ["too-many-entries"]
    count = 100_000
    large = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(many), 0)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(many), 1)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(many), 0, 0)
    assert [each.code for each in verify_package(NoDirectory(many + large + locator + end))] == ["too-many-entries"]


def test_an_end_record_that_counts_other_entries_than_there_are_is_found(entries: Entries) -> None:
    content = zipped(entries)
    end = content.rindex(b"PK\5\6")
    for count in (0, 1, len(entries) + 1):
        counted = content[: end + 8] + struct.pack("<2H", count, count) + content[end + 12 :]
        assert codes(counted) == {"foreign-bytes"}


def test_a_package_of_more_than_4_gib_needs_fields_of_its_own(
    entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As zipfile writes them beyond its limits, which are lowered here."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    sink = zip_stream._Sink()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as file:
                file.write(content)
    content = sink.take()
    assert b"PK\6\6" in content
    assert codes(content) == set()
    assert codes(b"x" + content) == {"foreign-bytes"}
    assert codes(content[:-22] + b"x" + content[-22:]) == {"foreign-bytes"}


def test_a_bomb_is_refused_by_what_it_declares(entries: Entries) -> None:
    bomb = zipped(entries, ("data/bomb.json", b"\0" * 5_000_000))
    assert codes(bomb, max_bytes=1_000_000) == {"too-large"}


def test_a_bomb_that_declares_too_little_is_not_unpacked(portability: PackageContents, entries: Entries) -> None:
    """Its local and central sizes lie; reading stops at what they say, and the checksum no longer fits."""
    entries["data/calls.json"] = b"[" + b" " * 5_000_000 + b"]"
    content = zipped(entries)
    size = (5_000_002).to_bytes(4, "little")
    assert content.count(size) == 2
    assert "entry-unreadable" in codes(content.replace(size, (10).to_bytes(4, "little")))


def test_too_many_entries_are_refused(entries: Entries) -> None:
    content = zipped(entries, *((f"data/{number}", b"") for number in range(10_001)))
    assert codes(content) == {"too-many-entries"}


@pytest.mark.parametrize("content", [b"", b"PK", b"hello" * 100])
def test_what_is_no_zip_is_said_to_be_none(content: bytes) -> None:
    assert codes(content) == {"not-a-package"}


LARGE_END = b"PK\6\6" + struct.pack("<Q", 44)
LOCATOR = struct.pack("<4sIQI", b"PK\6\7", 0, 0, 1)
END = b"PK\5\6" + bytes(18)


@pytest.mark.parametrize("content", [END[:6], END[:-1], LARGE_END + LOCATOR + END, LOCATOR + END, bytes(5) + END])
def test_a_file_too_short_for_what_its_end_says_is_no_package(content: bytes) -> None:
    assert codes(content) <= {"not-a-package", "foreign-bytes"}
    assert codes(content)


@given(st.data())
def test_a_bit_flipped_anywhere_is_found_with_the_digest_and_never_breaks_the_check(
    contents: Callable[[ExportKind], PackageContents], data: st.DataObject
) -> None:
    package = build_package(contents(ExportKind.PORTABILITY))
    place = data.draw(st.integers(0, len(package.content) * 8 - 1))
    changed = bytearray(package.content)
    changed[place // 8] ^= 1 << place % 8
    assert "package-digest-differs" in codes(bytes(changed), expected_sha256=package.sha256)


@given(st.data())
def test_a_package_cut_short_is_found(contents: Callable[[ExportKind], PackageContents], data: st.DataObject) -> None:
    package = build_package(contents(ExportKind.PORTABILITY))
    cut = data.draw(st.integers(0, len(package.content) - 1))
    assert codes(package.content[:cut]) == {"not-a-package"}


@pytest.fixture(scope="module")
def made(contents: Callable[[ExportKind], PackageContents]) -> bytes:
    return bytes(build_package(contents(ExportKind.PORTABILITY)).content)


@settings(deadline=None)
@given(st.data())
def test_a_directory_that_says_anything_never_breaks_the_check(made: bytes, data: st.DataObject) -> None:
    """Names, offsets, sizes, methods, extra fields: whatever a few bytes of it are made to say."""
    content = bytearray(made)
    start = content.index(b"PK\x01\x02")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(start, len(content) - 8))
        piece = data.draw(st.binary(min_size=1, max_size=8) | st.sampled_from([b"\xff" * 8, b"\xff" * 4, bytes(8)]))
        content[place : place + len(piece)] = piece
    assert all(problem.code for problem in verify_package(io.BytesIO(bytes(content))))


@pytest.mark.parametrize("offset", [2**63 - 1, 2**63, 2**64 - 1])
def test_an_entry_that_is_said_to_lie_beyond_all_files_is_found(offset: int, entries: Entries, tmp_path: Path) -> None:
    """An offset of zip64 that no file system knows; in a file and in memory, which seek differently."""
    content = zipped(entries)
    start = content.rindex(b"PK\x01\x02")
    header = bytearray(content[start : start + 46])
    name = content[start + 46 : start + 46 + int.from_bytes(header[28:30], "little")]
    header[30:32], header[42:46] = (12).to_bytes(2, "little"), b"\xff" * 4
    extra = (1).to_bytes(2, "little") + (8).to_bytes(2, "little") + offset.to_bytes(8, "little")
    end = bytearray(content[start + 46 + len(name) :])
    end[12:16] = (int.from_bytes(end[12:16], "little") + 12).to_bytes(4, "little")
    file = tmp_path / "package.zip"
    file.write_bytes(content[:start] + bytes(header) + name + extra + bytes(end))
    with file.open("rb") as package:
        found = {problem.code for problem in verify_package(package)}
    for each in (found, codes(file.read_bytes())):
        assert each == {"foreign-bytes"}
