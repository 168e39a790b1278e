"""Types of names and expressions in a function of this service.

They follow from annotations, constructors and return types; without these, nothing is known and nothing is guessed.
Names are looked up in the module of the real function.
"""

import ast
import builtins
import inspect
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import FunctionType, GenericAlias, ModuleType, UnionType
from typing import Any, Self, TypeVar, Union, cast, get_args, get_origin


@dataclass(frozen=True)
class Function:
    """A function, or a method as it is found on `owner`."""

    code: FunctionType
    owner: type | None = None

    def parameters(self) -> list[tuple[str, object]]:
        """Names and annotations in their order, without `self`."""
        names = list(inspect.signature(self.code).parameters)
        own = names[1:] if self.owner is not None else names
        return [(name, self.code.__annotations__.get(name)) for name in own]


@dataclass(frozen=True)
class Instance:
    """Some value of a type: a class, or a generic such as `dict[str, Item]`."""

    kind: Any


@dataclass(frozen=True)
class Parent:
    """`super()` in a method that `owner` has from `defined`."""

    owner: type
    defined: type


Meaning = Function | Instance | Parent | ModuleType | type
Meanings = tuple[Meaning, ...]
"""What an expression may be, any of these; empty where that is not known."""


class Names:
    """The names of one function, as far as it was read."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self._known: dict[str, Meanings] = {}

    def bind(self, target: ast.expr, meanings: Meanings) -> None:
        """A name for a value; what a pattern takes apart is unknown."""
        match target:
            case ast.Name(name):
                self._known[name] = meanings
            case ast.Tuple(parts) | ast.List(parts):
                for part in parts:
                    self.bind(part, ())

    def bind_parameters(self, arguments: ast.arguments) -> None:
        """Parameters, as they are annotated."""
        for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            self._known[each.arg] = self.stated(each.annotation)

    def bind_owner(self, arguments: ast.arguments) -> None:
        """`self` or `cls` of the function."""
        owner, first = self.function.owner, next(iter(arguments.args), None)
        if owner is not None and first is not None:
            self._known[first.arg] = (owner,) if first.arg == "cls" else (Instance(owner),)

    def stated(self, annotation: ast.expr | None) -> Meanings:
        """A value that is annotated so."""
        return () if annotation is None else instances(ast.unparse(annotation), self.function)

    def meanings(self, node: ast.expr) -> Meanings:
        """What an expression may be."""
        match node:
            case ast.Name(name):
                found = self.function.code.__globals__.get(name, getattr(builtins, name, None))
                return self._known[name] if name in self._known else _meaning(found)
            case ast.Attribute(base, name):
                return _all(attribute(each, name) for each in self.meanings(base))
            case ast.Call(ast.Name("super")) if self.function.owner is not None:
                return (Parent(self.function.owner, _defining(self.function)),)
            case ast.Call(ast.Name("tuple" | "list" | "set" | "sorted" | "reversed"), [argument, *_]):
                return self.meanings(argument)
            case ast.Call(ast.Attribute(base, "get" | "pop")) if _all(map(held, self.meanings(base))):
                return _all(map(held, self.meanings(base)))
            case ast.Call(ast.Attribute(base, "values")) if values := _all(map(held, self.meanings(base))):
                return tuple(Instance(GenericAlias(list, each.kind)) for each in values if isinstance(each, Instance))
            case ast.Call(called, arguments):
                named = [each for argument in arguments for each in self.meanings(argument) if isinstance(each, type)]
                return _all(_result(each, named) for each in self.meanings(called))
            case ast.Subscript(base):
                return _all(map(held, self.meanings(base)))
            case ast.BoolOp(values=operands):
                return _all(self.meanings(operand) for operand in operands)
            case ast.IfExp(body=body, orelse=other):
                return _all((self.meanings(body), self.meanings(other)))
            case ast.NamedExpr(target, value):
                self.bind(target, self.meanings(value))
                return self.meanings(value)
        return ()


def attribute(base: Meaning, name: str) -> Meanings:
    """What an attribute may be: a method, or what a property or field holds."""
    match base:
        case ModuleType():
            return _meaning(getattr(base, name, None))
        case Parent(owner, defined):
            after = owner.__mro__[owner.__mro__.index(defined) + 1 :]
            return _method(next((vars(each)[name] for each in after if name in vars(each)), None), owner)
        case Instance(kind) if isinstance(kind, type) and get_origin(kind) is None:
            asked = asked_property(base, name)
            if asked is not None:
                return instances(asked.code.__annotations__.get("return"), asked)
            return _method(inspect.getattr_static(kind, name, None), kind) or _fields(kind).get(name, ())
        case type():
            return _method(inspect.getattr_static(base, name, None), base)
    return ()


def asked_property(base: Meaning, name: str) -> Function | None:
    """The function behind a property."""
    if isinstance(base, Instance) and isinstance(base.kind, type):
        found = inspect.getattr_static(base.kind, name, None)
        if isinstance(found, property) and isinstance(found.fget, FunctionType):
            return Function(found.fget, base.kind)
    return None


def instances(annotation: object, where: Function) -> Meanings:
    """A value that is annotated so in a function."""
    return _instances(annotation, where.code.__globals__, where.owner)


def _instances(annotation: object, known: Mapping[str, Any], owner: type | None) -> Meanings:
    if isinstance(annotation, str):
        try:
            annotation = eval(annotation, dict(known))  # noqa: S307 - an annotation of our own code
        except NameError:
            return ()
    if get_origin(annotation) in (Union, UnionType):
        return _all(_instances(each, known, owner) for each in get_args(annotation))
    if annotation is Self and owner is not None:
        return (Instance(owner),)
    if get_origin(annotation) is not None or (isinstance(annotation, type) and annotation is not type(None)):
        return (Instance(annotation),)
    return ()


def held(container: Meaning) -> Meanings:
    """What is in a container: the values of a mapping, else the elements."""
    kinds = get_args(container.kind) if isinstance(container, Instance) else ()
    is_mapping = len(kinds) == 2 and kinds[1] is not ...
    return _all(_instances(each, {}, None) for each in (kinds[1:] if is_mapping else kinds[:1]))


def placed(container: Meaning, place: int) -> Meanings:
    """What stands at a place of a tuple whose parts are annotated one by one."""
    kinds = get_args(container.kind) if isinstance(container, Instance) and get_origin(container.kind) is tuple else ()
    return _instances(kinds[place], {}, None) if ... not in kinds and place < len(kinds) else ()


def matched(node: ast.Call, called: Function) -> Iterator[tuple[str, object, ast.expr]]:
    """Each argument of a call with the name and the annotation of its parameter."""
    parameters = called.parameters()
    for (name, annotation), argument in zip(parameters, node.args, strict=False):
        yield name, annotation, argument
    for name, annotation in parameters:
        for keyword in node.keywords:
            if keyword.arg == name:
                yield name, annotation, keyword.value


@cache
def source(code: FunctionType) -> ast.FunctionDef | None:
    """The function as it is written; None where nobody wrote it."""
    if not code.__module__.startswith("dsr.") or code.__code__.co_filename.startswith("<"):
        return None
    tree = ast.parse(textwrap.dedent(inspect.getsource(code))).body[0]
    return tree if isinstance(tree, ast.FunctionDef) else None


@cache
def _fields(kind: type) -> dict[str, Meanings]:
    """What the attributes of an instance hold: as annotated, or as `__init__` assigns them."""
    fields: dict[str, Meanings] = {}
    for base in reversed([each for each in kind.__mro__ if each.__module__.startswith("dsr.")]):
        known = vars(sys.modules[base.__module__])
        annotated = inspect.get_annotations(base)
        fields |= {name: _instances(annotation, known, kind) for name, annotation in annotated.items()}
        made = vars(base).get("__init__")
        tree = source(made) if isinstance(made, FunctionType) else None
        if tree is None:
            continue
        names = Names(Function(cast(FunctionType, made), kind))
        names.bind_parameters(tree.args)  # not `self`, whose attributes are what is asked for
        for statement in tree.body:
            match statement:
                case ast.AnnAssign(ast.Attribute(ast.Name("self"), name), annotation):
                    fields[name] = names.stated(annotation)
                case ast.Assign([ast.Attribute(ast.Name("self"), name)], value):
                    fields[name] = names.meanings(value) or fields.get(name, ())
    return fields


def _meaning(found: object) -> Meanings:
    return (found,) if isinstance(found, type | ModuleType) else _function(found, None)


def _method(found: object, owner: type) -> Meanings:
    if isinstance(found, staticmethod):
        return _function(found.__func__, None)
    return _function(found.__func__ if isinstance(found, classmethod) else found, owner)


def _function(found: object, owner: type | None) -> Meanings:
    unwrapped = inspect.unwrap(found) if callable(found) else None
    return (Function(unwrapped, owner),) if isinstance(unwrapped, FunctionType) else ()


def _defining(method: Function) -> type:
    """The class in which a method is written."""
    assert method.owner is not None  # noqa: S101 - asked of methods only
    return next(
        each for each in method.owner.__mro__ if method in _method(vars(each).get(method.code.__name__), method.owner)
    )


def _result(called: Meaning, named: list[type]) -> Meanings:
    """What a call gives; `named` are the classes among its arguments, of which a generic function may give one."""
    if isinstance(called, type):
        return (Instance(called),)
    if not isinstance(called, Function):
        return ()
    stated = called.code.__annotations__.get("return")
    if any(isinstance(each, TypeVar) for each in (stated, *get_args(stated))):
        return tuple(map(Instance, named))
    return instances(stated, called)


def _all(several: Iterable[Meanings]) -> Meanings:
    return tuple(dict.fromkeys(each for meanings in several for each in meanings))
