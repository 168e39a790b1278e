"""A request is found by the reference that every letter tells, wherever its id is taken, in the scope of who asks."""

from typing import Any
from uuid import uuid4

import pytest

from dsr.domain.roles import Role
from tests.api.team import Case, Team


def reference_of(team: Team, case: Case) -> str:
    return str(team.get(f"/requests/{case.id}").get_json()["reference"])


def written(reference: str) -> list[str]:
    """As people write it."""
    bare = reference.replace("-", "")
    return [reference, reference.lower(), reference.replace("-", " "), bare, f"{bare[:3]} {bare[3:].lower()}"]


@pytest.fixture
def case(team: Team) -> Case:
    team.arrived()
    return team.registered("access")


def test_a_path_takes_the_reference_for_the_id(team: Team, case: Case) -> None:
    by_id = team.get(f"/requests/{case.id}")
    for typed in written(reference_of(team, case)):
        found = team.get(f"/requests/{typed}")
        assert (found.get_json(), found.headers["ETag"]) == (by_id.get_json(), by_id.headers["ETag"])


@pytest.mark.parametrize("below", ["items", "timeline", "deadline", "rights", "exports"])
def test_so_do_the_paths_below(team: Team, case: Case, below: str) -> None:
    reference = reference_of(team, case)
    assert team.get(f"/requests/{reference}/{below}").data == team.get(f"/requests/{case.id}/{below}").data


def test_a_command_takes_it_too(team: Team, case: Case) -> None:
    path = f"/requests/{reference_of(team, case).lower()}/notes"
    noted = team.post(path, {"note": "Called back."}, if_match=case.etag)
    assert noted.get_json()["request_id"] == case.id


@pytest.mark.parametrize("closed", [False, True])
def test_the_list_and_the_search_find_it_open_or_closed(team: Team, case: Case, closed: bool) -> None:
    reference = reference_of(team, case)
    if closed:
        team.done(case, "withdrawal", {"confirmed": True})
    expected = {"items": [team.get(f"/requests/{case.id}").get_json()], "next": None}
    for typed in written(reference):
        assert team.get("/requests", query_string={"reference": typed}).get_json() == expected
        assert team.post("/requests/search", {"reference": typed}).get_json() == expected


@pytest.mark.parametrize("typed", ["DSR-2222-2222", "dsr 2222 2222", "DSR-7KQ4-M2X", "DSR-0000-0000", "DSR-nonsense"])
def test_a_reference_that_is_none_says_how_one_reads(team: Team, typed: str) -> None:
    problem = team.refused(team.get(f"/requests/{typed}"), 404, "request-unknown")
    assert problem["detail"].startswith("No request with this reference is in your scope.")
    assert "DSR-7KQ4-M2XN" in problem["detail"]


def test_one_out_of_scope_is_not_told_from_one_that_is_none(team: Team, case: Case) -> None:
    reference = reference_of(team, case)
    team.enrol("french", Role.HANDLER, controllers=("callcentre-fr",))
    for path in ("/requests/{}", "/requests/{}/timeline", "/requests/{}/items"):
        hidden = team.get(path.format(reference), "french")
        unknown = team.get(path.format("DSR-2222-2222"), "french")
        assert (hidden.status_code, hidden.get_json()) == (404, unknown.get_json())
    nothing: dict[str, Any] = {"items": [], "next": None}
    assert team.get("/requests", "french", query_string={"reference": reference}).get_json() == nothing
    assert team.post("/requests/search", {"reference": reference}, "french").get_json() == nothing


def test_an_auditor_finds_it_in_scope_and_that_is_on_record(team: Team, case: Case) -> None:
    reference = reference_of(team, case)
    team.enrol("inspector", Role.AUDITOR, controllers=("callcentre-de",))
    team.enrol("inspectrice", Role.AUDITOR, controllers=("callcentre-fr",))
    asked: list[tuple[str, Any]] = [
        (f"/requests/{reference}", None),
        ("/requests/search", {"reference": reference}),
        (f"/audit/requests/{reference}", None),
    ]
    for path, body in asked:
        before = len(team.events("audit.page-read")) + len(team.events("audit.request-read"))
        answer = team.get(path, "inspector") if body is None else team.post(path, body, "inspector")
        assert case.id in answer.text, path
        assert len(team.events("audit.page-read")) + len(team.events("audit.request-read")) == before + 1, path
    assert team.get("/requests", "inspector", query_string={"reference": reference}).get_json()["items"]
    assert team.get(f"/requests/{reference}", "inspectrice").status_code == 404
    assert team.post("/requests/search", {"reference": reference}, "inspectrice").get_json()["items"] == []


def test_an_auditor_does_not_look_for_a_person(team: Team, case: Case) -> None:
    refused = team.post("/requests/search", {"email": "ada@example.org"}, "auditor")
    team.refused(refused, 403, "forbidden")


def test_the_data_subject_reaches_her_own_request_by_it_and_no_other(team: Team, case: Case) -> None:
    subject, other = team.subject(case), team.arrived()
    assert team.get(f"/requests/{reference_of(team, case)}", subject).status_code == 200
    team.refused(team.get(f"/requests/{reference_of(team, other)}", subject), 404, "request-unknown")


def test_nobody_learns_of_a_request_without_a_token(team: Team, case: Case) -> None:
    team.refused(team.get(f"/requests/{reference_of(team, case)}", None), 401, "token-invalid")


def test_a_reference_is_the_id_of_nothing_else(team: Team, case: Case) -> None:
    reference = reference_of(team, case)
    for path in (f"/exports/{reference}", f"/requests/{case.id}/fees/{reference}/notice", f"/dispatches/{reference}"):
        answer = team.get(path) if "fees" not in path else team.post(path, {}, if_match=case.etag)
        team.refused(answer, 404, "path-unknown")


def test_a_reference_stands_alone_in_a_question(team: Team, case: Case) -> None:
    both = team.get("/requests", query_string={"reference": reference_of(team, case), "right": "access"})
    errors = team.refused(both, 422, "input-invalid")["errors"]
    assert errors == [{"parameter": "reference", "detail": "Ask for a reference without any filter."}]
    garbled = team.get("/requests", query_string={"reference": "the one of Ada"})
    assert "DSR-7KQ4-M2XN" in team.refused(garbled, 422, "input-invalid")["errors"][0]["detail"]


def test_a_key_belongs_to_the_path_as_it_was_asked(team: Team, case: Case) -> None:
    key, reference = str(uuid4()), reference_of(team, case)
    first = team.post(f"/requests/{reference}/notes", {"note": "Called."}, if_match=case.etag, key=key)
    again = team.post(f"/requests/{reference}/notes", {"note": "Called."}, if_match=case.etag, key=key)
    assert (first.status_code, again.data) == (200, first.data)
