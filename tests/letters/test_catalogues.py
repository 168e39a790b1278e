"""The catalogues: complete, nothing unsure, nothing left over, every value in its place. A gap fails the build."""

import re
from collections.abc import Iterable
from datetime import date
from io import BytesIO

import pytest
from babel import Locale
from babel.messages.catalog import Message
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from docs import catalogues
from docs.catalogues import TRANSLATED, gaps, said
from dsr.letters import LANGUAGES
from dsr.letters.words import LOCALES, LetterLanguage, Untranslated, catalogue, in_language_or_english, words

PASSWORD = {
    "de": "kennwort",
    "es": "contraseña",
    "fr": "mot de passe",
    "it": "password",
    "ja": "パスワード",
    "nl": "wachtwoord",
    "pl": "hasło",
    "pt": "palavra-passe",
    "ro": "parolă",
}
PLACE = re.compile(r"%\((\w+)\)s")
WITH_GAPS = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Kept"
msgstr "Behalten"

msgid "Empty"
msgstr " "

#, fuzzy
msgid "Unsure"
msgstr "Unsicher"

msgid "Old"
msgstr "Alt"

msgid "One"
msgid_plural "Many"
msgstr[0] "Eins"
msgstr[1] ""
"""


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def forms(text: str | Iterable[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_for_sure_and_no_translation_is_left_over(language: str) -> None:
    assert gaps(catalogue(language), said()) == []


def test_a_gap_of_a_catalogue_is_named_by_its_kind() -> None:
    found = read_po(BytesIO(WITH_GAPS.encode()), locale="de")
    assert gaps(found, {"Kept", "Empty", "Unsure", "New", ("One", "Many")}) == [
        ("empty", "Empty"),
        ("empty", ("One", "Many")),
        ("fuzzy", "Unsure"),
        ("left over", "Old"),
        ("missing", "New"),
    ]


def test_a_new_english_sentence_fails_the_check_of_lint_with_its_languages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert catalogues.main(["--check"]) == 0
    sentences = said()
    monkeypatch.setattr(catalogues, "said", lambda: sentences | {"Nobody translated this."})
    assert catalogues.main(["--check"]) == 1
    *named, remedy = capsys.readouterr().err.splitlines()
    assert named == [f"{language}: missing: Nobody translated this." for language in TRANSLATED]
    assert "make catalogues" in remedy


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


def test_in_a_development_run_english_alone_is_written_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    def write(language: str) -> str:
        return words(language)("Nobody translated what %(name)s said.", name="Ada Lovelace")

    with pytest.raises(Untranslated):
        in_language_or_english(write, "de", english_if_untranslated=False)
    assert caplog.messages == []
    written = in_language_or_english(write, "de", english_if_untranslated=True)
    assert written == "Nobody translated what Ada Lovelace said."
    (warning,) = caplog.messages
    assert "'de'" in warning
    assert "Nobody translated what %(name)s said." in warning
    assert "Ada" not in caplog.text


@pytest.mark.parametrize(("flag", "string"), [("#, fuzzy\n", "Warum"), ("", "")])
def test_an_unsure_or_empty_translation_counts_as_none(flag: str, string: str, monkeypatch: pytest.MonkeyPatch) -> None:
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    broken = f'{head}{flag}msgid "Why"\nmsgstr "{string}"\n'
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
        "it": ("1º aprile 2026", "12.345,50 €"),
        "nl": ("1 april 2026", "€ 12.345,50"),
        "pl": ("1 kwietnia 2026 r.", "12 345,50 zł"),
        "ro": ("1 aprilie 2026", "12.345,50 EUR"),
        "pt": ("1 de abril de 2026", "12 345,50 €"),
        "ja": ("2026年4月1日", "￥1,234,550"),
    }[language] == (
        spoken.day(date(2026, 4, 1)),
        " ".join(spoken.money(1234550, {"pl": "PLN", "ja": "JPY"}.get(language, "EUR")).split()),
    )


def test_the_italian_article_before_a_date_is_always_il() -> None:
    spoken = words("it")
    said = [
        spoken("You will get our answer by %(date)s at the latest.", date=spoken.day(date(2026, 4, d))) for d in (1, 8)
    ]
    assert said == [
        "Riceverà la nostra risposta entro il 1º aprile 2026.",
        "Riceverà la nostra risposta entro il giorno 8 aprile 2026.",
    ]
    assert spoken.date_line(date(2026, 4, 8)) == "8 aprile 2026"


def test_polish_names_the_euro_and_ends_no_sentence_with_a_date() -> None:
    """`r.` already ends with a full stop."""
    assert words("pl").money(1234, "EUR") == "12,34 euro"
    sentences = [form for message in messages("pl") for form in forms(message.string)]
    assert not [each for each in sentences if re.search(r"%\((?:date|received)\)s\.", each)]


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_the_password_is_called_a_password(language: str) -> None:
    """docs/law §12: in words for people it is a password."""
    said = words(language)("To open it you need a password, which we give you separately.").lower()
    assert PASSWORD[language] in said


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
