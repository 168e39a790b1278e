"""The built-in reader: a model that learned from invented letters, and rules for letters that cite the law.

Where a letter cites an article and the rules find a right (`rights.py`), the letter asks for what they find and for
nothing else, unless the model takes it to ask for nothing: many a reminder, quarrel or essay cites the law. The more
plainly it asks in words, the less the model has a say. The model reads all other letters.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from dsr.domain.reader import Passage, Reading, ToRead
from dsr.domain.request.message import LIKELY, LikelyKind, LikelyRight, ReaderNote
from dsr.domain.rights import Right
from dsr.mailbox.articles import citations_in
from dsr.mailbox.folding import fold
from dsr.mailbox.language import languages_of
from dsr.mailbox.learned.model import shipped
from dsr.mailbox.learned.scoring import Estimate, OwnText, Scoring
from dsr.mailbox.places import placed
from dsr.mailbox.quoting import own_subject, own_words
from dsr.mailbox.rights import MAX_SENTENCES, SuggestedRight, ask_in_words, suggesting_sentences
from dsr.mailbox.rules_reader import CITED, FEW, IN_WORDS
from dsr.mailbox.rules_reader import MODEL as RULES
from dsr.mailbox.sentences import sentences_of

TERSE: Final = 3
"""Sentences of a text, its subject counted, that give a model too little to go by: if it asks in words, it asks."""
MANY: Final = 4
"""Rights that the rules find in one letter. In invented letters, half of so many were asked for; of fewer, nine in ten.
"""


class LearnedReader:
    """Reads by the model that comes along, in this process."""

    def __init__(self, model: Scoring | None = None) -> None:
        self._model = model or shipped()

    def read(self, message: ToRead) -> Reading:
        """Never raises."""
        own = own_words(message.text)
        said = OwnText([each.text for each in sentences_of(own)[:MAX_SENTENCES]], own_subject(message.subject), own)
        estimate = self._model.estimate(said)
        most = 100 if estimate.is_sure else LIKELY - 1
        learned = {right: max(1, min(most, estimate.asks * share // 100)) for right, share in estimate.shares.items()}
        knows = not message.language or message.language in self._model.languages
        found, by_rules, in_words = by_law(said, message.subject)
        if knows and not self._may_ask(estimate, said, sum(bool(made) for _, made in by_rules), in_words=in_words):
            found = ()
        percents = _by_rules(learned, found, max(LIKELY, estimate.asks) if knows else 100) if found else learned
        likely = {right for right, percent in percents.items() if percent >= LIKELY}
        best = {right: max(each[right] for each in estimate.scores) for right in Right}
        by_model = [
            (text, frozenset(right for right in likely if each[right] == best[right]))
            for text, each in zip(said.sentences, estimate.scores, strict=False)
        ]
        return Reading(
            model=f"{self._model.version}+{RULES}",
            asks=max(estimate.asks, *percents.values()),
            rights=tuple(
                LikelyRight(right, percents[right])
                for right in sorted(percents, key=lambda each: (percents[each], best[each]), reverse=True)
            ),
            passages=tuple(
                Passage(right, *place)
                for place, made in placed(message.text, by_rules if found else by_model)
                for right in sorted(made & likely)
            ),
            kinds=tuple(LikelyKind(*each) for each in self._model.kinds(own)) if message.in_thread else (),
            notes=tuple(_notes(message, own, likely, knows=knows)),
        )

    def close(self) -> None:
        """It holds nothing."""

    def _may_ask(self, estimate: Estimate, said: OwnText, suggesting: int, *, in_words: bool) -> bool:
        """Whether a text that cites the law asks for what the rules find in so many sentences."""
        if not in_words:
            return estimate.asks >= self._model.citing.otherwise
        return estimate.asks >= self._model.citing.in_words or suggesting > 1 or said.length <= TERSE


def _notes(message: ToRead, own: str, likely: set[Right], *, knows: bool) -> Iterator[ReaderNote]:
    if not likely:
        yield ReaderNote.READ_THIS_ONE
    if message.has_attachment and len(own.split()) <= FEW:
        yield ReaderNote.ATTACHMENT_MAY_HOLD_IT
    if not knows:
        yield ReaderNote.LANGUAGE_NOT_READ


def by_law(said: OwnText, subject: str) -> tuple[tuple[SuggestedRight, ...], list[tuple[str, frozenset[Right]]], bool]:
    """The rights that the rules find if a text cites the law, in which sentences, and whether one of these asks in
    words.
    """
    if not cites(said.sentences):
        return (), [], False
    likely = languages_of(said.own).likely
    found, sentences = suggesting_sentences(said.own, subject, likely)
    return found, sentences, ask_in_words((text for text, made in sentences if made), likely)


def cites(sentences: Iterable[str]) -> bool:
    """Whether one of them names an article that gives a right, whatever it says about it."""
    return any(each.right is not None for sentence in sentences for each in citations_in(fold(sentence)))


def _by_rules(learned: Mapping[Right, int], found: Sequence[SuggestedRight], most: int) -> dict[Right, int]:
    """In a letter that cites the law: what the rules found and nothing else, in percent, and at most so much."""
    if len(found) >= MANY:
        most = LIKELY
    likely = {each.right: min(most, CITED if each.because.startswith("article-") else IN_WORDS) for each in found}
    return {right: likely.get(right, min(percent, LIKELY - 1)) for right, percent in learned.items()}
