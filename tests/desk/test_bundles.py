"""Audit bundles: what they hold, who opened it, and that the verifier inside accepts them."""

import ast
import io
import json
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfoNotFoundError

import pytest
from jsonschema import Draft202012Validator

from dsr.desk.bundles import BundleScopeInvalid, parse_scope
from dsr.desk.bundles.bundle import BundleEmpty
from dsr.desk.caller import Call, service
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.rights import Right
from dsr.evidence.verifier import verify
from tests.bundles import bundle_of, log_key, play
from tests.catalogue.catalogue import AT_DESK
from tests.desk.office import Office
from tests.desk.test_forgetting import closed, forget

CALL = Call(service("audit"))


@pytest.fixture
def lines() -> Any:
    """The rows of an entry of a bundle."""

    def read(made: bytes, path: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in zipfile.ZipFile(io.BytesIO(made)).read(path).splitlines()]

    return read


@pytest.mark.parametrize("backend", ["sqlite"])
def test_its_own_verifier_accepts_it_without_the_service(office: Office, tmp_path: Path) -> None:
    # given
    office.registered(Right.ACCESS)
    (tmp_path / "bundle.zip").write_bytes(bundle_of(office, "all"))
    zipfile.ZipFile(tmp_path / "bundle.zip").extract("verify.py", tmp_path)
    # when: in a process that finds nothing of the service
    ran = subprocess.run(
        [sys.executable, "-I", "verify.py", "bundle.zip", "--key", log_key(office)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    # then
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Result: all of it holds." in ran.stdout


def test_the_verifier_needs_python_and_cryptography_only() -> None:
    tree = ast.parse(Path(verify.__file__).read_text(encoding="utf-8"))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names | {"cryptography"}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_computer_without_time_zones_is_told_what_to_install(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # given: Windows, without the package tzdata
    office.registered(Right.ACCESS)
    (tmp_path / "bundle.zip").write_bytes(bundle_of(office, "all"))

    def unknown(name: str) -> None:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(verify, "ZoneInfo", unknown)
    # when
    with pytest.raises(SystemExit) as ended:
        verify.main([str(tmp_path / "bundle.zip"), "--key", log_key(office)])
    # then: it says nothing of the bundle
    assert ended.value.code == 2
    assert "python -m pip install tzdata" in capsys.readouterr().err


def test_a_zone_that_is_not_known_is_named() -> None:
    calendar = verify.Calendar("DE", "Europe/Nowhere", 2026, 2026, frozenset())
    with pytest.raises(ValueError, match="no time zone Europe/Nowhere is known; update them"):
        calendar.end_of(date(2026, 3, 2))


def test_cases_outside_the_scope_show_their_headers_only(office: Office, lines: Any) -> None:
    # given
    asked, other = office.registered(Right.ACCESS), office.registered(Right.ERASURE)
    # when
    made = bundle_of(office, f"case:{asked}")
    # then
    headers = lines(made, "headers.jsonl")
    assert {str(asked), str(other)} <= {each["stream_id"] for each in headers}
    assert [each["position"] for each in headers] == list(range(1, len(headers) + 1))
    of_other = {each["position"] for each in headers if each["stream_id"] == str(other)}
    assert not of_other & {each["position"] for each in lines(made, "payloads.jsonl")}
    assert str(other).encode() not in made
    report = verify.verify(io.BytesIO(made), [log_key(office)])
    assert report.all_holds, report.in_words()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_each_payload_fits_the_schema_of_its_version(office: Office, lines: Any) -> None:
    # given
    play(office)
    # when
    made = bundle_of(office, "all")
    # then
    schemas = json.loads(zipfile.ZipFile(io.BytesIO(made)).read("schemas.json"))
    names = {each["position"]: each["name"] for each in lines(made, "headers.jsonl")}
    validators = dict[tuple[str, int], Draft202012Validator]()
    for row in lines(made, "payloads.jsonl"):
        payload = json.loads(row["payload"])
        place = names[row["position"]], payload.get("class_version", 1)
        if place not in validators:
            validators[place] = Draft202012Validator(schemas[place[0]][str(place[1])])
        validators[place].validate(payload)
    assert {version for _, version in validators} >= {1, 2, 3}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_each_opening_is_on_record_and_in_the_bundle(office: Office, lines: Any) -> None:
    # given
    case = office.registered(Right.ACCESS)
    # when
    made = bundle_of(office, f"case:{case}")
    # then
    [opening] = office.events("request.personal-data-disclosed")
    assert (opening.purpose, opening.actor) == (DisclosurePurpose.AUDIT, "service:audit")
    names = {each["name"] for each in lines(made, "headers.jsonl")}
    assert {"dsr.request.personal-data-disclosed", "dsr.audit.page-read"} <= names
    opened = {each["position"] for each in lines(made, "opened.jsonl") if each["state"] == "opened"}
    versions = {each["stream_version"] for each in lines(made, "headers.jsonl") if each["position"] in opened}
    assert versions <= set(opening.versions)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_was_destroyed_is_named_with_the_event_that_says_so(office: Office, lines: Any) -> None:
    # given: a proof of identity, destroyed by the decision on it
    confirm = AT_DESK["confirm identity"]
    case = confirm.given(office)
    confirm.run(office, case, office.call(case))
    # when
    made = bundle_of(office, f"case:{case}")
    # then
    states = {each["purpose"]: each["state"] for each in lines(made, "keys.jsonl")}
    assert states == {"signing": "withheld", "case-file": "opened", "identity-evidence": "destroyed"}
    report = verify.verify(io.BytesIO(made), [log_key(office)])
    assert report.all_holds, report.in_words()
    assert any("1 part that nobody can open any more" in each for each in report.holds)


def test_a_period_and_a_controller_add_up() -> None:
    # given
    scope = parse_scope(["period:2026-01-01..2026-03-31", "controller:callcentre-de"])
    # then
    assert scope.holds_case(uuid4(), ["another"], date(2026, 3, 31))
    assert scope.holds_case(uuid4(), ["another", "callcentre-de"], date(2025, 1, 1))
    assert not scope.holds_case(uuid4(), ["another"], date(2026, 4, 1))


@pytest.mark.parametrize(
    "part", ["", "everything", "case:7", "controller:", "period:2026-01-01", "period:2026-03-01..2026-02-01", "all:x"]
)
def test_what_is_no_scope_is_refused_with_what_one_looks_like(part: str) -> None:
    with pytest.raises(BundleScopeInvalid) as refused:
        parse_scope([part])
    assert "period" in refused.value.detail


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_scope_without_a_case_opens_nothing(office: Office) -> None:
    office.registered(Right.ACCESS)
    before = office.service.log.head().position
    with pytest.raises(BundleEmpty):
        office.desk.bundles.prepare(parse_scope([f"case:{uuid4()}"]), Call(service("audit")))
    assert office.service.log.head().position == before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_same_log_gives_the_same_entries(office: Office) -> None:
    # given
    office.registered(Right.ACCESS)
    prepared = office.desk.bundles.prepare(parse_scope(["all"]), Call(service("audit")))
    # when: written twice
    once, again = (b"".join(prepared.chunks(lambda _what, _number: None)) for _ in range(2))
    # then
    assert once == again


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_forgotten_case_is_there_and_its_order_explains_what_is_gone(office: Office, lines: Any) -> None:
    # given
    approve = AT_DESK["order to forget"]
    case = approve.given(office)
    assert case is not None
    approve.run(office, case, office.call(case))
    pending = verify.verify(io.BytesIO(bundle_of(office, f"case:{case}")), [log_key(office)])
    office.desk.forgetting.purge(case, CALL)
    # when
    made = bundle_of(office, f"case:{case}")
    # then
    purposes = {each["purpose"]: each["state"] for each in lines(made, "keys.jsonl")}
    assert purposes == {"signing": "withheld", "case-file": "destroyed"}
    assert {each["state"] for each in lines(made, "opened.jsonl")} == {"destroyed"}
    report = verify.verify(io.BytesIO(made), [log_key(office)])
    assert report.all_holds, report.in_words()
    assert pending.all_holds, pending.in_words()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_an_authority_asked_about_a_forgotten_case_keeps_its_own_key(office: Office, lines: Any) -> None:
    # given: an authority was given data on a case, whose file was forgotten then
    case = closed(office)
    asked = office.desk.authority_disclosures.record_request(
        Call(office.bob),
        controller_id=office.case(case).controller_id,
        authority="Staatsanwaltschaft Berlin",
        country="DE",
        received_at=office.clock.now(),
        channel=Channel.POST,
        text="Send us the recording of 2 March.",
        request_id=case,
    ).resource_id
    forget(office, case)
    # when
    made = bundle_of(office, "all")
    # then: the file of the authority's request has a period of its own
    place = next(each["position"] for each in lines(made, "headers.jsonl") if each["stream_id"] == asked)
    assert {each["state"] for each in lines(made, "opened.jsonl") if each["position"] == place} == {"opened"}
    report = verify.verify(io.BytesIO(made), [log_key(office)])
    assert report.all_holds, report.in_words()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_verifier_says_how_many_cases_it_can_not_place(office: Office) -> None:
    # given: no header names a controller, so nobody can tell offline whose case was left out
    case = office.registered(Right.ACCESS)
    office.registered(Right.ERASURE, controller_id="callcentre-at")
    # when
    report = verify.verify(
        io.BytesIO(bundle_of(office, f"controller:{office.case(case).controller_id}")), [log_key(office)]
    )
    # then
    assert report.all_holds, report.in_words()
    assert any("The log has 1 more case, of which only the headers are here." in each for each in report.unknown)
