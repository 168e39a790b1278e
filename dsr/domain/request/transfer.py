"""Sending data straight to another controller, where that is technically feasible (GDPR Art. 20(2)).

Whoever receives it is verified first. Where it is not feasible, the person still gets the export and is told so.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.export import ExportEmpty
from dsr.domain.frozen import replace
from dsr.domain.request.attachment import Attachment
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.data_set import DataSet
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.execution import ExecutionCommands
from dsr.domain.request.standing import Target, TargetMethod
from dsr.domain.request.values import Channel, Provenance
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class FeasibilityUnassessed(Refused):
    """Assess first whether a direct transfer is technically feasible (GDPR Art. 20(2))."""

    code = "feasibility-unassessed"


class TargetUnverified(Refused):
    """Verify this very recipient first: data goes nowhere else (GDPR Art. 5(1)(f), 20(2))."""

    code = "target-unverified"


class TransferAssessed(RequestEvent):
    """Whether the data can go straight to another controller (GDPR Art. 20(2), recital 68)."""

    TOPIC: ClassVar[str] = "dsr.request.transfer-assessed"
    item_id: str
    feasible: bool
    reasons: Sealed | None
    """Why not; the letter tells the person."""

    def apply(self, case: Case) -> None:
        case.items[self.item_id] = replace(case.items[self.item_id], transfer_feasible=self.feasible)


class TargetVerified(RequestEvent):
    """The organisation that is to receive the data is the one that the person named."""

    TOPIC: ClassVar[str] = "dsr.request.target-verified"
    item_id: str
    target: str
    """Host name of its interface, or a code for the organisation; never a person."""
    method: TargetMethod
    verified_at: datetime

    def apply(self, case: Case) -> None:
        target = Target(target=self.target, verified_at=self.verified_at)
        case.items[self.item_id] = replace(case.items[self.item_id], target=target)


class DataTransmitted(RequestEvent):
    """The data left for another controller (GDPR Art. 20(2))."""

    TOPIC: ClassVar[str] = "dsr.request.data-transmitted"
    item_id: str
    target: str
    data_sets: tuple[UUID, ...]
    """What was collected for the item, is not inferred, and was not left out for the sake of others; none, where a
    package left: that says what is in it."""
    export_id: UUID | None
    """The package that left, where one was prepared."""
    sent_at: datetime
    channel: Channel
    receipt: Sealed | None
    """What the recipient confirmed."""
    hand_over_id: UUID | None = None
    """Where this service handed it over itself."""
    attachments: tuple[UUID, ...] = ()
    """Files, as `data_sets`."""

    def apply(self, case: Case) -> None:
        case.give_effect(self.item_id)
        if self.hand_over_id is not None:
            case.hand_overs[self.hand_over_id] = replace(case.hand_overs[self.hand_over_id], ended=True)


class TransferCommands(ExecutionCommands):
    """assess feasibility; verify the target; transmit."""

    def assess_feasibility(self, acting: CaseActing, *, item_id: str, feasible: bool, reasons: Sealed | None) -> None:
        """Record whether a direct transfer is technically feasible, for a granted item of portability.

        Raises ReasonRequired (not feasible), ItemOfOtherRight, ItemUnknown, ItemNotGranted, NotRegistered,
        RequestIsClosed.
        """
        self._require_granted_item(item_id, Right.PORTABILITY)
        if not feasible and reasons is None:
            raise ReasonRequired()
        self.record(acting, TransferAssessed, item_id=item_id, feasible=feasible, reasons=reasons)

    def verify_target(
        self, acting: CaseActing, *, item_id: str, target: str, method: TargetMethod, verified_at: datetime
    ) -> None:
        """Record that the recipient is who it should be; another target takes the place of an earlier one.

        Raises FeasibilityUnassessed (or not feasible), AnswerDatesInvalid, ItemOfOtherRight, ItemUnknown,
        ItemNotGranted, NotRegistered, RequestIsClosed.
        """
        self._require_granted_item(item_id, Right.PORTABILITY)
        self._require_feasible(item_id)
        self._require_between(acting, verified_at, not_before=self.received_at)
        self.record(acting, TargetVerified, item_id=item_id, target=target, method=method, verified_at=verified_at)

    def transmit(
        self,
        acting: CaseActing,
        *,
        item_id: str,
        target: str,
        export_id: UUID | None,
        sent_at: datetime,
        channel: Channel,
        receipt: Sealed | None,
    ) -> None:
        """Record that the package, or what was collected, left for the target that was verified, and for no other.

        Raises FeasibilityUnassessed (or not feasible), TargetUnverified, ExportEmpty (no package, and nothing collected
        that the right covers), RedactionPending, IdentityUnresolved, AnswerDatesInvalid (before the verification, or
        ahead), ItemOfOtherRight, ItemUnknown, ItemNotGranted, NotRegistered, RequestIsClosed.
        """
        verified = self._require_transmittable(item_id, target)
        loose = () if export_id is not None else self._portable(item_id)
        if export_id is None and not loose:
            raise ExportEmpty()
        self._require_between(acting, sent_at, not_before=verified.verified_at)
        self.record(
            acting,
            DataTransmitted,
            item_id=item_id,
            target=target,
            data_sets=tuple(each for each in loose if each in self.copies.data_sets),
            attachments=tuple(each for each in loose if each in self.copies.attachments),
            export_id=export_id,
            sent_at=sent_at,
            channel=channel,
            receipt=receipt,
        )

    def _require_transmittable(self, item_id: str, target: str) -> Target:
        """What holds for whatever leaves for another controller; the target, as it was verified.

        Raises FeasibilityUnassessed, TargetUnverified, RedactionPending, IdentityUnresolved, ItemOfOtherRight,
        ItemUnknown, ItemNotGranted, NotRegistered, RequestIsClosed.
        """
        item = self._require_granted_item(item_id, Right.PORTABILITY)
        self._require_identity_resolved(item)
        self.require_redacted(item_id)
        self._require_feasible(item_id)
        verified = item.target
        if verified is None or verified.target.lower() != target.lower():  # names of hosts know no capitals
            raise TargetUnverified()
        return verified

    def _portable(self, item_id: str) -> tuple[UUID, ...]:
        """What was collected for an item and leaves where no package was built."""
        return tuple(
            each
            for each, collected in self.copies.collected.items()
            if collected.item_id == item_id and _is_portable(collected) and self.copies.is_left_in(each)
        )

    def _require_feasible(self, item_id: str) -> None:
        feasible = self.items[item_id].transfer_feasible
        if feasible is None:
            raise FeasibilityUnassessed()
        if not feasible:
            raise FeasibilityUnassessed(
                "A direct transfer was assessed as not feasible: hand the export to the person, or assess it anew."
            )


def _is_portable(collected: DataSet | Attachment) -> bool:
    """Holds something that the person provided or that was observed (GDPR Art. 20(1))."""
    fields = collected.fields if isinstance(collected, DataSet) else ()
    inferred = [field for field in fields if field.provenance is Provenance.INFERRED]
    return collected.provenance is not Provenance.INFERRED and not 0 < len(inferred) == len(fields)
