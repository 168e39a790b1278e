"""State guards: one function per command that checks the state of the case before everything else.

A state guard looks only at the case, the actor, the time, and the subject of the command: an item, a fee, a kind of
letter. So it can run without the command, and raises what the command would raise for that state. Each is written
beside its command and named after it: `may_grant` guards `grant`.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from types import MappingProxyType
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from dsr.domain.acting import CaseActing
from dsr.domain.request.case import Case
from dsr.domain.request.errors import CaseForgotten

_PREFIX: Final = "may_"

Function = TypeVar("Function", bound=Callable[..., object])


@dataclass(frozen=True)
class StateGuard:
    """The state guard of a command."""

    command: str
    function: Callable[..., object]
    asks_who: bool
    """Whether it needs the actor or the time."""
    about: tuple[str, ...]
    """Names of the arguments that identify the command's subject: `item_id`, `fee_id`, `kind`."""

    def ask(self, case: Case, acting: CaseActing, **about: Any) -> None:
        """Raise what the command would raise for this state; raise nothing if only its arguments decide."""
        who = (acting,) if self.asks_who else ()
        self.function(case, *who, **about)


C = TypeVar("C", bound=Case)
P = ParamSpec("P")
R = TypeVar("R")

_guards: Final[dict[str, StateGuard]] = {}

STATE_GUARDS: Final[Mapping[str, StateGuard]] = MappingProxyType(_guards)
"""State guards by name of the command; complete once `dsr.domain.request` is imported."""


def state_guard(function: Callable[Concatenate[C, P], R]) -> Callable[Concatenate[C, P], R]:
    """Register a guard for the command it is named after. Raises ValueError for a second one.

    It first refuses whatever is asked of a case that was forgotten (docs/law §7): CaseForgotten.
    """

    @wraps(function)
    def guard(case: C, /, *args: P.args, **kwargs: P.kwargs) -> R:
        require_not_forgotten(case)
        return function(case, *args, **kwargs)

    return guard_of_forgotten(guard)


def require_not_forgotten(case: Case) -> None:
    """Check that the case file was not forgotten: it takes in nothing more. Raises CaseForgotten."""
    if case.is_forgotten:
        raise CaseForgotten(request_id=str(case.id))


def guard_of_forgotten(function: Function) -> Function:
    """Register a guard of a command that a forgotten case still takes. Raises ValueError for a second one."""
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
