"""Use cases of search lists: which systems have to account for an item, and what they reported (docs/law §11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dsr.desk.caller import Call, Caller
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request import Request
from dsr.domain.request.guards import require_item
from dsr.domain.request.item import Item
from dsr.domain.request.search_list import PROOF_OF_REQUEST, SearchList, SearchResult, search_list_of
from dsr.domain.request.searching import SystemAccount, open_systems


@dataclass(frozen=True)
class SystemReport:
    """What a handler or the owner of a system says about it."""

    system: str
    result: SearchResult
    searched_at: datetime | None = None
    """None: now."""
    identifiers: str = ""
    """What was searched for; sealed."""
    reason: str = ""
    """Why it is left out, in the language of the answer; sealed."""


@dataclass(frozen=True)
class SystemState:
    """One system on a search list."""

    system: str
    result: SearchResult | None
    """None: open."""
    reason_code: str | None = None
    """`proof-of-request` for the case files of an erasure."""
    searched_at: datetime | None = None
    by: str | None = None
    counts: bool = True
    """False where an erasure was granted for other processing, or the system was searched besides."""


@dataclass(frozen=True)
class SearchListState:
    """The search list of an item."""

    item_id: str
    open: tuple[str, ...]
    set_aside: tuple[str, ...]
    systems: tuple[SystemState, ...]


class SearchListDesk:
    """account for systems; show the list."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def account(self, request_id: UUID, item_id: str, call: Call, *, reports: Sequence[SystemReport]) -> Answer:
        """Account for one system or several: found, nothing, or left out and why.

        Raises SystemUnknown, and what the domain refuses.
        """
        repository = self._repository
        with changing(repository, request_id, call, item_id=item_id) as work:
            case = work.case
            item = require_item(case, item_id)
            document = repository.ropa.at_version(case.ropa_version).document
            own_files = repository.listed(case, [item.controller_id], case.subjects)[0].own_files
            for report in reports:
                if report.system != own_files:
                    document.system(report.system)
            case.account_for_systems(
                work.acting,
                item_id=item_id,
                accounts=tuple(
                    SystemAccount(
                        system=report.system,
                        result=report.result,
                        searched_at=report.searched_at,
                        identifiers=work.seal("identifiers", report.identifiers),
                        reason=work.seal("reason", report.reason),
                    )
                    for report in reports
                ),
                listed=repository.listed(case, [item.controller_id], case.subjects)[0],
                granted_systems=document.systems_of(item.to_erase),
            )
        return work.answer

    def of_item(self, request_id: UUID, item_id: str, caller: Caller) -> tuple[SearchListState, int]:
        """The search list with the version of the case; for an item without one, what would be on it.

        Raises RequestUnknown, ItemUnknown.
        """
        case = self._repository.request(request_id, caller)
        item = case.item(item_id)
        search = item.search or self._to_be_listed(case, item)
        left = open_systems(case, item) if item.search is not None else search.open
        return SearchListState(item_id, left, search.set_aside, tuple(_states(search, left))), case.version

    def _to_be_listed(self, case: Request, item: Item) -> SearchList:
        """The list that the first account of the item will open."""
        (listed,) = self._repository.listed(case, [item.controller_id], case.subjects)
        return search_list_of(item.right, listed)


def _states(search: SearchList, left: tuple[str, ...]) -> Sequence[SystemState]:
    known = dict.fromkeys((*search.systems, *search.due, *search.ended, *filter(None, [search.own_files])))
    states = []
    for system in known:
        end, result = search.ended.get(system), search.result_of(system)
        by_itself = end is None and result is SearchResult.LEFT_OUT
        states.append(
            SystemState(
                system=system,
                result=None if system in left else result,
                reason_code=PROOF_OF_REQUEST if by_itself else None,
                searched_at=None if end is None else end.searched_at,
                by=None if end is None else end.by,
                counts=system in search.due or system == search.own_files,
            )
        )
    return states
