"""What the answer says about the search for an item: opened for its letter and its package (docs/law §11)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dsr.desk.repository import Repository
from dsr.domain.request import Request
from dsr.domain.request.item import Item
from dsr.domain.request.search_list import SearchResult


@dataclass(frozen=True, repr=False)
class ResultOfSystem:
    """How one system ended. It has no `repr`, since the reason is personal data."""

    system: str
    result: SearchResult
    searched_at: datetime
    reason: str
    """Why it was left out, in the language of the answer; empty where it was searched."""


def results_of(repository: Repository, case: Request, item: Item) -> Iterator[ResultOfSystem]:
    """The accounts of the systems on the search list of an item; of the case files only if somebody accounted for them.

    Raises KeyDestroyed.
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
        if copy.item_id == item.item_id and item.search.result_of(copy.system) is None:
            beside[copy.system] = max(copy.collected_at, beside.get(copy.system, copy.collected_at))
    for system, collected_at in beside.items():
        yield ResultOfSystem(system, SearchResult.FOUND, collected_at, "")
