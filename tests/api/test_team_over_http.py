"""What helps a team over HTTP: many requests at once, duplicates, statistics, saved filters."""

from typing import Any
from uuid import uuid4

import pytest

from dsr.domain.request.letters import LetterKind
from dsr.domain.roles import Role
from tests.api.team import Team

# Bulk ----------------------------------------------------------------------------------------------------------


def line(case: Any, **facts: Any) -> dict[str, Any]:
    return {"request_id": case.id, "version": int(case.etag.strip('"'))} | facts


def test_many_requests_are_registered_and_assigned_and_some_refused(team: Team) -> None:
    first, second = team.arrived(), team.arrived()
    body = {
        "requests": [
            line(first, rights=["access"]),
            line(second, rights=[]),
            line(first, request_id=str(uuid4()), rights=["access"]),
        ]
    }
    answer = team.post("/bulk/registrations", body, key="r")
    told = answer.get_json()["requests"]
    assert answer.status_code == 200
    assert [each["request_id"] for each in told] == [each["request_id"] for each in body["requests"]]
    assert [(each["status"], each["code"]) for each in told] == [
        ("done", None),
        ("refused", "no-right-identified"),
        ("refused", "request-unknown"),
    ]
    assert f'"{told[0]["version"]}"' == team.get(f"/requests/{first.id}").headers["ETag"]
    assert team.post("/bulk/registrations", body, key="r").data == answer.data
    team.refused(
        team.post("/bulk/registrations", {"requests": body["requests"][:1]}, key="r"), 422, "idempotency-key-reused"
    )
    team.token("handler")
    assignments = {"assignee": "one-handler", "requests": [line(first), line(second)]}
    told = team.post("/bulk/assignments", assignments, key="a").get_json()["requests"]
    assert [(each["status"], each["code"]) for each in told] == [("refused", "version-stale"), ("done", None)]
    assert team.get(f"/requests/{second.id}").get_json()["assignee"] == "one-handler"
    nobody = assignments | {"assignee": "nobody"}
    team.refused(team.post("/bulk/assignments", nobody, key="b"), 404, "staff-unknown")


def test_a_bulk_registration_says_all_that_a_single_one_says(team: Team) -> None:
    case = team.arrived()
    facts = {"rights": ["access", "objection"], "direct_marketing": True, "subjects": ["customers"]}
    single = team.done(team.arrived(), "registration", facts)
    (told,) = team.post("/bulk/registrations", {"requests": [line(case, **facts)]}, key="r").get_json()["requests"]
    shown = team.get(f"/requests/{case.id}").get_json()
    assert (told["status"], told["version"]) == ("done", shown["version"])
    assert shown["items"] == single["items"]
    unknown = line(team.arrived(), rights=["access"], subjects=["nobody"])
    (told,) = team.post("/bulk/registrations", {"requests": [unknown]}, key="s").get_json()["requests"]
    assert told["status"] == "refused"


def test_a_bulk_body_names_each_request_once_and_two_hundred_at_most(team: Team) -> None:
    case = team.arrived()
    one = line(case)
    twice = {"assignee": "ann", "requests": [one, line(case, request_id=str(uuid4())), one]}
    problem = team.refused(team.post("/bulk/assignments", twice, key="a"), 422, "input-invalid")
    assert [each["pointer"] for each in problem["errors"]] == ["/requests/2"]
    for requests in ([], [{"request_id": str(uuid4()), "version": 1} for _ in range(201)]):
        body = {"assignee": "ann", "requests": requests}
        problem = team.refused(team.post("/bulk/assignments", body, key="b"), 422, "input-invalid")
        assert [each["pointer"] for each in problem["errors"]] == ["/requests"]
    for wrong in ({"version": 0}, {"version": "1"}, {"request_id": "x"}, {"note": "x"}):
        body = {"assignee": "ann", "requests": [one | wrong]}
        team.refused(team.post("/bulk/assignments", body, key="c"), 422, "input-invalid")
    team.refused(
        team.post("/bulk/assignments", {"assignee": "ann", "requests": [one]}), 400, "idempotency-key-required"
    )


# Duplicates ----------------------------------------------------------------------------------------------------


def test_a_duplicate_is_suggested_with_what_agrees_and_then_linked(team: Team) -> None:
    first, second = team.arrived(), team.arrived()
    (found,) = team.get(f"/requests/{second.id}/duplicate-suggestions").get_json()["items"]
    assert found["request_id"] == first.id
    assert (found["marks"], found["strength"], found["rights"]) == (["email", "name"], "strong", ["access"])
    assert (found["linkable"], found["link_code"]) == (True, None)
    assert "lovelace" not in str(found).casefold()
    linked = team.done(second, "duplicate-link", {"original_id": found["request_id"]})
    assert linked["outcome"] == "duplicate"
    (back,) = team.get(f"/requests/{first.id}/duplicate-suggestions", "dpo").get_json()["items"]
    assert (back["outcome"], back["link_code"]) == ("duplicate", "duplicate-unanswered")
    team.refused(team.get(f"/requests/{uuid4()}/duplicate-suggestions", "approver"), 404, "request-unknown")


# Statistics ----------------------------------------------------------------------------------------------------


def test_statistics_tell_what_was_open_then_and_what_is_answered_now(team: Team) -> None:
    # given: a request that is missed, and one that is answered in twelve days
    missed = team.arrived(received_at="2026-01-20T10:00:00+01:00")
    case = team.registered("access", received_at="2026-03-01T10:00:00+01:00")
    before = team.get("/statistics", "auditor").get_json()
    then = before["as_of"]
    team.clock.advance(days=8)
    team.search(case, "access")
    team.done(case, "items/access/nothing-held", {})
    team.done(case, "answers", team.letter(LetterKind.ACCESS, "access"))
    team.done(case, "closing", {})
    # when
    now = team.get("/statistics").get_json()
    # then
    assert before["open"] == {"number": 2, "of": 2, "share": 1.0}
    assert before["missed"] == {"number": 1, "of": 2, "share": 0.5}
    assert before["answered"]["median_days"] is None
    assert (now["open"]["number"], now["closed"]["number"]) == (1, 1)
    assert now["by_outcome"]["fulfilled"] == {"number": 1, "of": 1, "share": 1.0}
    assert now["answered"]["within_one_month"] == {"number": 1, "of": 1, "share": 1.0}
    assert now["answered"]["median_days"] == 12.0
    assert now["by_right"]["access"]["answered"] == 1
    assert now["by_controller"]["callcentre-de"]["missed"] == 1
    assert team.get(f"/statistics?as_of={then}").get_json() == before | {"unconfirmed_staff": None}
    assert missed.id


def test_statistics_count_the_period_and_the_scope_that_are_asked_for(team: Team) -> None:
    team.arrived(received_at="2026-03-01T10:00:00+01:00")
    team.arrived(received_at="2026-03-02T10:00:00+01:00", controller_id="callcentre-fr")

    def cases(query: str, who: str = "handler") -> int:
        number: int = team.get(f"/statistics?{query}", who).get_json()["cases"]
        return number

    assert cases("received_from=2026-03-02") == 1
    assert cases("received_until=2026-03-01") == 1
    assert cases("received_from=2026-03-01&received_until=2026-03-02") == 2
    assert cases("controller=callcentre-fr") == 1
    team.enrol("german", Role.HANDLER, controllers=("callcentre-de",))
    assert cases("", "german") == 1
    assert cases("controller=callcentre-fr", "german") == 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("received_from=2026-03-02&received_until=2026-03-01", "input-invalid"),
        ("as_of=yesterday", "input-invalid"),
        ("assignee=ann", "input-invalid"),
        ("as_of=2030-01-01T00:00:00Z", "time-not-yet"),
    ],
)
def test_a_question_without_an_answer_is_refused(team: Team, query: str, code: str) -> None:
    team.refused(team.get(f"/statistics?{query}"), 422, code)


# Saved filters -------------------------------------------------------------------------------------------------


def saved(team: Team, query: dict[str, Any], who: str = "handler", **facts: Any) -> Any:
    body = {"name": "Access without anybody", "query": query} | facts
    return team.post("/saved-filters", body, who, key=str(uuid4()))


def test_a_saved_filter_asks_what_the_same_query_asks(team: Team) -> None:
    team.arrived()
    case = team.registered("access")
    made = saved(team, {"right": "access", "unassigned": True, "sort": "received", "order": "desc", "status": None})
    assert made.status_code == 201
    told = made.get_json()
    assert told["query"] == {"right": "access", "unassigned": True, "sort": "received", "order": "desc"}
    assert team.get(made.headers["Location"]).get_json() == told

    def asked(query: str, who: str = "handler") -> list[str]:
        return [row["request_id"] for row in team.get(f"/requests?{query}", who).get_json()["items"]]

    filtered = f"filter={told['filter_id']}"
    assert asked(filtered) == asked("right=access&unassigned=true&sort=received&order=desc") == [case.id]
    assert asked(f"{filtered}&right=erasure") == [], "what the query itself says goes before it"
    team.done(case, "assignment", {"assignee": "one-handler"})
    assert asked(filtered) == []
    assert asked(f"{filtered}&assignee=one-handler") == [case.id]
    assert len(asked(f"{filtered}&unassigned=false&status=all")) == 1
    for unknown, who in ((str(uuid4()), "handler"), (told["filter_id"], "approver")):
        team.refused(team.get(f"/requests?filter={unknown}", who), 404, "filter-unknown")


def test_pages_of_a_filtered_list_go_on(team: Team) -> None:
    cases = {team.registered("access").id for _ in range(3)}
    filter_id = saved(team, {"right": "access"}).get_json()["filter_id"]
    found, cursor = [], ""
    for _ in range(2):
        page = team.get(f"/requests?filter={filter_id}&limit=2{cursor}").get_json()
        found += [row["request_id"] for row in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert (set(found), len(found), page["next"]) == (cases, 3, None)


@pytest.mark.parametrize(
    "query",
    [
        {"status": "lost"},
        {"unassigned": True, "assignee": "ann"},
        {"limit": 10},
        {"cursor": "x"},
        {"filter": str(uuid4())},
        {"text": "x"},
    ],
)
def test_only_what_the_queue_takes_is_saved(team: Team, query: dict[str, Any]) -> None:
    problem = team.refused(saved(team, query), 422, "input-invalid")
    assert all(each["pointer"].startswith("/query") for each in problem["errors"])


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "ada@example.org", "a  b", "a_b", "+49 30", "a\nb", "a\x00"])
def test_a_name_is_made_of_plain_words(team: Team, name: str) -> None:
    problem = team.refused(saved(team, {}, name=name), 422, "input-invalid")
    assert [each["pointer"] for each in problem["errors"]] == ["/name"]
    assert saved(team, {}, name="Fällige Auskünfte 2026").status_code == 201


def test_a_filter_is_revised_on_its_version_shared_and_deleted(team: Team) -> None:
    made = saved(team, {"right": "access"})
    path = made.headers["Location"]
    team.refused(saved(team, {}), 409, "filter-name-taken")
    body = {"name": "All of them", "query": {"status": "all"}, "shared": True}
    team.refused(team.post(f"{path}/revision", body), 428, "precondition-required")
    team.refused(team.post(f"{path}/revision", body, if_match='"7"'), 412, "version-stale")
    assert team.get("/saved-filters", "auditor").get_json()["items"] == []
    done = team.post(f"{path}/revision", body, if_match=made.headers["ETag"])
    assert (done.status_code, done.get_json()["query"]) == (200, {"status": "all"})
    assert team.get("/saved-filters", "auditor").get_json()["items"] == [done.get_json()]
    for other in ("approver", "auditor"):
        team.refused(team.post(f"{path}/revision", body, other, if_match='"2"'), 403, "forbidden")
        team.refused(team.ask("DELETE", path, other), 403, "forbidden")
    gone = team.ask("DELETE", path)
    assert (gone.status_code, gone.get_json()) == (200, done.get_json())
    team.refused(team.ask("DELETE", path), 404, "filter-unknown")
