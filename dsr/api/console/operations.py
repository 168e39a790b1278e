"""The commands that the console offers: those of the interface for programs, each with its body and its roles."""

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from flask import Flask, Response, current_app
from marshmallow import Schema

from dsr.api.errors import PathUnknown
from dsr.api.operation import Operation, operation_of
from dsr.desk.idempotency import Answer
from dsr.domain.roles import Role

COMMANDS: Final = "dsr-console-commands"
"""Where the application keeps its commands."""

_PARAMETER: Final = re.compile(r"<(?:(\w+):)?(\w+)>")

_HAVE_A_PAGE: Final = frozenset(
    {
        *("open_request", "open_original", "open_information", "open_records"),
        *("begin_upload", "offer_export"),
    }
)
"""Operations with a page of their own: data is opened where it is shown, a file is handed in with its description,
and a link is shown once.
"""


@dataclass(frozen=True)
class Command:
    """What one route does to a case, a letter or a matter."""

    name: str
    """Of its operation, such as `propose_extension`."""
    operation: Operation
    body: type[Schema]
    perform: Callable[..., Answer | Response]
    """Takes the loaded body and the parameters of the path; a response holds what is shown only there."""
    parameters: tuple[str, ...]
    """Of the path: what it changes first (`request_id`), then what of it (`item_id`, `fee_id` …)."""
    converters: Mapping[str, str]
    """How the path reads each of them: `uuid`, `int`, or empty for text."""
    summary: str
    """What it does, in a sentence, with its source."""
    explanation: str
    """What a person has to know beside that to decide; often empty."""


def commands_of(app: Flask) -> Mapping[str, Command]:
    """All commands that take a form, by the name of their operation."""
    found = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        said = operation_of(view)
        if said.takes_key and said.body is not None and said.name not in _HAVE_A_PAGE:
            found[said.name] = _command(rule.rule, view, said)
    return found


def command_named(name: str, about: str) -> Command:
    """The command with this name on what the parameter `about` names; empty for one that begins something. Raises
    PathUnknown.
    """
    known: Mapping[str, Command] = current_app.extensions[COMMANDS]
    if name not in known or "".join(known[name].parameters[:1]) != about:
        raise PathUnknown()
    return known[name]


def offered_operations() -> Collection[str]:
    """The names of all operations that have a form."""
    known: Mapping[str, Command] = current_app.extensions[COMMANDS]
    return known.keys()


def subject_of(operation: str) -> str:
    """The parameter that names what an offered operation changes first, such as `request_id`."""
    known: Mapping[str, Command] = current_app.extensions[COMMANDS]
    return "".join(known[operation].parameters[:1])


def operation_named(view_args: Mapping[str, Any]) -> Operation:
    """The operation that the page of a command stands for. Raises PathUnknown."""
    about = next((each for each in view_args if each != "name"), "")
    command = command_named(str(view_args.get("name", "")), about)
    roles = (command.operation.roles or frozenset()) - {Role.DATA_SUBJECT}  # the console is for staff
    return replace(command.operation, page=True, roles=roles, takes_query=True, produces=())


def _command(rule: str, view: Callable[..., Any], said: Operation) -> Command:
    summary, _, more = inspect.cleandoc(view.__doc__ or "").partition("\n\n")
    return Command(
        name=said.name,
        operation=said,
        body=cast(type[Schema], said.body),
        perform=inspect.unwrap(view),
        parameters=tuple(name for _, name in _PARAMETER.findall(rule)),
        converters={name: kind for kind, name in _PARAMETER.findall(rule)},
        summary=" ".join(summary.split()),
        explanation=" ".join(more.split()),
    )
