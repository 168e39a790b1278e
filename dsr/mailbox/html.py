"""Converts an HTML letter to readable plain text: keeps paragraphs, lists and quotations, drops everything else."""

import re
from html import unescape

_BLOCKS = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    }
)
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote"})
_UNSEEN = frozenset({"head", "script", "style", "template", "title", "noscript", "svg", "math"})
_TOKEN = re.compile(r"<!--|<(?P<end>/?)(?P<tag>[A-Za-z][A-Za-z0-9]*)(?![A-Za-z0-9])[^<>]*>|<[!?/][^<>]*>")
"""A tag ends before the next `<`, so that hostile input is read in one pass, for which the standard library's parser
takes quadratic time. A `>` inside an attribute shows as text, which is harmless here.
"""


def text_from_html(html: str) -> str:
    """Return the text; quoted messages (`blockquote`) stand behind `> ` as in plain mail. Raises nothing."""
    reader = _Reader()
    at = 0
    while (token := _TOKEN.search(html, at)) is not None:
        reader.data(unescape(html[at : token.start()]))
        at = token.end()
        tag = (token["tag"] or "").lower()
        if token[0] == "<!--":
            at = _behind(html, re.compile("-->"), at)
        elif token["end"]:
            reader.end(tag)
        elif tag in _UNSEEN and not token[0].endswith("/>"):
            at = _behind(html, re.compile(rf"</{tag}\b[^<>]*>", re.IGNORECASE), at)
        elif tag:
            reader.start(tag)
    reader.data(unescape(html[at:]))
    return reader.text()


def _behind(html: str, end: re.Pattern[str], at: int) -> int:
    """The end of invisible content; the end of the text if it is never closed."""
    found = end.search(html, at)
    return len(html) if found is None else found.end()


class _Reader:
    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0
        self._preformatted = 0

    def start(self, tag: str) -> None:
        if tag == "br":
            self._end_line()
        elif tag in _BLOCKS:
            self._end_block(tag)
            self._quotes += tag == "blockquote"
            self._preformatted += tag == "pre"
            if tag == "li":
                self._line.append("- ")

    def end(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_block(tag)
            self._quotes = max(0, self._quotes - (tag == "blockquote"))
            self._preformatted = max(0, self._preformatted - (tag == "pre"))

    def data(self, data: str) -> None:
        if not self._preformatted:
            self._line.append(data)
            return
        first, *rest = data.split("\n")
        self._line.append(first)
        for line in rest:
            self._end_line()
            self._line.append(line)

    def text(self) -> str:
        self._end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip()

    def _end_line(self) -> None:
        line = " ".join("".join(self._line).split())
        self._line = []
        if line:
            self._lines.append("> " * min(self._quotes, 5) + line)

    def _end_block(self, tag: str) -> None:
        self._end_line()
        if tag in _PARAGRAPHS and self._lines and self._lines[-1]:
            self._lines.append("")
