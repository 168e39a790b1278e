"""Restriction, objection and withdrawal of consent over HTTP (GDPR Art. 7(3), 18, 21)."""

from collections.abc import Callable
from typing import Any

from dsr.domain.request.letters import LetterKind
from dsr.domain.roles import Role
from tests.api.team import Team

GROUND = {
    "ground": "accuracy-contested",
    "facts": "She moved in January.",
    "activities": ["customer-relations"],
    "review_on": "2026-04-01",
}
OBJECTED = {"activities": ["employee-evaluation"], "grounds": "My health suffers from it."}


def restrictions(team: Team, case: Any) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = team.get(f"/requests/{case.id}/restrictions", "auditor").get_json()["items"]
    return shown


def names(team: Team, case: Any) -> list[str]:
    entries = team.get(f"/requests/{case.id}/timeline").get_json()["items"]
    return [entry["name"].removeprefix("dsr.request.") for entry in entries]


def item_of(team: Team, case: Any, item_id: str) -> dict[str, Any]:
    items: list[dict[str, Any]] = team.get(f"/requests/{case.id}/items").get_json()["items"]
    return next(item for item in items if item["item_id"] == item_id)


def test_data_is_restricted_used_as_allowed_and_freed_after_notice_long_after_the_answer(team: Team) -> None:
    # given
    case = team.granted("restriction")
    team.refused(team.command(case, "items/restriction/completion", done(), "system-owner"), 409, "effect-missing")
    for lacking in ({"ground": "inconvenience"}, {"facts": " "}):
        refused = team.command(case, "items/restriction/restriction", GROUND | lacking, key="-".join(lacking))
        team.refused(refused, 409, "no-ground")
    unknown = team.command(case, "items/restriction/restriction", GROUND | {"activities": ["nothing"]}, key="u")
    team.refused(unknown, 422, "activity-unknown")
    nothing = team.command(case, "items/restriction/restriction", GROUND | {"activities": []}, key="n")
    team.refused(nothing, 422, "input-invalid")
    past = team.command(case, "items/restriction/restriction", GROUND | {"review_on": "2026-03-04"}, key="p")
    team.refused(past, 409, "review-in-past")
    # when
    team.done(case, "items/restriction/restriction", GROUND | {"activities": ["customer-relations"]}, key="r")
    # then
    [restriction] = restrictions(team, case)
    assert {name: restriction[name] for name in ("ground", "activities", "review_on", "told_at", "lifted_at")} == {
        "ground": "accuracy-contested",
        "activities": ["customer-relations"],
        "review_on": "2026-04-01",
        "told_at": None,
        "lifted_at": None,
    }
    assert item_of(team, case, "restriction")["effected"]
    # when the case is over
    team.done(case, "items/restriction/completion", done(), "system-owner")
    team.done(case, "answers", team.letter(LetterKind.RESTRICTION, "restriction"))
    team.done(case, "closing", {})
    one = f"restrictions/{restriction['restriction_id']}"
    # then
    team.refused(
        team.command(case, f"{one}/use", {"use": "analytics", "account": "x"}), 409, "restricted-use-forbidden"
    )
    team.done(case, f"{one}/use", {"use": "legal-claims", "account": "For counsel."})
    team.refused(team.command(case, f"{one}/lifting", {"reason": "Checked."}), 409, "notice-before-lift")
    incomplete = team.notice(LetterKind.LIFTING) | {"statements": {"when": "1 April"}}
    team.refused(team.command(case, f"{one}/lifting-notice", incomplete), 409, "letter-incomplete")
    team.done(case, f"{one}/lifting-notice", team.notice(LetterKind.LIFTING))
    team.done(case, f"{one}/lifting", {"reason": "Checked."})
    team.refused(team.command(case, f"{one}/lifting", {"reason": "Again."}), 409, "already-lifted")
    [lifted] = restrictions(team, case)
    assert lifted["told_at"] is not None
    assert lifted["lifted_at"] is not None
    nowhere = f"restrictions/{case.id}/lifting"
    team.refused(team.command(case, nowhere, {"reason": "No such one."}), 404, "restriction-unknown")


def test_restrictions_are_listed_for_review_when_their_day_comes_within_the_own_scope(team: Team) -> None:
    # given
    case, other = team.granted("restriction"), team.granted("restriction")
    team.done(case, "items/restriction/restriction", GROUND | {"review_on": "2026-04-02"}, key="a")
    team.done(other, "items/restriction/restriction", GROUND, key="b")
    team.enrol("french", Role.HANDLER, controllers=("callcentre-fr",))

    def due(who: str = "handler", query: str = "") -> list[str]:
        shown = team.get(f"/reports/restrictions-to-review{query}", who).get_json()["items"]
        return [row["request_id"] for row in shown]

    # when, then
    assert due() == []
    team.clock.advance(days=28)
    assert due() == [other.id, case.id]
    assert due(query="?limit=1") == [other.id]
    assert due("french") == []
    [restriction] = restrictions(team, other)
    one = f"restrictions/{restriction['restriction_id']}"
    team.done(other, f"{one}/lifting-notice", team.notice(LetterKind.LIFTING))
    team.done(other, f"{one}/review", {"review_on": "2026-06-01", "reason": "Not checked yet."})
    assert due() == [case.id]
    assert restrictions(team, other)[0]["told_at"] is None
    team.refused(team.command(other, f"{one}/lifting", {"reason": "Checked."}), 409, "notice-before-lift")
    [restriction] = restrictions(team, case)
    one = f"restrictions/{restriction['restriction_id']}"
    team.done(case, f"{one}/lifting-notice", team.notice(LetterKind.LIFTING))
    team.done(case, f"{one}/lifting", {"reason": "Checked."})
    assert due() == []


def test_an_objection_restricts_at_once_is_balanced_refused_and_frees_after_notice(
    team: Team, make_refusal: Callable[..., dict[str, Any]]
) -> None:
    # given
    case = team.registered("objection")
    instead = team.command(case, "items/objection/objection", {"activities": ["customer-calls"]}, key="c")
    problem = team.refused(instead, 409, "consent-withdrawal-instead")
    assert "withdrawal of consent" in problem["detail"]
    none = team.command(case, "items/objection/objection", {"activities": ["customer-relations"]}, key="n")
    team.refused(none, 409, "ground-not-available")
    # when
    team.done(case, "items/objection/objection", OBJECTED, key="o")
    # then
    assert names(team, case)[-4:] == [
        "objection-raised",
        "processing-restricted",
        "recipients-listed",
        "hold-released",
    ]
    [restriction] = restrictions(team, case)
    assert (restriction["ground"], restriction["awaits"]) == ("objection-pending", "objection")
    one = f"restrictions/{restriction['restriction_id']}"
    notice = team.notice(LetterKind.LIFTING)
    team.refused(team.command(case, f"{one}/lifting-notice", notice), 409, "objection-undecided")
    # when
    blank = {"finding": "controller-prevails", "assessment": " "}
    team.refused(team.command(case, "items/objection/balance", blank), 409, "burden-of-proof")
    extent = {"finding": "controller-prevails", "assessment": "Pay depends on it.", "extent": ["score"]}
    team.refused(team.command(case, "items/objection/balance", extent), 409, "extent-invalid")
    team.done(case, "items/objection/balance", {"finding": "controller-prevails", "assessment": "Pay depends on it."})
    # then
    [decision] = team.get("/decisions?kind=balance").get_json()["items"]
    assert (decision["outcome"], decision["decided_by"], decision["item_id"]) == (
        "controller-prevails",
        "one-handler",
        "objection",
    )
    team.refused(team.command(case, f"{one}/lifting-notice", notice), 409, "objection-undecided")
    compelling = make_refusal(ground="compelling-grounds", provision="", extent=[])
    team.done(case, "items/objection/refusal", compelling)
    team.refused(team.command(case, f"{one}/lifting-notice", notice), 409, "objection-undecided")
    team.done(case, "items/objection/refusal/decision", {"approve": True}, "approver")
    team.done(case, f"{one}/lifting-notice", notice)
    team.done(case, f"{one}/lifting", {"reason": "The controller prevails."})
    [restriction] = restrictions(team, case)
    assert (restriction["lifted_at"] is not None, restriction["stopped"]) == (True, False)


def test_consent_in_a_mixed_objection_is_withdrawn_in_the_same_call(team: Team) -> None:
    # given
    case = team.registered("objection")
    mixed = OBJECTED | {"activities": ["employee-evaluation", "customer-calls"]}
    # when
    shown = team.done(case, "items/objection/objection", mixed, key="m")
    # then
    assert names(team, case)[-7:] == [
        "objection-raised",
        "processing-restricted",
        "recipients-listed",
        "item-opened",
        "item-granted",
        "consent-withdrawn",
        "hold-released",
    ]
    assert [(item["item_id"], item["status"]) for item in shown["items"]] == [
        ("objection", "open"),
        ("consent-withdrawal", "granted"),
    ]
    assert restrictions(team, case)[0]["activities"] == ["employee-evaluation"]
    [stop] = team.get("/decisions?kind=processing-stop").get_json()["items"]
    assert (stop["item_id"], stop["extent"]) == ("consent-withdrawal", ["customer-calls"])
    team.done(case, "items/consent-withdrawal/completion", done())
    team.done(case, "answers", team.letter(LetterKind.CONSENT_WITHDRAWAL, "consent-withdrawal"))


def test_a_dpo_does_not_balance(team: Team) -> None:
    team.enrol("dora", Role.DPO, Role.HANDLER)
    case = team.registered("objection")
    team.done(case, "items/objection/objection", OBJECTED, key="o")
    balance = {"finding": "subject-prevails", "assessment": "Nothing compels."}
    team.refused(team.command(case, "items/objection/balance", balance, "dora"), 409, "four-eyes")


def test_what_a_granted_objection_is_about_is_stopped_where_it_happens(team: Team) -> None:
    case = team.registered("objection")
    team.done(case, "items/objection/objection", OBJECTED, key="o")
    team.done(case, "items/objection/balance", {"finding": "subject-prevails", "assessment": "Nothing compels."})
    team.refused(team.command(case, "items/objection/stop", {"systems": ["recordings"]}), 409, "item-not-granted")
    team.done(case, "items/objection/grant", {})
    team.refused(team.command(case, "items/objection/stop", {"systems": ["nowhere"]}), 422, "system-unknown")
    [restriction] = restrictions(team, case)
    team.done(case, "items/objection/stop", {"systems": ["recordings"]}, "system-owner")
    entry = team.get(f"/requests/{case.id}/timeline?order=desc&limit=1").get_json()["items"][0]
    assert entry["facts"] == {
        "item_id": "objection",
        "activities": ["employee-evaluation"],
        "systems": ["recordings"],
        "suppressed": False,
        "restrictions_ended": [restriction["restriction_id"]],
    }
    team.done(case, "items/objection/completion", done())
    [ended] = restrictions(team, case)
    assert (ended["stopped"], ended["lifted_at"] is not None, ended["told_at"]) == (True, True, None)
    [decision] = team.get("/decisions?kind=restriction").get_json()["items"]
    assert (decision["outcome"], decision["decided_by"]) == ("ended", "one-system-owner")
    lift = team.command(case, f"restrictions/{ended['restriction_id']}/lifting", {"reason": "It is over."})
    team.refused(lift, 409, "already-lifted")


def test_reopening_an_objection_takes_back_what_was_said_of_its_restriction(
    team: Team, make_refusal: Callable[..., dict[str, Any]]
) -> None:
    # given: refused, and the person was told that the restriction would be lifted
    case = team.registered("objection")
    team.done(case, "items/objection/objection", OBJECTED, key="o")
    team.done(case, "items/objection/balance", {"finding": "controller-prevails", "assessment": "Pay depends on it."})
    compelling = make_refusal(ground="compelling-grounds", provision="", extent=[])
    team.done(case, "items/objection/refusal", compelling)
    team.done(case, "items/objection/refusal/decision", {"approve": True}, "approver")
    [restriction] = restrictions(team, case)
    one = f"restrictions/{restriction['restriction_id']}"
    team.done(case, f"{one}/lifting-notice", team.notice(LetterKind.LIFTING))
    team.done(case, "answers", team.letter(LetterKind.REFUSAL, "objection"))
    team.done(case, "closing", {})
    # when
    team.done(case, "reopening", {"reason": "The authority asks.", "item_ids": ["objection"]})
    # then
    assert restrictions(team, case)[0]["told_at"] is None
    [decision] = team.get("/decisions?kind=restriction").get_json()["items"]
    assert decision["outcome"] == "restricted"
    team.refused(team.command(case, f"{one}/lifting", {"reason": "Told before."}), 409, "objection-undecided")


def test_direct_marketing_stops_in_one_call_and_the_person_is_suppressed(team: Team) -> None:
    # given
    case = team.arrived()
    team.done(case, "registration", {"rights": ["objection"], "direct_marketing": True})
    team.done(case, "identity-question", {"doubt": "Another address.", "method": "call-back"})
    asked = {"controller_id": "callcentre-de", "email": "ada@example.org"}
    assert not team.post("/suppressions/check", asked).get_json()["suppressed"]
    # when
    team.done(case, "items/objection/objection", {}, key="o")
    # then
    assert names(team, case)[-2:] == ["item-granted", "processing-stopped"]
    assert team.post("/suppressions/check", asked).get_json()["suppressed"]
    team.refused(team.command(case, "items/objection/objection", {}, key="again"), 409, "objection-already-raised")
    team.done(case, "items/objection/completion", done())


def test_an_objection_that_restricts_suppresses_nobody(team: Team) -> None:
    case = team.registered("objection")
    team.done(case, "items/objection/objection", OBJECTED, key="o")
    asked = {"controller_id": "callcentre-de", "email": "ada@example.org"}
    assert not team.post("/suppressions/check", asked).get_json()["suppressed"]


def test_the_person_withdraws_consent_with_the_own_token_before_anybody_looked(team: Team) -> None:
    # given
    case, other = team.arrived(), team.arrived()
    ada = team.subject(case)
    seen = team.get(f"/requests/{case.id}", ada).headers["ETag"]
    path = f"/requests/{case.id}/consent-withdrawal"
    stranger = team.post(f"/requests/{other.id}/consent-withdrawal", {}, ada, if_match=other.etag)
    team.refused(stranger, 404, "request-unknown")
    not_on_consent = team.post(path, {"activities": ["customer-relations"]}, ada, if_match=seen)
    team.refused(not_on_consent, 409, "consent-not-found")
    # when
    done = team.post(path, {"statement": "No more recordings."}, ada, if_match=seen, key="k")
    # then
    assert done.status_code == 200, done.text
    assert done.get_json()["items"] == [
        {"item_id": "consent-withdrawal", "right": "consent-withdrawal", "state": "in-progress"}
    ]
    assert team.post(path, {"statement": "No more recordings."}, ada, if_match=seen, key="k").data == done.data
    assert names(team, case)[-4:] == ["registered", "item-opened", "item-granted", "consent-withdrawn"]
    entry = team.get(f"/requests/{case.id}/timeline?order=desc&limit=1").get_json()["items"][0]
    assert (entry["actor"], entry["sealed"]) == ("data-subject", ["statement"])
    assert entry["facts"]["activities"] == ["customer-calls"]
    assert "recordings" not in str(entry["facts"])


def test_a_handler_records_a_withdrawal_for_the_person_in_open_doubt(team: Team) -> None:
    case = team.registered("access", "consent-withdrawal")
    team.done(case, "identity-question", {"doubt": "Another address.", "method": "call-back"})
    shown = team.done(case, "consent-withdrawal", {"item_id": "consent-withdrawal"})
    assert [(item["item_id"], item["status"]) for item in shown["items"]] == [
        ("access", "open"),
        ("consent-withdrawal", "granted"),
    ]
    team.refused(team.command(case, "consent-withdrawal", {"item_id": "access"}), 409, "item-of-other-right")
    team.done(case, "items/consent-withdrawal/completion", done())


def test_an_objection_to_recorded_calls_becomes_a_withdrawal_everywhere(team: Team) -> None:
    # given
    case = team.registered("objection")
    path = "items/objection/consent-treatment"
    team.refused(team.command(case, path, {}), 409, "consent-not-found")
    team.refused(team.command(case, path, {"activities": ["employee-evaluation"]}), 409, "consent-not-found")
    # when
    shown = team.done(case, path, {"activities": ["customer-calls"]})
    # then
    [item] = shown["items"]
    assert (item["item_id"], item["right"], item["status"]) == ("objection", "consent-withdrawal", "granted")
    detail = item_of(team, case, "objection")
    assert (detail["right"], detail["effected"]) == ("consent-withdrawal", True)
    found = team.get("/requests?right=consent-withdrawal").get_json()["items"]
    assert [row["request_id"] for row in found] == [case.id]
    team.done(case, "items/objection/completion", done())
    team.done(case, "answers", team.letter(LetterKind.CONSENT_WITHDRAWAL, "objection"))
    assert team.done(case, "closing", {})["outcome"] == "fulfilled"


def done() -> dict[str, Any]:
    """What was done, and where."""
    return {"account": "As asked."}


def test_only_those_who_work_for_the_controller_of_the_item_act_on_its_restriction(team: Team) -> None:
    # given
    case = team.arrived()
    team.done(case, "registration", {"rights": ["objection"], "controllers": ["callcentre-de", "callcentre-fr"]})
    team.enrol("german", Role.HANDLER, controllers=("callcentre-de",))
    team.enrol("french", Role.HANDLER, controllers=("callcentre-fr",))
    items = {
        item["controller_id"]: item["item_id"] for item in team.get(f"/requests/{case.id}/items").get_json()["items"]
    }
    french = f"items/{items['callcentre-fr']}"
    # when, then
    team.refused(team.command(case, f"{french}/objection", OBJECTED, "german", key="g"), 403, "forbidden")
    team.done(case, f"{french}/objection", OBJECTED, "french", key="f")
    [restriction] = restrictions(team, case)
    assert restriction["controller_id"] == "callcentre-fr"
    one = f"restrictions/{restriction['restriction_id']}"
    later = {"review_on": "2026-06-01", "reason": "Not balanced yet."}
    team.refused(team.command(case, f"{one}/review", later, "german"), 403, "forbidden")
    team.done(case, f"{one}/review", later, "french")
