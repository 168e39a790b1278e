"""One spelling of a text for comparing words: lower case, no diacritics, since people write without them."""

import unicodedata

_LETTERS = str.maketrans(
    {"ł": "l", "đ": "d", "ð": "d", "ø": "o", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t", "ı": "i", "þ": "th"}
    | dict.fromkeys("’‘ʼ´`′", "'")
    | dict.fromkeys("‐‑‒", "-")  # hyphens; longer dashes separate clauses and stay
    | {"\u00a0": " ", "\u202f": " ", "\u00ad": "", "\u200b": ""}
)


def fold(text: str) -> str:
    """Casefold and strip the marks of every script (`ě` → `e`, `ά` → `α`, `й` → `и`, `ß` → `ss`)."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS).casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign)).translate(_LETTERS)
