"""The example record, with further languages where a controller needs them.

It stands there in ten languages. All 27 in one file would be three times as long, and nobody reads or copies that:
the texts of the others stand beside it, as catalogues, and are written in where they are asked for.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import wrap
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

_EXAMPLE: Final = Path(__file__).with_name("example.yaml")
TRANSLATIONS: Final = Path(__file__).with_name("translations")

_ENGLISH: Final = re.compile(r"(?P<indent> +)en: (?P<text>.+)")
_OTHER: Final = re.compile(r"[a-z]{2}: ")
_WIDTH: Final = 120


def further_languages() -> tuple[str, ...]:
    """The languages whose texts stand beside the example, sorted."""
    return tuple(sorted(path.stem for path in TRANSLATIONS.glob("*.po")))


def example(languages: Iterable[str] = ()) -> str:
    """The example as YAML; each text also in these of `further_languages`. Raises KeyError for another language."""
    catalogues = {language: _catalogue(language) for language in sorted(set(languages))}
    lines = _EXAMPLE.read_text(encoding="utf-8").splitlines()
    return "".join(f"{line}\n" for line in _written(lines, catalogues))


def _written(lines: list[str], catalogues: dict[str, Catalog]) -> Iterator[str]:
    """The lines, with those of further languages below the last one of each text."""
    place = 0
    while place < len(lines):
        found = _ENGLISH.fullmatch(lines[place])
        if found is None:
            yield lines[place]
            place += 1
            continue
        indent, end = found["indent"], _end(lines, place, found["indent"])
        yield from lines[place:end]
        english = _text(lines, place, found["text"], indent)
        for language, catalogue in catalogues.items():
            yield from _as_yaml(indent, language, str(catalogue[english].string))
        place = end


def _end(lines: list[str], place: int, indent: str) -> int:
    """The first line after the texts of all languages that begin at this place."""
    for number in range(place + 1, len(lines)):
        line = lines[number]
        is_within = line.startswith(f"{indent} ") or (line.startswith(indent) and _OTHER.match(line[len(indent) :]))
        if not is_within:
            return number
    return len(lines)


def _text(lines: list[str], place: int, first: str, indent: str) -> str:
    """The English text: on its line, or folded on the next ones."""
    if first != ">-":
        return first.strip("\"'")
    folded = []
    for line in lines[place + 1 :]:
        if not line.startswith(f"{indent}  "):
            break
        folded.append(line.strip())
    return " ".join(folded)


def _as_yaml(indent: str, language: str, text: str) -> Iterator[str]:
    yield f"{indent}{language}: >-"
    margin = f"{indent}  "
    yield from wrap(
        text, _WIDTH, initial_indent=margin, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False
    )


def _catalogue(language: str) -> Catalog:
    if language not in further_languages():
        raise KeyError(language)
    return read_po((TRANSLATIONS / f"{language}.po").open("rb"))
