"""A package of any size passes by: it is never held as a whole."""

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from dsr.domain.export import ExportEmpty
from dsr.domain.request.others_rights import OthersRight, Redaction, RedactionKind
from dsr.exports import PackageContents, PackagedFile, PackageStream, verify_package

MANY = 1_000_000_000
RECORDS = 300_000
LARGE = Path(__file__).with_name("large_package.py")


def large(attachment: PackagedFile, size: int, media_type: str, chunk: int = 1 << 16) -> PackagedFile:
    """A file of `size` random bytes, made while it is read."""
    piece = os.urandom(chunk)

    def chunks() -> Iterator[bytes]:
        for start in range(0, size, chunk):
            yield piece[: min(chunk, size - start)]

    return replace(attachment, media_type=media_type, size=size, chunks=chunks)


def test_what_was_made_is_handed_on_before_more_is_read(access: PackageContents) -> None:
    """Neither side runs ahead: at most a few hundred kilobytes lie between what was read and what was given."""
    read = 0
    attachment = large(access.attachments[0], 20_000_000, "audio/flac")

    def counted() -> Iterator[bytes]:
        nonlocal read
        for chunk in attachment.chunks():
            read += len(chunk)
            yield chunk

    given = most = 0
    for chunk in PackageStream(replace(access, data=(), attachments=(replace(attachment, chunks=counted),))):
        given += len(chunk)
        most = max(most, len(chunk), read - given)
    assert read == 20_000_000 < given
    assert most < 400_000


def measured(*arguments: object) -> dict[str, int]:
    """What a process of its own did, and the most memory it held."""
    command = [sys.executable, str(LARGE), *map(str, arguments)]
    found: dict[str, int] = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return found


def test_a_gigabyte_is_packed_and_verified_below_300_mb(tmp_path: Path) -> None:
    """Far below: its 300,000 records alone would take as much, were they held at once."""
    packed = measured("pack", MANY, RECORDS, tmp_path / "package.zip")
    verified = measured("verify", tmp_path / "package.zip")
    assert packed["given"] > MANY
    assert packed["peak"] < 120_000_000
    assert (verified["given"], verified["peak"] < 120_000_000) == (0, True)


def test_a_data_set_is_read_when_its_turn_has_come(access: PackageContents) -> None:
    order: list[str] = []

    def noted(name: str, read: Callable[[], Any]) -> Callable[[], Any]:
        def reading() -> Any:
            order.append(name)
            return read()

        return reading

    data = tuple(replace(one, read=noted(one.data_set.name, one.read)) for one in access.data)
    stream = PackageStream(replace(access, data=data))
    assert order == []
    assert b"".join(stream)
    assert order == ["account", "calls", "churn"]


def test_the_summary_is_that_of_the_bytes_given(access: PackageContents) -> None:
    stream = PackageStream(access)
    with pytest.raises(RuntimeError):
        _ = stream.summary
    content = b"".join(stream)
    assert stream.summary.size == len(content)
    assert stream.summary.sha256 == hashlib.sha256(content).hexdigest()
    assert b"".join(stream) == content


def test_the_signature_is_of_the_manifest_as_it_lies_in_the_package(access: PackageContents) -> None:
    signed: list[bytes] = []

    def sign(content: bytes) -> bytes:
        signed.append(content)
        return b"signature"

    with zipfile.ZipFile(io.BytesIO(b"".join(PackageStream(access, sign)))) as archive:
        assert archive.read("manifest.json") == signed[0]
        assert archive.namelist()[-1] == "manifest.jws"
        assert archive.read("manifest.jws") == b"signature"


def test_what_is_larger_than_old_zips_can_say_is_packed_as_zip64(
    access: PackageContents, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment = large(access.attachments[0], 300_000, "audio/flac")
    contents = replace(access, attachments=(attachment,))
    plain = b"".join(PackageStream(contents))
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100_000)
    content = b"".join(PackageStream(contents))
    assert content != plain
    assert verify_package(io.BytesIO(content)) == []


def test_an_attachment_that_is_not_as_large_as_it_was_said_to_be_makes_no_package(access: PackageContents) -> None:
    stream = PackageStream(replace(access, attachments=(replace(access.attachments[0], size=3),)))
    with pytest.raises(ValueError, match="was said to have 3"):
        b"".join(stream)
    with pytest.raises(RuntimeError):
        _ = stream.summary


@pytest.mark.parametrize("name", ["../x.wav", "Call.wav", "call", "call.wav\n", "a/b.wav", ".wav"])
def test_an_attachment_has_a_plain_file_name(name: str, access: PackageContents) -> None:
    first = access.attachments[0]
    with pytest.raises(ValueError, match="file names"):
        PackageStream(replace(access, attachments=(replace(first, name=name),)))


def test_two_attachments_of_one_name_get_a_file_each(
    access: PackageContents, unpacked: Callable[[PackageContents], dict[str, bytes]]
) -> None:
    first = access.attachments[0]
    other = replace(first, attachment_id=UUID(int=999), system="archive", size=3, chunks=lambda: iter([b"abc"]))
    entries = unpacked(replace(access, attachments=(other, first)))
    assert len(entries["attachments/call-2026-02-01.wav"]) == first.size
    assert entries["attachments/call-2026-02-01-2.wav"] == b"abc"


def of_others(target: int, kind: RedactionKind, place: str = "") -> Redaction:
    return Redaction(UUID(int=900), UUID(int=target), kind, place, OthersRight.PRIVACY, values=None)


def test_what_was_redacted_is_not_in_the_package_and_the_manifest_says_so(
    access: PackageContents, unpacked: Callable[[PackageContents], dict[str, bytes]]
) -> None:
    contents = replace(
        access,
        redactions={
            UUID(int=1): (
                of_others(1, RedactionKind.COLUMN, "note"),
                of_others(1, RedactionKind.JSON_POINTER, "/0/mood"),
            ),
            UUID(int=3): (of_others(3, RedactionKind.WHOLE_FILE),),
            UUID(int=301): (of_others(301, RedactionKind.WHOLE_FILE),),
        },
    )
    entries = unpacked(contents)
    everything = b"".join(entries.values())
    assert b"everything" in b"".join(unpacked(access).values())
    assert b"twice" not in everything
    assert b"angry" not in everything
    assert "data/churn.json" not in entries
    assert "attachments/call-2026-02-01.wav" not in entries
    manifest = json.loads(entries["manifest.json"])
    assert [(one["name"], one["kind"], one["place"], one["values"]) for one in manifest["redactions"]] == [
        ("churn", "whole-file", None, None),
        ("call-2026-02-01.wav", "whole-file", None, None),
        ("calls", "column", "note", 2),
        ("calls", "json-pointer", "/0/mood", 1),
    ]
    assert verify_package(io.BytesIO(b"".join(PackageStream(contents)))) == []


def test_where_all_of_it_is_redacted_there_is_no_package(access: PackageContents) -> None:
    whole = {UUID(int=1): (of_others(1, RedactionKind.WHOLE_FILE),)}
    with pytest.raises(ExportEmpty):
        PackageStream(replace(access, data=access.data[:1], attachments=(), redactions=whole))
