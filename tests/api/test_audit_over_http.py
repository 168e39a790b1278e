"""An auditor over HTTP: the log in pages, a case from its events, personal data for the audit alone; all on record."""

from typing import Any
from uuid import uuid4

import pytest

from dsr.domain.roles import Role
from tests.api.team import Team


@pytest.fixture
def french(team: Team) -> str:
    """An auditor of the French controller."""
    who: str = team.enrol("fred", Role.AUDITOR, controllers=("callcentre-fr",))
    return who


def read(team: Team, who: str = "auditor", **query: Any) -> list[dict[str, Any]]:
    """All events, page by page."""
    answer = team.get("/audit/events", who, query_string=query)
    assert answer.status_code == 200, answer.text
    page = answer.get_json()
    found = list(page["items"])
    while page["next"] is not None:
        query = {name: value for name, value in query.items() if name not in ("after", "until")}
        page = team.get("/audit/events", who, query_string=query | {"cursor": page["next"]}).get_json()
        found += page["items"]
    return found


def test_the_log_is_read_to_its_end_page_by_page(team: Team) -> None:
    case = team.registered("access")
    team.token("auditor")
    head = team.service.log.head().position
    found = read(team, limit=2)
    assert [each["position"] for each in found] == list(range(1, head + 1))
    received = next(each for each in found if each["name"] == "dsr.request.received")
    assert received["stream_id"] == case.id
    assert received["facts"]["received_on"] == "2026-03-05"
    assert (received["sealed"], received["withheld"]) == (["message"], False)


def test_a_next_reading_begins_where_the_last_one_ended(team: Team) -> None:
    first = team.get("/audit/events", "auditor", query_string={"limit": 200}).get_json()
    again = team.get("/audit/events", "auditor", query_string={"after": first["until"]}).get_json()
    assert [each["name"] for each in again["items"]] == ["dsr.audit.trail-opened", "dsr.audit.events-read"]
    facts = again["items"][1]["facts"]
    assert (facts["after"], facts["until"], facts["count"]) == (0, first["until"], len(first["items"]))


def test_filters_of_the_log(team: Team) -> None:
    case, _ = team.registered("access"), team.arrived()
    of_one = read(team, stream_id=case.id)
    assert [each["stream_version"] for each in of_one] == list(range(1, len(of_one) + 1))
    assert len(read(team, name="dsr.request.received")) == 2
    now = team.clock.now().isoformat()
    assert {each["recorded_at"][:10] for each in read(team, recorded_from=now, recorded_until=now)} == {"2026-03-05"}
    assert read(team, recorded_from="2026-03-06T00:00:00Z") == []


@pytest.mark.parametrize(
    "query",
    [
        {"after": "-1"},
        {"until": "x"},
        {"stream_id": "x"},
        {"name": "'"},
        {"limit": "0"},
        {"cursor": "x"},
        {"as_of": "x"},
    ],
)
def test_a_question_that_makes_no_sense_is_refused_and_not_recorded(team: Team, query: dict[str, str]) -> None:
    team.token("auditor")
    head = team.service.log.head()
    assert team.get("/audit/events", "auditor", query_string=query).status_code == 422
    assert team.service.log.head() == head


def test_outside_the_scope_nothing_is_told_but_the_place(team: Team, french: str) -> None:
    german, ours = team.registered("access"), team.arrived(controller_id="callcentre-fr")
    found = read(team, french)
    assert [each["position"] for each in found] == list(range(1, len(found) + 1))
    assert {each["stream_id"] for each in found if each["name"].startswith("dsr.request")} == {None, ours.id}
    assert german.id not in str(found)
    team.refused(team.get(f"/audit/requests/{german.id}", french), 404, "request-unknown")
    assert team.get(f"/audit/requests/{ours.id}", french).status_code == 200


def test_a_request_is_rebuilt_as_it_stands_and_as_it_stood(team: Team) -> None:
    # given
    case = team.registered("access")
    then = team.clock.now().isoformat()
    team.clock.advance(hours=1)
    team.done(case, "items/access/grant", {})
    # when
    now = team.get(f"/audit/requests/{case.id}", "auditor")
    before = team.get(f"/audit/requests/{case.id}", "auditor", query_string={"as_of": then}).get_json()
    # then
    told = now.get_json()
    assert now.headers["ETag"] == case.etag
    assert told["request"] == team.get(f"/requests/{case.id}").get_json()
    assert told["items"] == team.get(f"/requests/{case.id}/items").get_json()["items"]
    assert told["deadline"] == team.get(f"/requests/{case.id}/deadline").get_json()
    assert told["timeline"] == team.get(f"/requests/{case.id}/timeline").get_json()["items"]
    assert [each["kind"] for each in told["decisions"]] == ["admission", "hold", "grant"]
    assert told["items"][0]["status"] == "granted"
    assert before["items"][0]["status"] == "open"
    assert len(before["timeline"]) < len(told["timeline"])


def test_what_was_read_is_on_record(team: Team) -> None:
    case = team.arrived()
    team.get(f"/audit/requests/{case.id}", "auditor")
    last: Any = list(team.service.log.read())[-1]
    assert (last.name, last.event.actor) == ("dsr.audit.request-read", "one-auditor")
    assert str(last.event.request_id) == case.id


@pytest.mark.parametrize("role", [role.value for role in Role if role not in (Role.AUDITOR, Role.DATA_SUBJECT)])
def test_only_an_auditor_reads_the_log(team: Team, role: str) -> None:
    case = team.arrived()
    for path in ("/audit/events", f"/audit/requests/{case.id}"):
        team.refused(team.get(path, role), 403, "forbidden")


# Personal data -------------------------------------------------------------------------------------------------


def test_an_auditor_opens_personal_data_for_the_audit_and_for_nothing_else(team: Team) -> None:
    case = team.mailed()
    for purpose in ("triage", "assessment", "complaint"):
        for name in ("disclosures", "originals"):
            body = {"purpose": purpose} | ({"version": 1} if name == "originals" else {})
            team.refused(team.command(case, name, body, "auditor"), 403, "forbidden")
    opened = team.done(case, "disclosures", {"purpose": "audit", "versions": [1]}, "auditor")
    assert opened["opened"][0]["fields"]["message"]["from_address"] == "ada@example.org"
    original = team.command(case, "originals", {"purpose": "audit", "version": 1}, "auditor")
    assert original.data.startswith(b"From: Ada")
    entries = team.get(f"/audit/requests/{case.id}", "auditor").get_json()["timeline"][-2:]
    assert [(each["name"], each["facts"]["purpose"], each["actor"]) for each in entries] == [
        ("dsr.request.personal-data-disclosed", "audit", "one-auditor"),
    ] * 2


def test_an_auditor_opens_nothing_outside_their_scope(team: Team, french: str) -> None:
    case = team.mailed()
    refused = team.post(
        f"/requests/{case.id}/disclosures", {"purpose": "audit"}, french, if_match=case.etag, key=str(uuid4())
    )
    team.refused(refused, 404, "request-unknown")


def test_openings_are_listed_with_who_and_why(team: Team, french: str) -> None:
    # given
    case = team.registered("access")
    team.command(case, "disclosures", {"purpose": "assessment"})
    team.command(case, "disclosures", {"purpose": "audit"}, "auditor")
    # when
    listed = team.get("/audit/disclosures", "auditor").get_json()["items"]
    # then
    assert [(each["purpose"], each["kind"], each["subject_id"]) for each in listed] == [
        ("assessment", "request", case.id),
        ("audit", "request", case.id),
    ]
    of_one = team.get("/audit/disclosures", "auditor", query_string={"actor": listed[1]["actor"]}).get_json()["items"]
    assert of_one == listed[1:]
    # and: an auditor of another controller sees none of them
    assert team.get("/audit/disclosures", french).get_json()["items"] == []
