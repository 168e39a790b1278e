"""What is told beside a copy, over HTTP: shown, corrected, opened on record (GDPR Art. 15(1), (2))."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api.team import Team

PLACE = "items/access/information"
CANARY = "CANARY: from your sister Dora."
SOURCE = {"point": "source", "text": CANARY}


def points(answer: Any) -> dict[str, dict[str, Any]]:
    return {each["point"]: each for each in answer.get_json()["points"]}


def names(team: Team, case: Any) -> list[str]:
    return [each["name"] for each in team.get(f"/requests/{case.id}/timeline").get_json()["items"]]


def test_a_point_is_shown_corrected_opened_and_told_as_in_the_record_again(team: Team) -> None:
    # given
    case = team.registered("access")
    before = points(team.get(f"/requests/{case.id}/{PLACE}"))
    assert list(before)[:3] == ["purposes", "categories", "recipients"]
    assert before["safeguards"]["provision"] == "GDPR Art. 15(2)"
    # when
    team.done(case, f"{PLACE}/correction", SOURCE)
    # then
    answer = team.get(f"/requests/{case.id}/{PLACE}")
    source = points(answer)["source"]
    assert (source["corrected"], source["statements"]) == (True, None)
    assert source["of_record"] == before["source"]["statements"]
    assert f'"{source["correction_version"]}"' == answer.headers["ETag"] == case.etag
    assert "CANARY" not in answer.text
    # when
    opened = team.command(case, f"{PLACE}/disclosure", {"purpose": "answering"})
    # then
    assert points(opened)["source"]["statements"] == [CANARY]
    assert names(team, case)[-1] == "dsr.request.personal-data-disclosed"
    case.etag = opened.headers["ETag"]
    # when
    team.done(case, f"{PLACE}/correction/withdrawal", {"point": "source"})
    # then
    assert points(team.get(f"/requests/{case.id}/{PLACE}")) == before
    assert "CANARY" not in team.get(f"/requests/{case.id}/timeline").text


def test_a_correction_is_also_opened_by_its_version(team: Team) -> None:
    case = team.registered("access")
    team.done(case, f"{PLACE}/correction", SOURCE)
    version = points(team.get(f"/requests/{case.id}/{PLACE}"))["source"]["correction_version"]
    opened = team.command(case, "disclosures", {"purpose": "answering", "versions": [version]})
    assert opened.get_json()["opened"][0]["fields"] == {"text": CANARY}


@pytest.mark.parametrize(
    ("command", "body", "status", "code"),
    [
        ("correction", {"point": "source", "text": " \n"}, 409, "correction-missing"),
        ("correction", {"point": "weather", "text": "Fine."}, 422, "input-invalid"),
        ("correction", {"point": "source", "text": "x" * 10_001}, 422, "input-invalid"),
        ("correction/withdrawal", {"point": "source"}, 409, "information-not-corrected"),
        ("disclosure", {"purpose": "answering"}, 409, "information-not-corrected"),
        ("disclosure", {"purpose": "curiosity"}, 422, "input-invalid"),
        ("disclosure", {"purpose": "audit"}, 403, "forbidden"),
    ],
)
def test_what_says_nothing_is_refused(team: Team, command: str, body: dict[str, str], status: int, code: str) -> None:
    case = team.registered("access")
    team.refused(team.command(case, f"{PLACE}/{command}", body), status, code)


def test_only_access_tells_it(team: Team) -> None:
    case = team.registered("portability")
    elsewhere = "items/portability/information"
    team.refused(team.get(f"/requests/{case.id}/{elsewhere}"), 409, "item-of-other-right")
    team.refused(team.command(case, f"{elsewhere}/correction", SOURCE), 409, "item-of-other-right")
    team.refused(team.get(f"/requests/{case.id}/{PLACE}"), 404, "item-unknown")


def test_a_package_made_before_a_correction_gets_no_link(team: Team) -> None:
    # given
    case = team.collected()
    team.search(case, "access")
    made = team.post(f"/requests/{case.id}/items/access/export", {}, if_match=case.etag, key=str(uuid4()))
    path, etag = f"/exports/{made.get_json()['export_id']}/link", made.headers["ETag"]
    # when
    case.etag = team.get(f"/requests/{case.id}").headers["ETag"]  # the file on the request was opened for the package
    team.done(case, f"{PLACE}/correction", SOURCE)
    # then
    team.refused(team.post(path, {}, if_match=etag, key=str(uuid4())), 409, "export-outdated")
