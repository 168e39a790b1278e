"""What holds for every command of a case alike, whatever part of the law it belongs to."""

from typing import Any

import pytest

from docs.law_table import rows
from dsr.domain.errors import DomainError
from dsr.domain.request import Request
from dsr.domain.request.errors import NotRegistered, RequestIsClosed
from dsr.domain.request.standing import HoldKind

NAMED: dict[str, tuple[str, dict[str, Any]]] = {
    "reassign": ("FR", {}),
    "place_hold": ("access", {"kind": HoldKind.RETENTION}),  # a legal hold is placed on a closed case too
}
"""How commands are given that are about no item."""


def commands_refused_with(error: type[DomainError]) -> list[str]:
    return [row.name for row in rows() if row.aggregate is Request and error in row.errors]


@pytest.mark.parametrize("command", commands_refused_with(RequestIsClosed))
def test_a_closed_case_has_to_be_reopened_first(answered, command):
    named, facts = NAMED.get(command, ("access", {}))
    with answered.refuses(RequestIsClosed):
        getattr(answered, command)(named, **facts)


@pytest.mark.parametrize("command", commands_refused_with(NotRegistered))
def test_a_letter_has_to_be_registered_first(a_case, command):
    case = a_case()
    with case.refuses(NotRegistered):
        getattr(case, command)("access")
