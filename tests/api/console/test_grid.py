"""Records of a data set as a table: read on record, redacted by choice, never by suggestion."""

import re
from typing import Any, Final
from uuid import uuid4

import pytest

from dsr.desk.disclosures import READS_ON
from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.console.test_cost_of_rows import calls
from tests.api.team import Case, Team
from tests.catalogue import bodies

FIELDS = [
    {"name": name, "description": f"The {name}", "provenance": "observed"}
    for name in ("agent", "contact", "note", "more")
]
RECORDS: Final[list[dict[str, Any]]] = [
    {"agent": "Bob Builder", "contact": "ada@example.org", "note": "Rang at 10.", "more": {"0": "x"}},
    {"agent": "Ada Lovelace", "contact": "dora@example.net", "note": "Call +49 30 1234567.", "more": ["a", "b"]},
]


@pytest.fixture
def carla(team: Team) -> Colleague:
    return signed_in(team, "carla", Role.HANDLER)


def collected(team: Team, records: list[dict[str, Any]] = RECORDS) -> tuple[Case, str]:
    """A case with these records, and the page of their data set."""
    case = team.granted("access")
    team.done(case, "items/access/data-sets", bodies.records(records=records, fields=FIELDS), key=str(uuid4()))
    (found,) = team.get(f"/requests/{case.id}/items/access/data-sets").get_json()["items"]
    return case, f"/console/cases/{case.id}/data/access/records/{found['data_set_id']}"


def hidden(text: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text))


def opened(who: Colleague, page: str, **typed: str) -> Any:
    return who.send(page, **(hidden(who.open(page).text) | typed))


def redact(who: Colleague, page: str, text: str, **typed: Any) -> Any:
    """Send the form of the opened page."""
    form = text.partition('id="redact"')[2]
    return who.send(f"{page}/redactions", **(hidden(form.partition("</form>")[0]) | typed))


def names(team: Team, case: Case) -> list[str]:
    items = team.get(f"/requests/{case.id}/timeline").get_json()["items"]
    return [each["name"].removeprefix("dsr.request.") for each in items]


def test_records_are_shown_only_once_their_opening_is_on_record(team: Team, carla: Colleague) -> None:
    case, page = collected(team)
    assert "Bob Builder" not in carla.open(page).text
    assert "personal-data-disclosed" not in names(team, case)
    assert "Bob Builder" in opened(carla, page).text
    assert names(team, case)[-1] == "personal-data-disclosed"


def test_reading_on_is_one_opening_and_coming_back_later_another(team: Team, carla: Colleague) -> None:
    # given
    case, page = collected(team, [RECORDS[0] | {"note": f"Note {number}."} for number in range(120)])
    # when
    first = opened(carla, page).text
    last = carla.send(page, **(hidden(first.partition('class="paging"')[2]) | {"first": "100"})).text
    # then
    assert "Note 0." in first
    assert "Note 50." not in first
    assert "Note 119." in last
    assert names(team, case).count("personal-data-disclosed") == 1
    # and when
    team.clock.advance(seconds=READS_ON.total_seconds() / 2)
    opened(carla, page)
    # then
    assert names(team, case).count("personal-data-disclosed") == 1
    # and when
    team.clock.advance(seconds=READS_ON.total_seconds() / 2 + 1)
    opened(carla, page)
    # then
    assert names(team, case).count("personal-data-disclosed") == 2


def test_a_second_reader_opens_for_themselves(team: Team, carla: Colleague) -> None:
    case, page = collected(team)
    opened(carla, page)
    opened(signed_in(team, "rosa", Role.HANDLER), page)
    assert names(team, case).count("personal-data-disclosed") == 2


def test_chosen_cells_and_columns_are_left_out_together(team: Team, carla: Colleague) -> None:
    # given
    case, page = collected(team)
    text = opened(carla, page).text
    # when
    chosen = {"cells": ["/0/agent", "/1/more/1"], "columns": ["contact"]}
    answer = redact(carla, page, text, **chosen, right="privacy-of-another", reason="It is Bob's.")
    # then
    assert answer.status_code == 200
    found = team.get(f"/requests/{case.id}/items/access/redactions").get_json()["items"]
    assert [(each["kind"], each["place"], each["values"]) for each in found] == [
        ("json-pointer", "/0/agent", 1),
        ("json-pointer", "/1/more/1", 1),
        ("column", "contact", 2),
    ]
    assert '<del dir="auto">Bob Builder</del>' in answer.text
    assert '<del dir="auto">dora@example.net</del>' in answer.text
    assert '<del dir="auto">Ada Lovelace</del>' not in answer.text


def test_one_place_that_hits_nothing_leaves_everything_in(team: Team, carla: Colleague) -> None:
    case, page = collected(team)
    text = opened(carla, page).text
    answer = redact(
        carla, page, text, cells=["/0/agent", "/9/agent"], right="privacy-of-another", reason="It is Bob's."
    )
    assert answer.status_code == 409
    assert "Nothing was redacted." in answer.text
    assert team.get(f"/requests/{case.id}/items/access/redactions").get_json()["items"] == []
    assert re.search(r'value="/0/agent" checked', answer.text)
    assert "It is Bob&#39;s." in answer.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [({"right": "privacy-of-another", "reason": "So."}, "Tick what"), ({"cells": ["/0/agent"]}, "Say whose right")],
)
def test_an_incomplete_choice_says_what_is_missing(
    team: Team, carla: Colleague, typed: dict[str, Any], said: str
) -> None:
    case, page = collected(team)
    answer = redact(carla, page, opened(carla, page).text, **typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert "redacted" not in names(team, case)


def test_what_looks_like_somebody_elses_is_pointed_out_and_stays_in(team: Team, carla: Colleague) -> None:
    case, page = collected(team)
    text = opened(carla, page).text
    found = re.findall(
        r'value="(/[01]/[^"]+)"[^>]*> <span><span dir="auto">[^<]*</span> <span class="tag suggested">', text
    )
    assert found == ["/0/agent", "/1/contact", "/1/note"], "neither her own name nor her own address"
    assert "3 places on this page look like" in text
    ticked = carla.send(page, **(hidden(text.partition('id="redact"')[2]) | {"do": "tick"})).text
    assert re.findall(r'value="(/[01]/[^"]+)" checked', ticked) == found
    assert "redacted" not in names(team, case)


def test_a_second_reader_sees_who_left_out_what_and_why(team: Team, carla: Colleague) -> None:
    # given
    _, page = collected(team)
    said = {"right": "privacy-of-another", "reason": "It is Bob's."}
    redact(carla, page, opened(carla, page).text, cells=["/0/agent"], **said)
    rosa = signed_in(team, "rosa", Role.HANDLER)
    # when
    closed, text = rosa.open(page).text, opened(rosa, page).text
    # then
    assert "It is Bob" not in closed
    assert "The reason is sealed." in closed
    assert "It is Bob&#39;s." in text
    assert "carla, " in text
    assert "Record 1: agent" in text
    assert "confirm_redaction" in text


def test_an_approver_reads_and_redacts_nothing(team: Team) -> None:
    _, page = collected(team)
    ines = signed_in(team, "ines", Role.APPROVER)
    text = opened(ines, page).text
    assert "Bob Builder" in text
    assert 'name="cells"' not in text
    assert ines.send(f"{page}/redactions").status_code == 403


def test_hostile_values_are_shown_as_text(team: Team, carla: Colleague) -> None:
    hostile = '"><script>alert(1)</script>'
    _, page = collected(team, [RECORDS[0] | {"note": hostile}])
    text = opened(carla, page).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_a_data_set_of_another_item_is_not_there(team: Team, carla: Colleague) -> None:
    _, page = collected(team)
    assert carla.open(page.replace("/data/access/", "/data/portability/")).status_code == 404


def test_records_that_are_asked_for_again_show_no_reason_that_was_not_opened(team: Team) -> None:
    # given
    case = team.collected()
    (found,) = team.get(f"/requests/{case.id}/items/access/data-sets").get_json()["items"]
    path = f"/requests/{case.id}/items/access/data-sets/{found['data_set_id']}/records"
    asked = {"purpose": "assessment"}
    etag = team.get(f"/requests/{case.id}").headers["ETag"]
    first = team.post(path, asked, if_match=etag, key="once")
    assert first.status_code == 200, first.text
    # when
    case.etag = team.get(f"/requests/{case.id}").headers["ETag"]
    part = {"target_id": found["data_set_id"], "kind": "json-pointer", "place": "/0/number"}
    team.done(case, "items/access/redactions", part | {"right": "privacy-of-another", "reason": "HERSISTER"})
    team.clock.advance(minutes=40)
    again = team.post(path, asked, if_match=etag, key="once")
    # then
    assert again.status_code == 200, again.text
    assert "HERSISTER" not in again.text
    names = [each["name"] for each in team.get(f"/requests/{case.id}/timeline").get_json()["items"]]
    assert names.count("dsr.request.personal-data-disclosed") == 1


def test_a_thousand_records_stay_quick_since_one_on_another_page_costs_few_calls(team: Team, carla: Colleague) -> None:
    cost = {}
    for number in (100, 1_000):
        _, page = collected(team, [RECORDS[1] | {"note": f"Note {place}."} for place in range(number)])
        asked = hidden(carla.open(page).text)
        carla.send(page, **asked)  # what every first page looks up
        with calls() as seen:
            shown = carla.send(page, **asked).text
        assert shown.count("Ada Lovelace") >= 50
        cost[number] = seen[0]
    assert cost[1_000] - cost[100] <= 30 * 900, cost
