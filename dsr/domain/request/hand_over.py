"""Direct transfer of a package from this service to another controller (GDPR Art. 20(2)).

The intent is recorded before the first byte leaves, the result when it is known. So the log always shows that data may
have left, even if the process dies in between. A result is never refused, whatever has happened to the case meanwhile.
"""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.frozen import replace
from dsr.domain.handing_over import longest
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.standing import HandOver, Target
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.transfer import DataTransmitted, may_transmit, require_verified
from dsr.domain.request.values import Channel
from dsr.domain.sealed import Sealed


class HandOverFailure(StrEnum):
    """Why no receipt came; codes are public. The package, or a part of it, may still have arrived."""

    REFUSED = "refused"
    """The target rejected the package."""
    UNANSWERED = "unanswered"
    """The connection broke or timed out."""
    UNREADABLE = "unreadable"
    """The package could not be read completely."""
    WITHHELD = "withheld"
    """The package may no longer leave: it was purged, or the case changed."""
    INTERRUPTED = "interrupted"
    """This service failed or stopped during the transfer; a stop is recorded when the next transfer starts."""


class HandOverUnderWay(Refused):
    """A package of this item is being transferred. Wait for the result, at the latest until the time in `facts`."""

    code = "hand-over-under-way"


class HandOverStarted(RequestEvent):
    """The target is connected and the transfer starts; recorded before the first byte."""

    TOPIC: ClassVar[str] = "dsr.request.hand-over-started"
    hand_over_id: UUID
    item_id: str
    target: str
    address: Sealed
    """Host, port and path of the target; the path may contain a secret, so it is sealed."""
    export_id: UUID
    ends_by: datetime
    """The latest time at which the result is known."""

    def apply(self, case: Case) -> None:
        case.hand_overs[self.hand_over_id] = HandOver(
            item_id=self.item_id, target=self.target, export_id=self.export_id, ends_by=self.ends_by
        )


class HandOverFailed(RequestEvent):
    """No receipt came for the package; data may have left."""

    TOPIC: ClassVar[str] = "dsr.request.hand-over-failed"
    hand_over_id: UUID
    item_id: str
    target: str
    export_id: UUID
    failure: HandOverFailure
    status: int | None
    """HTTP status of the target's answer."""

    def apply(self, case: Case) -> None:
        case.hand_overs[self.hand_over_id] = replace(case.hand_overs[self.hand_over_id], ended=True)


@state_guard
def may_start_hand_over(case: Case, acting: CaseActing, *, item_id: str) -> Target:
    """The verified recipient, if the data may leave and no other transfer of the item is running.

    Raises HandOverUnderWay, FeasibilityUnassessed (or not feasible), TargetUnverified, RedactionPending,
    IdentityUnresolved, MessageUnexamined, ItemOfOtherRight, ItemUnknown, ItemNotGranted, NotRegistered,
    RequestIsClosed.
    """
    verified = may_transmit(case, item_id=item_id)
    under_way = [each.ends_by for each in _without_result(case, item_id).values() if acting.at < each.ends_by]
    if under_way:
        raise HandOverUnderWay(ends_by=max(under_way))
    return verified


@state_guard
def may_record_hand_over(_: Case) -> None:
    """Always allowed: a result is a fact, whatever has happened to the case meanwhile."""


@state_guard
def may_record_hand_over_failed(_: Case) -> None:
    """Always allowed: a result is a fact, whatever has happened to the case meanwhile."""


def _without_result(case: Case, item_id: str) -> dict[UUID, HandOver]:
    return {each: known for each, known in case.hand_overs.items() if known.item_id == item_id and not known.ended}


class HandOverCommands(Case):
    """start a direct transfer; record that it arrived or failed."""

    def start_hand_over(
        self,
        acting: CaseActing,
        *,
        hand_over_id: UUID,
        item_id: str,
        target: str,
        address: Sealed,
        export_id: UUID,
        size: int,
    ) -> None:
        """Start the transfer of a package of `size` bytes to the verified target.

        The caller sends the first byte only after this event is stored. An earlier transfer that ran out of time
        without a result is recorded as interrupted. Raises HandOverUnderWay, FeasibilityUnassessed (or not feasible),
        TargetUnverified, RedactionPending, IdentityUnresolved, MessageUnexamined, ItemOfOtherRight, ItemUnknown,
        ItemNotGranted, NotRegistered, RequestIsClosed.
        """
        require_verified(may_start_hand_over(self, acting, item_id=item_id), target)
        for each in _without_result(self, item_id):
            self.record_hand_over_failed(acting, hand_over_id=each, failure=HandOverFailure.INTERRUPTED, status=None)
        self.record(
            acting,
            HandOverStarted,
            hand_over_id=hand_over_id,
            item_id=item_id,
            target=target,
            address=address,
            export_id=export_id,
            ends_by=acting.at + longest(size),
        )

    def record_hand_over(
        self, acting: CaseActing, *, hand_over_id: UUID, sent_at: datetime, receipt: Sealed | None
    ) -> None:
        """Record that the target accepted the package, and its answer. Never refused."""
        may_record_hand_over(self)
        known = self.hand_overs[hand_over_id]
        self.record(
            acting,
            DataTransmitted,
            item_id=known.item_id,
            target=known.target,
            data_sets=(),
            export_id=known.export_id,
            sent_at=sent_at,
            channel=Channel.INTERFACE,
            receipt=receipt,
            hand_over_id=hand_over_id,
        )

    def record_hand_over_failed(
        self, acting: CaseActing, *, hand_over_id: UUID, failure: HandOverFailure, status: int | None
    ) -> None:
        """Record that no receipt came, and why. Never refused."""
        may_record_hand_over_failed(self)
        known = self.hand_overs[hand_over_id]
        self.record(
            acting,
            HandOverFailed,
            hand_over_id=hand_over_id,
            item_id=known.item_id,
            target=known.target,
            export_id=known.export_id,
            failure=failure,
            status=status,
        )
