"""The built-in reader: rules, in the official languages of the Union (`rights.py`). Deterministic and offline.

Rules match or do not, so their likelihoods are two rough figures, and they rank nothing that they do not suggest. They
do not tell what a message in a thread is.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from dsr.domain.reader import Passage, Reading, ToRead
from dsr.domain.request.message import LikelyRight, ReaderNote
from dsr.domain.rights import Right
from dsr.mailbox.language import OFFICIAL_LANGUAGES, languages_of
from dsr.mailbox.quoting import own_words
from dsr.mailbox.rights import SuggestedRight, suggesting_sentences

MODEL: Final = "rules-1"
"""Raise it whenever the rules or their vocabularies change, so that a message can be read again."""

CITED, IN_WORDS = 90, 70
"""Percent for a right whose article is cited, and for one that is asked for in words."""

_PERHAPS: Final = 30
"""Percent that a text asks for something although no rule finds what."""

FEW: Final = 25
"""Words that a greeting, a line about the attachment, and a name take."""

_WORD: Final = re.compile(r"\S+")

_REACH: Final = 5_000
"""Words that may lie between two sentences of the sender, such as quoted lines."""


class RulesReader:
    """Reads by rules, in this process."""

    def read(self, message: ToRead) -> Reading:
        """Never raises."""
        own = own_words(message.text)
        rights, sentences = suggesting_sentences(own, message.subject, languages_of(own).likely)
        return Reading(
            model=MODEL,
            asks=max((_percent(each) for each in rights), default=_PERHAPS),
            rights=tuple(LikelyRight(each.right, _percent(each)) for each in rights),
            passages=tuple(
                Passage(right, *place) for place, made in _placed(message.text, sentences) for right in sorted(made)
            ),
            notes=tuple(_notes(message, own, rights)),
        )

    def close(self) -> None:
        """It holds nothing."""


def _percent(suggested: SuggestedRight) -> int:
    return CITED if suggested.because.startswith("article-") else IN_WORDS


def _notes(message: ToRead, own: str, rights: tuple[SuggestedRight, ...]) -> Iterator[ReaderNote]:
    if not rights:
        yield ReaderNote.READ_THIS_ONE
    if message.has_attachment and len(own.split()) <= FEW:
        yield ReaderNote.ATTACHMENT_MAY_HOLD_IT
    if message.language and message.language not in OFFICIAL_LANGUAGES:
        yield ReaderNote.LANGUAGE_NOT_READ


def _placed(
    text: str, sentences: Iterable[tuple[str, frozenset[Right]]]
) -> Iterator[tuple[tuple[int, int], frozenset[Right]]]:
    """Where the sentences that suggest something stand in the text, which has quotations and line ends besides."""
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
