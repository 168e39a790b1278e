"""A package that this service hands over itself: docs/law §3, transfer directly (GDPR Art. 20(2)).

That it begins has to be allowed. What came of it is a fact, whatever has become of the case, and nothing refuses it.
"""

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

from hypothesis import strategies as st

from dsr.domain.rights import Right

from .frame import command, mostly, unfinished, when, which
from .law import Law
from .other_rights import OtherRightsRules, verified

SIZE = 1 << 20
LONGEST = timedelta(minutes=2, seconds=4)
"""Two minutes, and what a line of 256 KiB a second needs for a mebibyte."""


def under_way(law: Law) -> list[object]:
    return [key for key, each in law.hand_overs.items() if not each.ended]


class HandOverRules(OtherRightsRules):
    """Start a hand-over; record that it arrived, or that it failed."""

    @when(verified, brings_on=unfinished(Right.PORTABILITY))
    @command(which=which, same=mostly)
    def start_hand_over(self, which: int, same: bool) -> None:
        """One at a time; of what was never heard again when its time was over, no receipt came."""
        law, key = self.law, uuid4()
        _, item_id, target, broken = self.to_transmit(which, same)
        of_item = [law.hand_overs[each] for each in under_way(law) if law.hand_overs[each].item_id == item_id]
        broken["hand-over-under-way"] = any(self.now < each.ends_by for each in of_item)
        if self.send("start_hand_over", broken, item_id, target=target, hand_over_id=key, size=SIZE):
            for each in of_item:
                each.ended = True
            law.hand_overs[key] = SimpleNamespace(item_id=item_id, ends_by=self.now + LONGEST, ended=False)

    @when(under_way)
    @command(("record_hand_over", "record_hand_over_failed"), which=which, arrived=st.booleans())
    def record_hand_over(self, which: int, arrived: bool) -> None:
        law = self.law
        if not law.hand_overs:
            return
        keys = under_way(law) or [*law.hand_overs]
        known = law.hand_overs[key := keys[which % len(keys)]]
        if self.send("record_hand_over" if arrived else "record_hand_over_failed", {}, hand_over_id=key):
            known.ended = True
            if arrived:
                law.items[known.item_id].effect()
