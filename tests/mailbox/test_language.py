"""The language of a letter is told only when it can be."""

import pytest

from dsr.mailbox.language import OFFICIAL_LANGUAGES, detect_language, languages_of


@pytest.mark.parametrize("text", ["", "ok", "12345 67890", "!!!", "Hi,", "\x00\x01", "🙂" * 50])
def test_too_little_text_gives_no_language(text: str) -> None:
    assert detect_language(text) is None


def test_a_sentence_is_enough() -> None:
    assert detect_language("Please delete my data as soon as possible.") == "en"


def test_a_short_text_may_be_in_any_language() -> None:
    assert languages_of("delete").likely == OFFICIAL_LANGUAGES


def test_a_short_sentence_may_be_in_few_languages() -> None:
    likely = languages_of("Na podstawie art. 15 RODO wnoszę o dane.").likely
    assert "pl" in likely
    assert "ga" not in likely  # where "na" forbids


def test_each_paragraph_counts_in_a_mixed_letter() -> None:
    german = "Bitte löschen Sie alle Aufnahmen meiner Gespräche, die Sie bei sich gespeichert haben."
    polish = "Proszę o usunięcie wszystkich nagrań moich rozmów, które przechowujecie w swoich systemach."
    assert {"de", "pl"} <= languages_of(f"{german}\n\n{polish}").likely


def test_a_japanese_letter_is_told_by_its_script() -> None:
    text = "私の個人データの開示を請求します。通話の録音も含めて、写しを送ってください。"
    assert detect_language(text) == "ja"


def test_a_japanese_name_does_not_make_a_letter_japanese() -> None:
    text = "Bitte löschen Sie alle Aufnahmen meiner Gespräche mit Ihnen.\n\nMit freundlichen Grüßen\nさとう はなこ"
    assert detect_language(text) == "de"


def test_a_chinese_letter_is_not_taken_for_a_japanese_one() -> None:
    assert detect_language("請把我的個人資料副本寄給我，包括所有通話錄音，謝謝您的協助。") != "ja"
