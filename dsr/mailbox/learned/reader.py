"""The built-in reader: a model that learned from invented letters, and rules for letters that cite the law.

A letter that cites an article names what it wants, and the rules read that (`rights.py`). The model reads all others.
"""

from collections.abc import Iterator, Mapping, Sequence

from dsr.domain.reader import Passage, Reading, ToRead
from dsr.domain.request.message import LIKELY, LikelyKind, LikelyRight, ReaderNote
from dsr.domain.rights import Right
from dsr.mailbox.articles import citations_in
from dsr.mailbox.folding import fold
from dsr.mailbox.language import languages_of
from dsr.mailbox.learned.model import shipped
from dsr.mailbox.learned.scoring import OwnText, Scoring
from dsr.mailbox.places import placed
from dsr.mailbox.quoting import own_subject, own_words
from dsr.mailbox.rights import MAX_SENTENCES, SuggestedRight, suggesting_sentences
from dsr.mailbox.rules_reader import CITED, FEW, IN_WORDS
from dsr.mailbox.rules_reader import MODEL as RULES
from dsr.mailbox.sentences import sentences_of


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
        cites = any(map(_cites, said.sentences))
        found, by_rules = suggesting_sentences(own, message.subject, languages_of(own).likely) if cites else ((), [])
        percents = _by_rules(learned, found) if found else learned
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
            notes=tuple(self._notes(message, own, likely)),
        )

    def close(self) -> None:
        """It holds nothing."""

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
