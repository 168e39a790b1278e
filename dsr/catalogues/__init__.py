"""Catalogues of all texts that people read outside the interface for programs, as gettext `.po` files.

`<language>/LC_MESSAGES/<domain>.po` is read directly, without compilation. A language has a domain once its file is
there; a file with gaps fails `make lint`.

- `letters` and `console`: the English sentence is the message id; `docs/catalogues.py` finds it in templates and code.
- `pages` and `packages`: code knows a text by its key, which is the message context. The English file is the source:
  its message ids are the English texts. A changed English text empties its translations at `make catalogues`.
"""

import gettext
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from types import MappingProxyType
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from dsr.catalogues.formats import LOCALES, OWN_NAMES, LanguageFormats, formats

__all__ = [
    "ENGLISH",
    "LOCALES",
    "OWN_NAMES",
    "Domain",
    "KeyedTexts",
    "LanguageFormats",
    "catalogue",
    "formats",
    "keyed",
    "languages_of",
    "reading_language",
    "source",
]

ENGLISH: Final = "en"
"""The source language, and the one that every domain has."""


class Domain(StrEnum):
    """What a catalogue is for."""

    LETTERS = "letters"
    """Letters, and the mails that the service writes by itself."""
    PAGES = "pages"
    """The pages of data subjects and of staff, and those behind a link."""
    PACKAGES = "packages"
    """The pages within a package of data."""
    CONSOLE = "console"
    """The pages on which members of staff work."""

    @property
    def is_keyed(self) -> bool:
        """Whether code knows its texts by key; the English file is then the source."""
        return self in (Domain.PAGES, Domain.PACKAGES)


@cache
def languages_of(domain: Domain) -> tuple[str, ...]:
    """The languages of a domain by ISO 639-1, English first."""
    return tuple(each for each in LOCALES if each == ENGLISH or _file(domain, each).is_file())


def reading_language(domain: Domain, asked_for: str | None, others: Iterable[str] = ()) -> str:
    """The language in which somebody is written to: the first that the domain has of theirs (`asked_for`) and those of
    the controller (`others`), else English (docs/law §5). Regions do not count: `de-AT` is German.
    """
    known = languages_of(domain)
    wanted = (each.partition("-")[0].lower() for each in (asked_for or "", *others))
    return next((each for each in wanted if each in known), ENGLISH)


def catalogue(domain: Domain, language: str) -> Catalog:
    """The messages of one language. Raises babel.messages.pofile.PoFileError."""
    return read_po(BytesIO(source(domain, language)), locale=language, domain=domain.value, abort_invalid=True)


def source(domain: Domain, language: str) -> bytes:
    """The text of the file; empty for English where the source are templates and code."""
    if language == ENGLISH and not domain.is_keyed:
        return b""
    return _file(domain, language).read_bytes()


class KeyedTexts:
    """The texts of one language by key. A text that is empty or unsure counts as missing."""

    def __init__(self, texts: Mapping[str, tuple[str, ...]], plural: Callable[[int], int]) -> None:
        self._texts = texts
        self._plural = plural

    def __getitem__(self, key: str) -> str:
        """The text; of one with a plural, the form of most numbers. Raises KeyError."""
        return self._texts[key][-1]

    def counted(self, key: str, number: int) -> str:
        """The form for the number. Raises KeyError."""
        return self._texts[key][self._plural(number)]

    def keys(self) -> frozenset[str]:
        """All keys."""
        return frozenset(self._texts)


@cache
def keyed(domain: Domain, language: str) -> KeyedTexts:
    """The texts of a domain with keys, read once. Raises FileNotFoundError for a language without it."""
    found = catalogue(domain, language)
    texts = {}
    for message in found:
        if message.context is None or message.fuzzy:
            continue
        said = message.id if language == ENGLISH else message.string
        forms = (said,) if isinstance(said, str) else tuple(said or ())
        if forms and all(forms):
            texts[message.context] = forms
    return KeyedTexts(MappingProxyType(texts), gettext.c2py(found.plural_expr))


def _file(domain: Domain, language: str) -> Traversable:
    return files(__package__).joinpath(language, "LC_MESSAGES", f"{domain}.po")
