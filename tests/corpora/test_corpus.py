"""The corpus keeps what docs/labels.md and tests/corpora/README.md promise of it."""

import re
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from dsr.domain.request.message import MessageKind
from dsr.domain.rights import Right
from dsr.letters.words import LANGUAGES as OF_LETTERS
from tests.corpora.corpus import LANGUAGES, NOTHING, PARTS, Corpus, Malformed, Part, Wish, _read, corpus


def test_it_has_the_languages_of_letters_and_norwegian() -> None:
    assert set(LANGUAGES) == {*OF_LETTERS, "nb"}


def test_it_is_as_large_as_it_is_said_to_be() -> None:
    parts = [corpus(part) for part in PARTS]
    assert sum(len(each.sentences) for each in parts) >= 97_000
    assert sum(len(each.letters) for each in parts) >= 18_000
    assert sum(len(each.messages) for each in parts) >= 6_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_right_is_asked_for_by_many_voices_and_as_much_asks_for_nothing(language: str) -> None:
    said, voices, asks, asks_nothing = Counter[Right](), defaultdict[Right, set[str]](set), 0, 0
    for sentence in (each for part in PARTS for each in corpus(part).sentences if each.language == language):
        asks += bool(sentence.wish.rights)
        asks_nothing += not sentence.wish.rights
        for right in sentence.wish.rights:
            said[right] += 1
            voices[right].add(sentence.voice)
    assert {right: said[right] for right in Right if said[right] < 25} == {}
    assert {right: len(voices[right]) for right in Right if len(voices[right]) < 5} == {}
    assert asks_nothing >= 0.8 * asks


@pytest.mark.parametrize("part", ["learning", "testing"])
def test_every_kind_of_message_and_every_reason_occurs_in_each_language(part: Part) -> None:
    found = corpus(part)
    for language in LANGUAGES:
        kinds = {each.kind for each in found.messages if each.language == language}
        reasons = {each.wish.nothing for each in found.sentences if each.language == language and not each.wish.rights}
        assert kinds == set(MessageKind), language
        assert reasons == NOTHING, language


@pytest.mark.parametrize(("one", "other"), [*combinations(PARTS, 2)])
def test_a_voice_belongs_to_one_part(one: Part, other: Part) -> None:
    assert _voices(corpus(one)) & _voices(corpus(other)) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_that_weigh_ask_and_ask_for_nothing(language: str) -> None:
    asks = [bool(each.wish.rights) for each in corpus("weighing").letters if each.language == language]
    assert sum(asks) >= 10
    assert len(asks) - sum(asks) >= 6


def test_no_sentence_of_the_testing_half_stands_in_the_learning_half() -> None:
    learned = {_plain(each.text) for each in corpus("learning").sentences}
    copied = [each.text for each in corpus("testing").sentences if _plain(each.text) in learned and len(each.text) > 30]
    assert copied == []


def test_letters_and_messages_are_by_voices_that_say_something_else_too() -> None:
    for part in PARTS:
        found = corpus(part)
        spoken = _voices(found)
        assert {(each.language, each.voice) for each in found.letters} <= spoken
        assert {(each.language, each.voice) for each in found.messages} <= spoken


@pytest.mark.parametrize("label", ["none/because", "erase", "access+erase", "none"])
def test_an_unknown_label_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match=re.escape(label.rpartition("+")[2])):
        Wish.of(label)


def test_a_malformed_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "testing" / "xx.txt"
    path.parent.mkdir()
    path.write_text("## voice: terse\nno label here\n", "utf-8")
    with pytest.raises(Malformed, match=r"testing/xx\.txt:2"):
        _read(path, Corpus())


def _voices(found: Corpus) -> set[tuple[str, str]]:
    return {(each.language, each.voice) for each in found.sentences}


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
