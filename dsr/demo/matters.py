"""What arrives beside requests: a complaint from London, and an incident with its 72 hours."""

from datetime import UTC, datetime, timedelta
from typing import Any

from dsr.demo.days import morning
from dsr.demo.story import Scene, expect


class _DemoMatter:
    """One matter, and the version of it that the team saw last."""

    def __init__(self, scene: Scene, who: str, kind: str, says: str, **body: Any) -> None:
        reply = scene.staff[who].post(f"/matters/{kind}", body)
        self.scene, self.now, self._etag = scene, dict(reply.body), reply.etag
        self._path = f"/matters/{self.now['matter_id']}"
        scene.tell(who, f"{says}: {self.now['reference']}")

    def do(self, who: str, command: str, says: str, **body: Any) -> None:
        """Give a command as a member of staff. Raises RequestRefused."""
        reply = self.scene.staff[who].post(f"{self._path}/{command}", body, etag=self._etag)
        self.now, self._etag = dict(reply.body), reply.etag
        self.scene.tell(who, says)

    def refused(self, who: str, command: str, code: str, says: str, **body: Any) -> None:
        """Let somebody try what a rule forbids. Raises DemoFailed where it is not refused with this code."""
        client, path = self.scene.staff[who], f"{self._path}/{command}"
        self.scene.tell_refused(who, says, code, lambda: client.post(path, body, etag=self._etag))

    def letter(self, who: str, says: str, **body: Any) -> str:
        """A letter that the service writes; its text."""
        written = self.scene.staff[who].post(f"{self._path}/letters", body).body
        self.scene.tell(who, f"{says}: “{written['subject']}”")
        return str(written["text"])

    def ended(self, outcome: str) -> None:
        """Close it, and say how it ended. Raises DemoFailed where it was late."""
        self.do("ann", "closing", f"closes it as {outcome}", outcome=outcome)
        expect(f"whether {self.now['reference']} missed a date", self.now["missed"], False)
        self.scene.console.print(f"  [green]→ {self.now['reference']} ends as {outcome}[/green]")


def complaint_from_london(scene: Scene) -> None:
    """A complaint, which British law lets nobody leave unacknowledged for 30 days."""
    arrived_on = scene.days.ago(3)
    matter = _DemoMatter(
        scene,
        "ian",
        "complaints",
        "enters a complaint that came by post",
        controller_id="callcentre-gb",
        channel="post",
        received_at=morning(arrived_on).isoformat(),
        language="en",
        sender="Grace Turner, 4 Mill Lane, Leeds",
        content="I asked twice where my data came from, and nobody called back.",
    )
    expect("its date by law", matter.now["due_on"], f"{arrived_on + timedelta(days=29):%F}")
    scene.tell("ian", f"sees that it has to be acknowledged by {matter.now['due_on']} ({matter.now['due_source']})")
    matter.refused("ann", "closing", "matter-unanswered", "tries to close it unanswered:", outcome="rejected")
    matter.letter("ann", "lets the service write the acknowledgement", kind="acknowledgement")
    matter.do("ann", "acknowledgement", "posts it, and records that", channel="post")
    said = {"reasons": "The note to call you back was lost.", "remedies": "Your question is answered in this letter."}
    text = matter.letter("ann", "lets it write the answer", kind="answer", **said)
    expect("whether the answer names the authority", "Information Commissioner" in text, True)
    matter.do("ann", "answer", "posts it, and records what was examined and put right", channel="post", **said)
    matter.ended("upheld")


def incident_with_72_hours(scene: Scene) -> None:
    """A list went to the wrong address: who is notified, who is told, by when."""
    certain_at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)
    matter = _DemoMatter(
        scene,
        "sys",
        "incidents",
        "reports that a list of callers went to the wrong customer",
        controllers=["callcentre-de"],
        channel="in-person",
        certain_at=certain_at.isoformat(),
        content="Twelve names with telephone numbers, sent to one customer by mistake.",
    )
    expect("when the 72 hours end", datetime.fromisoformat(matter.now["due_at"]), certain_at + timedelta(hours=72))
    [authority] = matter.now["authorities"]
    matter.do("ann", "risk", "assesses the risk for people: high", risk="high", reasons="It says why they called.")
    matter.refused("ann", "closing", "incident-unsettled", "tries to close it:", outcome="notified")
    matter.do(
        "ann",
        "notifications",
        f"notifies {authority}, within the 72 hours",
        authority=authority,
        channel="web-form",
        content="Twelve people; names and telephone numbers; the customer deleted the list.",
    )
    matter.letter(
        "ann",
        "lets the service write the notice to the people (Art. 34)",
        kind="incident-notice",
        what_happened="Your name and telephone number went to another customer by mistake.",
        consequences="That customer could call you.",
        measures="The customer has deleted the list. You need not do anything.",
    )
    matter.do("ann", "people", "posts it to all twelve, and records that", channel="post", content="What happened.")
    matter.ended("notified")
