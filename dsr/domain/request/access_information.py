"""What a person is told beside the copy, where the record of processing does not fit them (GDPR Art. 15(1), (2)).

The record speaks of all customers or all employees; the answer is about one person: whose recording went to which
recipient, which period runs for this contract. Whoever handles the case says so, point by point. The words may name
people, so they are sealed; the package opens them, and a preview only on record.
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
    """No correction is in force here: the person is told the text of the record of processing."""

    code = "information-not-corrected"


class InformationCorrected(RequestEvent):
    """A point is told in other words than those of the record of processing, by the controller that answers.

    Of rights and complaint, the words of the record stay.
    """

    TOPIC: ClassVar[str] = "dsr.request.information-corrected"
    item_id: str
    controller_id: str
    """Who answers the item: the words are theirs, and no other controller speaks them."""
    point: InformationPoint
    text: Sealed

    def apply(self, case: Case) -> None:
        correction = Correction(self.text, self.originator_version)
        case.copies.correct(self.controller_id, self.point, correction)
        case.change_copies_by(self.controller_id, self.originator_version)


class InformationCorrectionWithdrawn(RequestEvent):
    """A point is told in the words of the record of processing again."""

    TOPIC: ClassVar[str] = "dsr.request.information-correction-withdrawn"
    item_id: str
    controller_id: str
    point: InformationPoint

    def apply(self, case: Case) -> None:
        case.copies.correct(self.controller_id, self.point, None)
        case.change_copies_by(self.controller_id, self.originator_version)


@state_guard
def may_correct_information(case: Case, *, item_id: str) -> Item:
    """An item of access that is still to be answered.

    Raises ItemOfOtherRight, ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
    """
    return require_pending_item(case, item_id, Right.ACCESS)


@state_guard
def may_withdraw_correction(case: Case, *, item_id: str, point: InformationPoint) -> Item:
    """An item of access, of which this point is told in other words than those of the record of processing.

    Raises InformationNotCorrected, ItemOfOtherRight, ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
    """
    item = require_pending_item(case, item_id, Right.ACCESS)
    if point not in case.copies.corrections_by(item.controller_id):
        raise InformationNotCorrected(point=point.value)
    return item


class AccessInformationCommands(Case):
    """correct a point of what is told; withdraw that."""

    def correct_information(
        self, acting: CaseActing, *, item_id: str, point: InformationPoint, text: Sealed | None
    ) -> None:
        """Say what the person is told of this point, for an item of access that is still to be answered.

        A later correction takes the place of an earlier one. What was prepared before is outdated, for the other items
        of the same controller too, since their packages say the same.
        Raises CorrectionMissing, ItemOfOtherRight, ItemUnknown, ItemNotOpen (done: what was told stays on file),
        NotRegistered, RequestIsClosed.
        """
        item = may_correct_information(self, item_id=item_id)
        if text is None:
            raise CorrectionMissing()
        self.record(
            acting, InformationCorrected, item_id=item_id, controller_id=item.controller_id, point=point, text=text
        )

    def withdraw_correction(self, acting: CaseActing, *, item_id: str, point: InformationPoint) -> None:
        """Let the record of processing speak for this point again.

        Raises InformationNotCorrected, ItemOfOtherRight, ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
        """
        item = may_withdraw_correction(self, item_id=item_id, point=point)
        self.record(
            acting, InformationCorrectionWithdrawn, item_id=item_id, controller_id=item.controller_id, point=point
        )
