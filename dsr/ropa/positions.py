"""Safe YAML parsing into plain values, with the position of each in the file.

It is stricter than YAML 1.1, so that the country `NO` and dates stay text: only `true`, `false`, `null`, and whole
numbers where the schema requires one, are not text; tags, merge keys and repeated keys are refused.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from yaml.composer import Composer
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from dsr.domain.ropa import RopaInvalid, RopaProblem
from dsr.ropa.schema import INTEGER_FIELDS, pointer_of

MAX_BYTES: Final = 512 * 1024
MAX_DEPTH: Final = 32
MAX_VALUES: Final = 50_000
"""Maximum number of values after expanding aliases, so that a few lines can't become gigabytes."""

_BOOL, _NULL, _STR = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null", "tag:yaml.org,2002:str"
_BOOLEANS = {"true": True, "false": False}
_MAP, _SEQ = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"
_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


@dataclass
class Positions:
    """A document as plain values, with the 1-based line and column of each (or of its key), by JSON Pointer."""

    value: Any = None
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: list[RopaProblem] = field(default_factory=list)
    """Problems found by the parser: tags, repeated keys, keys that are not text."""

    def of(self, pointer: str) -> tuple[int, int]:
        """Position of the value, or of the nearest parent."""
        while pointer not in self.places and pointer:
            pointer = pointer.rpartition("/")[0]
        return self.places.get(pointer, (1, 1))


def read(content: bytes) -> Positions:
    """Raises RopaInvalid if the file is too large, not UTF-8, not YAML, or nests or expands too far."""
    if len(content) > MAX_BYTES:
        raise _refused(
            "file-too-large", f"The file has more than {MAX_BYTES:,} bytes: a record of processing is smaller."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refused("encoding-wrong", "The file is not UTF-8: save it in that encoding.", line) from None
    try:
        root = _Loader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = " ".join(part for part in (error.context, error.problem) if part)
        raise _refused("yaml-broken", f"This is not YAML: {words}.", *_place(mark)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _refused("yaml-broken", "A character here is not allowed in YAML.", line) from None
    if root is None:
        raise _refused("file-empty", "The file is empty: describe the record of processing in it.")
    positions = Positions()
    positions.value = _Reading(positions).value(root, (), _place(root.start_mark))
    return positions


class _Resolver(BaseResolver):
    """YAML's core schema without numbers: all scalars except true, false and null are text."""


_Resolver.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), list("tf"))
_Resolver.add_implicit_resolver(_NULL, re.compile(r"^(?:~|null|)$"), ["~", "n", ""])


class _Loader(Reader, Scanner, Parser, Composer, _Resolver):
    """Composes nodes; constructs no object of any kind."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        _Resolver.__init__(self)
        self._depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        if self._depth >= MAX_DEPTH:
            raise yaml.MarkedYAMLError(
                problem=f"it nests deeper than {MAX_DEPTH} levels",
                problem_mark=parent.start_mark if parent is not None else None,
            )
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


class _Reading:
    """One walk over the nodes that follows aliases and counts values."""

    def __init__(self, positions: Positions) -> None:
        self._found = positions
        self._count = 0

    def value(self, node: Node, path: tuple[str | int, ...], place: tuple[int, int]) -> Any:
        """`place` is that of the key or list item; an aliased value has the place of its anchor."""
        self._count += 1
        if self._count > MAX_VALUES or len(path) > MAX_DEPTH:
            raise _refused("aliases-unbounded", "The aliases unfold without bounds: write the values out.", *place)
        self._found.places[pointer_of(*path)] = place
        if node.tag not in {_BOOL, _NULL, _STR, _MAP, _SEQ}:
            self._problem("tag-refused", path, f"The tag {node.tag} is not allowed: write a plain value.", node)
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, i), _place(item.start_mark)) for i, item in enumerate(node.value)]
        if node.tag == _NULL:
            return None
        return _BOOLEANS.get(node.value, node.value) if node.tag == _BOOL else node.value

    def _mapping(self, node: MappingNode, path: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, ScalarNode):
                self._problem("key-unreadable", path, "A key must be a text.", key)
                continue
            name = str(key.value)
            if name in found:
                self._problem("key-repeated", (*path, name), f"The field {name} stands here twice: keep one.", key)
                continue
            value = self.value(item, (*path, name), _place(key.start_mark))
            found[name] = int(value) if name in INTEGER_FIELDS and _is_number(item) else value
        return found

    def _problem(self, code: str, path: tuple[str | int, ...], detail: str, node: Node) -> None:
        line, column = _place(node.start_mark)
        self._found.problems.append(RopaProblem(code, pointer_of(*path), detail, line, column))


def _is_number(node: Node) -> bool:
    """Whether the value is a whole number without quotes."""
    plain = isinstance(node, ScalarNode) and node.tag == _STR and node.style is None
    return plain and _WHOLE.fullmatch(node.value) is not None


def _place(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _refused(code: str, detail: str, line: int = 1, column: int = 1) -> RopaInvalid:
    return RopaInvalid([RopaProblem(code, "", detail, line, column)])
