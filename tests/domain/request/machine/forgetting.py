"""Forgetting a case file, by two people: docs/law §7."""

from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from dsr.domain.request.standing import ForgettingGround

from .frame import Frame, command, mostly, never, sometimes, staff, when


class ForgettingRules(Frame):
    """Propose it; approve or decline it; attest it."""

    @when(lambda law: law.closed and not law.kept and not law.forgotten, brings_on=never)
    @command(ground=st.sampled_from(ForgettingGround), says=mostly)
    def propose_forgetting(self, ground: ForgettingGround, says: bool) -> None:
        """No period ends within the years that a history takes."""
        is_period = ground is ForgettingGround.PERIOD
        broken = {"case-file-kept": self.law.kept or is_period, "reason-required": not says}
        if self.send("propose_forgetting", broken, ground=ground, reasons=self.sealed(says)):
            self.law.forgetting = SimpleNamespace(by="ann")

    @when(lambda law: law.forgetting and not law.forgotten, brings_on=never)
    @command(("approve_forgetting", "decline_forgetting"), who=staff, agrees=sometimes, says=mostly)
    def decide_forgetting(self, who: str, agrees: bool, says: bool) -> None:
        law = self.law
        broken: dict[str, Any] = {
            "nothing-proposed": law.forgetting is None,
            "four-eyes": law.forgetting is not None and who in (law.forgetting.by, *law.opinions),
        }
        if agrees:
            if self.send("approve_forgetting", broken | {"case-file-kept": law.kept}, actor=who):
                law.forgotten = True
        elif self.send(
            "decline_forgetting", broken | {"reason-required": not says}, actor=who, reason=self.sealed(says)
        ):
            law.forgetting = None

    @when(lambda law: law.forgotten, brings_on=never)
    @command()
    def attest_forgetting(self) -> None:
        law = self.law
        if self.send("attest_forgetting", {"forgetting-not-ordered": not law.forgotten or law.attested}):
            law.attested = True
