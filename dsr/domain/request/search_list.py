"""The search list of an item: the systems that have to account for it (GDPR Art. 5(2), 15(1), 17; docs/law §11)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from dsr.domain.frozen import replace
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class SearchResult(StrEnum):
    """How a system on a search list ended; codes are public."""

    FOUND = "found"
    """It holds data: collected for a copy, or corrected or erased there."""
    NOTHING = "nothing"
    """It was searched and holds no data of the person."""
    LEFT_OUT = "left-out"
    """It was left out of the search, for a reason that the answer states."""


PROOF_OF_REQUEST: Final = "proof-of-request"
"""Why an erasure leaves out the case files of the privacy team: they prove that the request was answered (GDPR Art.
17(3)(b), (e)).
"""

SEARCHED: Final = frozenset({Right.ACCESS, Right.PORTABILITY, Right.RECTIFICATION, Right.ERASURE})
"""Rights whose registration makes a search list. Any other right needs one only to answer that nothing is held."""

OWN_FILES_RESULT: Final[Mapping[Right, SearchResult]] = {
    Right.ACCESS: SearchResult.FOUND,
    Right.ERASURE: SearchResult.LEFT_OUT,
}
"""How the case files of the privacy team end by themselves: an access gets their content, an erasure keeps them."""


@dataclass(frozen=True)
class Listed:
    """What the record of processing says about a search for one controller."""

    controller_id: str
    systems: tuple[str, ...]
    """Systems of its activities for the registered categories of people; without the case files."""
    set_aside: tuple[str, ...]
    """Categories of people that are not searched, since the person does not belong to them."""
    own_files: str
    """Id of the case files of the privacy team."""


@dataclass(frozen=True)
class SystemEnd:
    """The account of one system."""

    result: SearchResult
    searched_at: datetime
    by: str
    """Who recorded it."""
    reason: Sealed | None = None
    """Why it was left out, in the language of the answer."""


@dataclass(frozen=True)
class SearchList:
    """The systems that have to account for an item, with what they reported."""

    systems: tuple[str, ...]
    """By the registration; ids of the record of processing."""
    set_aside: tuple[str, ...] = ()
    """Categories of people that are not searched."""
    own_files: str = ""
    """Id of the case files of the privacy team; empty where the right does not reach them."""
    own_files_result: SearchResult | None = None
    """How the case files end, unless a handler accounts for them."""
    granted: tuple[str, ...] | None = None
    """Systems of the activities for which an erasure was granted; None before."""
    ended: Mapping[str, SystemEnd] = field(default_factory=dict, hash=False)
    """Accounts by system."""
    held: tuple[str, ...] | None = None
    """Once a correction or an erasure was granted: the systems that held data then, or reported since that they
    carried it out. A later search that finds nothing there is no sign that nothing was held.
    """

    @property
    def due(self) -> tuple[str, ...]:
        """The systems that count: for a granted erasure, those of the granted activities."""
        return self.systems if self.granted is None else self.granted

    @property
    def open(self) -> tuple[str, ...]:
        """The systems without an account."""
        return tuple(system for system in self.due if system not in self.ended)

    def ended_as(self, result: SearchResult) -> tuple[str, ...]:
        """The systems that count, or were searched besides, with this result; without the case files."""
        known = dict.fromkeys((*self.due, *self.ended))
        return tuple(
            system
            for system in known
            if system != self.own_files and system in self.ended and self.ended[system].result is result
        )

    @property
    def are_own_files_left_out(self) -> bool:
        """Whether the case files are left out by themselves, as proof of the request."""
        return self.own_files not in self.ended and self.own_files_result is SearchResult.LEFT_OUT

    def result_of(self, system: str) -> SearchResult | None:
        """How a system ended, the case files included; None while it is open."""
        end = self.ended.get(system)
        if end is not None:
            return end.result
        return self.own_files_result if system == self.own_files else None

    def accounted(self, system: str, end: SystemEnd) -> Self:
        """With the account of one system; it replaces an earlier one."""
        held = self.held
        if held is not None and end.result is SearchResult.FOUND:
            held = tuple(dict.fromkeys((*held, system)))
        return replace(self, ended={**self.ended, system: end}, held=held)

    def narrowed(self, systems: tuple[str, ...]) -> Self:
        """An erasure was granted for activities with these systems."""
        return replace(self, granted=systems)

    @property
    def whole(self) -> Self:
        """As if nothing had been granted: to say that nothing is held, every system is searched."""
        return replace(self, systems=tuple(dict.fromkeys((*self.systems, *self.due))), granted=None)

    @property
    def found_nothing(self) -> bool:
        """Whether every system has ended, at least one was searched, and none holds data, or held some."""
        found = self.ended_as(SearchResult.FOUND) or self.held
        return not self.whole.open and bool(self.ended_as(SearchResult.NOTHING)) and not found

    def to_be_carried_out(self) -> Self:
        """The right was granted: where data was found, the system reports again once it was corrected or erased."""
        kept = {system: end for system, end in self.ended.items() if end.result is not SearchResult.FOUND}
        return replace(self, ended=kept, held=self.ended_as(SearchResult.FOUND))

    def afresh(self) -> Self:
        """The item is decided again, on what the systems hold then: earlier accounts stay in the history alone."""
        return replace(self, granted=None, ended={}, held=None)


def search_list_of(right: Right, listed: Listed) -> SearchList:
    """The list that an item for this right begins with."""
    own_files_result = OWN_FILES_RESULT.get(right)
    own_files = listed.own_files if own_files_result is not None else ""
    return SearchList(listed.systems, listed.set_aside, own_files, own_files_result)


@dataclass(frozen=True)
class SearchLink:
    """The last link by which the owner of a system answers for an item."""

    link_id: UUID
    system: str
    token_sha256: str
    issued_in: int
    """Version of the case with what to look for."""
    expires_at: datetime
    look_for: Sealed
    session_sha256: str = ""
    """Of the session that opening it began; empty before."""
    session_ends_at: datetime | None = None

    def runs(self, at: datetime) -> bool:
        """Whether its session still opens something."""
        return self.session_ends_at is not None and at < self.session_ends_at
