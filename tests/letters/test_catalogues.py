"""What each language of letters has of its own: dates, money, citations, and what happens without a translation."""

from datetime import date

import pytest

from dsr.letters import LANGUAGES
from dsr.letters.words import LetterLanguage, Untranslated, in_language_or_english, words

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
    "bg": "парола",
    "cs": "heslo",
    "da": "adgangskode",
    "el": "κωδικό πρόσβασης",
    "et": "salasõna",
    "fi": "salasana",
    "ga": "pasfhocal",
    "hr": "lozinka",
    "hu": "jelszó",
    "lt": "slaptažod",
    "lv": "parole",
    "mt": "password",
    "sk": "heslo",
    "sl": "geslo",
    "sv": "lösenord",
    "tr": "parola",
    "uk": "пароль",
}


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
    monkeypatch.setattr("dsr.catalogues.source", lambda domain, language: broken.encode())
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
        "bg": ("1 април 2026 г.", "12 345,50 €"),
        "cs": ("1. dubna 2026", "12 345,50 €"),
        "da": ("1. april 2026", "12.345,50 €"),
        "el": ("1 Απριλίου 2026", "12.345,50 €"),
        "et": ("1. aprill 2026", "12 345,50 €"),
        "fi": ("1. huhtikuuta 2026", "12 345,50 €"),
        "ga": ("1 Aibreán 2026", "€12,345.50"),
        "hr": ("1. travnja 2026.", "12.345,50 €"),
        "hu": ("2026. április 1.", "12 345,50 EUR"),
        "lt": ("2026 m. balandžio 1 d.", "12 345,50 €"),
        "lv": ("2026. gada 1. aprīlis", "12 345,50 €"),
        "mt": ("1 ta’ April 2026", "€12,345.50"),
        "sk": ("1. apríla 2026", "12 345,50 €"),
        "sl": ("1. april 2026", "12.345,50 €"),
        "sv": ("1 april 2026", "12 345,50 €"),
        "tr": ("1 Nisan 2026", "€12.345,50"),
        "uk": ("1 квітня 2026 р.", "12 345,50 EUR"),
    }[language] == (
        " ".join(spoken.day(date(2026, 4, 1)).split()),
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


def test_polish_names_the_euro() -> None:
    assert words("pl").money(1234, "EUR") == "12,34 euro"


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
        ("bg", "чл. 16, 17 и 21 от ОРЗД", "чл. 17 и 20, пар. 3 от ОРЗД"),
        ("cs", "čl. 16, 17 a 21 GDPR", "čl. 17 a 20 odst. 3 GDPR"),
        (
            "da",
            "databeskyttelsesforordningens artikel 16, 17 og 21",
            "databeskyttelsesforordningens artikel 17 og 20, stk. 3",
        ),
        ("el", "άρθρα 16, 17 και 21 ΓΚΠΔ", "άρθρα 17 και 20 παρ. 3 ΓΚΠΔ"),
        ("et", "IKÜM art 16, 17 ja 21", "IKÜM art 17 ja 20 lg 3"),
        (
            "fi",
            "yleisen tietosuoja-asetuksen 16 artikla, 17 artikla ja 21 artikla",
            "yleisen tietosuoja-asetuksen 17 artikla ja 20 artiklan 3 kohta",
        ),
        ("ga", "Airteagail 16, 17 agus 21 den RGCS", "Airteagail 17 agus 20(3) den RGCS"),
        (
            "hr",
            "članci 16., 17. i 21. Opće uredbe o zaštiti podataka",
            "članci 17. i 20. stavak 3. Opće uredbe o zaštiti podataka",
        ),
        ("hu", "GDPR 16. cikk, 17. cikk és 21. cikk", "GDPR 17. cikk és 20. cikk (3) bekezdés"),
        ("lt", "BDAR 16 str., 17 str. ir 21 str.", "BDAR 17 str. ir 20 str. 3 d."),
        ("lv", "VDAR 16. pants, 17. pants un 21. pants", "VDAR 17. pants un 20. panta 3. punkts"),
        ("mt", "Artikoli 16, 17, u 21 tal-GDPR", "Artikoli 17 u 20(3) tal-GDPR"),
        ("sk", "čl. 16, 17 a 21 GDPR", "čl. 17 a 20 ods. 3 GDPR"),
        (
            "sl",
            "členi 16, 17 in 21 Splošne uredbe o varstvu podatkov",
            "člena 17 in 20(3) Splošne uredbe o varstvu podatkov",
        ),
        ("sv", "artiklarna 16, 17 och 21 i dataskyddsförordningen", "artiklarna 17 och 20.3 i dataskyddsförordningen"),
        ("tr", "GDPR m. 16, 17 ve 21", "GDPR m. 17 ve 20/3"),
        ("uk", "ст. 16, ст. 17 і ст. 21 GDPR", "ст. 17 і ч. 3 ст. 20 GDPR"),
    ],
)
def test_several_articles_are_cited_in_the_plural_of_the_language(language: str, listed: str, mixed: str) -> None:
    spoken = words(language)
    assert spoken.provision("GDPR Art. 16, 17, 21", regime="eu-gdpr") == listed
    assert spoken.provision("GDPR Art. 17, 20(3)", regime="eu-gdpr") == mixed


@pytest.mark.parametrize(
    ("language", "cited"),
    [
        ("el", "άρθρο 17 παρ. 3 στοιχ. ε) ΓΚΠΔ"),
        ("bg", "чл. 17, пар. 3, буква „д“ от ОРЗД"),
        ("uk", "п. (e) ч. 3 ст. 17 GDPR"),
    ],
)
def test_points_have_the_letters_of_the_text_in_that_language(language: str, cited: str) -> None:
    """In Bulgarian, a Latin `e` would be read as the sixth point."""
    assert words(language).provision("GDPR Art. 17(3)(e)", regime="eu-gdpr") == cited
