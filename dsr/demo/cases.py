"""The first five cases: what the team does over HTTP, what the rules refuse, and how each case ends."""

import json
from typing import Any

from dsr.demo import packages, recording, redacted
from dsr.demo.days import morning
from dsr.demo.story import DemoCase, Scene, expect

_ONLY_OURS = "Enthält nur unsere eigene Bewertung der Anrufe; auf sie erstreckt sich das Recht nicht."
"""Why portability leaves out the evaluation of calls, as the letter and the package say."""


def access_and_portability(scene: Scene) -> DemoCase:
    """Doubt about who asks stops the clock; what the systems hold leaves in two packages, each downloaded once."""
    case = scene.case_of("01-access-and-portability-de.eml")
    case.register(["access", "portability"], subjects=["customers"], acknowledgement="acknowledgement-de")
    asked, answered = morning(scene.days.asked), morning(scene.days.arrival("02-identity-answer-de.eml"))
    doubt = "Two customers have this name, and the address of the letter is on file for neither."
    case.refused(
        "ann",
        "identity-question",
        "disproportionate-identification",
        "wants a copy of her passport, without asking the DPO:",
        doubt=doubt,
        method="document-copy",
    )
    case.do(
        "ann",
        "identity-question",
        f"has doubts about who asks, and asked on {asked:%F} for known facts",
        doubt=doubt,
        method="known-facts",
        alternatives=["reply-from-address-on-file", "call-back"],
        questions=["Wie lautet Ihre Kundennummer?", "An welchem Tag haben Sie mit uns telefoniert?"],
        asked_at=asked.isoformat(),
    )
    case.answer("ann", "identity-question-de", "files the letter with the question", left_at=asked)
    for fact in case.listed("earlier-facts"):
        case.do(
            "bob",
            f"earlier-facts/{fact['fact']}/confirmation",
            "confirms the earlier day that she stated: only now does the clock stand still from it",
        )
    expect("the clock while the question is open", case.now["clock"], "suspended")
    case.refused("ann", "items/access/grant", "identity-unresolved", "tries to grant access meanwhile:")
    (reply,) = case.waiting()
    case.do(
        "ann",
        "messages/examination",
        "finds the answer in her reply, which is evidence from now on",
        message_ids=[reply],
        kind="identity-answer",
    )
    case.do(
        "ann",
        "identity-confirmation",
        f"is satisfied by the answer of {answered:%F}: it is destroyed, and the clock runs again from its arrival",
        method="known-facts",
        assurance="substantial",
    )
    expect("days for which the clock stood still", case.now["suspended_days"], (answered - asked).days)
    for item, letter in (("access", "access-de"), ("portability", "portability-de")):
        case.do("ann", f"items/{item}/grant", f"grants {item}")
        packages.collect(case, item, without="quality" if item == "portability" else None)
        if item == "access":
            redacted.collect(case, item)
            recording.attach(case, item)
        _search_everywhere(case, item)
        files = packages.deliver(case, item)
        if item == "access":
            expect("the recording in the package", files["attachments/c-118204.wav"] == recording.tone(), True)
            redacted.told(case, json.loads(files["manifest.json"]), files)
        else:
            _left_out_as_told(json.loads(files["manifest.json"]))
        case.do(
            "sys",
            f"items/{item}/completion",
            f"records {item} as carried out",
            account="What the systems returned was checked and put into the package.",
        )
        case.answer("ann", letter, f"answers on {item}", item_ids=[item])
    case.do("ann", "closing", "closes the case")
    return case.ended(outcome="fulfilled")


def _search_everywhere(case: DemoCase, item: str) -> None:
    """Every system on the search list accounts for a copy; portability leaves one out, and the person is told why."""
    if item == "access":
        case.search(item, "accounts for all systems on the search list", "recordings", "crm", "quality")
        return
    case.refused("ann", f"items/{item}/export", "systems-unsearched", "wants to pack it before the search is complete:")
    says = "accounts for two systems, and leaves one out: it holds our own evaluation, which is not ported"
    case.search(item, says, "recordings", "crm", left_out={"quality": _ONLY_OURS})


def _left_out_as_told(manifest: dict[str, Any]) -> None:
    """The package names the system that was left out, with the reason that the handler gave."""
    left_out = {each["system"]: each["reason"] for each in manifest["searched"] if each["result"] == "left-out"}
    expect("what the package says was left out", left_out, {"quality": _ONLY_OURS})


def erasure_partly_refused(scene: Scene) -> DemoCase:
    """A withdrawal of consent takes effect at once; of the erasure, two people refuse what the law wants kept."""
    case = scene.case_of("03-erasure-and-consent-withdrawal-fr.eml")
    case.register(["erasure", "consent-withdrawal"], subjects=["customers"], acknowledgement="acknowledgement-fr")
    refused: dict[str, Any] = {
        "ground": "legal-obligation",
        "provision": "Code de commerce, art. L123-22",
        "reasons": "Two invoices have to be kept for ten years; all else is erased.",
        "facts": "Two orders were invoiced; the invoices bear the name.",
        "extent": ["history.invoices"],
        "in_part": True,
        "statements": {"authority": "fr-cnil", "judicial-remedy": "Tribunal judiciaire"},
    }
    withdrawal = "items/consent-withdrawal"
    case.refused("cleo", f"{withdrawal}/refusal", "absolute-right", "tries to refuse the withdrawal:", **refused)
    case.do(
        "ann",
        "consent-withdrawal",
        "withdraws his consent for him: recording stops in this moment, what was done before stays lawful",
        activities=["customer-calls"],
    )
    case.do(
        "sys",
        f"{withdrawal}/completion",
        "set his number to never record",
        account="His number is marked; the telephony processor confirmed it.",
    )
    case.answer("ann", "consent-withdrawal-fr", "answers on the withdrawal", item_ids=["consent-withdrawal"])
    case.do("cleo", "items/erasure/refusal", "proposes to refuse the erasure of two invoices, and only that", **refused)
    decision = "items/erasure/refusal/decision"
    case.refused("cleo", decision, "four-eyes", "may approve what others propose, and tries her own:", approve=True)
    case.do("bob", decision, "agrees: to that extent, the erasure is refused", approve=True)
    everything = ["customer-calls", "customer-relations"]
    case.refused(
        "ann",
        "items/erasure/grant",
        "ground-not-available",
        "wants to grant the rest, all of it on the consent that is gone:",
        erasure_ground="consent-withdrawn",
        activities=everything,
    )
    case.do(
        "ann",
        "items/erasure/grant",
        "grants the rest: he is no customer any more, and none of it is needed",
        erasure_ground="no-longer-necessary",
        activities=everything,
    )
    case.refused(
        "sys",
        "items/erasure/completion",
        "systems-unsearched",
        "wants to record the erasure before every system reported it:",
        account="All of it is gone.",
    )
    case.search("erasure", "reports the erasure in each of three systems", "recordings", "quality", "crm")
    case.do(
        "sys",
        "items/erasure/completion",
        "erased the rest",
        account="Four recordings and their evaluation, and the account; kept are two invoices, for ten years.",
    )
    case.notify("ann", "erasure", "telephony", stays="history.invoices")
    case.tell_recipients("ann", "erasure", ["telephony"])
    case.refused("ann", "closing", "response-not-sent", "tries to close without a letter on the erasure:")
    case.answer("ann", "erasure-fr", "answers on both parts, with authority and court", item_ids=["erasure"])
    case.do("ann", "closing", "closes the case")
    (erasure,) = (item for item in case.now["items"] if item["item_id"] == "erasure")
    expect("the erasure", (erasure["status"], erasure["refused_in_part"]), ("done", ["history.invoices"]))
    return case.ended(outcome="partly-fulfilled")


def extension(scene: Scene) -> DemoCase:
    """Seven years of recordings with other people's voices: two further months, announced within the first."""
    case = scene.case_of("04-access-of-an-employee-pl.eml")
    case.register(["access"], subjects=["employees"], acknowledgement="acknowledgement-pl")
    reasons = "Recordings of seven years hold customers' voices; each has to be redacted before it is handed over."
    case.refused(
        "ann",
        "extension",
        "invalid-extension-ground",
        "tries to extend for lack of identification:",
        ground="identity-not-confirmed",
        reasons=reasons,
    )
    case.do("ann", "extension", "proposes to extend for complexity", ground="complexity", reasons=reasons)
    case.do("bob", "extension/decision", "agrees", approve=True)
    expect("whether it is extended before the notice left", case.now["extended"], False)
    new_due = scene.staff["ann"].get("/decisions", kind="extension").body["items"][0]["new_due"]
    notice = case.notice("extension-pl", due=new_due)
    case.do("ann", "extension/notice", "sends the reasoned notice: now the deadline is extended", **notice)
    expect("whether the deadline is extended", case.now["extended"], True)
    expect("the promise once extended", case.now["promise_due"], None)
    expect("the date that the notice announced", case.now["effective_due"], new_due)
    expect("the case that was extended", (case.now["status"], case.now["outcome"]), ("open", None))
    return case


def withdrawal(scene: Scene) -> DemoCase:
    """She changes her mind; the second letter was found to belong to the first, and she confirms it by telephone."""
    case = scene.case_of("05-erasure-nl.eml")
    case.register(["erasure"], subjects=["customers"])
    case.refused(
        "ann", "withdrawal", "confirmation-required", "is not sure that her second letter means it:", confirmed=False
    )
    case.do(
        "ann",
        "withdrawal",
        "calls her, and records that she withdraws",
        confirmed=True,
        statement="Ik blijf klant.",
    )
    case.do(
        "ann",
        "messages/examination",
        "finds that her second letter said the same",
        message_ids=case.waiting(),
        kind="withdrawal",
    )
    return case.ended(outcome="withdrawn")


def no_request(scene: Scene) -> DemoCase:
    """A question about opening hours exercises no right; it is dismissed with a reason, and stays on file."""
    case = scene.case_of("07-a-question-en.eml")
    case.do("ann", "disclosures", "opens the letter and reads it, on record", purpose="triage", versions=[1])
    case.refused("ann", "registration", "no-right-identified", "tries to register it without a right:", rights=[])
    case.do(
        "ann",
        "dismissal",
        "dismisses it as a question, and lets the service team answer",
        kind="question",
        reason="Asks about opening hours and the price of a call; passed on to the service team.",
    )
    return case.ended(outcome="not-a-request")
