"""Rectification, contests, copies and direct transfers over HTTP: done, refused by their rules, and shown."""

from collections.abc import Callable
from typing import Any

import pytest

from dsr.domain.request.letters import LetterKind
from tests.api.team import Team

CORRECTION = {"operation": "corrected", "field": "surname", "system": "crm", "before": "Bryon", "after": "Byron"}
TARGET = {"target": "api.other.example", "method": "certificate"}
SENT = {"target": "api.other.example", "channel": "portal"}


def item(team: Team, case: Any) -> dict[str, Any]:
    shown: dict[str, Any] = team.get(f"/requests/{case.id}/items").get_json()["items"][0]
    return shown


def decision(team: Team, kind: str) -> dict[str, Any]:
    [row] = team.get(f"/decisions?kind={kind}").get_json()["items"]
    return dict(row)


def test_data_is_assessed_then_rectified_field_by_field(team: Team) -> None:
    case = team.granted("rectification")
    path = "items/rectification/rectification"
    team.refused(team.command(case, path, CORRECTION), 409, "accuracy-unassessed")
    assert (item(team, case)["accuracy"], item(team, case)["effected"]) == (None, False)
    blank = {"finding": "inaccurate", "assessment": " "}
    team.refused(team.command(case, "items/rectification/accuracy", blank), 409, "reason-required")
    team.done(
        case, "items/rectification/accuracy", blank | {"finding": "accurate", "assessment": "As in the passport."}
    )
    team.refused(team.command(case, path, CORRECTION), 409, "rectification-unsupported")
    team.done(case, "items/rectification/accuracy", blank | {"assessment": "Compared with her passport."})
    team.refused(team.command(case, path, CORRECTION | {"before": ""}), 409, "before-and-after-required")
    team.refused(team.command(case, path, CORRECTION | {"system": "nowhere"}), 422, "system-unknown")
    team.refused(team.command(case, path, CORRECTION | {"field": "her name"}), 422, "input-invalid")
    team.done(case, path, CORRECTION, "system-owner")
    assert (item(team, case)["accuracy"], item(team, case)["effected"]) == ("inaccurate", True)
    found = team.get("/decisions?kind=accuracy").get_json()["items"]
    assert [(row["outcome"], row["decided_by"]) for row in found] == [
        ("inaccurate", "one-handler"),
        ("accurate", "one-handler"),
    ]
    entry = team.get(f"/requests/{case.id}/timeline?order=desc&limit=1").get_json()["items"][0]
    assert entry["facts"] == {
        "item_id": "rectification",
        "operation": "corrected",
        "field": "surname",
        "system": "crm",
    }
    assert entry["sealed"] == ["before", "after"]
    assert "Byron" not in team.get(f"/requests/{case.id}/timeline").text
    team.search(case, "rectification", "crm")
    team.done(case, "items/rectification/completion", {"account": "Corrected."})


def test_what_is_accurate_is_refused_before_a_statement_beside_it_is_done(
    team: Team, make_refusal: Callable[..., dict[str, Any]]
) -> None:
    case = team.granted("rectification")
    found = {"finding": "accurate", "assessment": "As in the passport."}
    team.done(case, "items/rectification/accuracy", found)
    team.done(case, "items/rectification/rectification", CORRECTION | {"operation": "supplementary-statement"})
    done = {"account": "Her statement stands beside it."}
    team.refused(team.command(case, "items/rectification/completion", done), 409, "refusal-missing")
    accurate = make_refusal(ground="data-accurate", in_part=True, extent=["surname"], provision="")
    team.done(case, "items/rectification/refusal", accurate)
    team.done(case, "items/rectification/refusal/decision", {"approve": True}, "approver")
    otherwise = found | {"finding": "inaccurate"}
    team.refused(team.command(case, "items/rectification/accuracy", otherwise), 409, "refusal-rests-on-finding")
    team.search(case, "rectification", "crm")
    team.done(case, "items/rectification/completion", done)


def test_what_was_changed_is_seen_by_who_opens_it(team: Team) -> None:
    case = team.granted("rectification")
    team.done(case, "items/rectification/accuracy", {"finding": "inaccurate", "assessment": "Her passport."})
    team.done(case, "items/rectification/rectification", CORRECTION)
    opened = team.done(case, "disclosures", {"purpose": "complaint"})["opened"]
    assert opened[-1]["fields"] == {"before": "Bryon", "after": "Byron"}


def test_a_contested_decision_is_reviewed_by_a_person(team: Team) -> None:
    case = team.registered("automated-decision")
    path = "items/automated-decision/decision-review"
    reviewed = {"finding": "annulled", "reviewer": "rita", "competent": True, "result": "You may pay by invoice."}
    team.token("approver")
    for missing in ({"reviewer": None}, {"competent": False}, {"result": " "}):
        answer = team.command(case, path, reviewed | {"reviewer": "one-approver"} | missing)
        team.refused(answer, 409, "human-review-required")
    team.refused(team.command(case, path, reviewed), 404, "staff-unknown")
    shown = team.done(case, path, reviewed | {"reviewer": "one-approver"})
    assert shown["lifecycle"] == "executing"
    assert (item(team, case)["status"], item(team, case)["effected"]) == ("granted", True)
    row = decision(team, "decision-review")
    assert (row["outcome"], row["opened_by"], row["decided_by"]) == ("annulled", "one-handler", "one-approver")
    team.done(case, "items/automated-decision/completion", {"account": "Changed."})
    letter = team.letter(LetterKind.AUTOMATED_DECISION, "automated-decision")
    team.done(case, "answers", letter)
    assert team.done(case, "closing", {})["outcome"] == "fulfilled"


def test_that_no_decision_is_made_by_automated_means_is_an_answer(team: Team) -> None:
    case = team.registered("automated-decision")
    team.done(case, "items/automated-decision/decision-review", {"finding": "none-made"})
    assert decision(team, "decision-review")["outcome"] == "none-made"
    unknown = {"finding": "none-made", "activities": ["no-such"]}
    other = team.registered("automated-decision")
    path = "items/automated-decision/decision-review"
    team.refused(team.command(other, path, unknown), 422, "activity-unknown")


def test_clauses_are_sent_with_a_summary_and_the_answer_says_so(team: Team) -> None:
    case = team.granted("information")
    path = "items/information/copy"
    clauses = {"kind": "contract-clauses", "of": "telephony", "redacted": True, "channel": "email"}
    team.refused(team.command(case, path, clauses), 409, "summary-required")
    team.refused(team.command(case, path, clauses | {"of": "payroll"}), 409, "nothing-to-copy")
    team.done(case, path, clauses | {"summary": "What is blacked out are prices."})
    assert item(team, case)["effected"]
    team.done(case, "items/information/completion", {"account": "Sent."})
    letter = team.letter(LetterKind.INFORMATION, "information")
    problem = team.refused(team.command(case, "answers", letter), 409, "letter-incomplete")
    assert problem["facts"]["missing"] == ["clauses", "redaction-summary"]
    letter["statements"] |= {"clauses": "Attached.", "redaction-summary": "Prices."}
    team.done(case, "answers", letter)


def test_when_a_text_left_stands_in_the_timeline(team: Team) -> None:
    case = team.granted("information")
    team.clock.advance(days=1)
    left = team.clock.now().isoformat()
    team.clock.advance(days=1)
    team.done(case, "items/information/copy", {"kind": "privacy-notice", "channel": "post", "sent_at": left})
    entry = team.get(f"/requests/{case.id}/timeline?order=desc&limit=1").get_json()["items"][0]
    assert (entry["name"], entry["happened_at"][:10]) == ("dsr.request.copy-sent", left[:10])


def test_data_goes_to_a_verified_controller_and_nowhere_else(team: Team) -> None:
    case = team.collected("portability")
    base = "items/portability"
    team.refused(team.command(case, f"{base}/transmission", SENT), 409, "feasibility-unassessed")
    team.refused(team.command(case, f"{base}/transfer-target", TARGET), 409, "feasibility-unassessed")
    not_feasible = {"feasible": False, "reasons": ""}
    team.refused(team.command(case, f"{base}/transfer-assessment", not_feasible), 409, "reason-required")
    team.done(case, f"{base}/transfer-assessment", not_feasible | {"reasons": "Their interface is closed."})
    closed = team.refused(team.command(case, f"{base}/transmission", SENT), 409, "feasibility-unassessed")
    assert "not feasible" in closed["detail"]
    team.done(case, f"{base}/transfer-assessment", {"feasible": True})
    team.refused(team.command(case, f"{base}/transmission", SENT), 409, "target-unverified")
    team.done(case, f"{base}/transfer-target", TARGET)
    team.refused(team.command(case, f"{base}/transmission", SENT | {"target": "a.b"}), 409, "target-unverified")
    team.search(case, "portability")
    package = team.command(case, f"{base}/export", {}, key="export").get_json()["export_id"]
    elsewhere = team.collected("portability")
    team.refused(team.command(elsewhere, f"{base}/transmission", SENT | {"export_id": package}), 404, "export-unknown")
    team.done(case, f"{base}/transmission", SENT | {"export_id": package}, "system-owner")
    assert item(team, case)["effected"]


@pytest.mark.parametrize(
    ("right", "name", "body"),
    [
        ("access", "accuracy", {"finding": "accurate", "assessment": "x"}),
        ("access", "decision-review", {"finding": "none-made"}),
        ("portability", "copy", {"kind": "privacy-notice", "channel": "email"}),
        ("access", "transfer-assessment", {"feasible": True}),
    ],
)
def test_a_command_exists_only_for_its_right(team: Team, right: str, name: str, body: dict[str, Any]) -> None:
    case = team.granted(right)
    team.refused(team.command(case, f"items/{right}/{name}", body), 409, "item-of-other-right")
