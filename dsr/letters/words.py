"""The words of letters in one language: messages from the catalogues; dates, money and names of countries by locale.

`dsr/catalogues/<language>/LC_MESSAGES/letters.po` translates the English sentences of templates and `sentences.py`. A
sentence without translation is an error, not a letter in two languages; in a development run, the letter is written in
English only.
"""

import logging
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from typing import Final, Literal, TypeVar

from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.numbers import format_currency, get_currency_precision

from dsr.catalogues import ENGLISH, Domain, LanguageFormats, catalogue, languages_of

log = logging.getLogger("dsr.letters")

Written = TypeVar("Written")

LANGUAGES: Final = languages_of(Domain.LETTERS)
"""ISO 639-1, of all languages with letters; English first."""

_BETWEEN: Final = {"fr": " ; ", "ja": "；"}
"""Separators of provisions that differ from a semicolon and a space."""

_POINTS: Final = {
    "bg": dict(zip("abcdefghij", "абвгдежзий", strict=True)),
    "el": dict(zip("abcdefghij", ["α", "β", "γ", "δ", "ε", "στ", "ζ", "η", "θ", "ι"], strict=True)),
}
"""Letters of points in the languages whose text of the GDPR counts them by another alphabet."""

_ELIDED: Final = frozenset({8, 11})
"""Days before which the Italian article is `l’`."""

_EU_LAW: Final = "GDPR Art. "
_ARTICLE: Final = re.compile(r"(?P<article>[0-9]+)?(?:\((?P<paragraph>[0-9]+)\))?(?:\((?P<point>[a-z])\))?")


class Untranslated(LookupError):
    """A sentence has no translation in the language; the message is the sentence."""


class _NoTranslations(NullTranslations):
    """The fallback of a catalogue."""

    def gettext(self, message: str) -> str:
        raise Untranslated(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG002 - the library's signature
        raise Untranslated(msgid1)


class LetterLanguage(LanguageFormats):
    """The catalogue of one language, with its format of dates and amounts."""

    def __init__(self, language: str) -> None:
        """Raises KeyError or FileNotFoundError for a language without letters: see LANGUAGES."""
        super().__init__(language)
        self._messages = NullTranslations() if language == ENGLISH else _translations(language)

    def gettext(self, message: str) -> str:
        """Raises Untranslated."""
        return self._messages.gettext(message)

    def ngettext(self, one: str, many: str, number: int) -> str:
        """The form for the number. Raises Untranslated."""
        return self._messages.ngettext(one, many, number)

    def __call__(self, message: str, /, **values: object) -> str:
        """The sentence with its values. Raises Untranslated."""
        return self.gettext(message) % values

    def day(self, day: date) -> str:
        """A date within a sentence. The Italian article before it is always `il`."""
        written = self.date_line(day)
        return f"giorno {written}" if self.language == "it" and day.day in _ELIDED else written

    def money(self, amount: int, currency: str) -> str:
        """An amount in the smallest unit, as in `€12.50`. Polish names the euro, as in `12,50 euro`."""
        exact = Decimal(amount).scaleb(-get_currency_precision(currency))
        kind: Literal["name", "standard"] = "name" if (self.language, currency) == ("pl", "EUR") else "standard"
        return str(format_currency(exact, currency, locale=self.locale, format_type=kind))

    def provision(self, text: str, *, regime: str) -> str:
        """Cite a provision in the style of the language: `GDPR Art. 17(3)(e); § 147 AO` changes for the GDPR and leaves
        national law unchanged. Raises Untranslated.
        """
        law, *national = (part.strip() for part in text.split("; "))
        cited = self._articles(law.removeprefix(_EU_LAW), regime) if law.startswith(_EU_LAW) else law
        return _BETWEEN.get(self.language, "; ").join([cited, *national])

    def _articles(self, articles: str, regime: str) -> str:
        places, article = [], ""
        for each in articles.split(", "):
            found = _ARTICLE.fullmatch(each)
            if found is None:
                return f"{_EU_LAW}{articles}"
            article = found["article"] or article
            places.append({"article": article, "paragraph": found["paragraph"], "point": found["point"]})
        listed = str(format_list(list(map(self._place, places)), locale=self.locale))
        named = self.ngettext("Art. %(articles)s", "Art. %(articles)s", len({each["article"] for each in places}))
        law = self.gettext("%(articles)s UK GDPR") if regime == "uk-gdpr" else self.gettext("%(articles)s GDPR")
        # Some languages end a paragraph's number with a comma.
        return law % {"articles": named % {"articles": listed.replace(",,", ",")}}

    def _place(self, parts: dict[str, str | None]) -> str:
        if parts["point"]:
            point = _POINTS.get(self.language, {}).get(parts["point"], parts["point"])
            return self.gettext("%(article)s(%(paragraph)s)(%(point)s)") % {**parts, "point": point}
        if parts["paragraph"]:
            return self.gettext("%(article)s(%(paragraph)s)") % parts
        return self.gettext("%(article)s") % parts


@cache
def words(language: str) -> LetterLanguage:
    """The `LetterLanguage` of a language, read once."""
    return LetterLanguage(language)


def in_language_or_english(write: Callable[[str], Written], language: str, *, english_if_untranslated: bool) -> Written:
    """What `write` returns for the language; with `english_if_untranslated`, for English if a translation is missing.

    A warning then names the sentence without its values. Raises Untranslated otherwise.
    """
    try:
        return write(language)
    except Untranslated as missing:
        if not english_if_untranslated:
            raise
        log.warning("written in English only, since this has no translation into '%s': %s", language, missing)
        return write(ENGLISH)


def _translations(language: str) -> GNUTranslations:
    """Translations in memory; empty and fuzzy ones are left out, and so raise Untranslated."""
    compiled = BytesIO()
    write_mo(compiled, catalogue(Domain.LETTERS, language))
    compiled.seek(0)
    translations = GNUTranslations(compiled)
    translations.add_fallback(_NoTranslations())
    return translations
