"""What was searched for a package, and what was left out (GDPR Art. 5(2), 15(1); docs/law §11)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dsr.domain.request.search_list import SearchResult


@dataclass(frozen=True)
class SearchedSystem:
    """How one system on the search list ended."""

    system: str
    """Id of the record of processing."""
    result: SearchResult
    searched_at: datetime
    """Aware."""
    reason: str = ""
    """Why it was left out, in the language of the data subject; empty where it was searched."""

    def as_json(self) -> dict[str, Any]:
        """Its entry in the manifest. Raises ValueError for a time without zone."""
        if self.searched_at.utcoffset() is None:
            raise ValueError("a time in a package needs its zone")
        return {
            "system": self.system,
            "result": self.result.value,
            "searched_at": self.searched_at.isoformat(),
            "reason": self.reason or None,
        }


@dataclass(frozen=True)
class Search:
    """The search list of an item, closed."""

    systems: tuple[SearchedSystem, ...] = ()
    groups_not_searched: tuple[str, ...] = ()
    """Groups of people that the person does not belong to, as the record of processing calls them."""
    is_whole: bool = False
    """Whether nothing was left out, neither of the search nor of what it found."""


NOT_SEARCHED: Final = Search()
"""The search of a package that is made without a list."""
