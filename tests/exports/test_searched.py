"""A package says what was searched, and that nothing was left out only where that is so (docs/law §11)."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dsr.catalogues import Domain, keyed, languages_of
from dsr.domain.export import ExportKind
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.values import Provenance
from dsr.exports import MANIFEST_SCHEMA, PackageContents, Search, SearchedSystem, verify_package
from tests.exports.test_verify import codes, zipped

GOLDEN = Path(__file__).parent / "golden"
THEN = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
NOTHING_LEFT_OUT = "left-out.none"
EVERYWHERE = Search(
    (
        SearchedSystem("crm", SearchResult.FOUND, THEN),
        SearchedSystem("quality", SearchResult.NOTHING, THEN),
    ),
    is_whole=True,
)
WITHOUT_ONE = Search(
    (*EVERYWHERE.systems, SearchedSystem("recordings", SearchResult.LEFT_OUT, THEN, "It is sealed.")), is_whole=True
)


@pytest.fixture
def whole(portability: PackageContents) -> PackageContents:
    """Nothing in it was inferred, and each system was searched."""
    provided = [each for each in portability.data if each.data_set.provenance is not Provenance.INFERRED]
    fields = [tuple(replace(one, provenance=Provenance.OBSERVED) for one in each.data_set.fields) for each in provided]
    data = tuple(
        replace(each, data_set=replace(each.data_set, fields=described))
        for each, described in zip(provided, fields, strict=True)
    )
    return replace(portability, data=data, attachments=portability.attachments[:1], search=EVERYWHERE)


def test_the_manifest_lists_each_system_with_its_end(
    whole: PackageContents, unpacked: Callable[[PackageContents], dict[str, bytes]]
) -> None:
    manifest = json.loads(unpacked(replace(whole, search=WITHOUT_ONE))["manifest.json"])
    assert [(each["system"], each["result"], each["reason"]) for each in manifest["searched"]] == [
        ("crm", "found", None),
        ("quality", "nothing", None),
        ("recordings", "left-out", "It is sealed."),
    ]
    assert manifest["searched"][0]["searched_at"] == "2026-03-04T09:30:00+00:00"
    assert manifest["schema"]["version"] == "2.1"


@pytest.mark.parametrize("code", languages_of(Domain.PACKAGES))
def test_the_page_says_where_was_searched_and_why_a_system_was_left_out(
    whole: PackageContents, page: Callable[[PackageContents], str], code: str
) -> None:
    search = replace(WITHOUT_ONE, groups_not_searched=("employees",))
    text = page(replace(whole, search=search, language=code))
    say = keyed(Domain.PACKAGES, code)
    for said in ("searched.heading", "searched.found", "searched.nothing", "searched.left-out", "left-out.systems"):
        assert say[said] in text, said
    assert whole.information.record.wording("Recordings of calls", code).text in text
    assert "It is sealed." in text
    assert say["left-out.groups"] % {"groups": "employees"} in text
    assert say[NOTHING_LEFT_OUT] not in text


@pytest.mark.parametrize("code", languages_of(Domain.PACKAGES))
def test_nothing_was_left_out_is_said_where_that_is_so(
    whole: PackageContents, page: Callable[[PackageContents], str], code: str
) -> None:
    assert keyed(Domain.PACKAGES, code)[NOTHING_LEFT_OUT] in page(replace(whole, language=code))


LEFT_OUT: dict[str, Callable[[PackageContents], PackageContents]] = {
    "a system": lambda whole: replace(whole, search=WITHOUT_ONE),
    "a group of people": lambda whole: replace(whole, search=replace(EVERYWHERE, groups_not_searched=("employees",))),
    "a part that was refused": lambda whole: replace(whole, refused=("history.invoices",)),
    "a file of another request": lambda whole: replace(whole, search=replace(EVERYWHERE, is_whole=False)),
    "an original that was replaced": lambda whole: replace(whole, replaced=("calls",)),
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_nothing_was_left_out_is_not_said_where_it_is_untrue(
    whole: PackageContents, page: Callable[[PackageContents], str], what: str
) -> None:
    assert keyed(Domain.PACKAGES, "en")[NOTHING_LEFT_OUT] not in page(LEFT_OUT[what](whole))


def test_a_refused_part_and_a_replaced_original_stand_in_the_manifest(
    whole: PackageContents, unpacked: Callable[[PackageContents], dict[str, bytes]]
) -> None:
    reduced = replace(whole, refused=("history.invoices",), replaced=("calls",))
    manifest = json.loads(unpacked(reduced)["manifest.json"])
    assert manifest["refused"] == ["history.invoices"]
    [replaced] = manifest["redactions"]
    assert (replaced["name"], replaced["kind"], replaced["right"]) == ("calls", "replaced", "privacy-of-another")


@pytest.mark.parametrize("kind", ExportKind)
def test_a_package_of_the_format_before_still_holds(kind: ExportKind) -> None:
    former = (GOLDEN / f"package-2.0-{kind}.zip").read_bytes()
    assert verify_package(io.BytesIO(former)) == []
    assert MANIFEST_SCHEMA["properties"]["schema"]["properties"]["version"]["const"] != "2.0"


def test_a_package_of_one_format_with_the_schema_of_another_is_found(
    whole: PackageContents, unpacked: Callable[[PackageContents], dict[str, bytes]]
) -> None:
    entries = unpacked(whole)
    manifest = json.loads(entries["manifest.json"])
    manifest["schema"]["version"] = "2.0"
    entries["manifest.json"] = json.dumps(manifest).encode()
    assert {"schema-differs", "manifest-invalid"} <= codes(zipped(entries))
