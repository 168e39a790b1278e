"""What the cases of the demo share: who works there, the mail that came, one case at a time, and what is told of it."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Any

import yaml
from rich.console import Console
from rich.markup import escape

from examples.demo.client import Client, DemoFailed, Refused, Reply
from examples.demo.days import Days

EXAMPLES = Path(__file__).resolve().parents[1]

_LETTERS: dict[str, dict[str, Any]] = yaml.safe_load((EXAMPLES / "demo" / "letters.yaml").read_text(encoding="utf-8"))


def expect(what: str, found: object, wanted: object) -> None:
    """Raise DemoFailed unless what happened is what the story tells."""
    if found != wanted:
        raise DemoFailed(f"{what}: expected {wanted}, found {found}")


@dataclass
class Arrived:
    """A letter of the mailbox, and what became of it."""

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
    mail: dict[str, Arrived] = field(default_factory=dict)

    def tell(self, who: str, what: str) -> None:
        """One line of the story."""
        self.console.print(f"  [bold]{who:>9}[/bold]  {what}", highlight=False)

    def case_of(self, file: str) -> "Case":
        """The case that a letter opened."""
        return Case(self, self.mail[file].outcome["request_id"])


class Case:
    """One request, and the version of it that the team saw last."""

    def __init__(self, scene: Scene, request_id: str) -> None:
        self.scene = scene
        self.request_id = request_id
        self.path = f"/requests/{request_id}"
        self.now: dict[str, Any] = {}
        self._etag: str | None = None
        self.look()

    def look(self) -> None:
        """Read it, and remember its version."""
        reply = self.scene.staff["ann"].get(self.path)
        self.now, self._etag = reply.body, reply.etag

    def do(self, who: str, command: str, says: str, **body: Any) -> Reply:
        """Let somebody give a command, decided on what was seen last. Raises Refused."""
        return self.send(who, command, says, body=body)

    def send(self, who: str, command: str, says: str, **sent: Any) -> Reply:
        """As `do`, with a body of another kind."""
        reply = self.scene.staff[who].post(f"{self.path}/{command}", etag=self._etag, **sent)
        self.scene.tell(who, says)
        self.look()
        return reply

    def refused(self, who: str, command: str, code: str, says: str, **body: Any) -> None:
        """Let somebody try what a rule forbids. Raises DemoFailed where it is not refused with this code."""
        try:
            self.scene.staff[who].post(f"{self.path}/{command}", body, etag=self._etag)
        except Refused as refusal:
            if refusal.code != code:
                raise DemoFailed(f"{who} should be refused as {code}, but {refusal}") from None
            self.scene.tell(who, f"{says} [yellow]refused: {code}[/yellow]. {escape(refusal.detail)}")
        else:
            raise DemoFailed(f"{command} by {who} went through; it should be refused as {code}")

    def answer(
        self, who: str, name: str, says: str, *, item_ids: list[str] | None = None, left_at: datetime | None = None
    ) -> None:
        """Record that a letter of `letters.yaml` left, and the items it answers."""
        self.do(who, "answers", says, item_ids=item_ids or [], **self.letter(name, left_at=left_at))

    def letter(self, name: str, *, left_at: datetime | None = None, **facts: object) -> dict[str, Any]:
        """A letter of `letters.yaml` as it left by mail (`left_at` None: now)."""
        chosen = _LETTERS[name]
        filled = {
            "reference": self.now["reference"],
            "received_on": self.now["received_on"],
            "due": self.now["effective_due"],
        } | facts
        statements = {code: Template(text).substitute(filled) for code, text in chosen["statements"].items()}
        draft: dict[str, Any] = {
            "kind": chosen["kind"],
            "channel": "email",
            "language": chosen["language"],
            "text": "\n\n".join([chosen["greeting"], *statements.values()]),
            "statements": statements,
        }
        if left_at is not None:
            draft["dispatched_at"] = left_at.isoformat()
        return draft
