"""Letters of matters and the warnings of their dates: each language, each half in one language (docs/law §5, §13)."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from dsr.domain.matter import MATTER_LETTERS, MatterDate, MatterDue, MatterLetterKind
from dsr.letters import LANGUAGES, MatterLetter, matter_letter
from dsr.letters.matters import matter_sentence
from dsr.letters.words import words
from dsr.mailbox.language import OFFICIAL_LANGUAGES, detect_language
from dsr.ropa import AUTHORITIES

LETTER = MatterLetter(
    kind=MatterLetterKind.ANSWER,
    reference="M-7KQ4-M2XN",
    received_on=date(2026, 7, 1),
    controller="Callcentre GmbH",
    mailbox="privacy@callcentre.example",
    regime="eu-gdpr",
    authority=AUTHORITIES["de-berlin"],
    dpo_mailbox="dpo@callcentre.example",
    texts={code: f"<{code}>" for rule in MATTER_LETTERS.values() for code in rule.texts} | {"file_number": "A 7/26"},
)
DATE = MatterDate(
    due=MatterDue.NOTIFY,
    on=date(2026, 7, 4),
    ends_at=datetime(2026, 7, 4, 9, tzinfo=UTC),
    warn_at=datetime(2026, 7, 3, 9, tzinfo=UTC),
    latest_on=None,
    source="GDPR Art. 33(1)",
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", MatterLetterKind)
def test_a_letter_says_all_it_must_in_each_language(kind: MatterLetterKind, language: str) -> None:
    written = matter_letter(replace(LETTER, kind=kind), language)
    assert "M-7KQ4-M2XN" in written.subject
    own, _, english = written.text.partition("_" * 40)
    for half, spoken in ((own, language), *([(english, "en")] if english else [])):
        assert "M-7KQ4-M2XN" in half
        assert all(f"<{code}>" in half for code in MATTER_LETTERS[kind].texts)
        if kind is not MatterLetterKind.AUTHORITY_REPLY:
            assert words(spoken).provision("GDPR Art. 77", regime="eu-gdpr") in half
            assert AUTHORITIES["de-berlin"].name in half
    assert bool(english) == (kind is MatterLetterKind.ACKNOWLEDGEMENT and language != "en")


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each in OFFICIAL_LANGUAGES])
@pytest.mark.parametrize("kind", MatterLetterKind)
def test_each_half_of_a_letter_is_in_one_language(kind: MatterLetterKind, language: str) -> None:
    letter = replace(LETTER, kind=kind, texts=dict.fromkeys(LETTER.texts, ""))
    own, _, english = matter_letter(letter, language).text.partition("_" * 40)
    assert detect_language(own) == language
    assert not english or detect_language(english) == "en"


@pytest.mark.parametrize("kind", MatterLetterKind)
def test_what_the_team_wrote_stands_in_no_half_of_another_language(kind: MatterLetterKind) -> None:
    said = "Wir haben den Anruf vom 3. März noch einmal angehört und Ihnen die fehlende Stelle heute geschickt."
    letter = replace(LETTER, kind=kind, texts=dict.fromkeys(LETTER.texts, said))
    own, _, english = matter_letter(letter, "de").text.partition("_" * 40)
    assert said in own or not MATTER_LETTERS[kind].texts
    assert said not in english


def test_the_letter_of_a_british_complaint_cites_british_law() -> None:
    british = replace(LETTER, regime="uk-gdpr", authority=AUTHORITIES["gb-ico"])
    text = matter_letter(british, "en").text
    assert "UK GDPR" in text
    assert "where you live or work" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("due", MatterDue)
@pytest.mark.parametrize("missed", [False, True])
def test_a_sentence_on_a_date_names_the_matter_and_the_date(language: str, due: MatterDue, missed: bool) -> None:
    text = matter_sentence(
        words(language),
        reference="M-7KQ4-M2XN",
        date=replace(DATE, due=due),
        missed=missed,
        zone="Europe/Berlin",
    )
    assert "M-7KQ4-M2XN" in text
    assert words(language).day(date(2026, 7, 4)) in text
    assert ("11:00" in text) == (due is MatterDue.NOTIFY)


def test_a_letter_shows_nothing_of_itself_in_a_log() -> None:
    assert repr(LETTER) == "<MatterLetter>"
