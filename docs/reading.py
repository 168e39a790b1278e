"""Static analysis of functions: the errors they raise, the events they record, the commands they give."""

import ast
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, Self, TypeVar, get_args

from docs.meaning import (
    Function,
    Meaning,
    Meanings,
    Names,
    asked_property,
    attribute,
    held,
    instances,
    matched,
    placed,
    source,
)
from dsr.domain.errors import DomainError
from dsr.domain.events import Aggregate, Event

T = TypeVar("T")

Command = tuple[type[Aggregate], str]
"""A command by its aggregate and its name."""


@dataclass
class Found:
    """What a call can lead to."""

    errors: set[type[DomainError]] = field(default_factory=set)
    """What may leave it: what a handler catches for good is not among them."""
    events: set[type[Event]] = field(default_factory=set)
    commands: set[Command] = field(default_factory=set)
    functions: set[FunctionType] = field(default_factory=set)
    """Those that were read for it."""

    def add(self, other: Self) -> None:
        """And all of that."""
        self.errors |= other.errors
        self.events |= other.events
        self.commands |= other.commands
        self.functions |= other.functions


class Reader:
    """Reads functions of this service with all that they call, each once.

    A call of one of `commands` is noted, not read; one of a function in `unread` is neither.
    """

    def __init__(self, commands: Container[Command] = (), unread: Container[object] = ()) -> None:
        self._commands = commands
        self._unread = unread
        self._read: dict[object, Found] = {}

    def read(self, function: Function, given: Mapping[str, Meanings] | None = None) -> Found:
        """What a call can lead to; `given` are arguments of which more is known than their annotation says."""
        given = given or {}
        key = (function, tuple(given.items()))
        if key not in self._read:
            self._read[key] = Found()  # what calls itself adds nothing to itself
            tree = source(function.code)
            if tree is not None:
                self._read[key].functions.add(function.code)
                _Body(function, self, self._read[key]).read(tree, given)
        return self._read[key]

    def call(self, function: Function, given: Mapping[str, Meanings], found: Found) -> None:
        """Note what calling it adds."""
        command: Any = (function.owner, function.code.__name__)
        if command in self._commands:
            found.commands.add(command)
        elif function.code not in self._unread:
            found.add(self.read(function, given))


class _Body(ast.NodeVisitor):
    """One function, statement by statement."""

    def __init__(self, function: Function, reader: Reader, found: Found) -> None:
        self._names = Names(function)
        self._reader = reader
        self._found = found

    def read(self, tree: ast.FunctionDef, given: Mapping[str, Meanings]) -> None:
        """Note what the function leads to."""
        self._names.bind_parameters(tree.args)
        self._names.bind_owner(tree.args)
        for name, meanings in given.items():
            self._names.bind(ast.Name(name), meanings)
        for statement in tree.body:
            self.visit(statement)

    # What is noted -------------------------------------------------------------------------------------------------

    def visit_Raise(self, node: ast.Raise) -> None:
        """An error that is raised without a call; with one, it is noted there."""
        if node.exc is not None:
            self._found.errors |= _classes(self._names.meanings(node.exc), DomainError)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Errors that are made, events that are handed on, functions that are called."""
        called = self._names.meanings(node.func)
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        self._found.errors |= _classes(called, DomainError)
        if not isinstance(node.func, ast.Name) or node.func.id not in ("isinstance", "issubclass"):
            for each in arguments:
                events = _classes(self._names.meanings(each), Event) if isinstance(each, ast.Name) else set()
                self._found.events |= {event for event in events if "TOPIC" in vars(event)}
        for meaning in called:
            if isinstance(meaning, Function):
                self._reader.call(meaning, self._narrower(node, meaning), self._found)
                self._bind_callbacks(node, meaning)
            elif isinstance(meaning, type) and not issubclass(meaning, DomainError | Event):
                self._follow(*attribute(meaning, "__init__"), *attribute(meaning, "__post_init__"))
        if not isinstance(node.func, ast.Name):
            self.visit(node.func.value if isinstance(node.func, ast.Attribute) else node.func)
        for argument in arguments:
            self.visit(argument)

    def visit_Name(self, node: ast.Name) -> None:
        """A function that is handed on will be called."""
        if isinstance(node.ctx, ast.Load):
            self._follow(*self._names.meanings(node))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """A method that is handed on, or a property that is asked."""
        for base in self._names.meanings(node.value):
            asked = asked_property(base, node.attr)
            self._follow(*([asked] if asked else attribute(base, node.attr)))
        self.visit(node.value)

    def visit_Try(self, node: ast.Try) -> None:
        """What is caught for good does not leave the function."""
        outside, self._found = self._found, Found()
        self._visit_all(node.body)
        inside, self._found = self._found, outside
        for handler in node.handlers:
            if not any(_raises_again(each, handler) for each in ast.walk(handler)):
                caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
                kinds = tuple(
                    kind for each in caught if each for kind in _classes(self._names.meanings(each), Exception)
                )
                inside.errors = {error for error in inside.errors if not issubclass(error, kinds)}
        outside.add(inside)
        for handler in node.handlers:
            self._visit_all(handler.body)
        self._visit_all([*node.orelse, *node.finalbody])

    def _follow(self, *meanings: Meaning) -> None:
        for each in meanings:
            if isinstance(each, Function):
                self._reader.call(each, {}, self._found)

    def _narrower(self, node: ast.Call, called: Function) -> dict[str, Meanings]:
        """Arguments that are known to be one of several types that the parameter may have."""
        known = {name: (self._names.meanings(argument), stated) for name, stated, argument in matched(node, called)}
        return {name: of for name, (of, stated) in known.items() if of and set(of) < set(instances(stated, called))}

    # What names mean -----------------------------------------------------------------------------------------------

    def visit_Assign(self, node: ast.Assign) -> None:
        """A name for a value."""
        self.visit(node.value)
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                for name, value in zip(target.elts, node.value.elts, strict=False):
                    self._names.bind(name, self._names.meanings(value))
            elif isinstance(target, ast.Tuple):
                whole = self._names.meanings(node.value)
                for place, name in enumerate(target.elts):
                    self._names.bind(name, tuple(part for each in whole for part in placed(each, place)))
            else:
                self._names.bind(target, self._names.meanings(node.value))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """A name with its type."""
        if node.value is not None:
            self.visit(node.value)
        self._names.bind(node.target, self._names.stated(node.annotation))

    def visit_For(self, node: ast.For) -> None:
        """A name for each element."""
        self.visit(node.iter)
        self._bind_elements(node.target, node.iter)
        self._visit_all([*node.body, *node.orelse])

    def visit_With(self, node: ast.With) -> None:
        """A name for what a context gives, or for each part of it."""
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                given = [each for of in self._names.meanings(item.context_expr) for each in held(of)]
                self._bind_given(item.optional_vars, tuple(given))
        self._visit_all(node.body)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """A function inside is part of the one around it: somebody will call it."""
        self._names.bind_parameters(node.args)
        self._visit_all(node.body)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        """A name for each element."""
        self._bind_elements(node.target, node.iter)
        self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        """Generators of a comprehension before what they generate."""
        for generator in getattr(node, "generators", ()):
            self.visit(generator)
        super().generic_visit(node)

    def _bind_elements(self, target: ast.expr, iterated: ast.expr) -> None:
        self._names.bind(target, tuple(each for of in self._names.meanings(iterated) for each in held(of)))

    def _bind_given(self, target: ast.expr, given: Meanings) -> None:
        if not isinstance(target, ast.Tuple):
            self._names.bind(target, given)
            return
        for place, part in enumerate(target.elts):
            self._names.bind(part, tuple(each for of in given for each in placed(of, place)))

    def _bind_callbacks(self, node: ast.Call, called: Function) -> None:
        """The parameters of lambdas, as the function that they are handed to says."""
        for _, stated, argument in matched(node, called):
            kinds = get_args(stated)[:1]
            if isinstance(argument, ast.Lambda) and kinds and isinstance(kinds[0], list):
                for parameter, kind in zip(argument.args.args, kinds[0], strict=False):
                    self._names.bind(ast.Name(parameter.arg), instances(kind, called))

    def _visit_all(self, statements: list[ast.stmt]) -> None:
        for statement in statements:
            self.visit(statement)


def _classes(meanings: Meanings, root: type[T]) -> set[type[T]]:
    return {each for each in meanings if isinstance(each, type) and issubclass(each, root)}


def _raises_again(node: ast.AST, handler: ast.ExceptHandler) -> bool:
    """`raise`, or `raise error` by the handler's own name."""
    if not isinstance(node, ast.Raise):
        return False
    return node.exc is None or (isinstance(node.exc, ast.Name) and node.exc.id == handler.name)
