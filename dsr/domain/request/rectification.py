"""Rectification: correcting inaccurate data, completing incomplete data (GDPR Art. 5(1)(d), 16).

The finding comes first, and the operation has to fit it; field and system are named, values are sealed.
"""

from enum import StrEnum
from typing import ClassVar, Final

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import ReasonRequired, RefusalRestsOnFinding
from dsr.domain.request.grounds import RefusalGround
from dsr.domain.request.guards import require_granted_item, require_identity_resolved, require_pending_item
from dsr.domain.request.item import Item
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import AccuracyFinding
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class RectificationOperation(StrEnum):
    """Kind of operation on the data; codes are public."""

    CORRECTED = "corrected"
    """Inaccurate data was corrected."""
    COMPLETED = "completed"
    """Incomplete data was completed."""
    SUPPLEMENTARY_STATEMENT = "supplementary-statement"
    """The person's own statement was added (Art. 16, second sentence)."""


_FITTING: Final = {
    AccuracyFinding.INACCURATE: frozenset(RectificationOperation),
    AccuracyFinding.INCOMPLETE: frozenset(
        {RectificationOperation.COMPLETED, RectificationOperation.SUPPLEMENTARY_STATEMENT}
    ),
    AccuracyFinding.UNDETERMINED: frozenset({RectificationOperation.SUPPLEMENTARY_STATEMENT}),
    # A statement beside accurate data harms nobody, for example about an opinion that the person does not share. The
    # requested correction is still refused, as `data-accurate` (Art. 12(4)).
    AccuracyFinding.ACCURATE: frozenset({RectificationOperation.SUPPLEMENTARY_STATEMENT}),
}
"""Operations that each finding supports."""


class AccuracyUnassessed(Refused):
    """Assess first whether the data is accurate and complete, in writing, with
    `POST /requests/{request_id}/items/{item_id}/accuracy`; then rectify it (GDPR Art. 5(1)(d), 16).
    """

    code = "accuracy-unassessed"


class RectificationUnsupported(Refused):
    """The finding does not support this: only inaccurate data is corrected, and only inaccurate or incomplete data is
    completed. A supplementary statement can always be added. If new facts emerged, assess the data again.
    """

    code = "rectification-unsupported"


class BeforeAndAfterRequired(Refused):
    """Say what the data says now; for a correction, also what it said before."""

    code = "before-and-after-required"


class AccuracyAssessed(RequestEvent):
    """The accuracy and completeness of the data was assessed, with reasons (GDPR Art. 5(1)(d))."""

    TOPIC: ClassVar[str] = "dsr.request.accuracy-assessed"
    item_id: str
    finding: AccuracyFinding
    assessment: Sealed
    """What was compared with what, and the result."""

    def apply(self, case: Case) -> None:
        case.items[self.item_id] = replace(case.items[self.item_id], accuracy=self.finding)


class Rectified(RequestEvent):
    """One field of one system was corrected or completed, or a statement was added to it (GDPR Art. 16)."""

    TOPIC: ClassVar[str] = "dsr.request.rectified"
    item_id: str
    operation: RectificationOperation
    field: str
    """The name of the field, never its value."""
    system: str
    """Id of the record of processing."""
    before: Sealed | None
    after: Sealed

    def apply(self, case: Case) -> None:
        case.give_effect(self.item_id)


@state_guard
def may_assess_accuracy(case: Case, *, item_id: str) -> Item:
    """A rectification that is not done yet.

    Raises ItemOfOtherRight, ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
    """
    return require_pending_item(case, item_id, Right.RECTIFICATION)


@state_guard
def may_rectify(case: Case, *, item_id: str) -> AccuracyFinding:
    """The finding on a granted rectification.

    Raises AccuracyUnassessed, IdentityUnresolved, ItemOfOtherRight, ItemUnknown, ItemNotGranted, NotRegistered,
    RequestIsClosed.
    """
    item = require_granted_item(case, item_id, Right.RECTIFICATION)
    require_identity_resolved(case, item)
    if item.accuracy is None:
        raise AccuracyUnassessed()
    return item.accuracy


class RectificationCommands(Case):
    """assess accuracy; rectify."""

    def assess_accuracy(
        self, acting: CaseActing, *, item_id: str, finding: AccuracyFinding, assessment: Sealed | None
    ) -> None:
        """Record whether the data is accurate and complete; a later assessment replaces an earlier one.

        Raises ReasonRequired, RefusalRestsOnFinding (a part was refused as accurate), ItemOfOtherRight, ItemUnknown,
        ItemNotOpen (decided and done), NotRegistered, RequestIsClosed.
        """
        item = may_assess_accuracy(self, item_id=item_id)
        if assessment is None:
            raise ReasonRequired()
        refused_on = {part.ground for part in item.refused_parts}
        if RefusalGround.DATA_ACCURATE in refused_on and finding is not AccuracyFinding.ACCURATE:
            raise RefusalRestsOnFinding(item_id=item_id)
        self.record(acting, AccuracyAssessed, item_id=item_id, finding=finding, assessment=assessment)

    def rectify(
        self,
        acting: CaseActing,
        *,
        item_id: str,
        operation: RectificationOperation,
        field: str,
        system: str,
        before: Sealed | None,
        after: Sealed | None,
    ) -> None:
        """Record one operation on one field of one system, for a granted item.

        Raises AccuracyUnassessed, RectificationUnsupported, BeforeAndAfterRequired, IdentityUnresolved,
        ItemOfOtherRight, ItemUnknown, ItemNotGranted, NotRegistered, RequestIsClosed.
        """
        finding = may_rectify(self, item_id=item_id)
        if operation not in _FITTING[finding]:
            raise RectificationUnsupported(finding=finding.value, operation=operation.value)
        if after is None or (before is None and operation is RectificationOperation.CORRECTED):
            raise BeforeAndAfterRequired()
        self.record(
            acting,
            Rectified,
            item_id=item_id,
            operation=operation,
            field=field,
            system=system,
            before=before,
            after=after,
        )
