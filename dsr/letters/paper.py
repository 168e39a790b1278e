"""Paper letters as PDF: tagged for screen readers (PDF/UA-1), made in memory.

Typst receives all content as data, so that none of it is read as markup. Fonts come with packages, so that a letter
looks the same on every machine and nothing is downloaded.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any, Final

import typst
from pylopdf_fonts_cjk import sans_path

from dsr.domain.errors import Refused
from dsr.letters.document import Block
from dsr.letters.fields import LetterFields, Sender
from dsr.letters.matters import MatterWording
from dsr.letters.render import Rendered
from dsr.letters.statements import clean
from dsr.letters.words import words

_LEVELS: Final = {"h1": 1, "h2": 2, "h3": 3}

_US_LETTER: Final = frozenset({"US", "CA", "MX", "CL", "CO", "PH", "PR"})
"""Countries that do not use A4."""


class PaperUnprintable(Refused):
    """The letter contains a character that none of the service's fonts has. Send the letter by e-mail, or replace the
    character.
    """

    code = "paper-unprintable"


def to_pdf(rendered: Rendered, fields: LetterFields) -> bytes:
    """Render the letter with both addresses; the same letter gives the same bytes. Raises PaperUnprintable."""
    return _compiled(_content(rendered, fields), fields.written_on)


def matter_to_pdf(wording: MatterWording, sender: Sender, *, reader: Iterable[str], written_on: date) -> bytes:
    """Render a letter of a matter with both addresses, under its subject; `reader` is a line each. Raises
    PaperUnprintable.
    """
    return _compiled(_content_of_matter(wording, sender, reader, written_on), written_on)


def _content_of_matter(
    wording: MatterWording, sender: Sender, reader: Iterable[str], written_on: date
) -> dict[str, Any]:
    blocks = [(language, [*_paragraphs(texts)]) for language, texts in wording.parts]
    blocks[0][1].insert(0, _plain(wording.subject, level=1))
    parts = [{"lang": language, "groups": [{"list": False, "blocks": each}]} for language, each in blocks]
    return _heads(wording.subject, wording.languages[0], sender, reader, written_on) | {"parts": parts}


def _compiled(content: dict[str, Any], written_on: date) -> bytes:
    at = datetime.combine(written_on, time(), tzinfo=UTC)
    inputs = {"letter": json.dumps(content, ensure_ascii=False)}
    compiler = typst.Compiler(_source(), font_paths=fonts(), ignore_system_fonts=True, sys_inputs=inputs)
    try:
        pdf = compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=at)
    except typst.TypstError:
        # `None`: its message quotes the letter.
        raise PaperUnprintable() from None
    assert isinstance(pdf, bytes)  # noqa: S101 - one document, not a page each
    return pdf


def _content(rendered: Rendered, fields: LetterFields) -> dict[str, Any]:
    reader = filter(None, (fields.addressee, *fields.postal_address))
    return _heads(rendered.subject, rendered.language, fields.sender, reader, fields.written_on) | {
        "parts": [{"lang": part.language, "groups": list(_groups(part.blocks))} for part in rendered.parts],
    }


def _heads(title: str, language: str, sender: Sender, reader: Iterable[str], written_on: date) -> dict[str, Any]:
    return {
        "title": title,
        "lang": language,
        "paper": "us-letter" if sender.country in _US_LETTER else "a4",
        "sender": [*map(clean, (sender.name, *sender.address)), clean(sender.mailbox)],
        "reader": [*map(clean, reader)],
        "date": words(language).date_line(written_on),
    }


def _paragraphs(texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """What the team wrote may have blank lines, which part paragraphs as well."""
    for text in texts:
        yield from (_plain(each.strip()) for each in text.split("\n\n") if each.strip())


def _plain(text: str, *, level: int = 0) -> dict[str, Any]:
    """A paragraph; with a level, a heading."""
    return {"level": level, "lang": "", "runs": [{"text": clean(text), "strong": False, "href": ""}]}


def _groups(blocks: Iterable[Block]) -> Iterable[dict[str, Any]]:
    """Group list entries; headings descend one level at a time, as screen readers expect."""
    above = 0
    for is_list, group in groupby(blocks, key=lambda block: block.kind == "li"):
        made = []
        for block in group:
            level = min(_LEVELS.get(block.kind, 0), above + 1)
            above = level or above
            made.append(_block(block, level))
        yield {"list": is_list, "blocks": made}


def _block(block: Block, level: int) -> dict[str, Any]:
    runs = [{"text": run.text, "strong": run.strong, "href": run.href} for run in block.runs]
    return {"level": level, "lang": block.lang, "runs": runs}


@cache
def _source() -> bytes:
    return files(__package__).joinpath("paper.typ").read_bytes()


@cache
def fonts() -> typst.Fonts:
    """Fonts bundled with typst, and one for Japanese."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[sans_path().parent])
