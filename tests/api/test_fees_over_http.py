"""Fees over HTTP: decided, quoted, accepted, declined, paid, waived, expired, dropped; who may, and what is refused."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from dsr.domain.request.letters import LetterKind
from dsr.domain.roles import Role
from tests.api.team import Team


def fee(**facts: Any) -> dict[str, Any]:
    """A fee for access that the law allows."""
    return {
        "item_ids": ["access"],
        "ground": "manifestly-excessive",
        "facts": "The fourth request for the same data this month.",
        "claims": ["repetitive"],
        "previous_request_on": "2026-02-20",
        "amount": 1000,
        "currency": "EUR",
        "cost_basis": [{"kind": "copying", "amount": 800}, {"kind": "postage", "amount": 400}],
        "offer_ends_on": "2026-03-31",
    } | facts


def fees(team: Team, case: Any) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = team.get(f"/requests/{case.id}/fees").get_json()["items"]
    return shown


def proposed(team: Team, *rights: str, **facts: Any) -> tuple[Any, str]:
    """A request with a fee, and the path of the fee."""
    case = team.registered(*(rights or ("access",)), **facts)
    team.done(case, "fees", fee(), "approver")
    return case, f"fees/{fees(team, case)[-1]['fee_id']}"


def quoted(team: Team, *rights: str, **facts: Any) -> tuple[Any, str]:
    case, path = proposed(team, *rights, **facts)
    team.done(case, f"{path}/notice", team.notice(LetterKind.FEE))
    return case, path


def test_a_fee_is_quoted_accepted_and_paid_and_moves_no_date_in_the_eu(team: Team) -> None:
    case, path = proposed(team)
    team.refused(team.command(case, f"{path}/acceptance", {}), 409, "fee-not-quoted")
    (shown,) = fees(team, case)
    assert (shown["status"], shown["amount"], shown["currency"], shown["item_ids"]) == (
        "proposed",
        1000,
        "EUR",
        ["access"],
    )
    assert (shown["proposed_by"], shown["quoted_at"], shown["settled_at"]) == ("one-approver", None, None)
    before = team.get(f"/requests/{case.id}").get_json()
    team.done(case, f"{path}/notice", team.notice(LetterKind.FEE))
    team.refused(team.command(case, f"{path}/notice", team.notice(LetterKind.FEE)), 409, "fee-quoted-already")
    team.done(case, f"{path}/acceptance", {"answered_at": team.clock.now().isoformat()})
    team.refused(team.command(case, f"{path}/declining", {}), 409, "fee-answered")
    team.clock.advance(days=3)
    after = team.done(case, f"{path}/payment", {})
    assert fees(team, case)[0]["status"] == "paid"
    team.refused(team.command(case, f"{path}/waiver", {"reason": "x"}, "approver"), 409, "fee-settled")
    assert (after["clock"], after["effective_due"]) == ("running", before["effective_due"])
    row = team.get("/decisions?kind=fee").get_json()["items"][0]
    assert (row["outcome"], row["amount"], row["currency"], row["decided_by"]) == ("paid", 1000, "EUR", "one-handler")
    names = [entry["name"] for entry in team.get(f"/requests/{case.id}/timeline").get_json()["items"]]
    assert [each.removeprefix("dsr.request.") for each in names if "fee" in each] == [
        "fee-proposed",
        "fee-quoted",
        "fee-accepted",
        "fee-paid",
    ]


def test_in_the_uk_the_clock_waits_for_the_fee(team: Team) -> None:
    case, path = quoted(team, controller_id="callcentre-gb")
    shown = team.get(f"/requests/{case.id}").get_json()
    assert (shown["clock"], shown["suspensions"]) == ("suspended", {"fee": "2026-03-05"})
    team.clock.advance(days=5)
    shown = team.done(case, f"{path}/payment", {})
    assert (shown["clock"], shown["statutory_due"]) == ("running", "2026-04-10")


def test_a_fee_is_declined_and_the_request_withdrawn_instead(team: Team) -> None:
    case, path = quoted(team)
    team.done(case, f"{path}/declining", {"statement": "Too much."})
    assert fees(team, case)[0]["status"] == "declined"
    assert team.done(case, "withdrawal", {"confirmed": True})["outcome"] == "withdrawn"


def test_to_withdraw_without_an_answer_drops_the_fee(team: Team) -> None:
    case, _ = quoted(team)
    team.done(case, "withdrawal", {"confirmed": True})
    assert fees(team, case)[0]["status"] == "dropped"


def test_a_refused_item_drops_its_fee(team: Team, make_refusal: Callable[..., dict[str, Any]]) -> None:
    case = team.registered("erasure")
    team.done(case, "fees", fee(item_ids=["erasure"]), "approver")
    team.done(case, "items/erasure/refusal", make_refusal())
    assert fees(team, case)[0]["status"] == "proposed"
    team.done(case, "items/erasure/refusal/decision", {"approve": True}, "approver")
    assert fees(team, case)[0]["status"] == "dropped"


def test_what_is_charged_is_not_refused_as_well(team: Team, make_refusal: Callable[..., dict[str, Any]]) -> None:
    case, path = quoted(team)
    excessive = make_refusal(
        ground="manifestly-excessive", claims=["abusive"], intent="She wrote that she wants to keep us busy.", extent=[]
    )
    team.done(case, "items/access/refusal", excessive)
    team.done(case, f"{path}/acceptance", {})
    team.refused(team.command(case, "items/access/refusal", excessive), 409, "ground-not-available")
    approve = team.command(case, "items/access/refusal/decision", {"approve": True}, "approver")
    team.refused(approve, 409, "ground-not-available")


def test_an_approver_waives_a_fee_for_a_reason(team: Team) -> None:
    case, path = quoted(team)
    team.refused(team.command(case, f"{path}/waiver", {"reason": " "}, "approver"), 409, "reason-required")
    team.done(case, f"{path}/waiver", {"reason": "Little work after all."}, "approver")
    assert fees(team, case)[0]["status"] == "waived"


def test_an_offer_expires_after_its_last_day_and_supports_a_refusal(
    team: Team, make_refusal: Callable[..., dict[str, Any]]
) -> None:
    case, path = quoted(team)
    unpaid = make_refusal(ground="fee-unpaid", extent=[])
    team.refused(team.command(case, "items/access/refusal", unpaid), 409, "ground-not-available")
    team.refused(team.command(case, f"{path}/expiry", {}), 409, "fee-offer-open")
    team.clock.advance(days=27)
    team.refused(team.command(case, f"{path}/acceptance", {}), 409, "fee-offer-ended")
    team.done(case, f"{path}/expiry", {})
    assert fees(team, case)[0]["status"] == "expired"
    team.done(case, "items/access/refusal", unpaid)


def test_a_payment_in_time_counts_after_the_offer_was_taken_for_expired(
    team: Team, make_refusal: Callable[..., dict[str, Any]]
) -> None:
    # given
    case, path = quoted(team)
    team.clock.advance(days=27)
    team.done(case, f"{path}/expiry", {})
    team.done(case, "items/access/refusal", make_refusal(ground="fee-unpaid", extent=[]))
    # when, then
    late = {"paid_at": "2026-04-01T00:00:00+02:00"}
    team.refused(team.command(case, f"{path}/payment", late, key="late"), 409, "fee-settled")
    team.done(case, f"{path}/payment", {"paid_at": "2026-03-31T23:59:00+02:00"})
    assert fees(team, case)[0]["status"] == "paid"
    approve = team.command(case, "items/access/refusal/decision", {"approve": True}, "approver")
    team.refused(approve, 409, "ground-not-available")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"ground": "effort"}, "fee-not-allowed"),
        ({"ground": "further-copy"}, "fee-not-allowed"),
        ({"item_ids": []}, "fee-not-allowed"),
        ({"facts": " "}, "burden-of-proof"),
        ({"claims": ["effort"]}, "burden-of-proof"),
        ({"previous_request_on": "2025-01-01"}, "ground-not-available"),
        ({"amount": 1201}, "fee-not-cost-based"),
        ({"amount": 0}, "fee-not-cost-based"),
        ({"cost_basis": []}, "fee-not-cost-based"),
        ({"offer_ends_on": "2026-03-05"}, "fee-offer-ended"),
    ],
)
def test_what_the_law_does_not_allow_is_refused_and_costs_nothing(team: Team, facts: dict[str, Any], code: str) -> None:
    case = team.registered("access")
    team.refused(team.command(case, "fees", fee(**facts), "approver"), 409, code)
    assert fees(team, case) == []


@pytest.mark.parametrize(
    "facts",
    [
        {"currency": "eur"},
        {"amount": 10.5},
        {"amount": "1000"},
        {"amount": True},
        {"cost_basis": [{"kind": "champagne", "amount": 5}]},
        {"claims": ["beer"]},
    ],
)
def test_what_is_no_amount_of_money_is_bad_input(team: Team, facts: dict[str, Any]) -> None:
    team.refused(team.command(team.registered("access"), "fees", fee(**facts), "approver"), 422, "input-invalid")


def test_a_second_fee_waits_until_the_first_is_settled(team: Team) -> None:
    case, _ = proposed(team)
    team.refused(team.command(case, "fees", fee(), "approver"), 409, "fee-pending")


def test_a_dpo_neither_asks_for_a_fee_nor_waives_one(team: Team) -> None:
    case, path = proposed(team)
    team.enrol("advisor", Role.DPO, Role.APPROVER)
    team.refused(team.command(team.registered("access"), "fees", fee(), "advisor"), 409, "four-eyes")
    team.refused(team.command(case, f"{path}/waiver", {"reason": "Mercy."}, "advisor"), 409, "four-eyes")


def test_a_fee_of_another_request_is_unknown(team: Team) -> None:
    _, path = quoted(team)
    other = team.registered("access")
    for each in (path, f"fees/{uuid4()}"):
        team.refused(team.command(other, f"{each}/payment", {}), 404, "fee-unknown")


def test_a_request_closes_when_no_fee_is_outstanding(team: Team) -> None:
    case, path = proposed(team)
    team.done(case, "items/access/grant", {})
    team.search(case, "access")
    team.done(case, "items/access/completion", {"account": "Copied."})
    team.done(case, "answers", team.letter(LetterKind.ACCESS, "access"))
    problem = team.refused(team.command(case, "closing", {}), 409, "fee-outstanding")
    assert problem["facts"]["fee_ids"] == [path.removeprefix("fees/")]
    team.done(case, f"{path}/waiver", {"reason": "Answered already."}, "approver")
    assert team.done(case, "closing", {})["outcome"] == "fulfilled"


def test_the_notice_of_a_fee_is_not_recorded_as_an_answer(team: Team) -> None:
    case, _ = proposed(team)
    team.refused(team.command(case, "answers", team.letter(LetterKind.FEE)), 409, "letter-kind-wrong")


def test_what_proves_a_fee_is_shown_to_nobody_unopened(team: Team) -> None:
    case = team.registered("access")
    team.done(case, "fees", fee(facts="CANARY-FACTS"), "approver")
    for path in ("", "/fees", "/timeline"):
        assert "CANARY" not in team.get(f"/requests/{case.id}{path}").text
    entry = team.get(f"/requests/{case.id}/timeline").get_json()["items"][-1]
    assert (entry["name"], entry["sealed"]) == ("dsr.request.fee-proposed", ["facts"])
    assert entry["facts"]["cost_basis"][0] == {"kind": "copying", "amount": 800}
