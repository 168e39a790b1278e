"""The data of an item: where it is searched for, and what is collected by form."""

import io
import re
from typing import Any, Final

import pytest

from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.team import Case, Team

CRM_HOLDS_NOTHING: Final[dict[str, Any]] = {"result.crm": "nothing"}
RECORDS: Final[dict[str, Any]] = {
    "name": "calls",
    "system": "crm",
    "purpose": "Customer relations",
    "provenance": "observed",
    "delimiter": "semicolon",
}
FILE: Final[dict[str, Any]] = {
    "name": "letter",
    "system": "crm",
    "purpose": "Customer relations",
    "provenance": "provided",
    "description": "The letter of 3 March.",
}


@pytest.fixture
def carla(team: Team) -> Colleague:
    return signed_in(team, "carla", Role.HANDLER)


def page_of(case: Case) -> str:
    return f"/console/cases/{case.id}/data/access"


def send(who: Colleague, case: Case, form: str, *, file: tuple[bytes, str] | None = None, **typed: Any) -> Any:
    """Open the page, fill in one of its forms, send it."""
    page = page_of(case)
    text = who.open(page).text.partition(f'action="{page}/{form}"')[2].partition("</form>")[0]
    fields: dict[str, Any] = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text))
    if file is not None:
        fields["file"] = (io.BytesIO(file[0]), file[1])
    return who.send(f"{page}/{form}", **(fields | typed))


def names(team: Team, case: Case) -> list[str]:
    items = team.get(f"/requests/{case.id}/timeline").get_json()["items"]
    return [each["name"].removeprefix("dsr.request.") for each in items]


def test_it_shows_what_is_to_be_searched_and_opens_nothing(team: Team, carla: Colleague) -> None:
    case = team.collected()
    shown = carla.open(page_of(case)).text
    assert re.search(r'name="result.crm" value="found"', shown)
    assert ">Calls</a>" in shown
    assert "0301234567" not in shown
    assert "personal-data-disclosed" not in names(team, case)


def test_systems_account_for_themselves_in_one_form(team: Team, carla: Colleague) -> None:
    # given
    case = team.collected()
    listed = team.get(f"/requests/{case.id}/items/access/search").get_json()["open"]
    said: dict[str, Any] = {f"result.{each}": "found" if each == "crm" else "nothing" for each in listed}
    # when
    answer = send(carla, case, "search", identifiers="ada@example.org", **said)
    # then
    assert answer.location == f"{page_of(case)}#search"
    assert team.get(f"/requests/{case.id}/items/access/search").get_json()["open"] == []


def test_nothing_found_needs_what_was_searched_for_and_nothing_typed_is_lost(team: Team, carla: Colleague) -> None:
    case = team.granted("access")
    answer = send(carla, case, "search", reason="Not lost.", **CRM_HOLDS_NOTHING)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert re.search(r'name="result.crm" value="nothing" checked', answer.text)
    assert "Not lost." in answer.text


def test_an_empty_account_says_what_is_missing(team: Team, carla: Colleague) -> None:
    case = team.granted("access")
    answer = send(carla, case, "search")
    assert answer.status_code == 409
    assert "Name at least one system" in answer.text


def test_records_of_a_csv_file_are_collected(team: Team, carla: Colleague) -> None:
    # given
    case = team.granted("access")
    described: dict[str, Any] = {
        "fields.0.name": "number",
        "fields.0.description": "Who called",
        "fields.0.provenance": "observed",
    }
    # when
    answer = send(carla, case, "records", file=(b"number\n0301234567\n", "export.csv"), **RECORDS, **described)
    # then
    assert answer.location == f"{page_of(case)}#records"
    (found,) = team.get(f"/requests/{case.id}/items/access/data-sets").get_json()["items"]
    assert (found["name"], found["system"]) == ("calls", "crm")


def test_fields_without_words_get_a_row_each(team: Team, carla: Colleague) -> None:
    case = team.granted("access")
    answer = send(carla, case, "records", file=(b"number;length\n030;12\n", "export.csv"), **RECORDS)
    assert answer.status_code == 422
    assert 'name="fields.0.name"' in answer.text
    assert re.search(r'name="fields.0.name"[^>]*value="number"', answer.text)
    assert re.search(r'name="fields.1.name"[^>]*value="length"', answer.text)
    assert "choose the file again" in answer.text.lower()


@pytest.mark.parametrize(
    ("called", "file"), [("Calls of 2026", "calls-of-2026"), ("Übersicht: Anrufe", "ubersicht-anrufe"), ("crm", "crm")]
)
def test_records_are_called_in_words_and_their_file_after_them(
    team: Team, carla: Colleague, called: str, file: str
) -> None:
    # given
    case = team.granted("access")
    assert "lower-case letters" not in carla.open(page_of(case)).text
    described: dict[str, Any] = {"fields.0.name": "number", "fields.0.description": "Who called"}
    described |= {"fields.0.provenance": "observed"}
    # when
    given = send(
        carla, case, "records", file=(b"number\n030\n", "export.csv"), **RECORDS | {"name": called}, **described
    )
    assert given.status_code == 303, given.text
    # then
    (found,) = team.get(f"/requests/{case.id}/items/access/data-sets").get_json()["items"]
    assert found["name"] == file
    assert f">{file[:1].upper()}{file[1:].replace('-', ' ')}</a>" in carla.open(page_of(case)).text


def test_a_file_is_collected_in_one_piece(team: Team, carla: Colleague) -> None:
    # given
    case = team.granted("access")
    pdf = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
    # when
    answer = send(carla, case, "files", file=(pdf, "Letter of Ada.pdf"), **FILE)
    # then
    assert answer.location == f"{page_of(case)}#files"
    (found,) = team.get(f"/requests/{case.id}/items/access/attachments").get_json()["items"]
    assert (found["name"], found["media_type"], found["size"]) == ("letter.pdf", "application/pdf", len(pdf))
    assert names(team, case).count("attachment-collected") == 1


def test_another_file_under_the_same_key_is_no_repetition(team: Team, carla: Colleague) -> None:
    case = team.granted("access")
    first = send(carla, case, "files", file=(b"One.", "one.txt"), key="same", **FILE)
    version = team.get(f"/requests/{case.id}").get_json()["version"]
    again = send(carla, case, "files", file=(b"Two.", "two.txt"), key="same", **FILE, version=str(version))
    assert (first.status_code, again.status_code) == (303, 422)


def test_a_form_without_its_file_says_so(team: Team, carla: Colleague) -> None:
    case = team.granted("access")
    answer = send(carla, case, "files", **FILE)
    assert answer.status_code == 422
    assert "Choose the file." in answer.text


def test_a_stale_form_loses_nothing_that_was_typed(team: Team, carla: Colleague) -> None:
    case = team.granted("access")
    answer = send(carla, case, "files", file=(b"One.", "one.txt"), **FILE, version="1")
    assert answer.status_code == 412
    assert "The case changed while you wrote" in answer.text
    assert "The letter of 3 March." in answer.text


def test_a_reader_sees_no_form(team: Team) -> None:
    case = team.collected()
    shown = signed_in(team, "ines", Role.APPROVER).open(page_of(case)).text
    assert 'type="file"' not in shown
    assert ">Calls</a>" in shown
