"""Triage of a letter: what it is, which rights it exercises, who works on it (docs/law §3)."""

from collections.abc import Collection
from itertools import chain, count, product
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import resume_at_end
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.errors import (
    AlreadyRegistered,
    ItemAlreadyOpen,
    NoRightIdentified,
    NotRegistered,
    ReasonRequired,
)
from dsr.domain.request.guards import purged, require_examined, require_not_closed
from dsr.domain.request.holds import Retained, hold_what_expires, release_ended_holds
from dsr.domain.request.item import Item
from dsr.domain.request.message import MessageKind
from dsr.domain.request.search_list import Listed
from dsr.domain.request.searching import list_what_is_searched
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import DismissalKind, Lifecycle, Outcome
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class RequestDismissed(RequestEvent):
    """The letter exercises no right; the case closes as `not-a-request`."""

    TOPIC: ClassVar[str] = "dsr.request.dismissed"
    kind: DismissalKind
    reason: Sealed
    evidence_destroyed: tuple[UUID, ...] = ()
    """Keys of identity evidence that were destroyed."""

    def apply(self, case: Case) -> None:
        case.end(Outcome.NOT_A_REQUEST, at=self.timestamp)
        case.examine_first(MessageKind.NOTHING_TO_DO, at=self.timestamp, by=self.actor, rights=())


class RequestRegistered(RequestEvent):
    """A person confirmed that the letter is a request."""

    TOPIC: ClassVar[str] = "dsr.request.registered"
    subjects: tuple[str, ...] = ()
    """The person's categories of data subjects in the record of processing; they decide which activities are searched.
    Empty: unknown, so all activities.
    """

    def apply(self, case: Case) -> None:
        case.lifecycle = Lifecycle.REGISTERED
        case.subjects = self.subjects
        case.examine_first(MessageKind.NEW_REQUEST, at=self.timestamp, by=self.actor, rights=())


class ItemOpened(RequestEvent):
    """An item was opened: one right, to be answered by one controller; assessment starts with the first item."""

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
            number=len(case.items) + 1,
            opened_at=self.timestamp,
        )
        case.note_registered(self.right, at=self.timestamp)
        # An earlier letter to an unidentified person does not answer an item opened after it.
        case.identity.unidentified_answered = False
        case.identity.unidentified_since = max(case.identity.unidentified_since, self.timestamp)
        if case.lifecycle is Lifecycle.REGISTERED:
            case.lifecycle = Lifecycle.ASSESSING


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
        """A note changes no state."""


def _require_unregistered(case: Case) -> None:
    require_not_closed(case)
    if case.lifecycle is not Lifecycle.RECEIVED:
        raise AlreadyRegistered()


@state_guard
def may_dismiss(case: Case) -> None:
    """Before registration, with every later message examined.

    Raises AlreadyRegistered, MessageUnexamined, RequestIsClosed.
    """
    _require_unregistered(case)
    require_examined(case)


@state_guard
def may_register(case: Case) -> None:
    """Once. Raises AlreadyRegistered, RequestIsClosed."""
    _require_unregistered(case)


@state_guard
def may_open_items(case: Case) -> None:
    """After registration. Raises NotRegistered, RequestIsClosed."""
    require_not_closed(case)
    if case.lifecycle is Lifecycle.RECEIVED:
        raise NotRegistered()


@state_guard
def may_assign(case: Case) -> None:
    """Raises RequestIsClosed."""
    require_not_closed(case)


@state_guard
def may_add_note(_: Case) -> None:
    """Always allowed: a closed case takes notes too."""


class TriageCommands(DatedCase):
    """dismiss, register, open items, assign, note."""

    def dismiss(
        self,
        acting: CaseActing,
        *,
        kind: DismissalKind,
        reason: Sealed | None,
        evidence_destroyed: Collection[UUID] = (),
    ) -> None:
        """Close a case that is not a request: spam, a question, an authority's letter, a misdirected letter.

        The clock resumes, even if a question is open. Raises ReasonRequired, AlreadyRegistered, MessageUnexamined,
        EvidenceNotPurged, RequestIsClosed.
        """
        may_dismiss(self)
        if reason is None:
            raise ReasonRequired()
        self.record(
            acting, RequestDismissed, kind=kind, reason=reason, evidence_destroyed=purged(self, evidence_destroyed)
        )
        resume_at_end(self, acting)
        release_ended_holds(self, acting)

    def register(
        self,
        acting: CaseActing,
        *,
        rights: tuple[Right, ...],
        direct_marketing: bool = False,
        controllers: tuple[str, ...] = (),
        subjects: tuple[str, ...] = (),
        retained: Collection[Retained] = (),
        listed: Collection[Listed] = (),
    ) -> None:
        """Confirm that the letter is a request and open an item for each right; no article need be cited.

        `direct_marketing`: an objection is one under GDPR Art. 21(2). `controllers` are the joint controllers that
        answer each right, with one item each; empty: the controller of the case. `subjects` are categories of data
        subjects. `retained` are the retention periods of those controllers in the record of processing: data that would
        be deleted before its copy is due is held. `listed` are their systems: access, portability, rectification and
        erasure get a search list. Raises NoRightIdentified, AlreadyRegistered, RequestIsClosed.
        """
        may_register(self)
        if not rights:
            raise NoRightIdentified()
        self.record(acting, RequestRegistered, subjects=subjects)
        open_each(self, acting, rights, controllers, direct_marketing=direct_marketing)
        list_what_is_searched(self, acting, listed)
        hold_what_expires(self, acting, retained)

    def open_items(
        self,
        acting: CaseActing,
        *,
        rights: tuple[Right, ...],
        direct_marketing: bool = False,
        controllers: tuple[str, ...] = (),
        retained: Collection[Retained] = (),
        listed: Collection[Listed] = (),
    ) -> None:
        """Open items for rights found later in the same letter, or for further controllers; they keep its R.

        `retained` and `listed` are as for `register`. Raises NoRightIdentified, NotRegistered, ItemAlreadyOpen,
        RequestIsClosed.
        """
        may_open_items(self)
        if not rights:
            raise NoRightIdentified()
        items = [item for item in self.items.values() if item.status.is_pending]
        pending = {(item.right, item.direct_marketing, item.controller_id) for item in items}
        for right, controller_id in product(rights, controllers or (self.controller_id,)):
            # One may object to marketing (Art. 21(2)) and, on other grounds, to other processing (Art. 21(1)).
            if (right, direct_marketing and right is Right.OBJECTION, controller_id) in pending:
                raise ItemAlreadyOpen(right=right.value, controller=controller_id)
        open_each(self, acting, rights, controllers, direct_marketing=direct_marketing)
        list_what_is_searched(self, acting, listed)
        hold_what_expires(self, acting, retained)

    def assign(self, acting: CaseActing, *, assignee: str) -> None:
        """Give the case to a member of staff. Raises RequestIsClosed."""
        may_assign(self)
        self.record(acting, RequestAssigned, assignee=assignee)

    def add_note(self, acting: CaseActing, *, note: Sealed | None) -> None:
        """Add a note for the file, to a closed case too. Raises ReasonRequired where it is blank."""
        may_add_note(self)
        if note is None:
            raise ReasonRequired("A note has to say something.")
        self.record(acting, NoteAdded, note=note)


def open_each(
    case: Case,
    acting: CaseActing,
    rights: tuple[Right, ...],
    controllers: tuple[str, ...] = (),
    *,
    direct_marketing: bool = False,
) -> None:
    """Open an item for each right and controller; without controllers, for the controller of the case."""
    answering = dict.fromkeys(controllers or (case.controller_id,))
    for right, controller_id in product(dict.fromkeys(rights), answering):
        case.record(
            acting,
            ItemOpened,
            item_id=_free_item_id(case, right),
            right=right,
            controller_id=controller_id,
            direct_marketing=direct_marketing and right is Right.OBJECTION,
        )


def _free_item_id(case: Case, right: Right) -> str:
    """`access`, `access-2`, `access-3` …: an item keeps its id even if its right changes."""
    later = (f"{right.value}-{number}" for number in count(2))
    return next(item_id for item_id in chain([right.value], later) if item_id not in case.items)
