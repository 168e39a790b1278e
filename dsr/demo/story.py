"""Shared by the cases of the demo: staff, incoming mail, and a narrated case."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from string import Template
from typing import Any

import yaml
from rich.console import Console
from rich.markup import escape

from dsr.demo import tables
from dsr.demo.client import Client, DemoFailed, Reply, RequestRefused
from dsr.demo.days import Days, morning, next_weekday

HERE = Path(__file__).resolve().parent

_LETTERS: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "letters.yaml").read_text(encoding="utf-8"))


def worded(said: str | dict[str, Any]) -> str:
    """A statement in words: what was kept is named thing by thing."""
    return said if isinstance(said, str) else "\n".join(each["what"] for each in said["entries"])


def expect(what: str, found: object, wanted: object) -> None:
    """Raise DemoFailed unless the result matches the story."""
    if found != wanted:
        raise DemoFailed(f"{what}: expected {wanted}, found {found}")


def refusal(what: str, code: str, attempt: Callable[[], object]) -> RequestRefused:
    """How the service refuses an attempt. Raises DemoFailed where it goes through, or is refused for another reason."""
    try:
        attempt()
    except RequestRefused as refused:
        if refused.code != code:
            raise DemoFailed(f"{what} should be refused as {code}, but {refused}") from None
        return refused
    raise DemoFailed(f"{what} went through; it should be refused as {code}")


@dataclass
class Arrived:
    """A letter of the mailbox, and its outcome."""

    file: str
    arrived_at: datetime
    outcome: dict[str, Any]


@dataclass
class Scene:
    """The team, the mail, and where the story is printed."""

    console: Console
    days: Days
    anybody: Client
    staff: dict[str, Client]
    downloads: Path
    run: Callable[..., str]
    """Runs `dsr` with arguments, shows it, and gives what it said. Raises DemoFailed where it does not exit with 0."""
    mail: dict[str, Arrived] = field(default_factory=dict)

    def tell(self, who: str, what: str) -> None:
        """One line of the story."""
        tables.show_line(self.console, who, what)

    def tell_refused(self, who: str, says: str, code: str, attempt: Callable[[], object]) -> None:
        """One line of the story, about what a rule forbids. Raises DemoFailed where the rule does not."""
        refused = refusal(f"What {who} tries", code, attempt)
        self.tell(who, f"{says} [yellow]refused: {code}[/yellow]. {escape(refused.detail)}")

    def case_of(self, file: str) -> "DemoCase":
        """The case that a letter opened."""
        return DemoCase(self, self.mail[file].outcome["request_id"])


class DemoCase:
    """One request, and the version of it that the team saw last."""

    def __init__(self, scene: Scene, request_id: str) -> None:
        self.scene = scene
        self.request_id = request_id
        self.path = f"/requests/{request_id}"
        self.now: dict[str, Any] = {}
        self._etag: str | None = None
        self.look()

    def look(self) -> None:
        """Read the request, and remember its version."""
        reply = self.scene.staff["ann"].get(self.path)
        self.now, self._etag = reply.body, reply.etag

    def do(self, who: str, command: str, says: str, **body: Any) -> Reply:
        """Give a command as a member of staff, on the version seen last. Raises RequestRefused."""
        return self.send(who, command, says, body=body)

    def send(self, who: str, command: str, says: str, **sent: Any) -> Reply:
        """As `do`, with a body of another kind."""
        reply = self.scene.staff[who].post(f"{self.path}/{command}", etag=self._etag, **sent)
        self.scene.tell(who, says)
        self.look()
        return reply

    def refused(self, who: str, command: str, code: str, says: str, **body: Any) -> None:
        """Let somebody try what a rule forbids. Raises DemoFailed where it is not refused with this code."""
        client, path = self.scene.staff[who], f"{self.path}/{command}"
        self.scene.tell_refused(who, says, code, lambda: client.post(path, body, etag=self._etag))

    def listed(self, part: str) -> list[dict[str, Any]]:
        """What is listed under it."""
        return self.scene.staff["ann"].all(f"{self.path}/{part}")

    def waiting(self) -> list[str]:
        """The messages that nobody has examined."""
        return [row["message_id"] for row in self.listed("messages") if row["unexamined"]]

    def register(self, rights: list[str], *, subjects: list[str], acknowledgement: str | None = None) -> None:
        """The start of every case: a person reads the letter, registers its rights, and is assigned."""
        self.do("ann", "disclosures", "opens the letter and reads it, on record", purpose="triage", versions=[1])
        expect("the rights that the letter suggests", sorted(self.now["suggested_rights"]), sorted(rights))
        says = (
            f"confirms the suggested rights: {', '.join(rights)}, for what is done with data of {', '.join(subjects)}"
        )
        self.do("ann", "registration", says, rights=rights, subjects=subjects)
        self.do("ann", "assignment", "takes the case", assignee="ann")
        if acknowledgement is not None:
            left_on = next_weekday(date.fromisoformat(self.now["received_on"]))
            self.answer("ann", acknowledgement, f"acknowledged it by a letter of {left_on}", left_at=morning(left_on))

    def search(self, item: str, says: str, *found: str, left_out: Mapping[str, str] | None = None) -> None:
        """Let every open system on the search list account for an item: found, left out and why, or nothing."""
        reports = []
        for system in self.scene.staff["sys"].get(f"{self.path}/items/{item}/search").body["open"]:
            if system in found:
                reports.append({"system": system, "result": "found"})
            elif left_out is not None and system in left_out:
                reports.append({"system": system, "result": "left-out", "reason": left_out[system]})
            else:
                searched = "Name, address, telephone number"
                reports.append({"system": system, "result": "nothing", "identifiers": searched})
        self.do("sys", f"items/{item}/search", says, reports=reports)

    def notify(self, who: str, item: str, recipient: str, *, stays: str) -> None:
        """Let somebody write the notice to a recipient, and read in it what the recipient has to keep."""
        client, letter = self.scene.staff[who], {"kind": "recipient-notice", "item_ids": [item], "recipient": recipient}
        written = client.post(f"{self.path}/dispatches", letter, etag=self._etag).body
        read = client.post(f"/dispatches/{written['dispatch_id']}/preview", {"purpose": "answering"}).body
        kept = [entry["name"] for entry in read["statements"]["not-affected"]["entries"]]
        expect(f"what {recipient} has to keep", kept, [stays])
        self.scene.tell(who, f"writes to {recipient} what is erased, and that it keeps: {', '.join(kept)}")
        self.look()

    def tell_recipients(self, who: str, item: str, recipients: list[str]) -> None:
        """Let somebody tell everybody who has to hear of what was done, and nobody else."""
        untold = [row["recipient"] for row in self.listed("recipients") if row["item_id"] == item]
        expect(f"recipients that have to hear of the {item}", untold, recipients)
        for recipient in untold:
            says = f"tells {recipient}, a recipient of the data, of the {item}"
            self.do(who, f"items/{item}/recipients", says, recipient=recipient, channel="email")

    def ended(self, *, outcome: str) -> "DemoCase":
        """Say how it ended. Raises DemoFailed where it did not, or was late."""
        expect(f"the outcome of {self.now['reference']}", self.now["outcome"], outcome)
        expect(f"whether {self.now['reference']} was late", self.now["late"], False)
        self.scene.console.print(f"  [green]→ {self.now['reference']} ends as {outcome}[/green]")
        return self

    def answer(
        self,
        who: str,
        name: str,
        says: str,
        *,
        item_ids: list[str] | None = None,
        left_at: datetime | None = None,
        addressee: str = "data-subject",
    ) -> None:
        """Record that a letter of `letters.yaml` left, and the items it answers."""
        letter = self.notice(name, left_at=left_at) | {"kind": _LETTERS[name]["kind"], "addressee": addressee}
        self.do(who, "answers", says, item_ids=item_ids or [], **letter)

    def notice(self, name: str, *, left_at: datetime | None = None, **facts: object) -> dict[str, Any]:
        """A letter of `letters.yaml` as it left by mail (`left_at` None: now), its kind left to where it is sent."""
        chosen = _LETTERS[name]
        filled = {
            "reference": self.now["reference"],
            "received_on": self.now["received_on"],
            "due": self.now["effective_due"],
        } | facts
        statements = {
            code: Template(said).substitute(filled) if isinstance(said, str) else said
            for code, said in chosen["statements"].items()
        }
        draft: dict[str, Any] = {
            "channel": "email",
            "language": chosen["language"],
            "text": "\n\n".join([chosen["greeting"], *map(worded, statements.values())]),
            "statements": statements,
        }
        if left_at is not None:
            draft["dispatched_at"] = left_at.isoformat()
        return draft
