"""What is told beside the copy, in the words of the controller that answers: docs/law §5, §6 (GDPR Art. 15(1), (2))."""

from hypothesis import strategies as st

from dsr.domain.request.information_point import InformationPoint
from dsr.domain.rights import Right

from .frame import Frame, command, mostly, never, when, which
from .item import Item

points = st.sampled_from([InformationPoint.SOURCE, InformationPoint.RECIPIENTS])


def asked(item: Item) -> bool:
    return item.right is Right.ACCESS and item.pending


class AccessInformationRules(Frame):
    """Correct a point of what is told; let the record of processing speak again."""

    @when(lambda law: law.some(asked), brings_on=lambda law: not law.corrections)
    @command(which=which, point=points, says=mostly)
    def correct_information(self, which: int, point: InformationPoint, says: bool) -> None:
        item_id = self.item_id(which, asked)
        item, broken = self.item_rules(item_id, "open", "granted", otherwise="item-not-open", right=Right.ACCESS)
        broken["correction-missing"] = not says
        if self.send("correct_information", broken, item_id, point=point, text=self.sealed(says)):
            self.law.corrections.add((item.controller, point.value))

    @when(lambda law: law.corrections and law.some(asked), brings_on=never)
    @command(which=which, point=points)
    def withdraw_correction(self, which: int, point: InformationPoint) -> None:
        """No controller takes back the words of another."""
        item_id = self.item_id(which, asked)
        item, broken = self.item_rules(item_id, "open", "granted", otherwise="item-not-open", right=Right.ACCESS)
        broken["information-not-corrected"] = (item.controller, point.value) not in self.law.corrections
        if self.send("withdraw_correction", broken, item_id, point=point):
            self.law.corrections.remove((item.controller, point.value))
