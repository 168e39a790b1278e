"""Update the catalogues from the English texts: `make catalogues`.

English texts of letters and of the console are found in templates and code, the console's codes in the classes that
have them; texts of pages and packages stand in their English catalogues. New texts are added empty, unused ones are
removed; a changed text counts as new: no translation is guessed from a similar one. With `--check`, part of `make
lint`, nothing is written: each language's gaps are named, and the exit status is 1 if there are any.
"""

import io
import sys
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from flask import Flask

from docs.generate import import_everything
from dsr.api.app import RESOURCES
from dsr.api.console.codes import said_codes
from dsr.api.console.interface_words import interface_sentences
from dsr.api.console.language import CODES
from dsr.api.console.operations import Command, commands_of
from dsr.catalogues import ENGLISH, Domain, catalogue, languages_of, source

Sentence = str | tuple[str, ...]
"""In English; one with a plural as a pair."""

Text = tuple[str, Sentence]
"""A key, which is empty where the English text is the key, or says only what kind of text it is; and the text."""

PROGRAM = Path(__file__).resolve().parent.parent / "dsr"
FOLDERS = {Domain.LETTERS: PROGRAM / "letters", Domain.CONSOLE: PROGRAM / "api" / "console"}
"""Where the English sentences stand."""
METHODS = [("**.py", "python"), ("**.j2", "jinja2"), ("**.html", "jinja2")]
OPTIONS = {pattern: {"trimmed": "true", "silent": "false"} for pattern in ("**.j2", "**.html")}
KEYWORDS = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
KEPT = ("Language:", "Plural-Forms:", "MIME-Version:", "Content-Type:", "Content-Transfer-Encoding:")
"""Headers needed by readers; dates and tool names would change with every run."""


def translated(domain: Domain) -> tuple[str, ...]:
    """The languages of a domain other than English."""
    return tuple(language for language in languages_of(domain) if language != ENGLISH)


def said(domain: Domain) -> set[Sentence]:
    """Every English sentence of a domain without keys."""
    return {message for _, _, message, _, _ in extract_from_dir(str(FOLDERS[domain]), METHODS, OPTIONS, KEYWORDS)}


def texts(domain: Domain) -> tuple[Text, ...]:
    """Every English text of a domain, in the order of its catalogues."""
    if domain.is_keyed:
        return tuple(map(_text_of, _messages(catalogue(domain, ENGLISH))))
    if domain is Domain.LETTERS:
        return tuple(("", sentence) for sentence in sorted(said(domain), key=str))
    import_everything()
    sentences = sorted({*said(domain), *interface_sentences(_commands())}, key=str)
    return (*(("", sentence) for sentence in sentences), *((CODES, words) for words in sorted(said_codes())))


@cache
def _commands() -> tuple[Command, ...]:
    app = Flask("catalogues")
    for blueprint in RESOURCES:
        app.register_blueprint(blueprint)
    return tuple(commands_of(app).values())


def gaps(found: Catalog, wanted: Collection[Text]) -> list[tuple[str, Text]]:
    """What a catalogue lacks or has too much: `missing`, `empty`, `fuzzy` or `left over`, each with its text."""
    messages = {_text_of(message): message for message in _messages(found)}
    named = [("missing", each) for each in set(wanted) - messages.keys()]
    named += [("left over", each) for each in messages.keys() - set(wanted)]
    known = messages.keys() & set(wanted)
    named += [("empty", each) for each in known if not _is_full(messages[each].string)]
    named += [("fuzzy", each) for each in known if messages[each].fuzzy]
    return sorted(named, key=str)


def _messages(found: Catalog) -> list[Message]:
    return [message for message in found if message.id]


def _text_of(message: Message) -> Text:
    return message.context or "", message.id if isinstance(message.id, str) else tuple(message.id)


def _is_full(translation: str | Iterable[str] | None) -> bool:
    forms = (translation,) if isinstance(translation, str) else tuple(translation or ())
    return bool(forms) and all(form.strip() for form in forms)


def updated(language: str, old: bytes, wanted: Iterable[Text]) -> str:
    """The catalogue with exactly these texts, in this order."""
    before = read_po(io.BytesIO(old), locale=language)
    known = {_text_of(message): message.string for message in _messages(before)}
    after = Catalog(locale=language, fuzzy=False)
    for key, sentence in wanted:
        after.add(sentence, known.get((key, sentence)), context=key or None)
    return written(after)


def written(catalogue: Catalog) -> str:
    """The text of a catalogue's file."""
    name = Locale.parse("en").languages[str(catalogue.locale)]
    catalogue.header_comment = f"# In {name}. `make catalogues` brings it up to date; then translate what is empty."
    pieces = io.BytesIO()
    write_po(pieces, catalogue, width=120, no_location=True)
    head, _, rest = pieces.getvalue().decode().partition("\n\n")
    lines = [line for line in head.split("\n") if not line.startswith('"') or line[1:].startswith(KEPT)]
    return "\n".join(lines) + "\n\n" + rest.rstrip("\n") + "\n"


def write() -> None:
    """Write all of them."""
    for domain in Domain:
        wanted = texts(domain)
        for language in translated(domain):
            path = PROGRAM / "catalogues" / language / "LC_MESSAGES" / f"{domain}.po"
            path.write_text(updated(language, source(domain, language), wanted), encoding="utf-8")


def check() -> int:
    """Name the gaps of all languages on stderr; the exit status."""
    lines = [
        f"{domain} in {language}: {what}: {key or (sentence if isinstance(sentence, str) else sentence[0])}\n"
        for domain in Domain
        for wanted in [texts(domain)]
        for language in translated(domain)
        for what, (key, sentence) in gaps(catalogue(domain, language), wanted)
    ]
    if lines:
        sys.stderr.writelines([*lines, "Run `make catalogues`, then translate each text that is empty or fuzzy.\n"])
    return 1 if lines else 0


def main(arguments: list[str]) -> int:
    """Check or write. The exit status."""
    if arguments == ["--check"]:
        return check()
    write()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
