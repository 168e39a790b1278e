"""The sender's own words are separated from quoted messages and signatures."""

import pytest

from dsr.mailbox.quoting import own_words


def test_quoted_lines_are_left_out_and_answers_between_them_kept() -> None:
    assert own_words("> question\nanswer\n> more\nlast") == "answer\nlast"


@pytest.mark.parametrize(
    "attribution",
    [
        "On 3 May 2026 at 10:00, Ann <ann@example.org> wrote:",
        "Am 03.05.2026 um 10:00 schrieb Ann <ann@example.org>:",
        "Le 3 mai 2026 à 10:00, Ann <ann@example.org> a écrit :",
        "Op 3 mei 2026 schreef Ann <ann@example.org>:",
        "Dne 3. 5. 2026 Ann <ann@example.org> napsala:",
        "On 3 May 2026 at 10:00, Ann Somebody\n<ann@example.org> wrote:",
    ],
)
def test_what_follows_an_attribution_is_an_earlier_message(attribution: str) -> None:
    assert own_words(f"new\n\n{attribution}\nold") == "new"


def test_an_old_header_block_starts_an_earlier_message() -> None:
    assert own_words("new\n\nFrom: Ann\nSent: 3 May\nTo: Bob\nSubject: x\n\nold") == "new"
    assert own_words("neu\n-----Ursprüngliche Nachricht-----\nalt") == "neu"


def test_a_sentence_with_wrote_is_kept() -> None:
    assert own_words("On 3 May you wrote:\nyour request is refused") == "On 3 May you wrote:\nyour request is refused"


def test_a_message_passed_on_is_the_letter_itself() -> None:
    assert "delete" in own_words("see below\n---------- Forwarded message ---------\nplease delete")


def test_a_signature_is_left_out() -> None:
    assert own_words("text\n-- \nAnn, we never delete data") == "text"
