"""An error says what is wrong, then what helps: pattern, zone, what there is, the route, the limit, the place."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from dsr.domain.request.letters import LetterKind
from dsr.domain.roles import Role
from tests.api.team import Team
from tests.catalogue import bodies


def details(team: Team, response: Any) -> dict[str, str]:
    """What is said of each place of an input that is wrong."""
    errors = team.refused(response, 422, "input-invalid")["errors"]
    return {each.get("pointer", each.get("parameter")): each["detail"] for each in errors}


def test_a_code_that_is_none_is_told_the_pattern_and_an_example(team: Team) -> None:
    said = details(team, team.post("/requests", team.entry(controller_id="call centre"), "intake", key="a"))
    assert "letters, digits" in said["/controller_id"]
    assert "such as `callcentre-de`" in said["/controller_id"]


@pytest.mark.parametrize(
    ("written", "helps"),
    [
        ("2026-03-05T10:00:00", "The zone is missing: add Z or an offset, as in 2026-03-05T10:00:00+01:00."),
        ("yesterday", "Write the time with its zone, such as 2026-03-05T10:00:00+01:00"),
    ],
)
def test_a_time_is_told_the_zone_that_is_missing_or_how_to_write_it(team: Team, written: str, helps: str) -> None:
    said = details(team, team.post("/requests", team.entry(received_at=written), "intake", key="a"))
    assert said["/received_at"].startswith(helps)


def test_a_plus_that_became_a_space_in_a_query_string_is_explained(team: Team) -> None:
    case = team.arrived()
    said = details(team, team.get(f"/requests/{case.id}?as_of=2026-03-05T10:00:00+01:00"))
    assert "+ is %2B" in said["as_of"]


def test_a_date_is_told_how_to_write_it(team: Team) -> None:
    said = details(team, team.get("/requests", query_string={"due_before": "5.3.2026"}))
    assert said == {"due_before": "Write the date as year, month and day, such as 2026-03-05."}


@pytest.mark.parametrize("part", ["", "/items", "/timeline", "/deadline"])
def test_a_time_before_arrival_is_told_so(team: Team, part: str) -> None:
    case = team.arrived()
    early = (team.clock.now() - timedelta(days=1)).isoformat()
    problem = team.refused(
        team.get(f"/requests/{case.id}{part}", query_string={"as_of": early}), 404, "request-unknown"
    )
    assert problem["detail"] == (
        "At that time nothing of this request was on record yet. Ask for a later `as_of`, or for none."
    )
    assert problem["facts"] == {"as_of": early, "recorded_at": team.clock.now().isoformat()}


def test_a_time_before_arrival_says_nothing_to_who_may_not_see_the_request(team: Team) -> None:
    case = team.arrived()
    team.enrol("french", Role.HANDLER, controllers=("callcentre-fr",))
    early = {"as_of": (team.clock.now() - timedelta(days=1)).isoformat()}
    hidden = team.get(f"/requests/{case.id}", "french", query_string=early)
    unknown = team.get(f"/requests/{uuid4()}", "french", query_string=early)
    assert hidden.get_json() == unknown.get_json()


def test_a_system_that_is_none_is_told_which_there_are(team: Team) -> None:
    case = team.granted("access")
    body = {"reports": [{"system": "crn", "result": "left-out", "reason": "It is switched off."}]}
    problem = team.refused(team.command(case, "items/access/search", body), 422, "system-unknown")
    assert "crm" in problem["facts"]["existing"]
    assert problem["detail"].startswith("The record of processing names no such system. It has: ")


def test_what_there_is_is_told_only_in_the_scope_of_who_asks(team: Team) -> None:
    team.enrol("french", Role.HANDLER, controllers=("callcentre-fr",))
    everywhere = team.post("/requests", team.entry(controller_id="callcentre-xx"), "intake", key="a")
    problem = team.refused(everywhere, 422, "controller-unknown")
    assert {"callcentre-de", "callcentre-fr"} <= set(problem["facts"]["existing"])
    within = team.ask("POST", "/requests", "french", json=team.entry(controller_id="callcentre-xx"), key="a")
    assert "callcentre-de" not in within.text


def test_an_undescribed_field_is_named_unless_it_may_be_about_somebody(team: Team) -> None:
    case = team.granted("access")
    path = f"/requests/{case.id}/items/access/data-sets"
    records = bodies.records(records=[{"number": "1", "last_call": "2026-03-02", "ada@example.org": 1}])
    problem = team.refused(team.post(path, records, if_match=case.etag, key="a"), 422, "data-fields-undescribed")
    assert problem["facts"]["fields"] == ["1", "last_call"]


@pytest.mark.parametrize(("name", "body"), [("completion", {"account": "Copied."}), ("export", {})])
def test_what_needs_a_grant_says_that_there_is_none(team: Team, name: str, body: dict[str, Any]) -> None:
    case = team.registered("access")
    problem = team.refused(team.command(case, f"items/access/{name}", body, key="a"), 409, "item-not-granted")
    assert problem["detail"].startswith("The item is not granted. `POST /requests/{request_id}/items/{item_id}/grant`")
    assert problem["facts"]["status"] == "open"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("grant", {}),
        ("completion", {"account": "Copied."}),
        ("nothing-held", {}),
        ("refusal", bodies.refusal()),
        ("export", {}),
        ("data-sets", bodies.records()),
        ("objection", {"activities": ["employee-evaluation"]}),
        ("rectification", {"operation": "corrected", "field": "a", "system": "crm", "before": "a", "after": "b"}),
        ("copy", {"kind": "privacy-notice", "channel": "email"}),
    ],
)
def test_an_item_of_a_request_that_is_not_registered_says_so(team: Team, name: str, body: dict[str, Any]) -> None:
    case = team.arrived()
    team.refused(team.command(case, f"items/access/{name}", body, key="a"), 409, "not-registered")


def test_an_item_that_a_registered_request_lacks_is_unknown(team: Team) -> None:
    case = team.registered("access")
    team.refused(team.command(case, "items/erasure/grant", {}), 404, "item-unknown")


def test_a_right_without_its_act_is_told_the_route_of_the_act(team: Team) -> None:
    case = team.granted("rectification")
    body = {"account": "Corrected."}
    problem = team.refused(team.command(case, "items/rectification/completion", body), 409, "effect-missing")
    assert "`POST /requests/{request_id}/items/rectification/rectification`" in problem["detail"]


def test_a_rectification_without_assessment_is_told_its_route(team: Team) -> None:
    case = team.granted("rectification")
    body = {"operation": "corrected", "field": "surname", "system": "crm", "before": "Bryon", "after": "Byron"}
    problem = team.refused(team.command(case, "items/rectification/rectification", body), 409, "accuracy-unassessed")
    assert "`POST /requests/{request_id}/items/{item_id}/accuracy`" in problem["detail"]


def test_a_fee_notice_sent_by_hand_is_told_the_codes_that_it_lacks(team: Team) -> None:
    case = team.registered("access")
    team.done(case, "fees", bodies.FEE | {"claims": ["abusive"]}, "approver")
    (fee,) = team.get(f"/requests/{case.id}/fees").get_json()["items"]
    notice = team.notice(LetterKind.FEE)
    lacking = notice | {"statements": notice["statements"] | {"right-to-withdraw": "", "judicial-remedy": ""}}
    problem = team.refused(team.command(case, f"fees/{fee['fee_id']}/notice", lacking), 409, "fee-notice-incomplete")
    assert problem["facts"] == {"kind": "fee", "missing": ["judicial-remedy", "right-to-withdraw"]}
    assert "`right-to-withdraw`" in problem["detail"]


def test_a_refusal_is_never_asked_for_the_remedies_that_the_service_knows(team: Team) -> None:
    case = team.registered("erasure")
    team.done(case, "items/erasure/refusal", bodies.refusal())


def test_a_body_that_is_too_large_is_told_the_limit(team: Team, make_mail: Callable[..., bytes]) -> None:
    team.service.settings.__dict__["max_message_bytes"] = 100
    answer = team.ask("POST", "/intake/messages", "intake", data=make_mail(), content_type="message/rfc822")
    problem = team.refused(answer, 413, "body-too-large")
    assert problem["facts"] == {"most": 100}
    assert "100 bytes" in problem["detail"]


@pytest.mark.parametrize(
    ("body", "facts"),
    [
        (b'{\n  "country": DE\n}', {"line": 2, "column": 14}),
        (b'{"country": "DE"', {"line": 1, "column": 17}),
        (b'{"country":\n "\xff"}', {"line": 2, "column": 3}),
        (rb'{"a": ["b", "\ud800"]}', {"pointer": "/a/1"}),
        (b"{" + b'"a":{' * 170_000, {}),
    ],
    ids=["no word", "cut off", "no UTF-8", "half a character", "nested"],
)
def test_a_body_that_is_no_json_is_told_the_place(team: Team, body: bytes, facts: dict[str, Any]) -> None:
    answer = team.ask("POST", "/deadlines/explanation", "handler", data=body, content_type="application/json")
    problem = team.refused(answer, 400, "request-malformed")
    assert problem["facts"] == facts
    assert all(str(value) in problem["detail"] for value in facts.values())


def test_an_unknown_field_is_told_which_fields_there_are(team: Team) -> None:
    body = team.entry(person={"name": "Ada", "telephone": "+49 30 123"})
    said = details(team, team.post("/requests", body, "intake", key="a"))
    assert said == {"/person/telephone": "Unknown field. There are: address, email, identifiers, name, phone."}


def test_a_field_where_there_are_none_is_told_so(team: Team) -> None:
    case = team.registered("access")
    said = details(team, team.command(case, "items/access/export", {"format": "zip"}, key="a"))
    assert said == {"/format": "There are no fields here."}


def test_a_missing_field_is_told_so_with_its_codes(team: Team) -> None:
    said = details(team, team.post("/requests", {}, "intake", key="a"))
    assert said["/text"] == "This field is missing."
    assert said["/channel"].startswith("This field is missing. It is one of: email, ")


def test_a_data_set_of_no_known_type_is_told_where_the_type_stands(
    team: Team, make_described: Callable[..., Any]
) -> None:
    case = team.granted("access")
    parts = {"metadata": json.dumps(make_described()), "file": (io.BytesIO(b"number"), "calls.csv", "text/plain")}
    sent: dict[str, Any] = {"data": parts, "content_type": "multipart/form-data", "if_match": case.etag, "key": "a"}
    answer = team.ask("POST", f"/requests/{case.id}/items/access/data-sets", **sent)
    problem = team.refused(answer, 415, "data-format-unknown")
    assert "the media type of the part `file`" in problem["detail"]


def test_closing_without_an_answer_is_told_where_the_draft_waits(team: Team) -> None:
    case = team.registered("information")
    team.search(case, "information")
    team.done(case, "items/information/nothing-held", {})
    problem = team.refused(team.command(case, "closing", {}), 409, "response-not-sent")
    assert "`GET /requests/{request_id}/dispatches`" in problem["detail"]


def test_an_incomplete_draft_is_told_the_routes_of_what_it_lacks(team: Team) -> None:
    case = team.granted("erasure")
    draft = team.done(case, "dispatches", {"kind": "erasure", "item_ids": ["erasure"]}, key="a")
    path = f"/dispatches/{draft['dispatch_id']}"
    answer = team.post(f"{path}/release", {}, if_match=team.get(path).headers["ETag"])
    detail = team.refused(answer, 409, "letter-incomplete")["detail"]
    assert "`POST /dispatches/{dispatch_id}/edition`" in detail
    assert "/link" not in detail


def test_a_draft_without_its_package_is_told_the_route_of_the_link(team: Team) -> None:
    case = team.granted("access")
    team.search(case, "access")
    draft = team.done(case, "dispatches", {"kind": "access", "item_ids": ["access"]}, key="a")
    assert draft["missing"] == ["copy"]
    path = f"/dispatches/{draft['dispatch_id']}"
    answer = team.post(f"{path}/release", {}, if_match=team.get(path).headers["ETag"])
    detail = team.refused(answer, 409, "letter-incomplete")["detail"]
    assert "`POST /exports/{export_id}/link`" in detail
    assert "/edition" not in detail


@pytest.mark.parametrize(
    ("limit", "status"), [(30, 200), (30.0, 200), (30.5, 422), ("30", 422), (True, 422), (1e300, 422)]
)
def test_a_whole_number_may_be_written_with_a_point(team: Team, limit: object, status: int) -> None:
    answer = team.post("/requests/search", {"email": "ada@example.org", "limit": limit})
    assert answer.status_code == status
