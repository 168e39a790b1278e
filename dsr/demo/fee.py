"""A fee: quoted before it is charged, with what it covers and the offer to withdraw instead (GDPR Art. 12(5)(a))."""

from datetime import timedelta
from typing import Any

from dsr.demo import tables
from dsr.demo.story import DemoCase, Scene, expect


def declined(scene: Scene) -> DemoCase:
    """He asks for the same for the third time in six weeks; he would not pay for it, and withdraws instead."""
    case = scene.case_of("14-access-once-more-it.eml")
    case.register(["access"], subjects=["customers"], acknowledgement="acknowledgement-it")
    due = case.now["effective_due"]
    fee: dict[str, Any] = {
        "item_ids": ["access"],
        "ground": "manifestly-excessive",
        "claims": ["repetitive"],
        "previous_request_on": (scene.days.arrival("14-access-once-more-it.eml") - timedelta(days=14)).isoformat(),
        "facts": "The same copy left on paper twice in six weeks; since then there was no call and no order.",
        "amount": 1840,
        "currency": "EUR",
        "cost_basis": [{"kind": "copying", "amount": 990}, {"kind": "postage", "amount": 850}],
        "offer_ends_on": (scene.days.today + timedelta(days=14)).isoformat(),
    }
    by_effort = fee | {"claims": ["effort"]}
    case.refused("bob", "fees", "burden-of-proof", "wants a fee because it is much work:", **by_effort)
    case.refused("bob", "fees", "fee-not-cost-based", "wants 50 euro:", **fee | {"amount": 5000})
    case.do("bob", "fees", "proposes what printing and postage cost, because it was asked twice before", **fee)
    (proposed,) = case.listed("fees")
    path = f"fees/{proposed['fee_id']}"
    case.do("ann", f"{path}/notice", "sends the notice: before it, nothing is owed", **case.notice("fee-it"))
    expect("the clock while a fee is awaited", (case.now["clock"], case.now["effective_due"]), ("running", due))
    said = "Per delle fotocopie non pago."
    case.do("ann", f"{path}/declining", "records that he does not want to pay; the request stays open", statement=said)
    expect("whether declining ends the case", case.now["status"], "open")
    tables.show_fees(scene.console, case.listed("fees"))
    case.do(
        "ann",
        "withdrawal",
        "records that he withdraws: two copies are enough",
        confirmed=True,
        statement="Allora lasciamo stare.",
    )
    return case.ended(outcome="withdrawn")
