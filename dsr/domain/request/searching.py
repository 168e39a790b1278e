"""Searching every system that may hold data of the person (GDPR Art. 5(2), 15(1), 17; docs/law §11)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import ItemNotOpen, ReasonRequired
from dsr.domain.request.guards import require_between, require_item
from dsr.domain.request.item import Item
from dsr.domain.request.search_list import (
    SEARCHED,
    Listed,
    SearchList,
    SearchResult,
    SystemEnd,
    search_list_of,
)
from dsr.domain.request.state_guards import state_guard
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class SystemsUnsearched(Refused):
    """Some systems on the search list are still open. Account for each first, with
    `POST /requests/{request_id}/items/{item_id}/search`: `found`, `nothing` or `left-out`.
    """

    code = "systems-unsearched"


class NothingCollected(Refused):
    """No data set or file of this system was collected for the item. Collect what was found first; or record that the
    system holds nothing, or that it is left out and why.
    """

    code = "nothing-collected"


class DataFound(Refused):
    """A system holds data of the person, so it would be untrue that nothing is held. Grant the item, or propose to
    refuse it.
    """

    code = "data-found"


class NothingFound(Refused):
    """No system found data of the person, so nothing was erased. Record that nothing is held:
    `POST /requests/{request_id}/items/{item_id}/nothing-held`.
    """

    code = "nothing-found"


class SearchListed(RequestEvent):
    """The systems that have to account for an item, from the pinned version of the record of processing."""

    TOPIC: ClassVar[str] = "dsr.request.search-listed"
    item_id: str
    systems: tuple[str, ...]
    set_aside: tuple[str, ...]
    """Categories of people whose data is not searched, since the person does not belong to them."""
    own_files: str
    """Id of the case files of the privacy team; empty where the right does not reach them."""
    own_files_result: SearchResult | None
    """How the case files end by themselves: `left-out` for an erasure, as proof of the request."""

    def apply(self, case: Case) -> None:
        listed = SearchList(self.systems, self.set_aside, self.own_files, self.own_files_result)
        case.items[self.item_id] = replace(case.items[self.item_id], search=listed)


class SearchNarrowed(RequestEvent):
    """An erasure was granted: only the systems of its activities have to report it."""

    TOPIC: ClassVar[str] = "dsr.request.search-narrowed"
    item_id: str
    systems: tuple[str, ...]

    def apply(self, case: Case) -> None:
        item = case.items[self.item_id]
        if item.search is not None:
            case.items[self.item_id] = replace(item, search=item.search.narrowed(self.systems))


class SystemSearched(RequestEvent):
    """A system on the search list accounted for itself."""

    TOPIC: ClassVar[str] = "dsr.request.system-searched"
    item_id: str
    system: str
    result: SearchResult
    searched_at: datetime
    """When the search ended, or the data was corrected or erased; it may precede the recording."""
    copies: tuple[UUID, ...] = ()
    """Data sets and attachments that were collected from it, where data was found for a copy."""
    identifiers: Sealed | None = None
    """What was searched for: names, numbers, addresses."""
    reason: Sealed | None = None
    """Why it is left out, in the language of the answer, which states it."""

    def apply(self, case: Case) -> None:
        item = case.items[self.item_id]
        search = item.search or SearchList(())
        end = SystemEnd(self.result, self.searched_at, self.actor, self.reason)
        case.items[self.item_id] = replace(item, search=search.accounted(self.system, end))
        case.change_copy(self.item_id, self.originator_version)


@dataclass(frozen=True)
class SystemAccount:
    """The account of one system."""

    system: str
    result: SearchResult
    searched_at: datetime | None = None
    """None: now."""
    identifiers: Sealed | None = None
    reason: Sealed | None = None


@state_guard
def may_account_for_systems(case: Case, *, item_id: str) -> Item:
    """An item that is open or granted; no identity is needed to search.

    Raises ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
    """
    item = require_item(case, item_id)
    if not item.status.is_pending:
        raise ItemNotOpen(item_id=item_id)
    return item


class SearchCommands(Case):
    """account for systems."""

    def account_for_systems(
        self,
        acting: CaseActing,
        *,
        item_id: str,
        accounts: tuple[SystemAccount, ...],
        listed: Listed,
        granted_systems: tuple[str, ...] = (),
    ) -> None:
        """Account for systems on the search list: data found, nothing found, or left out and why.

        `found` for a copy needs data that was collected from the system; for a correction or an erasure, it reports
        that the system carried it out. A later account replaces an earlier one. `listed` makes the list of an item that
        has none: an item of another right, or one registered before there were search lists; `granted_systems` are then
        those of an erasure granted before. Raises ReasonRequired (no system, `nothing` without the identifiers,
        `left-out` without a reason), NothingCollected, DataFound (the account of a copy contradicts what was
        collected), AnswerDatesInvalid (searched before the request arrived, or in the future), ItemUnknown,
        ItemNotOpen, NotRegistered, RequestIsClosed.
        """
        item = may_account_for_systems(self, item_id=item_id)
        if not accounts:
            raise ReasonRequired("Name at least one system, and say what was found there.")
        for account in accounts:
            _require_complete(self, item, account)
            require_between(acting, account.searched_at or acting.at, not_before=self.received_at)
        if item.search is None:
            list_systems(self, acting, item, listed)
            if item.to_erase:
                self.record(
                    acting, SearchNarrowed, item_id=item_id, systems=_without(granted_systems, listed.own_files)
                )
        for account in accounts:
            is_found = account.result is SearchResult.FOUND
            self.record(
                acting,
                SystemSearched,
                item_id=item_id,
                system=account.system,
                result=account.result,
                searched_at=account.searched_at or acting.at,
                copies=_collected_from(self, item_id, account.system) if is_found else (),
                identifiers=account.identifiers,
                reason=account.reason if account.result is SearchResult.LEFT_OUT else None,
            )


def list_systems(case: Case, acting: CaseActing, item: Item, listed: Listed) -> None:
    """Record the search list of an item."""
    search = search_list_of(item.right, listed)
    case.record(
        acting,
        SearchListed,
        item_id=item.item_id,
        systems=search.systems,
        set_aside=search.set_aside,
        own_files=search.own_files,
        own_files_result=search.own_files_result,
    )


def list_what_is_searched(
    case: Case, acting: CaseActing, listed: Collection[Listed], *, anew: Collection[str] = ()
) -> None:
    """Record the search lists of pending items that have none, and of the items `anew`, which another controller
    answers now.
    """
    by_controller = {each.controller_id: each for each in listed}
    for item in tuple(case.items.values()):
        found = by_controller.get(item.controller_id)
        is_due = item.right in SEARCHED and item.status.is_pending and (item.search is None or item.item_id in anew)
        if is_due and found is not None:
            list_systems(case, acting, item, found)


def open_systems(case: Case, item: Item) -> tuple[str, ...]:
    """The systems that have to account for the item still.

    The account of a copy has to agree with what was collected: a system is open again if its data was discarded,
    without a duty to redact it, or if data was collected although nothing was found, or it was left out. Empty without
    a list.
    """
    if item.search is None:
        return ()
    if item.right not in (Right.ACCESS, Right.PORTABILITY):
        return item.search.open
    contradicted = [
        system
        for result in SearchResult
        for system in item.search.ended_as(result)
        if _has_collected(case, item.item_id, system) is not (result is SearchResult.FOUND)
    ]
    return tuple(dict.fromkeys((*item.search.open, *contradicted)))


def require_searched(case: Case, item: Item) -> None:
    """Check that every system on the search list has accounted for the item. Raises SystemsUnsearched."""
    if item.search is None:
        raise SystemsUnsearched(
            f"The search list of '{item.item_id}' was never opened: its right has none, or it was registered before "
            f"there were search lists. `GET /requests/{{request_id}}/items/{item.item_id}/search` names the systems: "
            f"account for each with the `POST` of that route.",
            item_id=item.item_id,
            open=[],
        )
    left = open_systems(case, item)
    if left:
        raise SystemsUnsearched(item_id=item.item_id, open=list(left))


def require_found(item: Item) -> None:
    """Check that an erasure erased something, unless a part of it was refused, or systems that it does not touch were
    not searched. Raises NothingFound.
    """
    if item.right is Right.ERASURE and item.search is not None and item.search.found_nothing and not item.refused_parts:
        raise NothingFound(item_id=item.item_id)


def require_nothing_found(case: Case, item: Item) -> None:
    """Check that the search is complete, that at least one system was searched, and that none holds data. An erasure
    that was granted for some processing needs every system for it.

    Raises SystemsUnsearched, DataFound.
    """
    item = item if item.search is None else replace(item, search=item.search.whole)
    require_searched(case, item)
    assert item.search is not None  # noqa: S101 - just checked
    found = dict.fromkeys((*item.search.ended_as(SearchResult.FOUND), *_collected_in(case, item.item_id)))
    if item.search.held:
        held = list(item.search.held)
        raise DataFound(
            f"Data of the person was held in {', '.join(held)}, and its erasure was granted. Record the item as done: "
            f"`POST /requests/{{request_id}}/items/{item.item_id}/completion`.",
            item_id=item.item_id,
            systems=held,
        )
    if found:
        raise DataFound(item_id=item.item_id, systems=list(found))
    if not item.search.ended_as(SearchResult.NOTHING):
        raise SystemsUnsearched(
            "No system was searched, so nobody knows that nothing is held. Search at least one.",
            item_id=item.item_id,
            open=list(item.search.due),
        )


def _require_complete(case: Case, item: Item, account: SystemAccount) -> None:
    match account.result:
        case SearchResult.NOTHING if account.identifiers is None:
            raise ReasonRequired(
                "Say with which identifiers the system was searched (`identifiers`).", system=account.system
            )
        case SearchResult.LEFT_OUT if account.reason is None:
            raise ReasonRequired(
                "Say why the system is left out (`reason`); the answer states it.", system=account.system
            )
    if item.right not in (Right.ACCESS, Right.PORTABILITY):
        return
    is_own = item.search is not None and account.system == item.search.own_files
    is_found, is_collected = account.result is SearchResult.FOUND, _has_collected(case, item.item_id, account.system)
    if is_found and not is_collected and not is_own:
        raise NothingCollected(system=account.system)
    if is_collected and not is_found:
        raise DataFound(
            "Data of this system was collected for the item. Record the system as `found`, or discard the data first.",
            system=account.system,
        )


def _without(systems: tuple[str, ...], own_files: str) -> tuple[str, ...]:
    return tuple(system for system in systems if system != own_files)


def _collected_from(case: Case, item_id: str, system: str) -> tuple[UUID, ...]:
    return tuple(
        copy_id for copy_id, copy in case.copies.collected.items() if copy.item_id == item_id and copy.system == system
    )


def _collected_in(case: Case, item_id: str) -> tuple[str, ...]:
    """The systems, on the list or not, from which data was collected for the item."""
    return tuple(copy.system for copy in case.copies.collected.values() if copy.item_id == item_id)


def _has_collected(case: Case, item_id: str, system: str) -> bool:
    """Whether data of the system is on file for the item, or was discarded under a duty to redact it."""
    originals = (duty.original for duty in case.copies.redaction_duties.values())
    withheld = any(each.item_id == item_id and each.system == system for each in originals)
    return withheld or bool(_collected_from(case, item_id, system))
