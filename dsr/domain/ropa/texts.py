"""Texts of the record that people read, in several languages (docs/law §14).

A text stands in the document in the record's own language. Its translations stand beside the document under that text,
as in a catalogue: the same words have the same translation wherever they stand.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_ENGLISH: Final = "en"


@dataclass(frozen=True)
class Wording:
    """A text in one language."""

    language: str
    """ISO 639-1; empty if the record does not state its language."""
    text: str


@dataclass(frozen=True)
class TextTranslations:
    """The other languages of one text."""

    text: str
    """In the record's own language."""
    others: tuple[Wording, ...]

    def wording(self, language: str) -> Wording | None:
        """The text in another language; None if it is not there."""
        return next((each for each in self.others if each.language == language), None)


def wording_in(language: str, text: str, *, own: str, others: Iterable[Wording]) -> Wording:
    """A text of the record for a reader of `language`: in that language, else in English, else in its own (`own`)."""
    known = {own: text} | {each.language: each.text for each in others}
    chosen = next((each for each in (language, _ENGLISH) if each in known), own)
    return Wording(chosen, known[chosen])
