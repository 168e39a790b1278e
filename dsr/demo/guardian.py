"""A guardian acts for a child: authority, extent, duration, and who gets the answer (GDPR Art. 8, 12)."""

from datetime import timedelta
from typing import Any

from dsr.demo.story import DemoCase, Scene, expect


def of_a_child(scene: Scene) -> DemoCase:
    """A child of eleven can't consent to a service of the app; her guardian shows an authority, and gets the answer."""
    case = scene.case_of("15-guardian-of-a-child-en.eml")
    case.register(["erasure"], subjects=["customers"])
    to_her = "representative"
    case.refused(
        "ann",
        "answers",
        "authority-missing",
        "wants to write to the guardian before anything was shown:",
        kind="acknowledgement",
        item_ids=[],
        addressee=to_her,
        **case.notice("acknowledgement-ie"),
    )
    reviewed_on = scene.days.today + timedelta(days=2 * 365)
    authority: dict[str, Any] = {
        "kind": "guardian",
        "evidence": "Order of the District Court, seen in the original and given back; the child is eleven.",
        "rights": ["erasure"],
        "for_child": True,
        "conflict_assessed": True,
        "conflict": False,
        "answer_to": "representative",
    }
    case.refused("ann", "representation", "authority-missing", "accepts her without an end:", **authority)
    says = f"accepts the guardian, for the erasure and until {reviewed_on}, when the court looks at its order again"
    case.do("ann", "representation", says, expires_on=reviewed_on.isoformat(), **authority)
    expect("who acts for the child", case.now["represented_by"], "guardian")
    case.answer("ann", "acknowledgement-ie", "acknowledges the letter to the guardian", addressee=to_her)
    case.do(
        "ann",
        "items/erasure/grant",
        "grants the erasure: a service was offered to a child, on a consent that nobody could give for her",
        erasure_ground="child-service",
        activities=["customer-calls"],
    )
    case.search("erasure", "reports the erasure in both systems", "recordings", "quality")
    case.do(
        "sys",
        "items/erasure/completion",
        "erased the recording",
        account="Recording, transcript and estimated mood of one call; nothing is kept.",
    )
    case.tell_recipients("ann", "erasure", ["telephony"])
    case.answer("ann", "erasure-ie", "answers to the guardian", item_ids=["erasure"], addressee=to_her)
    case.do("ann", "closing", "closes the case")
    return case.ended(outcome="fulfilled")
