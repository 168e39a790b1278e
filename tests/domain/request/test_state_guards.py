"""Every command of a case has a state guard of its own, which it asks before all else."""

import ast
import inspect
import textwrap

import pytest

from dsr.domain.acting import CaseActing
from dsr.domain.request import Request
from dsr.domain.request.case import Case
from dsr.domain.request.errors import IdentityUnresolved, ItemUnknown
from dsr.domain.request.state_guards import STATE_GUARDS, state_guard
from dsr.domain.rights import Right
from tests.domain.request.a_case import Made, OpenCase


def commands() -> dict[str, object]:
    """What records something on a case that there is already: so not `receive`."""
    functions = inspect.getmembers(Request, inspect.isfunction)
    return {
        name: function
        for name, function in functions
        if not name.startswith("_") and name != "record" and "acting" in inspect.signature(function).parameters
    }


def test_every_command_has_a_state_guard() -> None:
    assert STATE_GUARDS.keys() == commands().keys()


@pytest.mark.parametrize("command", sorted(STATE_GUARDS))
def test_a_guard_stands_beside_its_command_which_asks_it_first(command: str) -> None:
    function = inspect.unwrap(getattr(Request, command))
    guard = STATE_GUARDS[command].function
    assert guard.__module__ == function.__module__
    [tree] = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(tree, ast.FunctionDef)
    first = tree.body[1]  # after the docstring
    called = [
        each.func.id for each in ast.walk(first) if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)
    ]
    assert guard.__name__ in called, ast.unparse(first)


@pytest.mark.parametrize("command", sorted(STATE_GUARDS))
def test_a_guard_asks_the_case_who_acts_and_what_it_is_about(command: str) -> None:
    guard = STATE_GUARDS[command]
    parameters = list(inspect.signature(guard.function).parameters.values())
    who = ["acting"] if guard.asks_who else []
    assert [each.name for each in parameters[1:]] == [*who, *guard.about]
    assert inspect.getdoc(guard.function), "its docstring says which state it demands"


def test_a_guard_says_without_the_command_what_the_command_would_say(a_case: OpenCase, made: Made) -> None:
    # given
    case, guard = a_case(Right.ACCESS), STATE_GUARDS["grant"]
    acting = CaseActing("ann", case.now, case.calendar)
    guard.ask(case.request, acting, item_id="access")
    # when
    case.ask_identity()
    # then
    with pytest.raises(IdentityUnresolved):
        guard.ask(case.request, acting, item_id="access")
    with pytest.raises(ItemUnknown):
        guard.ask(case.request, acting, item_id="erasure")


def test_a_command_has_one_state_guard() -> None:
    def may_assign(case: Case) -> None:
        """A second one."""

    with pytest.raises(ValueError, match="assign has two state guards"):
        state_guard(may_assign)
