"""A receiving controller needs nothing of ours: what docs/packages.md tells to do finds a forgery."""

import ast
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey

from dsr.cli.export import CODES
from dsr.domain.export import ExportKind
from dsr.exports import PackageContents, PackageStream, schemas
from dsr.exports.signature import signer

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "packages.md").read_text(encoding="utf-8")
KEY, OTHER = OKPKey.generate_key("Ed25519"), OKPKey.generate_key("Ed25519")
AT = datetime(2026, 3, 5, 10, tzinfo=UTC)

Entries = dict[str, bytes]


def example() -> str:
    [program] = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    return str(program)


def follow(entries: Entries, folder: Path, key: OKPKey = KEY) -> subprocess.CompletedProcess[str]:
    """Do what the document says, in a process of its own."""
    package, published, program = folder / "package.zip", folder / "jwks.json", folder / "check.py"
    with zipfile.ZipFile(package, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    published.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    program.write_text(example(), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-I", program, package, published], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(params=ExportKind)
def entries(request: pytest.FixtureRequest, contents: Callable[[ExportKind], PackageContents]) -> Entries:
    stream = PackageStream(contents(request.param), signer(KEY, issuer="callcentre-de", at=AT))
    with zipfile.ZipFile(io.BytesIO(b"".join(stream))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_package_is_checked_with_libraries_that_everybody_has(entries: Entries, tmp_path: Path) -> None:
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(example()))
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - set(sys.stdlib_module_names) == {"joserfc", "jsonschema"}
    ran = follow(entries, tmp_path)
    assert (ran.returncode, ran.stdout.startswith("signed by Call Centre GmbH, ")) == (0, True), ran.stderr


def change_value(entries: Entries) -> None:
    entries["data/calls.json"] = entries["data/calls.json"].replace(b"312", b"313")


def change_value_and_digest(entries: Entries) -> None:
    old = hashlib.sha256(entries["data/calls.json"]).hexdigest()
    change_value(entries)
    new = hashlib.sha256(entries["data/calls.json"]).hexdigest()
    entries["manifest.json"] = entries["manifest.json"].replace(old.encode(), new.encode())


FORGERIES: list[tuple[str, Callable[[Entries], object]]] = [
    ("a value", change_value),
    ("a value and the manifest", change_value_and_digest),
    ("a file added", lambda entries: entries.update({"data/more.json": b"[]"})),
    ("a file dropped", lambda entries: entries.pop("data/calls.json")),
    ("a recording", lambda entries: entries.update({"attachments/call-2026-02-01.wav": b"RIFF"})),
    ("no signature", lambda entries: entries.pop("manifest.jws")),
]


@pytest.mark.parametrize("forge", [pytest.param(forge, id=name) for name, forge in FORGERIES])
def test_whoever_follows_the_document_finds_a_forgery(
    forge: Callable[[Entries], object], entries: Entries, tmp_path: Path
) -> None:
    forge(entries)
    assert follow(entries, tmp_path).returncode != 0


def test_whoever_follows_the_document_finds_another_signer(
    entries: Entries, tmp_path: Path, contents: Callable[[ExportKind], PackageContents]
) -> None:
    assert follow(entries, tmp_path, key=OTHER).returncode != 0
    stream = PackageStream(contents(ExportKind.ACCESS), signer(KEY, issuer="callcentre-fr", at=AT))
    with zipfile.ZipFile(io.BytesIO(b"".join(stream))) as archive:
        of_other = {name: archive.read(name) for name in archive.namelist()}
    ran = follow(of_other, tmp_path)
    assert (ran.returncode, ran.stderr) == (1, "another controller signed\n")


def test_the_document_has_every_code_of_a_finding_and_no_other() -> None:
    sources = [(ROOT / "dsr" / "exports" / f"{name}.py").read_text() for name in ("verify", "verify_data", "signature")]
    made = set(re.findall(r'(?:PackageProblem|violated|SignatureInvalid)\(\s*"([a-z-]+)"', "".join(sources)))
    table = DOCUMENT[DOCUMENT.index("| code |") :]
    told = {code for line in table.splitlines() for code in re.findall(r"`([a-z-]+)`", line.split("|")[1])}
    assert made == told
    assert {code for codes in CODES.values() for code in codes} < made


def test_the_document_names_every_path_and_every_word_of_a_schema(entries: Entries) -> None:
    layout = DOCUMENT[DOCUMENT.index("## Layout") : DOCUMENT.index("## Manifest")]
    for name in entries:
        folder, slash, _ = name.rpartition("/")
        assert f"`{folder}{slash}" in layout if slash else f"`{name}`" in layout, name
    shape = schemas.PROFILE["$defs"]["shape"]
    words = {*schemas.PROFILE["properties"], *shape["properties"]}
    told = DOCUMENT[DOCUMENT.index("## Schemas") : DOCUMENT.index("## Signature")]
    assert {word for word in words if f"`{word}`" not in told} == set()
