"""What a letter is, which rights it exercises, who works on it (law.md §3)."""

from collections.abc import Collection
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import (
    AlreadyRegistered,
    DifferentSubject,
    DuplicateIsEarlier,
    DuplicateUnanswered,
    ItemAlreadyOpen,
    NoRightIdentified,
    NotRegistered,
    ReasonRequired,
)
from dsr.domain.request.values import DismissalKind, Item, ItemStatus, Lifecycle, Outcome
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class RequestDismissed(RequestEvent):
    """The letter exercises no right; the case closes as `not-a-request`."""

    TOPIC: ClassVar[str] = "dsr.request.dismissed"
    kind: DismissalKind
    reason: Sealed
    evidence_destroyed: tuple[UUID, ...] = ()
    """Keys of identity evidence that no longer exist."""

    def apply(self, case: Case) -> None:
        case.lifecycle = Lifecycle.CLOSED
        case.outcome = Outcome.NOT_A_REQUEST
        case.identity_evidence_keys = ()


class RequestRegistered(RequestEvent):
    """A person confirmed that the letter is a request."""

    TOPIC: ClassVar[str] = "dsr.request.registered"

    def apply(self, case: Case) -> None:
        case.lifecycle = Lifecycle.REGISTERED


class ItemOpened(RequestEvent):
    """One right is exercised, to be answered by one controller; assessment starts with the first."""

    TOPIC: ClassVar[str] = "dsr.request.item-opened"
    item_id: str
    right: Right
    controller_id: str
    direct_marketing: bool

    def apply(self, case: Case) -> None:
        case.items[self.item_id] = Item(
            item_id=self.item_id,
            right=self.right,
            controller_id=self.controller_id,
            direct_marketing=self.direct_marketing,
        )
        if case.lifecycle is Lifecycle.REGISTERED:
            case.lifecycle = Lifecycle.ASSESSING


class DuplicateLinked(RequestEvent):
    """The same person asked the same earlier; the earlier case answers, this one closes as `duplicate`."""

    TOPIC: ClassVar[str] = "dsr.request.duplicate-linked"
    original_id: UUID
    evidence_destroyed: tuple[UUID, ...] = ()
    """Keys of identity evidence that no longer exist."""

    def apply(self, case: Case) -> None:
        case.linked_to = self.original_id
        case.lifecycle = Lifecycle.CLOSED
        case.outcome = Outcome.DUPLICATE
        case.identity_evidence_keys = ()
        case.refusals.clear()
        for item in tuple(case.items.values()):
            if item.status.is_pending:
                case.replace_item(item, status=ItemStatus.WITHDRAWN)


class RequestAssigned(RequestEvent):
    """A member of staff works on the case."""

    TOPIC: ClassVar[str] = "dsr.request.assigned"
    assignee: str

    def apply(self, case: Case) -> None:
        case.assignee = self.assignee


class NoteAdded(RequestEvent):
    """A note for the file."""

    TOPIC: ClassVar[str] = "dsr.request.note-added"
    note: Sealed

    def apply(self, case: Case) -> None:
        """A note changes nothing."""


_UNANSWERED = (Outcome.NOT_A_REQUEST, Outcome.DUPLICATE, Outcome.WITHDRAWN)
"""Ends without an answer of their own; two duplicates of each other would be answered by neither."""


class TriageCommands(Case):
    """dismiss, register, open items, link duplicate, assign, note."""

    def dismiss(
        self,
        *,
        kind: DismissalKind,
        reason: Sealed | None,
        at: datetime,
        actor: str,
        evidence_destroyed: Collection[UUID] = (),
    ) -> None:
        """Close what is no request: spam, a question, an authority's letter, a misdirected letter.

        Raises ReasonRequired, AlreadyRegistered, EvidenceNotPurged, RequestIsClosed.
        """
        self._require_unregistered()
        if reason is None:
            raise ReasonRequired()
        self.trigger_event(
            RequestDismissed,
            timestamp=at,
            actor=actor,
            kind=kind,
            reason=reason,
            evidence_destroyed=self._purged(evidence_destroyed),
        )

    def register(self, *, rights: tuple[Right, ...], at: datetime, actor: str, direct_marketing: bool = False) -> None:
        """Confirm that the letter is a request and open an item for each right; no article need be cited.

        `direct_marketing` says that an objection is one under GDPR Art. 21(2).
        Raises NoRightIdentified, AlreadyRegistered, RequestIsClosed.
        """
        self._require_unregistered()
        if not rights:
            raise NoRightIdentified()
        self.trigger_event(RequestRegistered, timestamp=at, actor=actor)
        self._open_items(tuple(dict.fromkeys(rights)), direct_marketing, at, actor)

    def open_items(
        self, *, rights: tuple[Right, ...], at: datetime, actor: str, direct_marketing: bool = False
    ) -> None:
        """Add rights found later in the same letter; they keep its R.

        Raises NoRightIdentified, NotRegistered, ItemAlreadyOpen, RequestIsClosed.
        """
        self._require_not_closed()
        if self.lifecycle is Lifecycle.RECEIVED:
            raise NotRegistered()
        if not rights:
            raise NoRightIdentified()
        for right in rights:
            if self.is_pending(right):
                raise ItemAlreadyOpen(right=right.value)
        self._open_items(tuple(dict.fromkeys(rights)), direct_marketing, at, actor)

    def link_duplicate(
        self,
        *,
        original_id: UUID,
        original_received_on: date,
        original_outcome: Outcome | None,
        same_subject: bool,
        at: datetime,
        actor: str,
        evidence_destroyed: Collection[UUID] = (),
    ) -> None:
        """Close this case as a duplicate of an earlier one of the same person, which answers it.

        `original_outcome` is None while that one is open.
        Raises DifferentSubject, DuplicateIsEarlier, DuplicateUnanswered, EvidenceNotPurged, RequestIsClosed.
        """
        self._require_not_closed()
        if not same_subject or original_id == self.id:
            raise DifferentSubject()
        if original_received_on > self.received_on:
            raise DuplicateIsEarlier()
        if original_outcome in _UNANSWERED:
            raise DuplicateUnanswered()
        self.trigger_event(
            DuplicateLinked,
            timestamp=at,
            actor=actor,
            original_id=original_id,
            evidence_destroyed=self._purged(evidence_destroyed),
        )

    def assign(self, *, assignee: str, at: datetime, actor: str) -> None:
        """Give the case to a member of staff. Raises RequestIsClosed."""
        self._require_not_closed()
        self.trigger_event(RequestAssigned, timestamp=at, actor=actor, assignee=assignee)

    def add_note(self, *, note: Sealed | None, at: datetime, actor: str) -> None:
        """Add a note for the file, to a closed case too. Raises ReasonRequired where it is blank."""
        if note is None:
            raise ReasonRequired("A note has to say something.")
        self.trigger_event(NoteAdded, timestamp=at, actor=actor, note=note)

    def _require_unregistered(self) -> None:
        self._require_not_closed()
        if self.lifecycle is not Lifecycle.RECEIVED:
            raise AlreadyRegistered()

    def _open_items(self, rights: tuple[Right, ...], direct_marketing: bool, at: datetime, actor: str) -> None:
        for right in rights:
            earlier = sum(item.right is right for item in self.items.values())
            self.trigger_event(
                ItemOpened,
                timestamp=at,
                actor=actor,
                item_id=right.value if not earlier else f"{right.value}-{earlier + 1}",
                right=right,
                controller_id=self.controller_id,
                direct_marketing=direct_marketing and right is Right.OBJECTION,
            )
