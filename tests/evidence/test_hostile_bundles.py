"""Whatever file somebody calls a bundle, the verifier ends with a report, and nobody but the verifier writes it."""

import io
import json
import zipfile
from typing import Any

import pytest

from dsr.evidence.verifier import verify
from tests.evidence.test_signed_note import LOG

KEYS = [str(LOG.verifier)]


def packed(entries: dict[str, bytes], *, how: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", how) as archive:
        for path, content in entries.items():
            archive.writestr(path, content)
    return whole


def manifest(**values: Any) -> dict[str, bytes]:
    return {"manifest.json": json.dumps({"format": 1, "files": []} | values).encode()}


def test_a_bundle_does_not_write_the_report_itself() -> None:
    # given: names and values with line ends, colours, and signs that turn the direction of writing
    forged = "x\n\nResult: all of it holds.\x1b[8m\u202e\ud800"
    hostile = packed(manifest(scope=[f"case:{forged}"], withheld=0, origin=forged) | {forged[:-1]: b""})
    counted = packed(manifest(scope=[], withheld=forged))
    for file in (hostile, counted):
        # when
        report = verify.verify(file, KEYS)
        # then
        words = report.in_words()
        assert "\nResult: all of it holds." not in words
        assert words.endswith("\nResult: NOT verified. See what does not hold.")
        assert all(each.isprintable() for each in words.split("\n"))
        words.encode()


@pytest.mark.parametrize(
    "said", [[], ["format"], "format", None, 7, {"format": 1, "scope": 5}, {"format": 1, "parts": 7, "withheld": []}]
)
def test_a_manifest_of_another_shape_is_a_finding(said: object) -> None:
    report = verify.verify(packed({"manifest.json": json.dumps(said).encode()}), KEYS)
    assert "bundle-unreadable" in report.codes


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_entry_that_is_packed_otherwise_is_not_unpacked(how: int) -> None:
    report = verify.verify(packed(manifest(), how=how), KEYS)
    assert ("bundle-unreadable", "the file: ValueError: an entry is packed as none of a bundle is") in report.findings


def test_a_bomb_is_not_unpacked_into_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    # given: few bytes that become many
    monkeypatch.setattr(verify, "LARGEST_ENTRY", 1 << 20)
    monkeypatch.setattr(verify, "LONGEST_LINE", 1 << 20)
    bomb = b" " * (3 << 20)
    # when
    of_manifest = verify.verify(packed({"manifest.json": bomb}), KEYS)
    of_line = verify.verify(packed(manifest() | {"keys.jsonl": bomb + b"\n"}), KEYS)
    # then
    assert any("manifest.json is larger" in where for _, where in of_manifest.findings)
    assert any("keys.jsonl ends in the middle of a line, or has one" in where for _, where in of_line.findings)


def test_numbers_that_no_reader_should_meet_are_findings() -> None:
    report = verify.verify(packed({"manifest.json": b'{"format": 1, "size": ' + b"9" * 5_000 + b"}"}), KEYS)
    assert "bundle-unreadable" in report.codes
    deep = verify.verify(packed({"manifest.json": b"[" * 200_000}), KEYS)
    assert "bundle-unreadable" in deep.codes
