"""A reader by rules, in the official languages of the Union (`rights.py`). Deterministic and offline.

Rules match or do not, so their likelihoods are two rough figures, and they rank nothing that they do not suggest. They
do not tell what a message in a thread is.
"""

from collections.abc import Iterator
from typing import Final

from dsr.domain.reader import Passage, Reading, ToRead
from dsr.domain.request.message import LikelyRight, ReaderNote
from dsr.mailbox.language import OFFICIAL_LANGUAGES, languages_of
from dsr.mailbox.places import placed
from dsr.mailbox.quoting import own_words
from dsr.mailbox.rights import SuggestedRight, suggesting_sentences

MODEL: Final = "rules-2"
"""Raise it whenever the rules or their vocabularies change, so that a message can be read again."""

CITED, IN_WORDS = 90, 70
"""Percent for a right whose article is cited, and for one that is asked for in words."""

_PERHAPS: Final = 30
"""Percent that a text asks for something although no rule finds what."""

FEW: Final = 25
"""Words that a greeting, a line about the attachment, and a name take."""


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
                Passage(right, *place) for place, made in placed(message.text, sentences) for right in sorted(made)
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
