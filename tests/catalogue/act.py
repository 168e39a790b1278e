"""One command of the domain, with arguments that the law allows."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.catalogue.maker import HANDLER


@dataclass(frozen=True)
class Act:
    """A command of `Request`, and how to give it lawfully to a case on which it may be given."""

    command: str
    lawful: Callable[..., dict[str, Any]]
    """Of the case and what the test names by position: an item, a right, a fee. Values besides `acting`."""
    actor: str = HANDLER

    @property
    def about(self) -> str | None:
        """What a test may name by position: `item_id`, `fee_id`, `rights` …; None where there is nothing to name."""
        _, *named = inspect.signature(self.lawful).parameters
        return named[0] if named else None
