"""Whenever a package is offered, bring its drafted answer up to date, so that it holds the link (docs/law §12)."""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.offers import PackageOffered
from dsr.policies.correspondence import Correspondence


class HoldLink:
    """Whenever a package is offered, bring its drafted answer up to date, so that it holds the link (docs/law §12)."""

    name: ClassVar[str] = "hold-link"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({PackageOffered})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Refresh each draft that answers the item. Raises what `Correspondence.refresh` raises."""
        event = recorded.event
        assert isinstance(event, PackageOffered)  # noqa: S101 - all that it handles
        self._letters.refresh(self, recorded, event.item_id)
