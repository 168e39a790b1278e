"""Finishing an item in one flow: accounted for, completed, packaged, offered by a link, its answer drafted.

Nothing of the law stands here. Each step is the use case that a person would run, with its own guard and its own event.
A step that is refused ends the flow; the same call goes on there once what was missing is done.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from dsr.desk.caller import Call
from dsr.desk.dispatching import DispatchDesk, Subject
from dsr.desk.errors import SecretShown
from dsr.desk.exports import ExportDesk, Link
from dsr.desk.exports.packages import is_deliverable, kept_of
from dsr.desk.idempotency import Answer
from dsr.desk.items import ItemDesk
from dsr.desk.repository import Repository, of_items, require_answering, require_version
from dsr.desk.search_lists import SearchListDesk, SystemReport
from dsr.domain.dispatch import DispatchState
from dsr.domain.dispatch.errors import DispatchAlreadyWritten
from dsr.domain.errors import DomainError, ServiceWide
from dsr.domain.export import Export
from dsr.domain.request import Request
from dsr.domain.request.item import Item
from dsr.domain.request.letters import ANSWER_OF
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import ItemStatus
from dsr.domain.rights import Right


class FinishStep(StrEnum):
    """A step of finishing an item, in this order; codes are public."""

    SEARCH = "search"
    """The systems that the call reports account for the item."""
    COMPLETION = "completion"
    """The item is recorded as carried out."""
    PACKAGE = "package"
    """The package is built from the collected data."""
    LINK = "link"
    """The package is offered by a link."""
    LETTER = "letter"
    """The answer is drafted, for a person to read and release."""


class StepState(StrEnum):
    """What became of a step; codes are public."""

    DONE = "done"
    """This call did it."""
    DONE_BEFORE = "done-before"
    """It was done already."""
    NOT_NEEDED = "not-needed"
    """This item needs no such step."""
    REFUSED = "refused"
    """Its guard refused it: `refusal` says why and what to do."""
    NOT_REACHED = "not-reached"
    """An earlier step was refused."""


@dataclass(frozen=True)
class Completion:
    """What the caller says about the item."""

    account: str
    """What was done; sealed."""
    reports: Sequence[SystemReport] = ()
    """Systems that account for the item now."""
    done_at: datetime | None = None
    """When it was carried out; None: now."""


@dataclass(frozen=True)
class DraftedLetter:
    """An answer to the item."""

    dispatch_id: UUID
    missing: tuple[str, ...]
    """Codes of what it still has to say before it can be released."""


@dataclass(frozen=True)
class Finished:
    """How far the item got."""

    request_id: UUID
    version: int
    """Of the case now."""
    item_id: str
    states: Mapping[FinishStep, StepState]
    refusal: DomainError | None
    """What the first step that was not taken was refused with."""
    export_id: UUID | None
    """The package that may be handed over."""
    link: Link | None
    """Link and password of the package where this call offered it, for ten minutes: send them on two channels."""
    letters: tuple[DraftedLetter, ...]


_PACKAGED: Final = (Right.ACCESS, Right.PORTABILITY)


class FinishDesk:
    """finish an item."""

    def __init__(
        self,
        repository: Repository,
        items: ItemDesk,
        search_lists: SearchListDesk,
        exports: ExportDesk,
        dispatching: DispatchDesk,
    ) -> None:
        self._repository = repository
        self._items = items
        self._search_lists = search_lists
        self._exports = exports
        self._dispatching = dispatching

    def finish(self, request_id: UUID, item_id: str, call: Call, *, completion: Completion) -> Finished:
        """Take every step that is left, until one is refused.

        A call that takes no step raises what refused it. One with the same key takes no step twice, and goes on where
        the first one stopped. Raises RequestUnknown, VersionStale, ItemUnknown, Forbidden, IdempotencyKeyReused, and
        what the use cases of the steps raise.
        """
        case = self._repository.request(request_id, call.caller)
        require_answering(case, call.caller, of_items(item_id))
        if not any(self._was_taken(call, step) for step in FinishStep):
            require_version(case, call.expected)
        flow = _Flow(call, request_id, item_id, completion)
        for step, take in self._steps():
            case = self._repository.request(request_id, call.caller)
            try:
                flow.states[step] = take(flow, case, case.item(item_id))
            except ServiceWide:
                raise
            except DomainError as refusal:
                if StepState.DONE not in flow.states.values():
                    raise
                flow.states[step], flow.refusal = StepState.REFUSED, refusal
                break
        return self._finished(flow)

    def _steps(self) -> "Sequence[tuple[FinishStep, Take]]":
        return (
            (FinishStep.SEARCH, self._search),
            (FinishStep.COMPLETION, self._complete),
            (FinishStep.PACKAGE, self._package),
            (FinishStep.LINK, self._link),
            (FinishStep.LETTER, self._letter),
        )

    def _was_taken(self, call: Call, step: FinishStep) -> bool:
        return self._repository.idempotency.find(part_of(call, step)) is not None

    def _search(self, flow: "_Flow", case: Request, item: Item) -> StepState:
        if not flow.completion.reports:
            return StepState.NOT_NEEDED
        if item.status is ItemStatus.DONE or self._was_taken(flow.call, FinishStep.SEARCH):
            return StepState.DONE_BEFORE
        self._search_lists.account(
            case.id, item.item_id, flow.part(FinishStep.SEARCH, case.version), reports=flow.completion.reports
        )
        return StepState.DONE

    def _complete(self, flow: "_Flow", case: Request, item: Item) -> StepState:
        if item.status in (ItemStatus.DONE, ItemStatus.NOTHING_HELD):
            return StepState.DONE_BEFORE
        said = flow.completion
        self._items.record_done(
            case.id,
            item.item_id,
            flow.part(FinishStep.COMPLETION, case.version),
            account=said.account,
            done_at=said.done_at,
        )
        return StepState.DONE

    def _package(self, flow: "_Flow", case: Request, item: Item) -> StepState:
        if not _is_handed_over(item):
            return StepState.NOT_NEEDED
        if item.answered:
            return StepState.DONE_BEFORE
        known = self._deliverable(case, item)
        if known is not None:
            flow.export = known
            return StepState.DONE_BEFORE
        made = self._exports.prepare(case.id, item.item_id, flow.part(FinishStep.PACKAGE, case.version))
        flow.export = self._repository.find(Export, UUID(str(made.resource_id)))
        return StepState.DONE

    def _link(self, flow: "_Flow", _: Request, item: Item) -> StepState:
        if not _is_handed_over(item):
            return StepState.NOT_NEEDED
        if flow.export is None:  # the item is answered
            return StepState.DONE_BEFORE
        offer = flow.export.offer_made
        if offer is not None and offer.revoked is None and offer.expires_at > self._repository.now():
            flow.offered = self._repository.idempotency.find(flow.part(FinishStep.LINK))
            return StepState.DONE_BEFORE
        flow.offered = self._exports.offer(flow.export.id, flow.part(FinishStep.LINK, flow.export.version))
        return StepState.DONE

    def _letter(self, flow: "_Flow", case: Request, item: Item) -> StepState:
        """A draft for each addressee. One that was drafted already is refreshed, so that it holds the link."""
        if item.answered:
            return StepState.DONE_BEFORE
        subject = Subject(ANSWER_OF[item.right], (item.item_id,))
        states = {
            self._draft(flow, subject, addressee)
            for addressee in self._dispatching.addressees(case.id, flow.call.caller, subject)
        }
        return StepState.DONE if StepState.DONE in states else StepState.DONE_BEFORE

    def _draft(self, flow: "_Flow", subject: Subject, addressee: AnswerTo) -> StepState:
        call = flow.part(f"{FinishStep.LETTER}:{addressee}")
        before = self._repository.idempotency.find(call)
        try:
            written = before or self._dispatching.prepare(
                flow.request_id, call, kind=subject.kind, item_ids=subject.item_ids, addressee=addressee
            )
        except DispatchAlreadyWritten as known:
            state, written = StepState.DONE_BEFORE, self._refreshed(flow, UUID(str(known.facts["dispatch_id"])))
        else:
            state = StepState.DONE if before is None else StepState.DONE_BEFORE
        shown = msgspec.json.decode(written.body)
        flow.letters.append(DraftedLetter(UUID(shown["dispatch_id"]), tuple(shown["missing"])))
        return state

    def _refreshed(self, flow: "_Flow", dispatch_id: UUID) -> Answer:
        """The letter, brought up to date if it is a draft still."""
        shown = self._dispatching.view(dispatch_id, flow.call.caller)
        if msgspec.json.decode(shown.body)["state"] != DispatchState.DRAFT:
            return shown
        return self._dispatching.edit(dispatch_id, flow.part(f"refresh:{dispatch_id}"))

    def _deliverable(self, case: Request, item: Item) -> Export | None:
        """The newest package of the item that may be handed over."""
        kept = (each for each in kept_of(self._repository, case.id) if each.item_id == item.item_id)
        return next((each for each in reversed([*kept]) if is_deliverable(each, case)), None)

    def _finished(self, flow: "_Flow") -> Finished:
        return Finished(
            request_id=flow.request_id,
            version=self._repository.request(flow.request_id, flow.call.caller).version,
            item_id=flow.item_id,
            states={step: flow.states.get(step, StepState.NOT_REACHED) for step in FinishStep},
            refusal=flow.refusal,
            export_id=None if flow.export is None else flow.export.id,
            link=self._link_of(flow),
            letters=tuple(flow.letters),
        )

    def _link_of(self, flow: "_Flow") -> Link | None:
        if flow.offered is None:
            return None
        try:
            return self._exports.link(flow.offered)
        except SecretShown:  # ten minutes ago
            return None


@dataclass
class _Flow:
    """One run: what was asked, and how far it got."""

    call: Call
    request_id: UUID
    item_id: str
    completion: Completion
    states: dict[FinishStep, StepState] = field(default_factory=dict)
    refusal: DomainError | None = None
    export: Export | None = None
    offered: Answer | None = None
    letters: list[DraftedLetter] = field(default_factory=list)

    def part(self, step: str, version: int | None = None) -> Call:
        """The call of a step, on the version that it was decided on."""
        return part_of(self.call, step, version)


Take = Callable[[_Flow, Request, Item], StepState]
"""Takes a step on the case as it is now. Raises what its use case raises."""


def part_of(call: Call, step: str, version: int | None = None) -> Call:
    """The call of one step: by the same caller, under a key of its own that follows from the key of the whole."""
    return Call(call.caller, version, None if call.idempotency is None else call.idempotency.part(step))


def _is_handed_over(item: Item) -> bool:
    """Whether the person gets a package: nothing else is to be sent of what went straight to another controller."""
    return item.right in _PACKAGED and item.status is ItemStatus.DONE and not item.was_transmitted
