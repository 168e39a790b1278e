"""Finds the sentences of the sender again in the whole text, which has quotations and line ends besides."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

Made = TypeVar("Made")

_WORD: Final = re.compile(r"\S+")

_REACH: Final = 5_000
"""Words that may lie between two sentences of the sender, such as quoted lines."""


def placed(
    text: str, sentences: Iterable[tuple[str, frozenset[Made]]]
) -> Iterator[tuple[tuple[int, int], frozenset[Made]]]:
    """Beginning and end of each sentence that made something, in the order of the text; with what it made."""
    words = [(found.group(), found.start()) for found in _WORD.finditer(text)]
    plain = [word for word, _ in words]
    begin = 0
    for sentence, made in sentences:
        wanted = sentence.split()
        at = _found_at(plain, wanted, begin)
        if at is None:  # a quotation stands within it
            continue
        begin = at + len(wanted)
        if made:
            yield (words[at][1], words[begin - 1][1] + len(wanted[-1])), made


def _found_at(words: list[str], wanted: list[str], begin: int) -> int | None:
    """The first place of these words; the last of them may lack what closed a quotation."""
    size = len(wanted)
    for at in range(begin, min(begin + _REACH, len(words) - size + 1)):
        if words[at : at + size - 1] == wanted[:-1] and words[at + size - 1].startswith(wanted[-1]):
            return at
    return None
