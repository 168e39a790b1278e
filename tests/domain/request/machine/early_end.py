"""Ending a registered case before everything was decided, by two people: docs/law §3."""

from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from dsr.domain.request.values import End

from .frame import Frame, command, mostly, never, often, sometimes, staff, when


class EarlyEndRules(Frame):
    """Propose the end; approve or decline it."""

    @when(lambda law: law.items and not law.closed, brings_on=never)
    @command(end=st.sampled_from(End), says=mostly)
    def propose_end(self, end: End, says: bool) -> None:
        broken = {"not-registered": not self.law.items, "reason-required": not says, **self.against_end(end.value)}
        if self.send("propose_end", broken, end=end, reasons=self.sealed(says)):
            self.law.ending = SimpleNamespace(end=end.value, by="ann")

    @when(lambda law: law.ending, brings_on=never)
    @command(("approve_end", "decline_end"), who=staff, agrees=sometimes, says=mostly, purge=often)
    def decide_end(self, who: str, agrees: bool, says: bool, purge: bool) -> None:
        law = self.law
        proposal = law.ending
        broken: dict[str, Any] = {
            "not-registered": not law.items,
            "nothing-proposed": proposal is None,
            "four-eyes": proposal is not None and who in (proposal.by, *law.opinions),
        }
        if not agrees:
            broken["reason-required"] = not says
            if self.send("decline_end", broken, actor=who, reason=self.sealed(says)):
                law.ending = None
            return
        if proposal is not None:
            broken |= self.against_end(proposal.end)
        broken |= {
            "message-unexamined": law.waiting and (law.can_wait(self.today) or not says),
            "evidence-not-purged": self.evidence_left(purge),
        }
        given = {"evidence_destroyed": self.purged(purge), "unexamined_reason": self.sealed(says)}
        if self.send("approve_end", broken, actor=who, **given):
            assert proposal is not None
            law.end(proposal.end, self.now, self.today)

    def against_end(self, end: str) -> dict[str, Any]:
        """What was stopped while the person was alive is carried out; what was decided was a request."""
        items = self.law.items.values()
        decided = [item for item in items if item.parts or item.status not in ("open", "withdrawn")]
        return {
            "item-not-open": (end != "deceased" and not self.law.pending()) or (end == "not-a-request" and decided),
            "item-effected": any(item.pending and item.effected for item in items),
            "absolute-right": end != "not-a-request" and any(item.pending and item.absolute for item in items),
        }
