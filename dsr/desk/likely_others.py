"""Finds values of other people in the records of a copy (GDPR Art. 15(4)): a hint for the handler who reads them.

It looks at the form of a value alone, and opens nothing more. An address, a number or a name by which the case is
found is the person's own. A hint redacts nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import Final
from uuid import UUID

from dsr.desk.repository import Repository
from dsr.vault.normal_form import IndexPurpose


class Likeness(StrEnum):
    """What a text looks like; codes are public."""

    EMAIL = "email"
    PHONE = "phone"
    IBAN = "iban"
    NAME = "name"


@dataclass(frozen=True)
class Likely:
    """A part of a text that looks like an address, a number or a name of a person."""

    likeness: Likeness
    text: str


_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,8}")
_IBAN: Final = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?\b")
_PHONE: Final = re.compile(r"(?<![\w.,:/-])(?:\+[1-9]|\(?0)[0-9](?:[ ()/.-]{0,3}[0-9]){5,13}(?![\w:]|[.,-][0-9])")
_DATE: Final = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_WORD: Final = r"[^\W\d_]['’\w-]{1,30}"
_TITLE: Final = (
    r"Mr|Mrs|Ms|Miss|Dr|Prof|Herrn?|Frau|Monsieur|Madame|Mme|Mlle|Se[ñn]ora?|Sra?|Signora?|Sig|Dhr|Mevr|mevrouw|Pani?"
)
_TITLED: Final = re.compile(rf"\b(?:{_TITLE})\.? ({_WORD}(?: {_WORD})?)")
_FULL: Final = re.compile(rf"{_WORD}(?:,? {_WORD}){{1,3}}")
"""A whole value of two to four words; each has to begin with a capital."""

_INDEXED: Final[Mapping[Likeness, IndexPurpose]] = {
    Likeness.EMAIL: IndexPurpose.EMAIL,
    Likeness.PHONE: IndexPurpose.PHONE,
    Likeness.IBAN: IndexPurpose.IDENTIFIER,
    Likeness.NAME: IndexPurpose.NAME,
}

_MOST_SIGNS: Final = 10_000
"""Of one text; what stands behind them is not looked at."""


def found_in(text: str) -> Iterator[Likely]:
    """All that looks like an address, a number or a name."""
    text = text[:_MOST_SIGNS]
    yield from (Likely(Likeness.EMAIL, each[0]) for each in _EMAIL.finditer(text))
    yield from (Likely(Likeness.IBAN, each[0]) for each in _IBAN.finditer(text) if _is_iban(each[0]))
    rest = _IBAN.sub(" ", text)
    yield from (Likely(Likeness.PHONE, each[0]) for each in _PHONE.finditer(rest) if not _DATE.fullmatch(each[0]))
    titled = [name for each in _TITLED.finditer(text) if (name := _capitals(each[1]))]
    yield from (Likely(Likeness.NAME, each) for each in titled)
    if not titled and _FULL.fullmatch(text.strip()) and all(each[0].isupper() for each in text.split()):
        yield Likely(Likeness.NAME, text.strip())


def likely_others(repository: Repository, request_id: UUID, texts: Iterable[str]) -> dict[str, tuple[Likeness, ...]]:
    """What looks like another person's data in each of these texts; texts without any are left out."""
    found = {text: tuple(dict.fromkeys(found_in(text))) for text in texts}
    asked: dict[IndexPurpose, set[str]] = {}
    for each in (likely for several in found.values() for likely in several):
        asked.setdefault(_INDEXED[each.likeness], set()).add(each.text)
    own = repository.index.of_case(request_id, asked)
    others = {
        text: tuple(dict.fromkeys(each.likeness for each in several if (_INDEXED[each.likeness], each.text) not in own))
        for text, several in found.items()
    }
    return {text: kinds for text, kinds in others.items() if kinds}


def _capitals(words: str) -> str:
    """The words up to the first that does not begin with a capital."""
    return " ".join(takewhile(lambda word: word[0].isupper(), words.split()))


def _is_iban(text: str) -> bool:
    """Whether its check digits are right (ISO 13616)."""
    bare = text.replace(" ", "")
    if not 15 <= len(bare) <= 34:
        return False
    return int("".join(str(int(sign, 36)) for sign in bare[4:] + bare[:4])) % 97 == 1
