"""Corrections of the information given beside the copy, for a person whom the record's text does not fit (GDPR Art.
15(1), (2)).

The record of processing describes all customers or all employees; the answer is about one person: whose recording went
to which recipient, which period runs for this contract. The case handler corrects the text point by point. Corrections
may name people, so they are sealed. The package opens them; a preview opens them too, and records that it did.
"""

from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.guards import require_pending_item
from dsr.domain.request.information_point import Correction, InformationPoint
from dsr.domain.request.item import Item
from dsr.domain.request.state_guards import state_guard
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class CorrectionMissing(Refused):
    """Write down what the person is to be told. To return to the text of the record of processing, withdraw the
    correction.
    """

    code = "correction-missing"


class InformationNotCorrected(Refused):
    """This point has no correction: the person is told the text of the record of processing."""

    code = "information-not-corrected"


class InformationCorrected(RequestEvent):
    """The answering controller corrected a point of the information.

    The points on rights and complaint always keep the text of the record of processing.
    """

    TOPIC: ClassVar[str] = "dsr.request.information-corrected"
    item_id: str
    controller_id: str
    """The controller that answers the item; the correction applies to this controller only."""
    point: InformationPoint
    text: Sealed

    def apply(self, case: Case) -> None:
        correction = Correction(self.text, self.originator_version)
        case.copies.correct(self.controller_id, self.point, correction)
        case.change_copies_by(self.controller_id, self.originator_version)


class InformationCorrectionWithdrawn(RequestEvent):
    """The point has the text of the record of processing again."""

    TOPIC: ClassVar[str] = "dsr.request.information-correction-withdrawn"
    item_id: str
    controller_id: str
    point: InformationPoint

    def apply(self, case: Case) -> None:
        case.copies.correct(self.controller_id, self.point, None)
        case.change_copies_by(self.controller_id, self.originator_version)


@state_guard
def may_correct_information(case: Case, *, item_id: str) -> Item:
    """A pending access item.

    Raises ItemOfOtherRight, ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
    """
    return require_pending_item(case, item_id, Right.ACCESS)


@state_guard
def may_withdraw_correction(case: Case, *, item_id: str, point: InformationPoint) -> Item:
    """A pending access item with a correction of this point.

    Raises InformationNotCorrected, ItemOfOtherRight, ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
    """
    item = require_pending_item(case, item_id, Right.ACCESS)
    if point not in case.copies.corrections_by(item.controller_id):
        raise InformationNotCorrected(point=point.value)
    return item


class AccessInformationCommands(Case):
    """correct a point of the information; withdraw a correction."""

    def correct_information(
        self, acting: CaseActing, *, item_id: str, point: InformationPoint, text: Sealed | None
    ) -> None:
        """Correct what the person is told about this point, for a pending access item.

        A later correction replaces an earlier one. Packages prepared before are outdated, also for other items of the
        same controller, since they state the same point. Raises CorrectionMissing, ItemOfOtherRight, ItemUnknown,
        ItemNotOpen (done: what was told stays on file), NotRegistered, RequestIsClosed.
        """
        item = may_correct_information(self, item_id=item_id)
        if text is None:
            raise CorrectionMissing()
        self.record(
            acting, InformationCorrected, item_id=item_id, controller_id=item.controller_id, point=point, text=text
        )

    def withdraw_correction(self, acting: CaseActing, *, item_id: str, point: InformationPoint) -> None:
        """Withdraw the correction, so that the text of the record of processing applies again.

        Raises InformationNotCorrected, ItemOfOtherRight, ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
        """
        item = may_withdraw_correction(self, item_id=item_id, point=point)
        self.record(
            acting, InformationCorrectionWithdrawn, item_id=item_id, controller_id=item.controller_id, point=point
        )
