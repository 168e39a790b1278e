"""Folding of text for comparison: lower case and without diacritics, which people often leave out."""

import unicodedata

_LETTERS = str.maketrans(
    {"ł": "l", "đ": "d", "ð": "d", "ø": "o", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t", "ı": "i", "þ": "th"}
    | dict.fromkeys("’‘ʼ´`′", "'")
    | dict.fromkeys("‐‑‒", "-")  # hyphens; longer dashes separate clauses and stay
    | {"\u00a0": " ", "\u202f": " ", "\u00ad": "", "\u200b": ""}
)


class _Marks(dict[int, str | int | None]):
    """Translation table of a decomposed text that drops marks; filled lazily."""

    def __missing__(self, sign: int) -> str | int | None:
        self[sign] = kept = None if unicodedata.combining(chr(sign)) else sign
        return kept


_MARKS = _Marks(_LETTERS)


def fold(text: str) -> str:
    """Casefold and strip the marks of every script (`ě` → `e`, `ά` → `α`, `й` → `и`, `ß` → `ss`)."""
    if text.isascii():
        return text.lower().replace("`", "'")
    return unicodedata.normalize("NFKD", text.translate(_LETTERS).casefold()).translate(_MARKS)
