"""The table of commands, read from the code: roles, routes, guards, events.

A guard is an error that the command can raise, by its source and everything it calls, and that its docstring names: the
source alone would include errors that the command rules out itself. A use case can add guards of its own. Tests check
that docstrings and sources agree.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from pathlib import Path
from types import FunctionType
from typing import cast

from flask import Flask

from docs.meaning import Function, attribute, source
from docs.reading import Command, Found, Reader
from dsr.api.app import RESOURCES
from dsr.api.enumerations import meanings
from dsr.api.my import invitation_pages, link_pages, my_pages, team_pages
from dsr.api.operation import operation_of
from dsr.desk import unit_of_work
from dsr.desk.caller import Caller
from dsr.desk.finishing import FinishDesk
from dsr.desk.repository import Repository
from dsr.desk.ropa_cache import RopaCache
from dsr.domain.errors import DomainError, all_errors
from dsr.domain.events import Aggregate, Event
from dsr.domain.own_file import FileForgotten, OwnFile
from dsr.domain.request import Request
from dsr.domain.request.errors import CaseForgotten
from dsr.domain.request.guards import require_granted_item, require_open_item, require_pending_item
from dsr.domain.request.letters import REQUIRED_STATEMENTS, LetterKind
from dsr.domain.request.state_guards import STATE_GUARDS
from dsr.domain.request.statement_code import StatementCode
from dsr.domain.roles import Role

Errors = frozenset[type[DomainError]]

_PREFIX = "/api/v1"

_OF_FILES = "dsr.own-file"
"""How the events begin that all kinds of files have."""

_FORGOTTEN: Errors = frozenset({CaseForgotten, FileForgotten})
"""They refuse whatever is asked of a case or a file that was forgotten."""

_LAW = Path(__file__).parent / "law"

_SHARED = (
    inspect.unwrap(unit_of_work.changing),
    inspect.unwrap(unit_of_work.unit_of_work),
    inspect.unwrap(unit_of_work.idempotent),
    RopaCache.at_version,
)
"""Functions that load and save; their errors are possible for every command and count as no guard."""

_STANDING = (require_open_item, require_granted_item, require_pending_item)
"""Guards that only check that case and item are in the right state."""


@dataclass(frozen=True)
class Route:
    """A way to a command over HTTP."""

    method: str
    path: str
    roles: tuple[Role, ...]
    """Empty if open to everyone."""
    decides: bool = False
    """Whether it is closed to a data protection officer, who advises and does not decide."""


@dataclass(frozen=True)
class Row:
    """One command."""

    aggregate: type[Aggregate]
    name: str
    function: FunctionType
    routes: tuple[Route, ...]
    errors: Errors
    """Its guards."""
    reachable: Errors
    """Errors that its source can raise, without those of use cases."""
    events: frozenset[type[Event]]

    @property
    def part(self) -> str:
        """The module that it is written in."""
        return self.function.__module__

    @property
    def announced(self) -> Errors:
        """The errors named in its docstring."""
        return frozenset(named_in(inspect.getdoc(self.function) or ""))

    @property
    def words(self) -> str:
        """Its name in words."""
        return self.name.replace("_", " ")

    @property
    def meaning(self) -> str:
        """The first paragraph of its docstring, without the errors."""
        text = " ".join((inspect.getdoc(self.function) or "").split("\n\n", maxsplit=1)[0].split())
        return re.split(r"\s(?:Raises?|Returns) ", text)[0].rstrip(".").replace("|", "\\|")

    @property
    def roles(self) -> tuple[Role, ...]:
        """Roles that may give it by any route."""
        return tuple(role for role in Role if any(role in route.roles for route in self.routes))


@cache
def rows() -> tuple[Row, ...]:
    """Every command, part by part."""
    commands = dict(_commands())
    routes: dict[Command, list[Route]] = {command: [] for command in commands}
    added: dict[Command, set[type[DomainError]]] = {command: set() for command in commands}
    outside, inside = Reader(commands, unread=_SHARED), Reader()
    for route, view in sorted(_routes(), key=lambda each: each[0].path):
        found = outside.read(Function(view))
        decides = Caller.require_decision_maker in found.functions
        for command in found.commands:
            routes[command].append(replace(route, decides=decides))
            if FinishDesk.finish not in found.functions:  # its steps are refused for what each step demands
                added[command] |= _guards_of_use_cases(found)
    made = []
    for (aggregate, name), function in commands.items():
        found = inside.read(function)
        announced = named_in(inspect.getdoc(function.code) or "")
        made.append(
            Row(
                aggregate=aggregate,
                name=name,
                function=function.code,
                routes=tuple(routes[aggregate, name]),
                errors=frozenset(found.errors & announced | added[aggregate, name] | _of_forgotten(aggregate, name)),
                reachable=frozenset(found.errors - {FileForgotten}),
                events=frozenset(found.events),
            )
        )
    return tuple(made)


def _of_forgotten(aggregate: type[Aggregate], name: str) -> Errors:
    """What refuses every command on a case or file that was forgotten, before all else."""
    if issubclass(aggregate, OwnFile):
        return frozenset({FileForgotten})
    guard = STATE_GUARDS.get(name) if aggregate is Request else None
    return frozenset({CaseForgotten} if guard is not None and hasattr(guard.function, "__wrapped__") else ())


def named_in(text: str) -> set[type[DomainError]]:
    """The errors named in a text."""
    words = set(re.findall(r"\w+", text))
    return {error for error in all_errors() if error.__name__ in words and error.__module__.startswith("dsr.")}


def _guards_of_use_cases(found: Found) -> set[type[DomainError]]:
    """Errors of domain rules that the desk checks, directly or through functions named in a use case."""
    said = [text for each in found.functions if each.__module__.startswith("dsr.desk.") for text in _said(each)]
    return {each for each in named_in("\n".join(said)) & found.errors if each.__module__.startswith("dsr.domain.")}


def _said(code: FunctionType) -> Iterator[str]:
    tree = source(code)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Raise):
            yield ast.unparse(node)
    if code.__module__ != Repository.__module__:  # it serves all use cases, and speaks of more than one of them asks
        yield inspect.getdoc(code) or ""


def _commands() -> Iterator[tuple[Command, Function]]:
    """Public methods of aggregates that record something: aggregate by aggregate, as its parts are put together."""
    reader = Reader()
    for aggregate in aggregates():
        shared = () if aggregate is OwnFile else OwnFile.__mro__
        bases = [base for base in aggregate.__mro__ if base.__module__.startswith("dsr.") and base not in shared]
        for name in dict.fromkeys(name for base in bases for name in vars(base) if not name.startswith("_")):
            for function in attribute(aggregate, name):
                if isinstance(function, Function) and reader.read(function).events:
                    yield (aggregate, name), function


def aggregates() -> list[type[Aggregate]]:
    """Every kind of aggregate of this service, the case first; what all kinds of files have stands once among them."""
    return list(dict.fromkeys([Request, *sorted([OwnFile, *_kinds(Aggregate)], key=_topic)]))


def _kinds(root: type[Aggregate]) -> Iterator[type[Aggregate]]:
    if "TOPIC" in vars(root) and root.__module__.startswith("dsr."):
        yield root
    for child in root.__subclasses__():
        yield from _kinds(child)


def _routes() -> Iterator[tuple[Route, FunctionType]]:
    """Every route of the API with its view."""
    app = Flask(__name__, static_folder=None)
    for resource in (*RESOURCES, my_pages, link_pages, invitation_pages, team_pages):
        app.register_blueprint(resource)
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(_PREFIX))
        allowed = operation_of(view).roles or frozenset()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Route(method, path, tuple(role for role in Role if role in allowed)), inspect.unwrap(view)


# Written out --------------------------------------------------------------------------------------------------------


def table() -> str:
    """All commands in one table, without the errors of `_standing`, which a sentence above it names."""
    aside = _standing()
    lines = [
        f"The table leaves out codes that say only that the case or item is in the wrong state: {_codes(aside)}.",
        "",
        "| command | who | refused with | records |",
        "| --- | --- | --- | --- |",
    ]
    for aggregate, group in groupby(rows(), key=lambda row: row.aggregate):
        lines.append(f"| **{_words_of(aggregate)}** | | | |")
        lines += [f"| {row.words} | {_who(row)} | {_codes(row.errors - aside)} | {_records(row)} |" for row in group]
    return "\n".join(lines)


def _standing() -> Errors:
    """Errors that only mean the case or its item is in the wrong state."""
    found = (error for guard in _STANDING for error in Reader().read(Function(cast(FunctionType, guard))).errors)
    return frozenset({*_FORGOTTEN, *found})


def page() -> str:
    """Every command with its routes, part by part of the law."""
    lines = [
        "# Commands",
        "",
        "Every command that the log records: its route, who may give it, which guard refuses it with which",
        f"[code](errors.md), and which [events](events.md) it records. Paths follow `{_PREFIX}`. Every route can also",
        "refuse an unreadable body, an unknown caller, and a stale version. A request whose file was forgotten refuses",
        "every command but the attestation (`case-forgotten`), as does every other forgotten file (`file-forgotten`).",
        "Written from the code by `make docs`.",
        "",
        "The rules behind these commands stand in [docs/law](law/README.md).",
        "",
        "## In one table",
        "",
        table(),
    ]
    for part, group in groupby(rows(), key=lambda row: row.part):
        lines += ["", f"## {_title(part)}", "", "| command | given by | refused with | records |"]
        lines += ["| --- | --- | --- | --- |"]
        for row in group:
            codes = _codes(row.errors - _FORGOTTEN)
            lines.append(f"| **{row.words}**: {row.meaning} | {_given_by(row)} | {codes} | {_records(row)} |")
    return "\n".join([*lines, "", *_statements()]) + "\n"


def _statements() -> list[str]:
    """What each letter has to state, and what each code of a statement means."""
    kinds, codes = meanings(LetterKind), meanings(StatementCode)
    required = sorted(REQUIRED_STATEMENTS.items())
    return [
        "## What letters state",
        "",
        "Every statement of a letter has a code. The service fills in what it knows, such as the authority, the",
        "judicial remedy, and the right to withdraw instead of paying; the other statements of a draft are put in with",
        "`POST /dispatches/{dispatch_id}/edition`. A letter that was sent by hand is recorded with each statement that",
        "it makes, by its code (`statements`). A letter that lacks one is refused as `letter-incomplete`, which names",
        "it. An answer for which nothing was found, or whose data went to another controller, states less; one that",
        "refuses a part states what a refusal states besides.",
        "",
        "| letter | what it is | what it has to state |",
        "| --- | --- | --- |",
        *(f"| `{kind}` | {kinds[kind]} | {_listed(stated)} |" for kind, stated in required),
        "",
        "| code | what it states |",
        "| --- | --- |",
        *(f"| `{code}` | {meaning} |" for code, meaning in sorted(codes.items())),
    ]


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(f"`{code}`" for code in sorted(codes))


def _title(part: str) -> str:
    """The first sentence of the module, with links to the sections of the law that it names."""
    paragraph = " ".join((importlib.import_module(part).__doc__ or part).strip().split("\n\n", maxsplit=1)[0].split())
    sentence = re.split(r"(?<!Art)[.] ", paragraph)[0].rstrip(".")
    return re.sub(r"§(\d+)\b", _link, sentence) if "docs/law" in sentence else sentence


def _link(section: re.Match[str]) -> str:
    page = next(_LAW.glob(f"{int(section[1]):02}-*.md"))
    return f"[{section[0]}](law/{page.name})"


def _words_of(aggregate: type[Aggregate]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", aggregate.__name__).lower()


def _who(given: Row | Route) -> str:
    nobody = "anybody" if isinstance(given, Route) or given.routes else "the service"
    return ", ".join(role.value for role in given.roles) or nobody


def _given_by(row: Row) -> str:
    return "<br>".join(f"`{route.method} {route.path}` {_who(route)}" for route in row.routes) or _who(row)


def _codes(errors: Iterable[type[DomainError]]) -> str:
    return ", ".join(f"`{code}`" for code in sorted(error.code for error in errors)) or "–"


def _records(row: Row) -> str:
    names = sorted(event.TOPIC.removeprefix(f"{_topic(row.aggregate)}.") for event in row.events)
    return ", ".join(f"`{name}`" for name in names)


def _topic(aggregate: type[Aggregate]) -> str:
    topic: str = vars(aggregate).get("TOPIC", _OF_FILES)
    return topic
