"""Representation over HTTP: accepted, shown, ended; who gets the answer, what is refused (GDPR Art. 8, 12(1), 80)."""

from typing import Any

import msgspec
import pytest

from dsr.domain.request.letters import LetterKind
from tests.api.team import Team


def parent(**facts: Any) -> dict[str, Any]:
    return {
        "kind": "parent",
        "evidence": "Birth certificate, seen.",
        "rights": ["access", "erasure"],
        "expires_on": "2031-05-01",
        "for_child": True,
        "conflict_assessed": True,
        "conflict": False,
        "answer_to": "representative",
    } | facts


def test_a_parent_acts_for_a_child_until_it_is_of_age(team: Team) -> None:
    case = team.registered("access", controller_id="callcentre-at")
    before = team.get(f"/requests/{case.id}").get_json()
    assert (before["represented_by"], before["representation_ends_on"]) == (None, None)
    shown = team.done(case, "representation", parent())
    assert (shown["represented_by"], shown["representation_ends_on"]) == ("parent", "2031-05-01")
    entry = team.get(f"/requests/{case.id}/timeline").get_json()["items"][-1]
    assert (entry["name"], entry["sealed"]) == ("dsr.request.representation-accepted", ["evidence"])
    assert entry["facts"]["child_age"] == 14, "of Austria, by the record of processing"
    team.refused(team.command(case, "representation", parent()), 409, "already-represented")
    team.refused(team.command(case, "representation/ending", {"reason": " "}), 409, "reason-required")
    shown = team.done(case, "representation/ending", {"reason": "The child goes on alone."})
    assert (shown["represented_by"], shown["representation_ends_on"]) == (None, None)
    team.refused(team.command(case, "representation/ending", {"reason": "x"}), 409, "not-represented")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"evidence": " "}, "authority-missing"),
        ({"rights": []}, "authority-missing"),
        ({"expires_on": None}, "authority-missing"),
        ({"expires_on": "2026-03-04"}, "authority-missing"),
        ({"for_child": False}, "authority-missing"),
        ({"conflict_assessed": False}, "conflict-of-interest"),
        ({"conflict": True}, "conflict-of-interest"),
    ],
)
def test_who_has_no_authority_acts_for_nobody(team: Team, facts: dict[str, Any], code: str) -> None:
    case = team.registered("access")
    team.refused(team.command(case, "representation", parent(**facts)), 409, code)


def test_what_is_no_representation_is_bad_input(team: Team) -> None:
    case = team.registered("access")
    for facts in ({"kind": "neighbour"}, {"rights": ["beer"]}, {"answer_to": "nobody"}, {"conflict": "no"}):
        team.refused(team.command(case, "representation", parent(**facts)), 422, "input-invalid")


def test_an_answer_goes_to_whom_the_authority_allows(team: Team) -> None:
    case = team.granted("access")
    team.search(case, "access")
    team.done(case, "items/access/completion", {"account": "Copied."})
    to_parent = team.letter(LetterKind.ACCESS, "access", addressee="representative")
    team.refused(team.command(case, "answers", to_parent), 409, "authority-missing")
    team.done(case, "representation", parent(rights=["erasure"]))
    problem = team.refused(team.command(case, "answers", to_parent), 409, "authority-missing")
    assert problem["facts"] == {"rights": ["access"]}
    team.done(case, "representation/ending", {"reason": "Too narrow."})
    team.done(case, "representation", parent(rights=["access"]))
    team.done(case, "answers", to_parent)
    entry = team.get(f"/requests/{case.id}/timeline").get_json()["items"][-1]
    assert entry["facts"]["letter"]["addressee"] == "representative"


def test_the_person_is_told_nothing_of_the_representative_in_the_public_view(team: Team) -> None:
    case = team.registered("access")
    team.done(case, "representation", parent(evidence="CANARY-EVIDENCE"))
    shown = team.get(f"/requests/{case.id}", team.subject(case))
    assert b"CANARY" not in msgspec.json.encode(shown.get_json())
    assert "represented_by" not in shown.get_json()
