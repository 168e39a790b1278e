"""The built-in reader: a model that learned from invented letters, and rules for letters that cite the law.

A letter that cites an article names what it wants, and the rules read that (`rights.py`). Elsewhere the model reads
each sentence, and the likeliest sentence of a letter counts for a right.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from dsr.domain.reader import Passage, Reading, ToRead
from dsr.domain.request.message import LIKELY, LikelyKind, LikelyRight, MessageKind, ReaderNote
from dsr.domain.rights import Right
from dsr.mailbox.articles import citations_in
from dsr.mailbox.folding import fold
from dsr.mailbox.language import languages_of
from dsr.mailbox.learned.model import Model, shipped
from dsr.mailbox.places import placed
from dsr.mailbox.quoting import own_subject, own_words
from dsr.mailbox.rights import MAX_SENTENCES, SuggestedRight, suggesting_sentences
from dsr.mailbox.rules_reader import CITED, FEW, IN_WORDS
from dsr.mailbox.rules_reader import MODEL as RULES
from dsr.mailbox.sentences import sentences_of

SHORT: Final = 4
"""Sentences of a short text, with its subject; in a longer one a score is worth less, since more could have it."""

_AGREED: Final = 5
"""Percent below which the model speaks against what a rule found in words."""


class LearnedReader:
    """Reads by the model that comes along, in this process."""

    def __init__(self, model: Model | None = None) -> None:
        self._model = model or shipped()

    def read(self, message: ToRead) -> Reading:
        """Never raises."""
        own = own_words(message.text)
        said = [each.text for each in sentences_of(own)[:MAX_SENTENCES]]
        texts = (*said, own_subject(message.subject))
        scores = [dict(zip(Right, self._model.scores(text), strict=False)) for text in texts]
        length = "short" if len(scores) <= SHORT else "long"
        best = {right: max(each[right] for each in scores) for right in Right}
        learned = {right: self._model.percent(f"right-{length}", score) for right, score in best.items()}
        found, by_rules = suggesting_sentences(own, message.subject, languages_of(own).likely)
        is_formal = bool(found) and any(map(_cites, said))
        percents = _by_rules(learned, found) if is_formal else _together(learned, found)
        likely = {right for right, percent in percents.items() if percent >= LIKELY}
        by_model = [
            (text, frozenset(right for right in likely if each[right] == best[right]))
            for text, each in zip(said, scores, strict=False)
        ]
        asks = max(self._model.percent(f"asks-{length}", max(best.values())), *percents.values())
        return Reading(
            model=f"{self._model.version}+{RULES}",
            asks=asks,
            rights=tuple(LikelyRight(right, percent) for right, percent in percents.items()),
            passages=tuple(
                Passage(right, *place)
                for place, made in placed(message.text, by_rules if is_formal else by_model)
                for right in sorted(made & likely)
            ),
            kinds=tuple(self._kinds(own)) if message.in_thread else (),
            notes=tuple(self._notes(message, own, likely)),
        )

    def close(self) -> None:
        """It holds nothing."""

    def _kinds(self, own: str) -> Iterator[LikelyKind]:
        scores = self._model.scores(own)[len(Right) :]
        for kind, score in zip(MessageKind, scores, strict=True):
            yield LikelyKind(kind, self._model.percent("kind", score))

    def _notes(self, message: ToRead, own: str, likely: set[Right]) -> Iterator[ReaderNote]:
        if not likely:
            yield ReaderNote.READ_THIS_ONE
        if message.has_attachment and len(own.split()) <= FEW:
            yield ReaderNote.ATTACHMENT_MAY_HOLD_IT
        if message.language and message.language not in self._model.head.languages:
            yield ReaderNote.LANGUAGE_NOT_READ


def _cites(sentence: str) -> bool:
    """Whether it names an article that gives a right, whatever it says about it."""
    return any(each.right is not None for each in citations_in(fold(sentence)))


def _by_rules(learned: Mapping[Right, int], found: Sequence[SuggestedRight]) -> dict[Right, int]:
    """In a letter that cites the law: what the rules found and nothing else, in percent."""
    likely = {each.right: CITED if each.because.startswith("article-") else IN_WORDS for each in found}
    return {right: likely.get(right, min(percent, LIKELY - 1)) for right, percent in learned.items()}


def _together(learned: Mapping[Right, int], found: Sequence[SuggestedRight]) -> dict[Right, int]:
    """In another letter: what the model learned, and what a rule found in words unless the model speaks against it."""
    agreed = {each.right for each in found if learned[each.right] >= _AGREED}
    return {right: max(percent, IN_WORDS) if right in agreed else percent for right, percent in learned.items()}
