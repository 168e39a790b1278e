"""Joint controllers over HTTP: who sees, who decides, what waits for whom, passing on (GDPR Art. 26)."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from dsr.domain.request.letters import LetterKind
from dsr.domain.roles import Role
from tests.api.team import Team

DE, FR = "callcentre-de", "callcentre-fr"


@pytest.fixture
def french(team: Team) -> str:
    return str(team.enrol("french", Role.HANDLER, Role.APPROVER, controllers=(FR,)))


@pytest.fixture
def german(team: Team) -> str:
    return str(team.enrol("german", Role.HANDLER, Role.APPROVER, controllers=(DE,)))


def joint(team: Team, *rights: str) -> Any:
    """A request that the German member has and that both answer."""
    case = team.arrived()
    team.done(case, "registration", {"rights": list(rights) or ["access"], "controllers": [DE, FR]})
    return case


def statuses(team: Team, case: Any, who: str) -> set[int]:
    paths = ("", "/items", "/timeline", "/deadline", "/exports", "/recipients", "/rights", "/fees")
    return {team.get(f"/requests/{case.id}{path}", who).status_code for path in paths}


def listed(team: Team, who: str, **asked: Any) -> list[str]:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    response = team.get(f"/requests?{query}", who)
    assert response.status_code == 200, response.text
    return [row["request_id"] for row in response.get_json()["items"]]


def test_a_request_is_seen_by_those_who_answer_an_item_of_it(team: Team, french: str, german: str) -> None:
    case = team.registered("access")
    assert (statuses(team, case, german), statuses(team, case, french)) == ({200}, {404})
    team.done(case, "items", {"rights": ["erasure"], "controllers": [FR]})
    assert statuses(team, case, french) == {200}
    opened = team.command(case, "disclosures", {"purpose": "assessment"}, french)
    assert opened.status_code == 200, opened.text


def test_each_decides_its_own_item_and_gets_403_for_the_others(
    team: Team, french: str, german: str, make_refusal: Callable[..., dict[str, Any]]
) -> None:
    case = joint(team, "access", "erasure")
    team.done(case, "items/access-2/grant", {}, french)
    team.refused(team.command(case, "items/access/grant", {}, french), 403, "forbidden")
    team.refused(team.command(case, "items/erasure-2/refusal", make_refusal(), german), 403, "forbidden")
    team.done(case, "items/erasure-2/refusal", make_refusal(), french)
    for name, body in {
        "notes": {"note": "Called."},
        "assignment": {"assignee": "french"},
        "closing": {},
        "reassignment": {"controller_id": FR, "reason": "Ours."},
        "identity-question": {"doubt": "Other address.", "method": "call-back"},
        "extension": {"ground": "complexity", "reasons": "Many systems."},
        "answers": team.letter(LetterKind.ACKNOWLEDGEMENT),
    }.items():
        team.refused(team.command(case, name, body, french), 403, "forbidden")
    token = team.post(f"/requests/{case.id}/subject-token", {}, french, if_match=case.etag, key=str(uuid4()))
    team.refused(token, 403, "forbidden")


def test_the_data_subject_sees_every_item_whoever_answers_it(team: Team) -> None:
    case = joint(team)
    shown = team.get(f"/requests/{case.id}", team.subject(case)).get_json()
    assert [item["item_id"] for item in shown["items"]] == ["access", "access-2"]


def test_data_and_package_are_of_the_controller_that_answers(
    team: Team, french: str, german: str, make_records: Callable[..., dict[str, Any]]
) -> None:
    # given
    case = joint(team)
    team.done(case, "items/access-2/grant", {}, french)
    # when
    key = {"key": str(uuid4())}
    path = "items/access-2/data-sets"
    team.refused(team.command(case, path, make_records(), german, **key), 403, "forbidden")
    team.done(case, path, make_records(), french, **key)
    # then
    [data_set] = team.get(f"/requests/{case.id}/{path}", german).get_json()["items"]
    assert data_set["controller_id"] == FR
    team.search(case, "access-2", who=french)
    export = f"/requests/{case.id}/items/access-2/export"
    team.refused(team.post(export, {}, german, if_match=case.etag, key=str(uuid4())), 403, "forbidden")
    prepared = team.post(export, {}, french, if_match=case.etag, key=str(uuid4()))
    assert prepared.status_code == 201, prepared.text
    [line] = team.get(f"/requests/{case.id}/exports", german).get_json()["items"]
    assert line["controller_id"] == FR
    link = {"if_match": prepared.headers["ETag"], "key": str(uuid4())}
    path = f"/exports/{prepared.get_json()['export_id']}/link"
    team.refused(team.post(path, {}, german, **link), 403, "forbidden")
    offered = team.post(path, {}, french, **link).get_json()
    secrets = {"token": offered["token"], "password": offered["password"]}
    assert team.post("/exports/redemption", secrets, None).status_code == 200


def test_a_redacted_copy_takes_the_place_of_what_holds_somebody_elses_data(
    team: Team, make_records: Callable[..., dict[str, Any]]
) -> None:
    # given
    case = team.collected()
    path = f"/requests/{case.id}/items/access/data-sets"
    [data_set] = team.get(path).get_json()["items"]
    on_it = f"items/access/data-sets/{data_set['data_set_id']}"
    required, target = "items/access/redactions/requirement", {"target_id": data_set["data_set_id"]}
    team.refused(team.command(case, required, target | {"reason": " "}), 409, "reason-required")
    unknown = {"target_id": str(uuid4()), "reason": "Her sister."}
    team.refused(team.command(case, required, unknown), 404, "redaction-target-unknown")
    # when
    team.done(case, required, target | {"reason": "Her sister's number, in row 3."})
    # then
    done = {"account": "Handed over."}
    team.refused(team.command(case, "items/access/completion", done), 409, "redaction-pending")
    team.done(case, f"{on_it}/discarding", {})
    team.done(case, "items/access/data-sets", make_records(), key=str(uuid4()))
    team.search(case, "access")
    team.done(case, "items/access/completion", done)
    names = [entry["name"] for entry in team.get(f"/requests/{case.id}/timeline").get_json()["items"]]
    assert "dsr.request.redaction-required" in names


def test_what_waits_for_a_controller_in_requests_of_others_is_a_list_of_its_own(
    team: Team, french: str, german: str
) -> None:
    # given
    first = joint(team)
    own = team.registered("access", controller_id=FR)
    team.clock.advance(days=1)
    second = joint(team)
    # then
    assert listed(team, french) == [own.id], "what it has itself"
    assert listed(team, french, answering=FR) == [first.id, second.id], "soonest due first"
    assert listed(team, french, answering=FR, order="desc") == [second.id, first.id]
    assert listed(team, french, answering=DE) == [], "not in scope"
    assert listed(team, german, answering=DE) == [], "it has them all itself"
    assert listed(team, "handler", answering=FR, controller=DE) == [first.id, second.id]
    page = team.get(f"/requests?answering={FR}&limit=1", french).get_json()
    assert [row["request_id"] for row in page["items"]] == [first.id]
    rest = team.get(f"/requests?answering={FR}&limit=1&cursor={page['next']}", french).get_json()
    assert ([row["request_id"] for row in rest["items"]], rest["next"]) == ([second.id], None)
    # when: nothing is left to be done for one of them
    team.search(first, "access-2")
    team.done(first, "items/access-2/nothing-held", {}, french)
    assert listed(team, french, answering=FR) == [first.id, second.id], "decided, and not answered yet"
    team.done(first, "answers", team.letter(LetterKind.ACCESS, "access-2"), french)
    assert listed(team, french, answering=FR) == [second.id]


def test_passing_on_moves_no_clock_and_hides_it_where_it_was(team: Team, french: str, german: str) -> None:
    # given
    case = team.registered("access")
    before = team.get(f"/requests/{case.id}").get_json()
    passed = {"controller_id": FR, "reason": "She lives in Lyon."}
    team.refused(team.command(case, "reassignment", passed | {"reason": " "}, german), 409, "reason-required")
    moved = passed | {"received_on": "2026-03-06"}
    team.refused(team.command(case, "reassignment", moved, german), 409, "clock-reset-forbidden")
    to_itself = passed | {"controller_id": DE}
    team.refused(team.command(case, "reassignment", to_itself, german), 409, "not-joint-controller")
    nobody = passed | {"controller_id": "callcentre-xx"}
    team.refused(team.command(case, "reassignment", nobody, german), 422, "controller-unknown")
    # when
    after = team.done(case, "reassignment", passed | {"received_on": before["received_on"]}, german)
    # then
    assert (after["controller_id"], [item["controller_id"] for item in after["items"]]) == (FR, [FR])
    for date in ("received_on", "received_at", "promise_due", "effective_due"):
        assert after[date] == before[date]
    assert (statuses(team, case, german), statuses(team, case, french)) == ({404}, {200})
    assert (listed(team, german), listed(team, french)) == ([], [case.id])
    entry = team.get(f"/requests/{case.id}/timeline", french).get_json()["items"][-3]
    assert (entry["name"], entry["sealed"]) == ("dsr.request.reassigned", ["reason"])
    assert entry["facts"]["from_controller"] == DE
