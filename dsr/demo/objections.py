"""Two objections: an employee's is balanced (GDPR Art. 21(1)), a customer's is a withdrawal of consent (Art. 7(3))."""

from datetime import timedelta
from typing import Any

from dsr.demo import tables
from dsr.demo.days import morning
from dsr.demo.story import DemoCase, Scene, expect


def of_an_employee(scene: Scene) -> DemoCase:
    """The processing she objects to is restricted at once; after the balance most of it stops, and two people refuse
    one part.
    """
    case = scene.case_of("12-objection-of-an-employee-es.eml")
    case.register(["objection"], subjects=["employees"], acknowledgement="acknowledgement-es")
    objection, decision = "items/objection", "items/objection/refusal/decision"
    case.do(
        "ann",
        f"{objection}/objection",
        "records the objection: the evaluation of her calls rests in this moment",
        activities=["employee-evaluation"],
        grounds="She stammers, and more so when she knows that her voice will be scored.",
    )
    tables.show_restrictions(scene.console, case.listed("restrictions"))
    (restriction,) = case.listed("restrictions")
    expect("the restriction's ground", restriction["ground"], "objection-pending")
    lifting = f"restrictions/{restriction['restriction_id']}/lifting"
    case.refused("ann", lifting, "objection-undecided", "wants the evaluation back already:", reason="Monthly report")
    refused: dict[str, Any] = {
        "ground": "compelling-grounds",
        "reasons": "Shifts are planned, and wages paid, by when calls begin and how long they take.",
        "facts": "Both use times and lengths alone; no voice and no score is needed for them.",
        "extent": ["call-details"],
        "in_part": True,
        "statements": {"authority": "es-aepd", "judicial-remedy": "Juzgados y tribunales competentes"},
    }
    case.refused("cleo", f"{objection}/refusal", "burden-of-proof", "wants to refuse before balancing:", **refused)
    case.do(
        "cleo",
        f"{objection}/balance",
        "balances the interests: for times and lengths of calls the firm's prevail, for her voice and scores hers do",
        finding="prevails-in-part",
        assessment="Planning can't do without times and lengths, which do not burden her. Quality can be judged by "
        "what customers say, and scoring her voice harms her.",
        extent=["call-details"],
    )
    case.do("cleo", f"{objection}/refusal", "proposes to refuse that part, and only that", **refused)
    case.refused("cleo", decision, "four-eyes", "tries to approve it herself:", approve=True)
    case.do("bob", decision, "agrees", approve=True)
    case.do("ann", f"{objection}/grant", "grants the rest")
    systems = ["recordings", "quality"]
    case.do("sys", f"{objection}/stop", "took her calls out of recording and scoring", systems=systems)
    case.do(
        "sys",
        f"{objection}/completion",
        "records how",
        account="Her extension is neither recorded nor sampled any more; times and lengths are kept for planning.",
    )
    case.answer("ann", "objection-es", "answers on both parts, with authority and court", item_ids=["objection"])
    notice = case.notice("lifting-es")
    case.do("ann", f"{lifting}-notice", "tells her that times and lengths will be used again", **notice)
    case.do("ann", lifting, "lifts the restriction for that part; the rest has stopped", reason="Balanced, and told.")
    case.do("ann", "closing", "closes the case")
    return case.ended(outcome="partly-fulfilled")


def of_a_customer(scene: Scene) -> DemoCase:
    """His objection to processing on consent withdraws it; the recording that he had refused is deleted too."""
    case = scene.case_of("13-objection-to-recording-at.eml")
    case.register(["objection"], subjects=["customers"], acknowledgement="acknowledgement-at")
    (right,) = (
        each
        for each in case.listed("rights")
        if (each["activity"], each["right"], each["direct_marketing"]) == ("customer-calls", "objection", False)
    )
    expect("whether one can object to the recording", right["existence"], "instead")
    scene.tell("ann", f"asks which right exists on {right['basis']}: {right['why']} ({right['provision']})")
    recording = {"activities": ["customer-calls"]}
    case.refused(
        "ann",
        "items/objection/objection",
        "consent-withdrawal-instead",
        "tries to balance interests all the same:",
        **recording,
    )
    case.do(
        "ann",
        "items/objection/consent-treatment",
        "takes it as a withdrawal of consent: recording stops in this moment, and nobody asks who he is",
        **recording,
    )
    (item,) = case.now["items"]
    expect("what his letter exercises now", (item["right"], item["status"]), ("consent-withdrawal", "granted"))
    expect("the question who he is", case.now["identity"], "not-needed")
    _delete_refused_recording(scene, case)
    case.do(
        "sys",
        "items/objection/completion",
        "set his number to never record",
        account="His number is marked; the telephony processor confirmed it.",
    )
    case.answer("ann", "consent-withdrawal-at", "answers", item_ids=["objection"])
    case.do("ann", "closing", "closes the case")
    return case.ended(outcome="fulfilled")


def _delete_refused_recording(scene: Scene, case: DemoCase) -> None:
    """A call that was recorded against his will goes without a request: reported by one, deleted by another."""
    found_at = morning(scene.days.arrival("13-objection-to-recording-at.eml") + timedelta(days=1))
    report = scene.staff["ann"].post(
        "/own-initiative-erasures",
        {
            "kind": "refused-recording",
            "controller_id": case.now["controller_id"],
            "system": "recordings",
            "found_at": found_at.isoformat(),
            "description": "The last call from his number: he says no, and the tape goes on.",
            "reported_by": "ian",
            "request_id": case.request_id,
        },
    )
    scene.tell("ann", "reports a recording that ian came upon: it was refused, so it goes without a request")
    path, deletion = (
        f"/own-initiative-erasures/{report.body['own_erasure_id']}/completion",
        {
            "systems": ["recordings", "quality"],
            "recipients_told": ["telephony"],
            "account": "Recording, transcript and estimated mood deleted, in the store and at the processor.",
        },
    )
    scene.tell_refused(
        "ann",
        "wants to say herself that it is gone:",
        "forbidden",
        lambda: scene.staff["ann"].post(path, deletion, etag=report.etag),
    )
    gone = scene.staff["tess"].post(path, deletion, etag=report.etag).body
    expect(
        "who deleted the recording, and whether it is gone",
        (gone["settled_by"], gone["status"]),
        ("tess", "carried-out"),
    )
    scene.tell("tess", f"deleted it, as administrator of the recordings, and told {', '.join(gone['recipients_told'])}")
    tables.show_own_erasures(scene.console, [gone])
