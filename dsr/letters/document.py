"""The document model of a letter: paragraphs, headings, lists, addresses, links.

Templates use a small subset of HTML, which is parsed into blocks; HTML, plain text and paper are written from these, so
that they say the same. Anything else (scripts, pictures, styles, other attributes) is refused.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from itertools import groupby
from typing import Final

BLOCKS: Final = frozenset({"p", "h1", "h2", "h3", "li", "address"})
_AROUND: Final = frozenset({"div", "ul"})
_INLINE: Final = frozenset({"strong", "span", "a"})
_ATTRIBUTES: Final = {"div": {"data-says", "lang"}, "span": {"data-says"}, "a": {"href"}}
_LINK: Final = re.compile(r"(https?://|mailto:)[^\s<>\"]+", re.ASCII)
_SPACES: Final = re.compile(r"[ \t\r\n\f]+")


class MarkupRefused(Exception):
    """The markup is outside the subset for letters; the message names what was found, never a value."""


@dataclass(frozen=True, repr=False)
class Run:
    """A run of text with one format within a block."""

    text: str
    """A line break is `\\n`."""
    strong: bool = False
    href: str = ""
    says: frozenset[str] = frozenset()
    """Codes of the statements it belongs to."""


@dataclass(frozen=True, repr=False)
class Block:
    """A paragraph, heading, list entry or address."""

    kind: str
    """A name in BLOCKS."""
    runs: tuple[Run, ...]
    lang: str = ""
    """ISO 639-1, if it differs from the language of the letter."""

    @property
    def text(self) -> str:
        """Its text; a link shows its address unless the text does."""
        return "".join(map(_plain, self.runs))


def read(markup: str) -> tuple[Block, ...]:
    """Raises MarkupRefused."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    if reader.open:
        raise MarkupRefused(f"<{reader.open[-1].tag}> is not closed")
    return tuple(reader.blocks)


def as_text(blocks: Iterable[Block]) -> str:
    """Plain text: a blank line between blocks, two before a heading, none between the entries of a list."""
    parts = []
    for is_list, group in groupby(blocks, key=lambda block: block.kind == "li"):
        if is_list:
            parts.append("\n".join(_entry(block.text) for block in group))
        else:
            parts += [f"\n{block.text}" if block.kind == "h2" else block.text for block in group]
    return "\n\n".join(parts) + "\n"


def as_html(blocks: Iterable[Block], styles: Mapping[str, str] | None = None) -> str:
    """HTML of the same blocks, escaped again; `styles`: what the elements look like, by name."""
    styled = {name: f' style="{style}"' for name, style in (styles or {}).items()}
    parts = []
    for is_list, group in groupby(blocks, key=lambda block: block.kind == "li"):
        made = "\n".join(_html_block(block, styled) for block in group)
        parts.append(f"<ul{styled.get('ul', '')}>\n{made}\n</ul>" if is_list else made)
    return "\n".join(parts) + "\n"


def said(blocks: Iterable[Block]) -> dict[str, str]:
    """The text under each statement code, in order, with a space between blocks."""
    found: dict[str, list[str]] = {}
    for block in blocks:
        for code in sorted({code for run in block.runs for code in run.says}):
            words = "".join(_plain(run) for run in block.runs if code in run.says)
            found.setdefault(code, []).append(words)
    return {code: " ".join(words) for code, words in found.items()}


def _plain(run: Run) -> str:
    address = run.href.removeprefix("mailto:")
    return run.text if not run.href or address == run.text else f"{run.text} <{address}>"


def _entry(text: str) -> str:
    return "- " + text.replace("\n", "\n  ")


def _html_block(block: Block, styled: Mapping[str, str]) -> str:
    lang = f' lang="{escape(block.lang)}"' if block.lang else ""
    words = "".join(_html_run(run, styled) for run in block.runs)
    # `auto`: quoted text may run from right to left.
    return f'<{block.kind}{lang} dir="auto"{styled.get(block.kind, "")}>{words}</{block.kind}>'


def _html_run(run: Run, styled: Mapping[str, str]) -> str:
    made = escape(run.text).replace("\n", "<br>\n")
    if run.strong:
        made = f"<strong>{made}</strong>"
    return f'<a href="{escape(run.href)}"{styled.get("a", "")}>{made}</a>' if run.href else made


@dataclass
class _Open:
    tag: str
    says: frozenset[str]
    lang: str
    href: str = ""


@dataclass
class _Reader(HTMLParser):
    blocks: list[Block] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    _runs: list[Run] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        in_block = self._block() is not None
        if tag == "br" and in_block and not attrs:
            self._add("\n")
            return
        allowed = _INLINE if in_block else BLOCKS | _AROUND
        if tag not in allowed or (tag == "li") != (self._innermost() == "ul") or (tag == "a" and self._within("a")):
            raise MarkupRefused(f"<{tag}> can't stand there")
        self._open_tag(tag, dict(attrs))

    def _open_tag(self, tag: str, given: dict[str, str | None]) -> None:
        if foreign := sorted(given.keys() - _ATTRIBUTES.get(tag, set())):
            raise MarkupRefused(f"<{tag}> can't have {', '.join(foreign)}")
        href = given.get("href") or ""
        if tag == "a" and not _LINK.fullmatch(href):
            raise MarkupRefused("<a> needs an address that starts with https://, http:// or mailto:")
        outer = self.open[-1] if self.open else _Open("", frozenset(), "")
        code = given.get("data-says")
        self.open.append(
            _Open(
                tag,
                outer.says | {code} if code else outer.says,
                given.get("lang") or outer.lang,
                href or outer.href,
            )
        )

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1].tag != tag:
            raise MarkupRefused(f"</{tag}> closes nothing")
        closed = self.open.pop()
        if tag in BLOCKS:
            runs = _trimmed(self._runs)
            self._runs = []
            if runs:
                self.blocks.append(Block(tag, runs, closed.lang))

    def handle_data(self, data: str) -> None:
        if self._block() is not None:
            self._add(_SPACES.sub(" ", data).replace("。 ", "。"))  # Japanese has no space between sentences
        elif data.strip(" \t\r\n\f"):
            raise MarkupRefused("text outside any paragraph")

    def handle_comment(self, data: str) -> None:  # noqa: ARG002 - the library's signature, here and below
        raise MarkupRefused("comments are not part of a letter")

    def handle_decl(self, decl: str) -> None:  # noqa: ARG002
        raise MarkupRefused("declarations are not part of a letter")

    def handle_pi(self, data: str) -> None:  # noqa: ARG002
        raise MarkupRefused("instructions are not part of a letter")

    def unknown_decl(self, data: str) -> None:  # noqa: ARG002
        raise MarkupRefused("declarations are not part of a letter")

    def _innermost(self) -> str:
        return self.open[-1].tag if self.open else ""

    def _within(self, tag: str) -> bool:
        return any(each.tag == tag for each in self.open)

    def _block(self) -> _Open | None:
        return next((each for each in self.open if each.tag in BLOCKS), None)

    def _add(self, text: str) -> None:
        now = self.open[-1]
        self._runs.append(Run(text, strong=self._within("strong"), href=now.href, says=now.says))


def _trimmed(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Lines without spaces at their ends and without double spaces."""
    kept: list[Run] = []
    for run in _no_double_spaces(runs):
        text = run.text
        if kept and text.startswith("\n"):
            kept[-1] = _with(kept[-1], kept[-1].text.rstrip(" "))
        if text:
            kept.append(run)
    while kept and not kept[-1].text.strip(" \n"):
        kept.pop()
    if kept:
        kept[-1] = _with(kept[-1], kept[-1].text.rstrip(" \n"))
    return tuple(kept)


def _no_double_spaces(runs: Iterable[Run]) -> Iterator[Run]:
    after_space = True
    for run in runs:
        text = run.text.lstrip(" ") if after_space else run.text
        if text:
            after_space = text.endswith((" ", "\n", "。"))
            yield _with(run, text)


def _with(run: Run, text: str) -> Run:
    return Run(text, run.strong, run.href, run.says)
