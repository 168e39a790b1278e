"""What holds for every command of a case alike, whatever part of the law it belongs to."""

import inspect
import re
from typing import Any

import pytest

from dsr.domain.errors import DomainError
from dsr.domain.request import Request
from dsr.domain.request.errors import NotRegistered, RequestIsClosed
from dsr.domain.request.standing import HoldKind
from tests.catalogue.catalogue import ACTS
from tests.domain.request.a_case import ACase, OpenCase

NAMED: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "reassign": ((), {}),
    "place_hold": ((), {"kind": HoldKind.RETENTION}),  # a legal hold is placed on a closed case too
}
"""How commands are given that are about no item."""


def about(command: str) -> tuple[str, ...]:
    """The item of access, for a command that is about something."""
    return ("access",) if ACTS[command].about else ()


def commands_refused_with(error: type[DomainError]) -> list[str]:
    """Those whose docstrings say so: `tests/test_command_table.py` holds that docstrings and sources say the same."""
    says = re.compile(rf"\b{error.__name__}\b")
    return sorted(name for name in ACTS if says.search(inspect.getdoc(getattr(Request, name)) or ""))


@pytest.mark.parametrize("command", commands_refused_with(RequestIsClosed))
def test_a_closed_case_has_to_be_reopened_first(answered: ACase, command: str) -> None:
    named, facts = NAMED.get(command, (about(command), {}))
    with answered.refuses(RequestIsClosed):
        getattr(answered, command)(*named, **facts)


@pytest.mark.parametrize("command", commands_refused_with(NotRegistered))
def test_a_letter_has_to_be_registered_first(a_case: OpenCase, command: str) -> None:
    case = a_case()
    with case.refuses(NotRegistered):
        getattr(case, command)(*about(command))
