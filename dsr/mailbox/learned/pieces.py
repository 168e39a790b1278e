"""What the model sees of a text: pieces of words and neighbouring words, as numbers of buckets."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final
from zlib import crc32

from dsr.mailbox.folding import fold

BUCKETS: Final = 1 << 17
"""Pieces that fall into one bucket are not told apart; few do."""

_WORD: Final = re.compile(r"[^\W_]+|[?!]")
_DIGIT: Final = re.compile(r"\d")
_LENGTHS: Final = (3, 4, 5)
"""Characters of a piece of a word: they carry stems and endings, whatever the language, and survive a typing error."""
_MAX_WORD: Final = 40
"""Characters of a word; the rest of a longer one is not looked at."""


def buckets_of(text: str) -> list[int]:
    """The buckets of a text, each once, in order. Diacritics, case and the values of digits make no difference."""
    return sorted({crc32(piece.encode()) & (BUCKETS - 1) for piece in _pieces(_DIGIT.sub("0", fold(text)))})


def _pieces(text: str) -> Iterator[str]:
    words = [word[:_MAX_WORD] for word in _WORD.findall(text)]
    for word in words:
        yield f"w {word}"
        edged = f"<{word}>"
        for length in _LENGTHS:
            for start in range(len(edged) - length + 1):
                yield edged[start : start + length]
    for first, second in pairwise(words):
        yield f"b {first} {second}"
    for first, third in zip(words, words[2:], strict=False):
        yield f"s {first} {third}"
