"""Update the catalogues of letters from templates and sentences: `make catalogues`.

New sentences are added empty, unused ones are removed; a changed sentence counts as new. Tests fail until every
sentence is translated: no translation is guessed from a similar one.
"""

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from dsr.letters.words import ENGLISH, LANGUAGES

LETTERS = Path(__file__).resolve().parent.parent / "dsr" / "letters"
METHODS = [("**.py", "python"), ("**.j2", "jinja2")]
OPTIONS = {"**.j2": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
KEPT = ("Language:", "Plural-Forms:", "MIME-Version:", "Content-Type:", "Content-Transfer-Encoding:")
"""Headers needed by readers; dates and tool names would change with every run."""


def said() -> set[str | tuple[str, ...]]:
    """Every English sentence, one with a plural as a pair."""
    return {message for _, _, message, _, _ in extract_from_dir(str(LETTERS), METHODS, OPTIONS, KEYWORDS)}


def updated(language: str, old: bytes, sentences: set[str | tuple[str, ...]]) -> str:
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


def main() -> None:
    """Write all of them."""
    sentences = said()
    for language in LANGUAGES:
        if language != ENGLISH:
            path = LETTERS / "catalogues" / language / "LC_MESSAGES" / "letters.po"
            path.write_text(updated(language, path.read_bytes(), sentences), encoding="utf-8")


if __name__ == "__main__":
    main()
