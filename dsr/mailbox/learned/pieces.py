"""What the model sees of a text: pieces of words and words that stand together, as numbers."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final
from zlib import crc32

from dsr.mailbox.folding import fold

_WORD: Final = re.compile(r"[^\W_]+|[?!]")
_DIGIT: Final = re.compile(r"\d")
_LENGTHS: Final = (3, 4, 5)
"""Characters of a piece of a word: they carry stems and endings, whatever the language, and survive a typing error."""
_STEM: Final = 4
"""Characters with which a word begins: two neighbours are known again in other forms of them."""
_EDGE: Final = 3
"""Words at the beginning and at the end whose places count: a wish begins and ends otherwise than a story."""
_MAX_WORD: Final = 40
"""Characters of a word; the rest of a longer one is not looked at."""


def pieces_of(text: str) -> list[int]:
    """The pieces of a text as their CRC-32, each once, in order. Diacritics, case and the values of digits make no
    difference.
    """
    return sorted({crc32(piece.encode()) for piece in _pieces(_DIGIT.sub("0", fold(text)))})


def _pieces(text: str) -> Iterator[str]:
    words = [word[:_MAX_WORD] for word in _WORD.findall(text)]
    for word in words:
        yield f"w {word}"
        edged = f"<{word}>"
        for length in _LENGTHS:
            for start in range(len(edged) - length + 1):
                yield edged[start : start + length]
    for kind, apart, each in (("b", "s", words), ("t", "u", [word[:_STEM] for word in words])):
        yield from (f"{kind} {first} {second}" for first, second in pairwise(each))
        yield from (f"{apart} {first} {third}" for first, third in zip(each, each[2:], strict=False))
    yield from (f"^{place} {word}" for place, word in enumerate(words[:_EDGE]))
    yield from (f"${place} {word}" for place, word in enumerate(reversed(words[-_EDGE:])))
