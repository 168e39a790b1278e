"""How a case ends, and how it starts again (GDPR Art. 12(2)-(4); law.md §3)."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import (
    ConfirmationRequired,
    ItemNotOpen,
    ItemsOpen,
    NoReasonableDoubt,
    ReasonRequired,
    RequestIsOpen,
    ResponseNotSent,
)
from dsr.domain.request.values import UNRESOLVED, Item, ItemStatus, Lifecycle, Outcome
from dsr.domain.sealed import Sealed


class RequestClosed(RequestEvent):
    """The case ended with an outcome; closing `unidentified` refuses what was still open."""

    TOPIC: ClassVar[str] = "dsr.request.closed"
    outcome: Outcome

    def apply(self, case: Case) -> None:
        case.lifecycle = Lifecycle.CLOSED
        case.outcome = self.outcome
        if self.outcome is Outcome.UNIDENTIFIED:
            for item in tuple(case.items.values()):
                if item.status.is_pending:
                    case.replace_item(item, status=ItemStatus.REFUSED, answered=True)


class RequestWithdrawn(RequestEvent):
    """The person took back the request, or some of its items."""

    TOPIC: ClassVar[str] = "dsr.request.withdrawn"
    item_ids: tuple[str, ...]
    statement: Sealed | None

    def apply(self, case: Case) -> None:
        for item_id in self.item_ids:
            case.replace_item(case.items[item_id], status=ItemStatus.WITHDRAWN)
            case.refusals.pop(item_id, None)


class RequestReopened(RequestEvent):
    """The case goes on, by the same dates; the items named are to be decided again."""

    TOPIC: ClassVar[str] = "dsr.request.reopened"
    reason: Sealed
    item_ids: tuple[str, ...]

    def apply(self, case: Case) -> None:
        case.outcome = None
        for item_id in self.item_ids:
            case.replace_item(case.items[item_id], status=ItemStatus.OPEN)
        statuses = {item.status for item in case.items.values()}
        if not case.items:
            case.lifecycle = Lifecycle.RECEIVED
        elif statuses & {ItemStatus.GRANTED, ItemStatus.DONE}:
            case.lifecycle = Lifecycle.EXECUTING
        else:
            case.lifecycle = Lifecycle.ASSESSING


class ClosingCommands(Case):
    """close, withdraw, reopen."""

    def close(self, *, unidentified: bool = False, at: datetime, actor: str) -> None:
        """Close an answered case; the outcome follows from its items.

        `unidentified` closes a case whose sender stays unidentified, after a full refusal letter left.
        Raises ItemsOpen, ResponseNotSent, NoReasonableDoubt (`unidentified` without an identity question),
        NotRegistered, RequestIsClosed.
        """
        self._require_registered()
        if unidentified:
            if self.identity not in UNRESOLVED:
                raise NoReasonableDoubt(
                    "Nobody asked who this is; a case closes as unidentified only after a question."
                )
            if not self.unidentified_answered:
                raise ResponseNotSent()
            outcome = Outcome.UNIDENTIFIED
        else:
            outcome = outcome_of(self.items.values())
        self.trigger_event(RequestClosed, timestamp=at, actor=actor, outcome=outcome)

    def withdraw(
        self,
        *,
        confirmed: bool,
        statement: Sealed | None,
        at: datetime,
        actor: str,
        item_ids: tuple[str, ...] | None = None,
    ) -> None:
        """Take back the request (`item_ids` None) or some items; closes the case where nothing else was decided.

        Raises ConfirmationRequired (not clearly meant), ItemUnknown, ItemNotOpen, RequestIsClosed.
        """
        self._require_not_closed()
        if not confirmed:
            raise ConfirmationRequired()
        chosen = [self.item(i) for i in item_ids] if item_ids is not None else list(self.items.values())
        pending = tuple(item.item_id for item in chosen if item.status.is_pending)
        if item_ids is not None and len(pending) < len(set(item_ids)):
            decided = sorted(set(item_ids) - set(pending))
            raise ItemNotOpen(f"Decided already: {', '.join(decided)}.", item_ids=decided)
        self.trigger_event(RequestWithdrawn, timestamp=at, actor=actor, item_ids=pending, statement=statement)
        if all(item.status is ItemStatus.WITHDRAWN for item in self.items.values()):
            self.trigger_event(RequestClosed, timestamp=at, actor=actor, outcome=Outcome.WITHDRAWN)

    def reopen(self, *, reason: Sealed | None, item_ids: tuple[str, ...] = (), at: datetime, actor: str) -> None:
        """Go on with a closed case; no date moves. Raises ReasonRequired, RequestIsOpen, ItemUnknown."""
        if not self.is_closed:
            raise RequestIsOpen()
        if reason is None:
            raise ReasonRequired()
        for item_id in item_ids:
            self.item(item_id)
        self.trigger_event(RequestReopened, timestamp=at, actor=actor, reason=reason, item_ids=item_ids)


def outcome_of(items: Iterable[Item]) -> Outcome:
    """What the items of an answered case add up to. Raises ItemsOpen, ResponseNotSent."""
    decided = list(items)
    pending = [item.item_id for item in decided if item.status.is_pending]
    if pending:
        raise ItemsOpen(f"Still to be decided or carried out: {', '.join(pending)}.", item_ids=pending)
    counted = [item for item in decided if item.status is not ItemStatus.WITHDRAWN]
    silent = [item.item_id for item in counted if not item.answered]
    if silent:
        raise ResponseNotSent(f"No answer has left for: {', '.join(silent)}.", item_ids=silent)
    if not counted:
        return Outcome.WITHDRAWN
    refused = sum(item.status is ItemStatus.REFUSED for item in counted)
    if refused == len(counted):
        return Outcome.REFUSED
    return Outcome.PARTLY_FULFILLED if refused else Outcome.FULFILLED
