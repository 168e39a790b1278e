"""The language of the console, and its words in it.

A word or sentence is written in English where it is said: `_("Asks for")`, in templates and in code alike; `N_` marks
one that is said elsewhere. `dsr/catalogues/<language>/LC_MESSAGES/console.po` translates it; `make catalogues` finds
it. What has no translation yet is said in English.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from typing import Final
from urllib.parse import urlencode

from babel.messages.mofile import write_mo
from flask import Flask, Response, g, make_response, redirect, request
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from dsr.api.cookies import LANGUAGE, cookie, set_cookie
from dsr.catalogues import (
    ENGLISH,
    OWN_NAMES,
    Domain,
    LanguageFormats,
    catalogue,
    formats,
    languages_of,
    reading_language,
)

LANGUAGES: Final = {language: OWN_NAMES[language] for language in languages_of(Domain.CONSOLE)}
"""ISO 639-1 → name in the language itself, English first."""

CODES: Final = "code"
"""Context of the words of codes in the catalogue."""

_CHOICE: Final = "page_language"
"""The parameter of a link that chooses a language; no field and no filter has this name."""

_YEAR: Final = 365 * 24 * 3600


def page_language() -> str:
    """The language of the page: what was chosen in this browser, else what the browser prefers, else English."""
    language: str | None = g.get("page_language")
    if language is None:
        language = g.page_language = reading_language(
            Domain.CONSOLE, cookie(LANGUAGE), request.accept_languages.values()
        )
    return language


def spoken() -> LanguageFormats:
    """How the language of the page writes dates, numbers and names."""
    return formats(page_language())


def N_(message: str) -> str:  # noqa: N802 - the mark that extractors of messages look for
    """Mark a text for the catalogues that is said elsewhere."""
    return message


def gettext(message: str, /, **values: object) -> str:
    """The text in the language of the page, with its values."""
    text = page_texts().gettext(message)
    return text % values if values else text


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """The form for the number, which stands in it as `%(num)s`."""
    return page_texts().ngettext(one, many, number) % {"num": number, **values}


_ = gettext


_IN_ENGLISH: Final = {
    "Dpo": "Data protection officer",
    "Dpo opinion given": "Opinion of the data protection officer given",
}
"""Codes that are abbreviations; the other languages spell them out in their catalogues."""


def code_text(words: str, texts: NullTranslations) -> str:
    """The words of a code, which the catalogue keeps apart: they are labels, not sentences."""
    said = texts.pgettext(CODES, words)
    return _IN_ENGLISH.get(said, said)


def translation_of(message: str) -> str:
    """The text in the language of the page; empty if it has none."""
    text = page_texts().gettext(message)
    return "" if text == message else text


@cache
def translations(language: str) -> NullTranslations:
    """The console's messages in one language, read once; those without a translation are said in English."""
    if language == ENGLISH:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue(Domain.CONSOLE, language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def page_texts() -> NullTranslations:
    """The console's messages in the language of the page."""
    return translations(page_language())


def speak(app: Flask) -> None:
    """Let the templates of the console say their words in the language of the page.

    The i18n extension of Jinja does the same with six calls for each word, of which a page has hundreds.
    """
    app.jinja_env.globals |= {"_": _in_template, "ngettext": _number_in_template}


def _in_template(message: str, /, **values: object) -> Markup:
    """The text as HTML, with its values escaped."""
    text = _as_html(message, page_texts())
    return text % values if values else text


def _number_in_template(one: str, many: str, number: int, /, **values: object) -> Markup:
    text = Markup(page_texts().ngettext(one, many, number))  # noqa: S704 - of our catalogues
    return text % {"num": number, **values}


@cache
def _as_html(message: str, texts: NullTranslations) -> Markup:
    """Looked up once for each language: what templates say is constant."""
    return Markup(texts.gettext(message))  # noqa: S704 - of our catalogues


def address_in(language: str) -> str:
    """The link that chooses a language for this page; for one that answers a form, and so has no address, for today."""
    if request.method != "GET":
        return f"/console?{_CHOICE}={language}"
    return f"{request.path}?{_query(**{_CHOICE: language})}"


def take_choice() -> Response | None:
    """Keep a language that was chosen by a link, and lead back to the page. The chosen one holds for all pages of this
    host.
    """
    chosen = request.args.get(_CHOICE)
    if request.method != "GET" or chosen is None:
        return None
    query = _query()
    response = make_response(redirect(f"{request.path}?{query}" if query else request.path, 303))
    if chosen in LANGUAGES:
        set_cookie(response, LANGUAGE, chosen, path="/", seconds=_YEAR, same_site="Lax")
    return response


def _query(**changed: str) -> str:
    kept = MultiDict((name, value) for name, value in request.args.items(multi=True) if name != _CHOICE)
    kept.update(changed)
    return urlencode(list(kept.items(multi=True)))


def say_language(response: Response) -> None:
    """Tell the browser and what stands between which language a page is in, and what that depended on."""
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = page_language()
        response.headers["Vary"] = "Accept-Language, Cookie"
