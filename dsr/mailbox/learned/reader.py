"""The built-in reader: a model that learned from invented letters, and rules for letters that cite the law.

A letter that cites an article names what it wants, and the rules read that (`rights.py`). Elsewhere the model reads
each sentence, and the likeliest sentence of a letter counts for a right.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from dsr.domain.reader import Passage, Reading, ToRead
from dsr.domain.request.message import LIKELY, LikelyKind, LikelyRight, MessageKind, ReaderNote
from dsr.domain.rights import Right
from dsr.mailbox.articles import citations_in
from dsr.mailbox.folding import fold
from dsr.mailbox.language import languages_of
from dsr.mailbox.learned.model import shipped
from dsr.mailbox.places import placed
from dsr.mailbox.quoting import own_subject, own_words
from dsr.mailbox.rights import MAX_SENTENCES, SuggestedRight, suggesting_sentences
from dsr.mailbox.rules_reader import CITED, FEW, IN_WORDS
from dsr.mailbox.rules_reader import MODEL as RULES
from dsr.mailbox.sentences import sentences_of

SHORT: Final = 4
"""Sentences of a short text, with its subject; in a longer one a score is worth less, since more could have it."""


class Scoring(Protocol):
    """A model, with the meaning of sentences or without it."""

    @property
    def version(self) -> str:
        """Its name, which changes with the corpus and the code that learns."""

    @property
    def languages(self) -> Sequence[str]:
        """ISO 639-1, of the corpus."""

    @property
    def asking(self) -> Mapping[str, int]:
        """Percent from which a `short` or a `long` text is taken to ask for anything. In a less likely one, rights are
        ranked, and none is suggested: a false suggestion costs a team more than a letter that it reads itself. The
        limit of long texts is higher, since they hold more sentences that sound like a request.
        """

    def scores_of_rights(self, texts: Sequence[str]) -> list[dict[Right, float]]:
        """How strongly each sentence asks for each right."""

    def scores_of_kinds(self, message: str) -> dict[MessageKind, float]:
        """How strongly a message is of each kind."""

    def percent(self, what: str, score: float) -> int:
        """What the score is worth for this question."""


class LearnedReader:
    """Reads by the model that comes along, in this process."""

    def __init__(self, model: Scoring | None = None) -> None:
        self._model = model or shipped()

    def read(self, message: ToRead) -> Reading:
        """Never raises."""
        own = own_words(message.text)
        said = [each.text for each in sentences_of(own)[:MAX_SENTENCES]]
        texts = (*said, own_subject(message.subject))
        scores = self._model.scores_of_rights(texts)
        length = "short" if sum(map(bool, texts)) <= SHORT else "long"
        best = {right: max(each[right] for each in scores) for right in Right}
        asks = self._model.percent(f"asks-{length}", max(best.values()))
        most = 100 if asks >= self._model.asking[length] else LIKELY - 1
        learned = {right: max(1, min(most, asks * self._share(right, best, length) // 100)) for right in Right}
        cites = any(map(_cites, said))
        found, by_rules = suggesting_sentences(own, message.subject, languages_of(own).likely) if cites else ((), [])
        percents = _by_rules(learned, found) if found else learned
        likely = {right for right, percent in percents.items() if percent >= LIKELY}
        by_model = [
            (text, frozenset(right for right in likely if each[right] == best[right]))
            for text, each in zip(said, scores, strict=False)
        ]
        return Reading(
            model=f"{self._model.version}+{RULES}",
            asks=max(asks, *percents.values()),
            rights=tuple(
                LikelyRight(right, percents[right])
                for right in sorted(percents, key=lambda each: (percents[each], best[each]), reverse=True)
            ),
            passages=tuple(
                Passage(right, *place)
                for place, made in placed(message.text, by_rules if found else by_model)
                for right in sorted(made & likely)
            ),
            kinds=tuple(self._kinds(own)) if message.in_thread else (),
            notes=tuple(self._notes(message, own, likely)),
        )

    def _share(self, right: Right, best: Mapping[Right, float], length: str) -> int:
        """How likely a text that asks for anything asks for the right, in percent: by how far it stands out."""
        others = max(score for each, score in best.items() if each is not right)
        return self._model.percent(f"beside-{length}", best[right] - others)

    def close(self) -> None:
        """It holds nothing."""

    def _kinds(self, own: str) -> Iterator[LikelyKind]:
        scores = self._model.scores_of_kinds(own)
        for kind in sorted(scores, key=lambda each: scores[each], reverse=True):
            yield LikelyKind(kind, self._model.percent("kind", scores[kind]))

    def _notes(self, message: ToRead, own: str, likely: set[Right]) -> Iterator[ReaderNote]:
        if not likely:
            yield ReaderNote.READ_THIS_ONE
        if message.has_attachment and len(own.split()) <= FEW:
            yield ReaderNote.ATTACHMENT_MAY_HOLD_IT
        if message.language and message.language not in self._model.languages:
            yield ReaderNote.LANGUAGE_NOT_READ


def _cites(sentence: str) -> bool:
    """Whether it names an article that gives a right, whatever it says about it."""
    return any(each.right is not None for each in citations_in(fold(sentence)))


def _by_rules(learned: Mapping[Right, int], found: Sequence[SuggestedRight]) -> dict[Right, int]:
    """In a letter that cites the law: what the rules found and nothing else, in percent."""
    likely = {each.right: CITED if each.because.startswith("article-") else IN_WORDS for each in found}
    return {right: likely.get(right, min(percent, LIKELY - 1)) for right, percent in learned.items()}
