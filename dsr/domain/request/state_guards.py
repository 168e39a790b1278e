"""Which state refuses which command: one function for each command, asked by the command before all else.

A state guard asks only the case, who acts and when, and what the command is about: an item, a fee, a kind of letter. So
it can be asked without the command too, and raises then just what the command would raise for that state. Each stands
beside its command and is named after it: `may_grant` guards `grant`.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar

from dsr.domain.acting import CaseActing
from dsr.domain.request.case import Case

_PREFIX: Final = "may_"

Function = TypeVar("Function", bound=Callable[..., object])


@dataclass(frozen=True)
class StateGuard:
    """What refuses a command by the state of the case."""

    command: str
    function: Callable[..., object]
    asks_who: bool
    """It asks who acts, or when."""
    about: tuple[str, ...]
    """Names of the arguments that say what the command is about: `item_id`, `fee_id`, `kind`."""

    def ask(self, case: Case, acting: CaseActing, **about: Any) -> None:
        """Raise what the command would raise for this state; nothing, where its arguments decide."""
        who = (acting,) if self.asks_who else ()
        self.function(case, *who, **about)


_guards: Final[dict[str, StateGuard]] = {}

STATE_GUARDS: Final[Mapping[str, StateGuard]] = MappingProxyType(_guards)
"""By the name of the command; complete once `dsr.domain.request` is imported."""


def state_guard(function: Function) -> Function:
    """Register the guard of the command that it is named after. Raises ValueError for a second one."""
    command = function.__name__.removeprefix(_PREFIX)
    if command in _guards:
        raise ValueError(f"{command} has two state guards")
    parameters = inspect.signature(function).parameters.values()
    _guards[command] = StateGuard(
        command=command,
        function=function,
        asks_who=any(each.name == "acting" for each in parameters),
        about=tuple(each.name for each in parameters if each.kind is each.KEYWORD_ONLY),
    )
    return function
