"""Transfer of data directly to another controller, if technically feasible (GDPR Art. 20(2)).

The recipient is verified first. If the transfer is not feasible, the person still gets the export and is told so.
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
from dsr.domain.request.guards import (
    require_between,
    require_examined,
    require_granted_item,
    require_identity_resolved,
    require_redacted,
)
from dsr.domain.request.item import Item
from dsr.domain.request.standing import Target, TargetMethod
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import Channel, Provenance
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class FeasibilityUnassessed(Refused):
    """Assess first whether a direct transfer is technically feasible (GDPR Art. 20(2))."""

    code = "feasibility-unassessed"


class TargetUnverified(Refused):
    """Verify the address of this recipient first: data is transferred to verified addresses only (GDPR Art. 5(1)(f),
    20(2)).
    """

    code = "target-unverified"


class TransferAssessed(RequestEvent):
    """The feasibility of a direct transfer was assessed (GDPR Art. 20(2), recital 68)."""

    TOPIC: ClassVar[str] = "dsr.request.transfer-assessed"
    item_id: str
    feasible: bool
    reasons: Sealed | None
    """Why it is not feasible; the letter tells the person."""

    def apply(self, case: Case) -> None:
        case.items[self.item_id] = replace(case.items[self.item_id], transfer_feasible=self.feasible)


class TargetVerified(RequestEvent):
    """The recipient was verified as the organisation that the person named."""

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
    """The data was sent to another controller (GDPR Art. 20(2))."""

    TOPIC: ClassVar[str] = "dsr.request.data-transmitted"
    item_id: str
    target: str
    data_sets: tuple[UUID, ...]
    """Data sets collected for the item that are neither inferred nor left out to protect others; empty if a package was
    sent, which lists its content itself.
    """
    export_id: UUID | None
    """The package sent, if one was prepared."""
    sent_at: datetime
    channel: Channel
    receipt: Sealed | None
    """The recipient's confirmation."""
    hand_over_id: UUID | None = None
    """The direct transfer, if this service carried it out."""
    attachments: tuple[UUID, ...] = ()
    """Files, as `data_sets`."""

    def apply(self, case: Case) -> None:
        case.give_effect(self.item_id)
        if self.hand_over_id is not None:
            case.hand_overs[self.hand_over_id] = replace(case.hand_overs[self.hand_over_id], ended=True)


def _require_feasible(item: Item) -> None:
    feasible = item.transfer_feasible
    if feasible is None:
        raise FeasibilityUnassessed()
    if not feasible:
        raise FeasibilityUnassessed(
            "A direct transfer was assessed as not feasible: hand the export to the person, or assess the "
            "feasibility again."
        )


@state_guard
def may_assess_feasibility(case: Case, *, item_id: str) -> Item:
    """A granted item of portability.

    Raises ItemOfOtherRight, ItemUnknown, ItemNotGranted, NotRegistered, RequestIsClosed.
    """
    return require_granted_item(case, item_id, Right.PORTABILITY)


@state_guard
def may_verify_target(case: Case, *, item_id: str) -> Item:
    """A granted portability item whose direct transfer is feasible.

    Raises FeasibilityUnassessed (or not feasible), ItemOfOtherRight, ItemUnknown, ItemNotGranted, NotRegistered,
    RequestIsClosed.
    """
    item = require_granted_item(case, item_id, Right.PORTABILITY)
    _require_feasible(item)
    return item


@state_guard
def may_transmit(case: Case, *, item_id: str) -> Target:
    """The verified recipient, if the data may leave.

    Raises FeasibilityUnassessed (or not feasible), TargetUnverified, RedactionPending, IdentityUnresolved,
    MessageUnexamined, ItemOfOtherRight, ItemUnknown, ItemNotGranted, NotRegistered, RequestIsClosed.
    """
    item = require_granted_item(case, item_id, Right.PORTABILITY)
    require_identity_resolved(case, item)
    require_examined(case)
    require_redacted(case, item_id)
    _require_feasible(item)
    if item.target is None:
        raise TargetUnverified()
    return item.target


def require_verified(verified: Target, target: str) -> None:
    """Check that this is the verified target; case does not matter in host names. Raises TargetUnverified."""
    if verified.target.lower() != target.lower():
        raise TargetUnverified()


class TransferCommands(Case):
    """assess feasibility; verify the target; transmit."""

    def assess_feasibility(self, acting: CaseActing, *, item_id: str, feasible: bool, reasons: Sealed | None) -> None:
        """Record whether a direct transfer is technically feasible, for a granted item of portability.

        Raises ReasonRequired (not feasible), ItemOfOtherRight, ItemUnknown, ItemNotGranted, NotRegistered,
        RequestIsClosed.
        """
        may_assess_feasibility(self, item_id=item_id)
        if not feasible and reasons is None:
            raise ReasonRequired()
        self.record(acting, TransferAssessed, item_id=item_id, feasible=feasible, reasons=reasons)

    def verify_target(
        self, acting: CaseActing, *, item_id: str, target: str, method: TargetMethod, verified_at: datetime
    ) -> None:
        """Record that the recipient was verified; another target replaces an earlier one.

        Raises FeasibilityUnassessed (or not feasible), AnswerDatesInvalid, ItemOfOtherRight, ItemUnknown,
        ItemNotGranted, NotRegistered, RequestIsClosed.
        """
        may_verify_target(self, item_id=item_id)
        require_between(acting, verified_at, not_before=self.received_at)
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
        """Record that the package, or the collected data, was sent to the verified target.

        Raises FeasibilityUnassessed (or not feasible), TargetUnverified, ExportEmpty (no package, and nothing collected
        that the right covers), RedactionPending, IdentityUnresolved, MessageUnexamined, AnswerDatesInvalid (before the
        verification, or ahead), ItemOfOtherRight, ItemUnknown, ItemNotGranted, NotRegistered, RequestIsClosed.
        """
        verified = may_transmit(self, item_id=item_id)
        require_verified(verified, target)
        loose = () if export_id is not None else _portable(self, item_id)
        if export_id is None and not loose:
            raise ExportEmpty()
        require_between(acting, sent_at, not_before=verified.verified_at)
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


def _portable(case: Case, item_id: str) -> tuple[UUID, ...]:
    """The collected data of an item that is sent if no package was built."""
    return tuple(
        each
        for each, collected in case.copies.collected.items()
        if collected.item_id == item_id and _is_portable(collected) and case.copies.is_left_in(each)
    )


def _is_portable(collected: DataSet | Attachment) -> bool:
    """Whether it holds data that the person provided or that was observed (GDPR Art. 20(1))."""
    fields = collected.fields if isinstance(collected, DataSet) else ()
    inferred = [field for field in fields if field.provenance is Provenance.INFERRED]
    return collected.provenance is not Provenance.INFERRED and not 0 < len(inferred) == len(fields)
