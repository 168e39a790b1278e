"""Requests: entered, listed, read, as of any time."""

from typing import Any

import pytest

from dsr.domain.request.letters import LetterKind
from dsr.domain.roles import Role
from tests.api.team import Team


def test_a_request_is_entered_with_its_true_arrival_and_found_at_its_location(team: Team) -> None:
    arrival = "2026-03-04T16:00:00+01:00"
    made = team.post("/requests", team.entry(received_at=arrival), "intake", key="one")
    assert made.status_code == 201
    assert made.headers["ETag"] == '"1"'
    shown = team.get(made.headers["Location"], "handler")
    assert shown.data == made.data
    assert shown.headers["ETag"] == made.headers["ETag"]
    row = shown.get_json()
    assert (row["received_at"], row["received_on"]) == ("2026-03-04T15:00:00Z", "2026-03-04")
    assert row["suggested_rights"] == ["access"]


def test_entering_needs_a_key_a_zone_and_only_known_fields(team: Team) -> None:
    team.refused(team.post("/requests", team.entry(), "intake"), 400, "idempotency-key-required")
    naive = team.post("/requests", team.entry(received_at="2026-03-04T16:00:00"), "intake", key="a")
    assert team.refused(naive, 422, "input-invalid")["errors"][0]["pointer"] == "/received_at"
    unknown = team.post("/requests", team.entry(person={"name": "A", "shoe/size": 3}), "intake", key="b")
    assert team.refused(unknown, 422, "input-invalid")["errors"][0]["pointer"] == "/person/shoe~1size"
    future = team.post("/requests", team.entry(received_at="2026-03-06T00:00:00Z"), "intake", key="c")
    team.refused(future, 409, "receipt-in-future")
    nobody = team.post("/requests", team.entry(controller_id="callcentre-xx"), "intake", key="d")
    team.refused(nobody, 422, "controller-unknown")


@pytest.mark.parametrize("person", [{}, {"name": " "}, {"identifiers": [""]}])
def test_a_request_of_nobody_is_refused_with_the_fields_that_say_who_asks(team: Team, person: dict[str, Any]) -> None:
    refused = team.post("/requests", team.entry(person=person), "intake", key="a")
    problem = team.refused(refused, 422, "person-missing")
    assert "`name`, `email`, `phone`, `identifiers` and `address`" in problem["detail"]


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_characters_that_no_letter_can_hold_are_refused(team: Team, text: str) -> None:
    assert team.post("/requests", team.entry(text=text), "intake", key="a").status_code in (400, 422)


def test_a_quarantined_message_is_settled_by_entering_it(team: Team) -> None:
    waiting = team.ask("POST", "/intake/messages", "intake", data=b"\0", content_type="message/rfc822").get_json()
    case = team.arrived(quarantine_id=waiting["quarantine_id"])
    message = team.get(f"/intake/quarantine/{waiting['quarantine_id']}").get_json()
    assert (message["status"], message["request_id"]) == ("entered", case.id)


def test_the_list_comes_in_pages_soonest_due_first(team: Team) -> None:
    days = [4, 2, 5, 1, 3]
    cases = {day: team.arrived(received_at=f"2026-03-0{day}T10:00:00+01:00") for day in days}
    found, cursor = [], ""
    while cursor is not None:
        page = team.get(f"/requests?limit=2{cursor and '&cursor=' + cursor}").get_json()
        assert len(page["items"]) <= 2
        found += [row["request_id"] for row in page["items"]]
        cursor = page["next"]
    assert found == [cases[day].id for day in sorted(days)]
    latest = team.get("/requests?sort=received&order=desc&limit=1").get_json()["items"]
    assert latest[0]["request_id"] == cases[5].id


def test_the_list_is_filtered(team: Team) -> None:
    team.enrol("ann", Role.HANDLER)
    mine = team.registered("erasure", "access")
    team.done(mine, "assignment", {"assignee": "ann"})
    team.done(mine, "identity-question", {"doubt": "Another address.", "method": "call-back"})
    other = team.arrived(controller_id="callcentre-fr", language="fr")
    closed = team.arrived()
    team.done(closed, "dismissal", {"kind": "spam", "reason": "An advertisement."})

    def ids(query: str) -> set[str]:
        return {row["request_id"] for row in team.get(f"/requests?{query}").get_json()["items"]}

    assert ids("") == {mine.id, other.id}
    assert ids("assignee=ann") == {mine.id}
    assert ids("unassigned=true") == {other.id}
    assert ids("right=erasure") == {mine.id}
    assert ids("clock=running&identity=asked") == {mine.id}
    team.done(mine, "answers", team.letter(LetterKind.IDENTITY_QUESTION))
    assert ids("clock=suspended&identity=asked") == {mine.id}
    assert ids("language=fr") == ids("controller=callcentre-fr") == ids("lifecycle=received") == {other.id}
    assert ids("outcome=not-a-request") == ids("status=closed") == {closed.id}
    assert ids("status=all") == {mine.id, other.id, closed.id}
    assert ids("due_before=2026-01-01") == set()


@pytest.mark.parametrize(
    "query",
    [
        "unknown=1",
        "limit=0",
        "limit=201",
        "limit=x",
        "sort=name",
        "order=up",
        "status=x",
        "due_before=soon",
        "cursor=x",
        "limit=1&limit=2",
        "assignee=ann&unassigned=true",
        "assignee=%00",
    ],
)
def test_what_the_query_of_the_list_does_not_know_is_refused(team: Team, query: str) -> None:
    assert team.get(f"/requests?{query}").status_code == 422


def test_a_route_without_query_takes_none(team: Team) -> None:
    problem = team.refused(team.get("/staff/me?x=1"), 422, "input-invalid")
    assert problem["errors"] == [{"parameter": "x", "detail": "There is no such parameter."}]


def test_a_request_is_shown_as_it_stood_in_the_shape_of_today(team: Team) -> None:
    case = team.arrived()
    before, then = team.get(f"/requests/{case.id}"), team.clock.now()
    team.clock.advance(hours=1)
    team.done(case, "registration", {"rights": ["access", "erasure"]})
    now = team.get(f"/requests/{case.id}")

    def as_of(time: Any) -> Any:
        stamp = time.isoformat().replace("+", "%2B")
        return team.get(f"/requests/{case.id}?as_of={stamp}")

    assert as_of(then).data == before.data
    assert as_of(team.clock.now()).data == now.data
    assert as_of(team.clock.now()).headers["ETag"] == now.headers["ETag"]
    items = f"/requests/{case.id}/items"
    assert len(team.get(items).get_json()["items"]) == 2
    assert team.get(f"{items}?as_of=2026-03-05T09:00:00Z").get_json()["items"] == []
    assert len(team.get(f"/requests/{case.id}/timeline?as_of=2026-03-05T09:00:00Z").get_json()["items"]) == 1
    team.refused(team.get(f"/requests/{case.id}?as_of=2026-03-05T08:59:00Z"), 404, "request-unknown")
    team.refused(team.get(f"/requests/{case.id}?as_of=2026-04-05T08:59:00Z"), 422, "time-not-yet")
    team.refused(team.get(f"/requests/{case.id}?as_of=2026-03-05T08:59:00"), 422, "input-invalid")


def test_the_timeline_comes_in_pages_and_opens_nothing(team: Team) -> None:
    case = team.registered("access", "erasure")
    first = team.get(f"/requests/{case.id}/timeline?limit=3").get_json()
    rest = team.get(f"/requests/{case.id}/timeline?limit=3&cursor={first['next']}").get_json()
    assert [each["version"] for each in first["items"] + rest["items"]] == list(range(1, 7))
    assert first["items"][0]["sealed"] == ["message"]
    newest = team.get(f"/requests/{case.id}/timeline?order=desc&limit=1").get_json()["items"][0]
    assert (newest["version"], newest["name"]) == (7, "dsr.request.hold-placed")


def test_what_does_not_exist_and_what_is_out_of_scope_look_the_same(team: Team) -> None:
    case = team.arrived()
    team.enrol("french", Role.HANDLER, Role.INTAKE, controllers=("callcentre-fr",))
    for path in ("", "/items", "/timeline", "/deadline", "/exports"):
        hidden = team.get(f"/requests/{case.id}{path}", "french")
        missing = team.get(f"/requests/00000000-0000-4000-8000-000000000000{path}", "french")
        assert hidden.data == missing.data
        team.refused(hidden, 404, "request-unknown")
    assert team.get("/requests", "french").get_json()["items"] == []
    entered = team.post("/requests", team.entry(), "french", key="a")
    team.refused(entered, 403, "forbidden")


def test_the_data_subject_sees_dates_and_answers_but_no_work_of_the_team(team: Team) -> None:
    case = team.granted("access")
    ada = team.subject(case)
    shown = team.get(f"/requests/{case.id}", ada).get_json()
    assert shown["items"] == [{"item_id": "access", "right": "access", "state": "in-progress"}]
    assert shown["due"] == "2026-04-04"
    assert not {"assignee", "suggested_rights", "late", "lifecycle"} & set(shown)
    assert team.get(f"/requests/{case.id}/items", ada).get_json()["items"] == shown["items"]
    assert team.get(f"/requests/{case.id}/deadline", ada).status_code == 200
    team.refused(team.get(f"/requests/{case.id}/timeline", ada), 403, "forbidden")
    team.refused(team.get("/requests", ada), 403, "forbidden")
    other = team.arrived()
    team.refused(team.get(f"/requests/{other.id}", ada), 404, "request-unknown")
