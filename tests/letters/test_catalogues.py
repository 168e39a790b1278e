"""The catalogues: complete, nothing unsure, nothing left over, every value in its place. A gap fails the build."""

import re
from collections.abc import Iterable
from datetime import date
from importlib.resources import files

import pytest
from babel import Locale
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.plurals import get_plural

from dsr.letters import LANGUAGES
from dsr.letters.words import ENGLISH, LOCALES, LetterLanguage, Untranslated, catalogue, words

TRANSLATED = [language for language in LANGUAGES if language != ENGLISH]
METHODS = [("**.py", "python"), ("**.j2", "jinja2")]
OPTIONS = {"**.j2": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
PLACE = re.compile(r"%\((\w+)\)s")


def said_in_the_program() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(str(files("dsr.letters")), METHODS, OPTIONS, KEYWORDS)
    return {message for _, _, message, _, _ in found}


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def forms(text: str | Iterable[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_and_no_translation_is_left_over(language: str) -> None:
    assert {message.id for message in messages(language)} == said_in_the_program()


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_empty_or_unsure(language: str) -> None:
    assert [message.id for message in messages(language) if message.fuzzy] == []
    assert [message.id for message in messages(language) if not all(map(str.strip, forms(message.string)))] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_value_has_its_place_in_the_translation(language: str) -> None:
    for message in messages(language):
        many = set(PLACE.findall(forms(message.id)[-1]))
        for number, form in enumerate(forms(message.string)):
            one = len(forms(message.id)) > 1 and number == 0
            used = PLACE.findall(form)
            assert len(used) == len(set(used)), message.id
            assert set(used) == many or (one and not used), message.id
            assert "%" not in PLACE.sub("", form), message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_number_has_a_form(language: str) -> None:
    plural = get_plural(Locale.parse(LOCALES[language]))
    assert catalogue(language).num_plurals == plural.num_plurals
    for message in messages(language):
        if not isinstance(message.id, str):
            assert len(forms(message.string)) == plural.num_plurals


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_is_none_that_copies_the_english(language: str) -> None:
    copied = [forms(message.id) for message in messages(language) if forms(message.id) == forms(message.string)]
    assert [each for each in copied if len(PLACE.sub("", each[0])) > 20] == []


def test_a_sentence_without_translation_is_an_error_and_no_letter_in_two_languages() -> None:
    with pytest.raises(Untranslated, match="Nobody translated this"):
        words("de").gettext("Nobody translated this.")
    with pytest.raises(Untranslated):
        words("de").ngettext("One thing.", "Many things.", 2)


@pytest.mark.parametrize(("flag", "said"), [("#, fuzzy\n", "Warum"), ("", "")])
def test_an_unsure_or_empty_translation_counts_as_none(flag: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n{flag}msgid "Why"\nmsgstr "{said}"\n'
    monkeypatch.setattr("dsr.letters.words.source", lambda language: broken.encode())
    with pytest.raises(Untranslated):
        LetterLanguage("de").gettext("Why")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_writes_dates_and_money_its_own_way(language: str) -> None:
    spoken = words(language)
    assert {
        "en": ("1 April 2026", "€12,345.50"),
        "de": ("1. April 2026", "12.345,50 €"),
        "fr": ("1er avril 2026", "12 345,50 €"),
        "es": ("1 de abril de 2026", "12.345,50 €"),
        "it": ("1 aprile 2026", "12.345,50 €"),
        "nl": ("1 april 2026", "€ 12.345,50"),
        "pl": ("1 kwietnia 2026", "12 345,50 zł"),
        "ro": ("1 aprilie 2026", "12.345,50 EUR"),
        "pt": ("1 de abril de 2026", "12 345,50 €"),
        "ja": ("2026年4月1日", "￥1,234,550"),
    }[language] == (
        spoken.day(date(2026, 4, 1)),
        " ".join(spoken.money(1234550, {"pl": "PLN", "ja": "JPY"}.get(language, "EUR")).split()),
    )


@pytest.mark.parametrize(
    ("language", "listed", "mixed"),
    [
        ("en", "Art. 16, 17 and 21 GDPR", "Art. 17 and 20(3) GDPR"),
        ("de", "Art. 16, 17 und 21 DSGVO", "Art. 17 und 20 Abs. 3 DSGVO"),
        ("fr", "articles 16, 17 et 21 du RGPD", "articles 17 et 20, paragraphe 3, du RGPD"),
        ("es", "artículos 16, 17 y 21 del RGPD", "artículos 17 y 20, apartado 3, del RGPD"),
        ("it", "articoli 16, 17 e 21 del GDPR", "articoli 17 e 20, paragrafo 3, del GDPR"),
        ("nl", "artikelen 16, 17 en 21 AVG", "artikelen 17 en 20, lid 3, AVG"),
        ("pl", "art. 16, 17 i 21 RODO", "art. 17 i 20 ust. 3 RODO"),
        ("ro", "articolele 16, 17 și 21 din RGPD", "articolele 17 și 20 alineatul (3) din RGPD"),
        ("pt", "artigos 16.º, 17.º e 21.º do RGPD", "artigos 17.º e 20.º, n.º 3, do RGPD"),
        ("ja", "GDPR第16条、第17条、第21条", "GDPR第17条、第20条第3項"),
    ],
)
def test_several_articles_are_cited_in_the_plural_of_the_language(language: str, listed: str, mixed: str) -> None:
    spoken = words(language)
    assert spoken.provision("GDPR Art. 16, 17, 21", regime="eu-gdpr") == listed
    assert spoken.provision("GDPR Art. 17, 20(3)", regime="eu-gdpr") == mixed
