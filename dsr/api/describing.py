"""How the pages of the documentation show what stands in the specification: words, types, examples, codes."""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec
from markupsafe import Markup, escape

from dsr.api.statuses import statuses

_CODE: Final = re.compile(r"`([^`]+)`")
_PAGE: Final = re.compile(r"(?<![\w/.`])/docs/[a-z.-]*[a-z]")
_STRONG: Final = re.compile(r"\*\*([^*]+)\*\*")


def inline(text: str) -> Markup:
    """One paragraph of Markdown: `code`, **strong**, and links to our own pages."""
    marked = _CODE.sub(r"<code>\1</code>", _PAGE.sub(r'<a href="\g<0>">\g<0></a>', str(escape(text))))
    return Markup(_STRONG.sub(r"<strong>\1</strong>", marked))  # noqa: S704 - escaped above


def prose(text: str, *, places: Mapping[str, str]) -> Markup:
    """Paragraphs and lists of Markdown; operations are linked, by the resource where each has its place."""

    def linked(found: re.Match[str]) -> str:
        name = found[1]
        return f'<a href="/docs/{places[name]}#{name}">{found[0]}</a>' if name in places else found[0]

    shown = Markup().join(map(_block, filter(None, text.split("\n\n"))))
    return Markup(re.sub(r"<code>(\w+)</code>", linked, shown))  # noqa: S704 - escaped above


def _block(block: str) -> Markup:
    if all(line.startswith("- ") for line in block.splitlines()):
        entries = Markup().join(Markup("<li>{}</li>").format(inline(line[2:])) for line in block.splitlines())
        return Markup("<ul>{}</ul>").format(entries)
    return Markup("<p>{}</p>").format(inline(" ".join(block.split())))


def type_of(schema: Any) -> Markup:
    """A schema in short, with links to the schemas that it names."""
    if not isinstance(schema, dict):
        return Markup("anything")
    if reference := schema.get("$ref"):
        name = reference.rsplit("/", 1)[1]
        return Markup('<a href="/docs/types#{0}">{0}</a>').format(name)
    for word, between in (("oneOf", " or "), ("anyOf", " or "), ("allOf", " with ")):
        if word in schema:
            return Markup(between).join(  # noqa: S704 - words of ours
                type_of(each) for each in schema[word]
            )
    if "enum" in schema:
        return Markup("one of ") + Markup(", ").join(Markup("<code>{}</code>").format(each) for each in schema["enum"])
    if "const" in schema:
        return Markup("<code>{}</code>").format(schema["const"])
    kinds = schema.get("type", "anything")
    names = kinds if isinstance(kinds, list) else [kinds]
    shown = Markup(" or ").join(names)
    if "array" in names:
        shown += Markup(" of ") + type_of(schema.get("items"))
    if "format" in schema:
        shown += Markup(" ({})").format(schema["format"])
    return shown


def written(value: Any) -> str:
    """An example as it is read best: JSON over several lines, anything else as it is."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


@cache
def refusals() -> dict[str, list[str]]:
    """The codes of the guards of each operation; `make docs` writes them from the code."""
    content = files(__package__).joinpath("refusals.json").read_bytes()
    return msgspec.json.decode(content, type=dict[str, list[str]])


@cache
def sentences() -> dict[str, str]:
    """What each code says."""
    return {error.code: " ".join((error.__doc__ or "").split()) for error in statuses()}
