"""Update the catalogues of letters from templates and sentences: `make catalogues`.

New sentences are added empty, unused ones are removed; a changed sentence counts as new: no translation is guessed from
a similar one. With `--check`, part of `make lint`, nothing is written: each language's gaps are named, and the exit
status is 1 if there are any.
"""

import io
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from dsr.letters.words import ENGLISH, LANGUAGES, catalogue

Sentence = str | tuple[str, ...]
"""In English; one with a plural as a pair."""

LETTERS = Path(__file__).resolve().parent.parent / "dsr" / "letters"
METHODS = [("**.py", "python"), ("**.j2", "jinja2")]
OPTIONS = {"**.j2": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
KEPT = ("Language:", "Plural-Forms:", "MIME-Version:", "Content-Type:", "Content-Transfer-Encoding:")
"""Headers needed by readers; dates and tool names would change with every run."""

TRANSLATED: Final = tuple(language for language in LANGUAGES if language != ENGLISH)


def said() -> set[Sentence]:
    """Every English sentence."""
    return {message for _, _, message, _, _ in extract_from_dir(str(LETTERS), METHODS, OPTIONS, KEYWORDS)}


def gaps(found: Catalog, sentences: set[Sentence]) -> list[tuple[str, Sentence]]:
    """What a catalogue lacks or has too much: `missing`, `empty`, `fuzzy` or `left over`, each with its sentence."""
    messages = {message.id: message for message in found if message.id}
    named = [("missing", each) for each in sentences - messages.keys()]
    named += [("left over", each) for each in messages.keys() - sentences]
    named += [("empty", each) for each in sentences & messages.keys() if not _is_full(messages[each].string)]
    named += [("fuzzy", each) for each in sentences & messages.keys() if messages[each].fuzzy]
    return sorted(named, key=str)


def _is_full(translation: str | Iterable[str] | None) -> bool:
    forms = (translation,) if isinstance(translation, str) else tuple(translation or ())
    return bool(forms) and all(form.strip() for form in forms)


def updated(language: str, old: bytes, sentences: set[Sentence]) -> str:
    """The catalogue with exactly these sentences, in order."""
    before = read_po(io.BytesIO(old), locale=language)
    after = Catalog(locale=language, header_comment=before.header_comment, fuzzy=False)
    for sentence in sorted(sentences, key=str):
        known = before.get(sentence if isinstance(sentence, str) else sentence[0])
        after.add(sentence, known.string if known and known.id == sentence else None)
    written = io.BytesIO()
    write_po(written, after, width=120, no_location=True)
    head, _, rest = written.getvalue().decode().partition("\n\n")
    lines = [line for line in head.split("\n") if not line.startswith('"') or line[1:].startswith(KEPT)]
    return "\n".join(lines) + "\n\n" + rest.rstrip("\n") + "\n"


def write() -> None:
    """Write all of them."""
    sentences = said()
    for language in TRANSLATED:
        path = LETTERS / "catalogues" / language / "LC_MESSAGES" / "letters.po"
        path.write_text(updated(language, path.read_bytes(), sentences), encoding="utf-8")


def check() -> int:
    """Name the gaps of all languages on stderr; the exit status."""
    sentences = said()
    lines = [
        f"{language}: {what}: {sentence if isinstance(sentence, str) else sentence[0]}\n"
        for language in TRANSLATED
        for what, sentence in gaps(catalogue(language), sentences)
    ]
    if lines:
        sys.stderr.writelines([*lines, "Run `make catalogues`, then translate each sentence that is empty or fuzzy.\n"])
    return 1 if lines else 0


def main(arguments: list[str]) -> int:
    """Check or write. The exit status."""
    if arguments == ["--check"]:
        return check()
    write()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
