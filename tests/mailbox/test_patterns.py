"""A pattern is searched for only where a word begins as a match of it does; that finds what a whole search finds."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsr.mailbox.folding import fold
from dsr.mailbox.language import OFFICIAL_LANGUAGES
from dsr.mailbox.patterns import Beginnings, Pattern, patterns, words_of
from dsr.mailbox.rights import _Text
from dsr.mailbox.vocabulary import Vocabulary, vocabulary

FOLDER = Path(__file__).parent
LETTERS = "\n".join(file.read_text(encoding="utf-8") for file in sorted((FOLDER / "letters").glob("*.txt")))
SENTENCES = re.split(r"(?<=[.!?])\s+|\n\n", LETTERS) + (FOLDER / "short_letters.txt").read_text("utf-8").splitlines()


def named(words: Vocabulary) -> list[Pattern]:
    of_rights = [each for right in words.rights.values() for each in right.all()]
    return list({id(each): each for each in (words.asks, words.please, words.reports, *of_rights)}.values())


def spans(found: list[re.Match[str]]) -> list[tuple[int, int]]:
    return [match.span() for match in found]


@pytest.mark.parametrize("language", sorted(OFFICIAL_LANGUAGES))
def test_every_match_of_a_whole_search_is_found(language: str) -> None:
    # given: the sentences of all letters, in any language, and words of theirs that stand apart
    words, all_words = vocabulary(language), LETTERS.split()
    mixed = [" ".join(all_words[start::997]) for start in range(30)]
    found = 0
    for sentence in SENTENCES + mixed:
        text = _Text(sentence)
        for pattern in named(words):
            # when, then
            whole = spans(list(pattern.expression.finditer(text.folded)))
            assert spans(list(text.finditer(pattern, words))) == whole
            found += len(whole)
    assert found > 50


@pytest.mark.parametrize("language", sorted(OFFICIAL_LANGUAGES))
def test_every_list_of_a_vocabulary_is_an_expression(language: str) -> None:
    """It is compiled no sooner than a letter asks for it."""
    words = vocabulary(language)
    for pattern in (*named(words), words.negates, words.conditions, words.mentions):
        assert pattern.expression.pattern == pattern.source


@pytest.mark.parametrize(
    ("listed", "openings"),
    [
        ("delete", {"delet"}),
        ("del*", {"del"}),
        ("e-?mail", {"e-mai", "email"}),
        ("(am)? i want", {"am", "i"}),
        ("(re|un)do*, i ask", {"redo", "undo", "i"}),
        ("(not)? (now|then) go", {"not", "now", "then"}),
        ("(my (own|last)? data|it)s", {"my", "its"}),
        ("widerspruch(s)? … ein", {"wider"}),
        ("\\d days", {""}),
        ("", set()),
    ],
)
def test_the_openings_of_a_pattern_are_read_from_its_words(listed: str, openings: set[str]) -> None:
    assert patterns(listed).openings == openings


def test_a_pattern_that_may_begin_with_no_letter_is_refused() -> None:
    with pytest.raises(ValueError, match="begins with no letter"):
        patterns("(am|'m)? i want")


@pytest.mark.parametrize(
    ("listed", "places"),
    [
        ("im", [0, 11]),
        ("i*", [0, 11]),
        ("anhang", [3]),
        ("anhalt", []),  # five characters tell them apart
        ("b(ild|and)", [14]),
        ("*hang", [0, 3, 11, 14]),
        ("nhang", []),
    ],
)
def test_a_pattern_may_match_where_a_word_begins_with_one_of_its_openings(listed: str, places: list[int]) -> None:
    text, pattern = fold("Im Anhang: im Bild"), patterns(listed)
    assert Beginnings(pattern, patterns("x")).possible(text, words_of(text)) == ({pattern: places} if places else {})


@pytest.fixture
def seconds() -> Iterator[None]:
    """Fail, rather than compute for days, after some seconds of CPU."""

    def give_up(*_: object) -> None:
        pytest.fail("this would take for ever")

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, 10)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.usefixtures("seconds")
@pytest.mark.parametrize("filler", ["-" * 300, "'" * 300, "a-" * 150, "a'b-" * 75, "- " * 150, "{" * 300])
def test_no_row_of_signs_is_read_as_words_in_several_ways(filler: str) -> None:
    for language in sorted(OFFICIAL_LANGUAGES):
        for pattern in named(vocabulary(language)):
            for opening in pattern.openings:
                pattern.expression.match(f"{opening} {filler}")
                pattern.expression.match(f"{opening}{filler} x")
