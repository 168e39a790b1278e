"""One right in the model, and what was found and done about it."""

from collections.abc import Collection
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from dsr.domain.rights import Right

SEARCHED = {Right.ACCESS, Right.PORTABILITY, Right.RECTIFICATION, Right.ERASURE}
"""Rights that every system accounts for (docs/law §11)."""


class Item:
    """One right, answered by one controller."""

    def __init__(self, right: Right, controller: str = "", *, marketing: bool = False) -> None:
        self.right, self.controller, self.marketing = right, controller, marketing and right is Right.OBJECTION
        self.decided_at: datetime | None = None
        """No letter that left before can tell what became of it."""
        self.ever_effected = False
        """Something was done for good: recipients have to hear of it whatever is decided later."""
        self.objected_to: set[str] = set()
        self.listed = right in SEARCHED
        """It has a search list; any other right gets one with its first account."""
        self.offer: Any = None
        """The link to its package: `token`, `offered_at`, `link_by`, `password_by`. It outlives a decision."""
        self.link_asked = False
        self.restart()

    def restart(self, at: datetime | None = None) -> None:
        """As on its first day; what is decided now is told after this moment."""
        self.status, self.answered, self.effected = "open", False, False
        self.searched: dict[str, str] = {}
        """How each system ended: `found`, `nothing`, `left-out`."""
        self.held: set[str] | None = None
        """Once a correction or an erasure was granted: where data was found then, or since."""
        self.undecided = False
        """Ended with the case, without anybody having decided it."""
        self.end = ""
        """Why two people ended it so."""
        self.parts: list[SimpleNamespace] = []
        """What of it was refused: `ground`, `extent`."""
        self.accuracy: str | None = None
        self.balance: str | None = None
        self.balanced_for: set[str] = set()
        """Where the controller prevails in part: for what."""
        self.consents: set[str] = set()
        self.marketing_stopped: set[str] = set()
        self.to_erase: set[str] = set()
        self.feasible: bool | None = None
        self.target: SimpleNamespace | None = None
        self.copies: list[SimpleNamespace] = []
        self.decided_at = at or self.decided_at

    @property
    def absolute(self) -> bool:
        return self.right is Right.CONSENT_WITHDRAWAL or self.marketing

    @property
    def needs_identity(self) -> bool:
        """What stops at once does not wait, nor does a text that is public."""
        return not self.absolute and self.right is not Right.INFORMATION

    @property
    def pending(self) -> bool:
        return self.status in ("open", "granted")

    @property
    def refused_in_part(self) -> tuple[str, ...]:
        return tuple(field for part in self.parts for field in part.extent)

    def decide(self, at: datetime) -> None:
        self.decided_at = max(at, self.decided_at or at)

    def effect(self) -> None:
        """The act that gives effect to the right is on record."""
        self.effected = self.ever_effected = True

    def prevails_for(self, part: Collection[str]) -> bool:
        """Whether the balance was found for the controller, for this part or, where none is named, for all."""
        if self.balance == "prevails-in-part":
            return bool(part) and set(part) <= self.balanced_for
        return self.balance == "controller-prevails"

    @property
    def prevails(self) -> bool:
        """An objection that was not taken back and against which nothing was found to stand (GDPR Art. 17(1)(c))."""
        if self.right is not Right.OBJECTION or self.status == "withdrawn":
            return False
        return self.effected if self.marketing else self.balance in ("subject-prevails", "prevails-in-part")
