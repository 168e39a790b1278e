"""What the answer says about the search for an item: opened for its letter and its package (docs/law §11)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dsr.desk.repository import Repository
from dsr.domain.request import Request
from dsr.domain.request.item import Item
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.values import ItemStatus
from dsr.domain.rights import Right


@dataclass(frozen=True, repr=False)
class ResultOfSystem:
    """How one system ended. It has no `repr`, since the reason is personal data."""

    system: str
    result: SearchResult
    searched_at: datetime | None
    """None: the file on the request, which is added when the package is made."""
    reason: str
    """Why it was left out, in the language of the answer; empty where it was searched."""


def results_of(repository: Repository, case: Request, item: Item) -> Iterator[ResultOfSystem]:
    """The accounts of the systems on the search list of an item, and of other systems that data was collected from.

    The file on the request counts if a handler accounted for it, or if the package holds it. Raises KeyDestroyed.
    """
    if item.search is None:
        return
    for system in dict.fromkeys((*item.search.due, *item.search.ended)):
        end = item.search.ended.get(system)
        if end is None:
            continue
        reason = ""
        if end.reason is not None:
            reason = repository.sealer.open_json(end.reason, stream_id=case.id, field="reason")
        yield ResultOfSystem(system, end.result, end.searched_at, reason)
    # Data can also come from a system that is not on the list.
    beside: dict[str, datetime] = {}
    for copy in case.copies.collected.values():
        if copy.item_id == item.item_id and copy.system not in item.search.ended:
            beside[copy.system] = max(copy.collected_at, beside.get(copy.system, copy.collected_at))
    for system, collected_at in beside.items():
        yield ResultOfSystem(system, SearchResult.FOUND, collected_at, "")
    if gives_own_file(case, item):
        yield ResultOfSystem(item.search.own_files, SearchResult.FOUND, None, "")


def gives_own_file(case: Request, item: Item) -> bool:
    """Whether the service adds the file on the request to the package.

    It does so for access, unless a handler accounted for the case files, or collected data from them in order to redact
    it. Where a law forbids telling reasons, any text in the file could give them away, so the file stays out.
    """
    search = item.search
    if (
        search is None
        or case.reasons_withheld
        or item.right is not Right.ACCESS
        or item.status is ItemStatus.NOTHING_HELD
    ):
        return False
    collected = _collected_from(case, item)
    return bool(collected) and search.own_files not in {*collected, *search.ended}


def is_nothing_left_out(repository: Repository, case: Request, item: Item) -> bool:
    """Whether letter and package may say that nothing was left out."""
    search = item.search
    if search is None or search.set_aside or item.refused_in_part or search.ended_as(SearchResult.LEFT_OUT):
        return False
    if any(search.result_of(system) is None for system in search.systems):  # outside what was granted
        return False
    if item.right is Right.PORTABILITY:
        return case.copies.is_whole(item.item_id, inferred=False)
    if item.right is not Right.ACCESS:
        return not search.are_own_files_left_out
    has_own_files = gives_own_file(case, item) or search.own_files in _collected_from(case, item)
    return has_own_files and case.copies.is_whole(item.item_id, inferred=True) and not repository.other_cases(case.id)


def _collected_from(case: Request, item: Item) -> set[str]:
    return {each.system for each in case.copies.collected.values() if each.item_id == item.item_id}
