"""A restriction: granted while accuracy is checked, and lifted only after the person was told (GDPR Art. 18)."""

from datetime import timedelta

from dsr.demo import tables
from dsr.demo.story import DemoCase, Scene, expect


def lifted_after_notice(scene: Scene) -> DemoCase:
    """He says that the transcript of his call is wrong: until somebody has listened, it may only be stored."""
    case = scene.case_of("09-restriction-cs.eml")
    case.register(["restriction"], subjects=["customers"], acknowledgement="acknowledgement-cs")
    case.do("ann", "items/restriction/grant", "grants the restriction")
    in_a_week, in_two_weeks = ((scene.days.today + timedelta(days=days)).isoformat() for days in (7, 14))
    restriction = {
        "facts": "By the transcript he ordered a second tariff; he says that he did not.",
        "activities": ["customer-calls"],
        "review_on": in_a_week,
    }
    command = "items/restriction/restriction"
    case.refused("ann", command, "no-ground", "takes his wish for a ground:", ground="wanted", **restriction)
    says = f"restricts the recordings of his calls, because accuracy is contested, until a review on {in_a_week}"
    case.do("ann", command, says, ground="accuracy-contested", **restriction)
    case.do(
        "sys",
        "items/restriction/completion",
        "moved them where nobody evaluates them",
        account="Recording, transcript and mood are locked; only the desk can open them.",
    )
    case.tell_recipients("ann", "restriction", ["telephony"])
    case.answer("ann", "restriction-cs", "answers", item_ids=["restriction"])
    case.do("ann", "closing", "closes the case; the restriction outlives it")
    (standing,) = case.listed("restrictions")
    _ask_before_deleting(scene, case, deletes=False)
    path = f"restrictions/{standing['restriction_id']}"
    case.refused(
        "ann",
        f"{path}/use",
        "restricted-use-forbidden",
        "wants to train new staff with it meanwhile:",
        use="training",
        account="A good example of a difficult call",
    )
    case.do(
        "ann",
        f"{path}/review",
        f"reviews it: the recording is not found yet, so the restriction stands until {in_two_weeks}",
        review_on=in_two_weeks,
        reason="The recording lies with the processor, who was asked for it.",
    )
    heard = "The recording was listened to, and he orders the tariff in so many words: the transcript is right."
    early = "listened: the transcript is right. Wants to lift it without telling him:"
    case.refused("ann", f"{path}/lifting", "notice-before-lift", early, reason=heard)
    case.do("ann", f"{path}/lifting-notice", "tells him what was heard, and when it ends", **case.notice("lifting-cs"))
    case.do("ann", f"{path}/lifting", "lifts the restriction", reason=heard)
    restrictions = case.listed("restrictions")
    _ask_before_deleting(scene, case, deletes=True)
    expect("whether it was told before it was lifted", _told_first(restrictions[0]), True)
    tables.show_restrictions(scene.console, restrictions)
    return case.ended(outcome="fulfilled")


def _ask_before_deleting(scene: Scene, case: DemoCase, *, deletes: bool) -> None:
    """A retention job asks before it deletes his recordings, which are kept for thirty days."""
    job = {"controller_id": case.now["controller_id"], "system": "recordings", "email": "tomas.hruby@posta.example"}
    answer = scene.staff["tess"].post("/holds/check", job).body
    expect("whether the retention job may delete his recording", answer["may_delete"], deletes)
    kinds = ", ".join(hold["kind"] for hold in answer["holds"])
    result = "may delete it again" if deletes else f"keeps it: {kinds}"
    scene.tell("tess", f"lets the retention job ask for his recording, and the job {result}")


def _told_first(restriction: dict[str, str]) -> bool:
    return restriction["told_at"] <= restriction["lifted_at"]
