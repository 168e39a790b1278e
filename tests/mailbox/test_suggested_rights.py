"""Rights are suggested from the words and articles of a letter, in every official language of the Union.

The letters in `letters/` were written for these tests. Each begins with a line `## ` that names the rights it exercises
as a person would register them, or `none`.
"""

from pathlib import Path

import pytest

from dsr.domain.rights import Right
from dsr.mailbox.articles import citations_in
from dsr.mailbox.folding import fold
from dsr.mailbox.language import OFFICIAL_LANGUAGES, detect_language
from dsr.mailbox.rights import suggest_rights

FOLDER = Path(__file__).parent / "letters"
SHORT = Path(__file__).parent / "short_letters.txt"
"""One sentence a line: language, rights, text; often too short for its language to be told."""


def letters() -> list[tuple[str, str, frozenset[str]]]:
    found = []
    for file in sorted(FOLDER.glob("*.txt")):
        for part in file.read_text(encoding="utf-8").split("## ")[1:]:
            heading, _, text = part.partition("\n")
            found.append((file.stem, text.strip(), frozenset(heading.strip().split(", ")) - {"none"}))
    return found


def suggested(text: str, subject: str = "") -> set[str]:
    return {suggestion.right.value for suggestion in suggest_rights(text, subject)}


def test_every_official_language_has_letters_with_articles_without_and_only_citing_them() -> None:
    by_language: dict[str, int] = dict.fromkeys(OFFICIAL_LANGUAGES, 0)
    for language, _, rights in letters():
        by_language[language] += 1 if rights else 100
    assert all(count >= 103 for count in by_language.values()), by_language


@pytest.mark.parametrize(("language", "text", "rights"), letters())
def test_the_rights_of_a_letter_are_suggested(language: str, text: str, rights: frozenset[str]) -> None:
    assert suggested(text) == rights


@pytest.mark.parametrize("line", SHORT.read_text(encoding="utf-8").splitlines())
def test_the_rights_of_a_short_letter_are_suggested(line: str) -> None:
    _, rights, text = line.split(" | ", 2)
    assert suggested(text) == set(rights.split(", ")) - {"none"}


@pytest.mark.parametrize(("language", "text", "rights"), letters())
def test_the_language_of_a_letter_is_detected(language: str, text: str, rights: frozenset[str]) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("sentence", "article", "paragraphs"),
    [
        ("Článek 16, prosím správně.", 16, frozenset()),
        ("Článok 18 GDPR, prosím.", 18, frozenset()),
        ("Čl. 22/3 říká lidský zásah.", 22, frozenset({3})),
        ("Feidhmím mo cheart faoi Airt.17(1)(a) RGCS.", 17, frozenset({1})),
        ("Με βάση το άρθ. 16 ΓΚΠΔ.", 16, frozenset()),
        ("Siirryn siihen 20 art. mukaan.", 20, frozenset()),
        ("Ierakstu lūdzu dzēst (17. pants).", 17, frozenset()),
        ("Atšaukiu sutikimą (BDAR 7 str. 3 d.).", 7, frozenset({3})),
        ("Оттеглям съгласието по чл.7 пар.3 от регламента.", 7, frozenset({3})),
        ("Retiro o consentimento (artigo 7.º, n.º 3).", 7, frozenset({3})),
        ("Je reprends mon accord, art. 7-3 du RGPD.", 7, frozenset({3})),
        ("Art. 7 III DS-GVO, die Einwilligung.", 7, frozenset({3})),
        ("I henhold til forordning 2016/679 art. 18, stk. 1, litra c.", 18, frozenset({1})),
    ],
)
def test_an_article_is_cited_as_people_of_a_country_cite_it(
    sentence: str, article: int, paragraphs: frozenset[int]
) -> None:
    assert [(each.article, each.paragraphs) for each in citations_in(fold(sentence))] == [(article, paragraphs)]


@pytest.mark.parametrize(
    "text", ["Art. 20/2016 of the statutes.", "Act 119 art. 12", "Regulation 2016/679 art. of 2016"]
)
def test_a_number_of_something_else_is_no_right(text: str) -> None:
    assert [each.right for each in citations_in(fold(text)) if each.right] == []


@pytest.mark.parametrize(
    "text",
    [
        "I do not request erasure of my data.",
        "You must not delete my recordings.",
        "Please do not delete my account.",
        "Bitte löschen Sie mein Konto nicht.",
        "Ne supprimez pas mon compte.",
        "No borren mi cuenta.",
        "Non cancellate il mio account.",
        "Nie usuwajcie mojego konta.",
    ],
)
def test_what_is_denied_is_not_suggested(text: str) -> None:
    assert suggested(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "If you delete my account, will my contract end?",
        "Under Article 15 of Directive 2002/58 you may store traffic data.",
        "Nach § 15 BDSG ist das anders geregelt.",
        "Articles 15 to 22 GDPR give people rights.",
        "I have the right of access, rectification, erasure and restriction, I want you to know that.",
        "I sent you a request under Article 17 GDPR on 3 May and have not received an answer.",
        "If you are not the intended recipient, please delete this message.",
    ],
)
def test_what_is_only_mentioned_is_not_suggested(text: str) -> None:
    assert suggested(text) == set()


def test_a_list_of_what_an_answer_must_contain_exercises_access_only() -> None:
    text = """I request access under Article 15 GDPR, namely:
1. the purposes;
2. the existence of the right to request rectification or erasure of personal data or restriction of processing;
3. the existence of automated decision-making under Article 22."""
    assert suggested(text) == {"access"}


def test_a_list_of_demands_exercises_each() -> None:
    text = "Please do the following:\n- delete my recordings\n- send me a copy of my data\n"
    assert suggested(text) == {"access", "erasure"}


def test_to_delete_what_is_held_about_me_is_no_question_what_is_held() -> None:
    assert suggested("Please delete all the data you hold about me.") == {"erasure"}
    assert suggested("Bitte löschen Sie alle Daten, die Sie über mich gespeichert haben.") == {"erasure"}


@pytest.mark.parametrize(
    "text",
    [
        "Ich verlange die Löschung meiner Daten. Nach Art. 19 DSGVO bitte ich um Auskunft über die Empfänger.",
        "Bitte löschen Sie meine Daten. Ich bitte um Auskunft über alle Empfänger meiner Daten.",
        "Please erase my data and inform me about the recipients to whom it was disclosed.",
        "Proszę o usunięcie moich danych oraz o poinformowanie mnie o odbiorcach, którym ujawniono moje dane.",
    ],
)
def test_to_be_told_of_recipients_belongs_to_an_erasure(text: str) -> None:
    """Art. 19, second sentence: no access request of its own."""
    assert suggested(text) == {"erasure"}


@pytest.mark.parametrize(
    "text",
    [
        "Ich bitte um Auskunft über die Empfänger meiner Daten.",
        "Ich bitte um Auskunft über meine Daten und deren Empfänger. Danach löschen Sie bitte alle meine Daten.",
        "Bitte löschen Sie meine Daten. Nach Art. 15 DSGVO bitte ich um Auskunft über die Empfänger.",
    ],
)
def test_recipients_beside_the_data_or_alone_are_a_matter_of_access(text: str) -> None:
    assert "access" in suggested(text)


def test_erasure_on_an_objection_that_must_be_balanced_suggests_restriction() -> None:
    text = "I request erasure (Art. 17 GDPR). I object to the processing under Article 21(1) GDPR."
    assert suggested(text) == {"erasure", "objection", "restriction"}


def test_quoted_messages_suggest_nothing() -> None:
    quoted = "On 3 May 2026, Privacy Team <privacy@callcentre.example> wrote:\n> Please delete my account.\n"
    text = f"Thank you, all is settled.\n\n{quoted}"
    assert suggested(text) == set()


def test_the_subject_helps_when_the_letter_says_nothing() -> None:
    assert suggested("See the subject, thank you.", "Erasure of my data") == {"erasure"}
    assert suggested("Siehe Betreff.", "Auskunft nach Art. 15 DSGVO") == {"access"}


def test_the_subject_of_a_reply_is_that_of_the_earlier_letter() -> None:
    assert suggested("Any news?", "Re: Erasure of my data") == set()
    assert suggested("Gibt es etwas Neues?", "AW: Löschung meiner Daten") == set()


def test_words_without_diacritics_are_understood() -> None:
    assert suggested("Smazte prosim muj ucet a vsechny nahravky.") == {"erasure"}
    assert suggested("Bitte loeschen Sie mein Konto.") == {"erasure"}


def test_a_letter_may_mix_languages() -> None:
    text = """Bitte löschen Sie mein Kundenkonto und alle Aufnahmen, die Sie von mir haben.

Please also correct my address in the invoices that are still open: it should read Lindenweg 4."""
    assert suggested(text) == {"erasure", "rectification"}


def test_why_a_right_is_suggested_quotes_nothing() -> None:
    suggestions = suggest_rights("Art. 15 DSGVO: ich verlange Auskunft. Bitte löschen Sie mein Konto.")
    assert [(found.right, found.because) for found in suggestions] == [
        (Right.ACCESS, "article-15"),
        (Right.ERASURE, "words"),
    ]


def test_a_very_long_letter_is_searched_in_bounded_time() -> None:
    assert suggested("please delete my data " * 20_000) == {"erasure"}
    assert suggested("Art. 15, 15, 15 und " * 20_000) == {"access"}
    assert suggested("a\n\n" * 20_000) == set()
    assert suggested("i request " + "what all every which any data " * 3_000) is not None
