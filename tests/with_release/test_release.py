"""What `make release` put into `dist`: CI runs these tests after it."""

import hashlib
import re
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[2]
DIST: Final = ROOT / "dist"
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAME: Final = f"data_subject_rights-{PROJECT['version']}"

WITHOUT_LICENCE: Final = {"imapclient": "BSD-3-Clause", "pysqlite3": "Zlib"}
"""They name their licence in words that the tool does not know."""


@pytest.fixture(scope="module")
def text() -> str:
    return (DIST / f"{NAME}.cdx.json").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bill(text: str) -> dict[str, Any]:
    return msgspec.json.decode(text, type=dict[str, Any])


def pinned() -> dict[str, str]:
    """Versions of constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}


def needed() -> set[str]:
    """All that the wheel needs on this machine, and what that needs."""
    found, waiting = set[tuple[str, frozenset[str]]](), [Requirement(each) for each in PROJECT["dependencies"]]
    while waiting:
        one = waiting.pop()
        asked = canonicalize_name(one.name), frozenset(one.extras)
        if asked not in found and _is_asked(one, set()):
            found.add(asked)
            further = (Requirement(each) for each in metadata.requires(one.name) or [])
            waiting += [_plain(each) for each in further if _is_asked(each, one.extras)]
    return {name for name, _ in found}


def _plain(requirement: Requirement) -> Requirement:
    requirement.marker = None
    return requirement


def _is_asked(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, ""))


def test_the_release_is_whole_and_its_checksums_are_right() -> None:
    lines = (DIST / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert set(sums) == {f"{NAME}-py3-none-any.whl", f"{NAME}.tar.gz", f"{NAME}.cdx.json"}
    assert {name: hashlib.sha256((DIST / name).read_bytes()).hexdigest() for name in sums} == sums


def test_the_bill_lists_what_the_wheel_needs_in_the_pinned_versions(bill: dict[str, Any]) -> None:
    root = bill["metadata"]["component"]
    assert (bill["bomFormat"], root["name"], root["version"]) == ("CycloneDX", PROJECT["name"], PROJECT["version"])
    listed = {canonicalize_name(each["name"]): each["version"] for each in bill["components"]}
    assert set(listed) == needed()
    assert listed == {name: version for name, version in pinned().items() if name in listed}
    assert all(each["purl"].startswith("pkg:pypi/") for each in bill["components"])
    of_root = next(each for each in bill["dependencies"] if each["ref"] == root["bom-ref"])
    assert len(of_root["dependsOn"]) == len({Requirement(each).name for each in PROJECT["dependencies"]})


def test_each_component_has_a_licence_that_lets_us_ship_it(bill: dict[str, Any]) -> None:
    silent = {canonicalize_name(each["name"]) for each in bill["components"] if not each.get("licenses")}
    assert silent == set(WITHOUT_LICENCE)
    for each in bill["components"]:
        licences = str(each.get("licenses", ""))
        assert not re.search(r"(?<!L)A?GPL|GNU General Public", licences), f"{each['name']}: {licences}"


def test_the_bill_tells_nothing_of_the_machine_that_made_it(text: str) -> None:
    assert str(ROOT) not in text
    assert not re.findall(r'"(?:file:|/|[A-Z]:\\)[^"]*"', text)
    assert "serialNumber" not in text, "the same sources give the same bill"
    assert not re.findall(r"localhost|\b127\.|\b10\.\d+\.\d+\.\d+|\.local\b|\.internal\b", text)


def test_the_wheel_holds_the_package_alone() -> None:
    names = zipfile.ZipFile(DIST / f"{NAME}-py3-none-any.whl").namelist()
    assert {name.partition("/")[0] for name in names} == {"dsr", f"{NAME}.dist-info"}
    assert not [name for name in names if "/.git" in name or "/tests/" in name or name.endswith((".pyc", ".sqlite"))]
