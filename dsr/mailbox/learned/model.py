"""The model: weights for the rights of a sentence and the kind of a message, and what a score is worth in percent."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import Final

import msgspec

from dsr.domain.request.message import MessageKind
from dsr.domain.rights import Right
from dsr.mailbox.learned.pieces import pieces_of
from dsr.mailbox.learned.scoring import CitingLimits, Estimate, OwnText
from dsr.mailbox.learned.weights import Weights, WeightsHead, parse_weights

FILE: Final = "learned.model"
"""Beside this file: one line of JSON, a `ModelHead`; then the numbers of the rights, of letters, and of the kinds."""
SALUTATION: Final = 5
"""Words of one at most: "To whom it may concern"."""
MOST: Final = 6_000
"""Characters of a letter that are scored as a whole, so that the time is bounded."""
WHOLE: Final = 2.0
"""What it counts that a letter asks for anything as a whole, beside its likeliest sentence."""
CITING: Final = CitingLimits(in_words=5, otherwise=20)
"""Chosen on invented letters that the model did not learn from, and on dull ones like those that real people copy."""
CERTAIN: Final = 0.8
"""The score of a sentence that asks in all but two of a hundred cases: enough for a letter that asks rather than not as
a whole. With these, 92 of 100 letters that ask for nothing are not taken to ask.
"""
SHORT: Final = 2
"""Sentences of a short text, its subject counted: it is not scored as a whole."""
FEW: Final = 100
"""Characters of a text that is short, however many sentences it has."""
ASKING: Final = 89
"""Percent from which a short text is taken to ask for anything, chosen on sentences by an author that the model did not
learn from: of those that ask for nothing, 97 of 100 stay below.
"""


class ModelHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands before the numbers."""

    corpus: str
    """SHA-256 of what it was learned from, and by."""
    languages: list[str]
    """ISO 639-1, of the corpus."""
    rights: WeightsHead
    """Of a sentence."""
    letters: WeightsHead
    """Of a text as a whole: the rights, then whether it asks for anything."""
    kinds: WeightsHead
    asking: int
    """Percent from which a longer text surely asks for something: 95 of 100 letters that ask for nothing, and that the
    model did not learn from, stay below.
    """
    percents: dict[str, list[tuple[float, int]]]
    """From which score on which percentage holds, ascending. In a short text, of its highest score, that it asks for
    anything (`asks-short`), and of how far a right is above the others, where it does (`share-short`). In a longer one,
    of the scores of `Model.of_letter` (`asks-long`, `share-long`). Of a message, that it is of a `kind`.
    """


@dataclass(frozen=True)
class Model:
    """Scores sentences and messages."""

    head: ModelHead
    right_weights: Weights
    letter_weights: Weights
    kind_weights: Weights

    @property
    def version(self) -> str:
        """Its name, which changes with the corpus and the code that learns."""
        return f"learned-{self.head.corpus[:8]}"

    @property
    def languages(self) -> Sequence[str]:
        """ISO 639-1, of the corpus."""
        return self.head.languages

    @property
    def citing(self) -> CitingLimits:
        """What suffices where a letter cites the law."""
        return CITING

    def estimate(self, said: OwnText) -> Estimate:
        """The likeliest sentence counts for a right, and the text as a whole; a salutation is no sentence."""
        if said.length > SHORT and len(said.whole) > FEW:
            return self._of_letter(said)
        scores = self.scores_of_rights(without_salutation(said.texts) if said.length > 1 else said.texts)
        best = highest(scores)
        asks = self._percent("asks-short", max(best.values()))
        shares = {right: self._percent("share-short", beside(best, right)) for right in Right}
        return Estimate(asks, asks >= ASKING, shares, scores)

    def _of_letter(self, said: OwnText) -> Estimate:
        scores = self.scores_of_rights(without_salutation(said.texts))
        asking, *of_rights = self.of_letter(said, scores)
        asks = self._percent("asks-long", asking)
        if asking > max(highest(scores).values()) >= CERTAIN:
            asks = max(asks, self.head.asking)
        shares = {right: self._percent("share-long", score) for right, score in zip(Right, of_rights, strict=True)}
        return Estimate(asks, asks >= self.head.asking, shares, scores)

    def of_letter(self, said: OwnText, scores: Sequence[Mapping[Right, float]]) -> list[float]:
        """The score of asking for anything, then that of each right, of a longer text.

        `scores`: those of its sentences.
        """
        best = highest(scores)
        *whole, asks = self.letter_weights.scores(pieces_of(said.whole[:MOST]))
        rights = (best[right] + beside(best, right) + score for right, score in zip(Right, whole, strict=True))
        return [max(best.values()) + WHOLE * asks, *rights]

    def kinds(self, own: str) -> list[tuple[MessageKind, int]]:
        """What a message in a thread may be, and how likely that is, in percent; the likeliest first."""
        scores = dict(zip(MessageKind, self.scores_of_kinds(own), strict=True))
        return [(kind, self._percent("kind", scores[kind])) for kind in sorted(scores, key=lambda each: -scores[each])]

    def scores_of_rights(self, texts: Sequence[str]) -> list[dict[Right, float]]:
        """How strongly each sentence asks for each right."""
        return [dict(zip(Right, self.right_weights.scores(pieces_of(text)), strict=True)) for text in texts]

    def scores_of_kinds(self, own: str) -> list[float]:
        """How strongly a message is of each kind."""
        return self.kind_weights.scores(pieces_of(own))

    def _percent(self, what: str, score: float) -> int:
        """What the score is worth for this question, which the head names."""
        return percent_of(self.head.percents[what], score)


def without_salutation(texts: Sequence[str]) -> list[str]:
    """Of a letter: its first line is left empty if it has few words and leads on, such as "A quien corresponda:"."""
    first, *others = texts
    greets = first.endswith((",", ":")) and len(first.split()) <= SALUTATION
    return ["" if greets else first, *others]


def highest(scores: Sequence[Mapping[Right, float]]) -> dict[Right, float]:
    """By right, that of the sentence with the highest score."""
    return {right: max(each[right] for each in scores) for right in Right}


def beside(best: Mapping[Right, float], right: Right) -> float:
    """How far a right stands out."""
    return best[right] - max(score for each, score in best.items() if each is not right)


def percent_of(steps: Sequence[tuple[float, int]], score: float) -> int:
    """The percentage of the last step that the score reaches; 0 below the first."""
    place = bisect_right(steps, score, key=lambda step: step[0])
    return steps[place - 1][1] if place else 0


def parse(content: bytes) -> Model:
    """Raises ValueError for a file that is not whole."""
    line, _, numbers = content.partition(b"\n")
    head = msgspec.json.decode(line, type=ModelHead)
    parts = (head.rights, head.letters, head.kinds)
    if len(numbers) != sum(each.size for each in parts):
        raise ValueError("the model is cut short, or of another version")
    ends = list(accumulate(each.size for each in parts))
    return Model(
        head, *(parse_weights(each, numbers[end - each.size : end]) for each, end in zip(parts, ends, strict=True))
    )


@cache
def shipped() -> Model:
    """The model of this version, read once."""
    return parse(files(__package__).joinpath(FILE).read_bytes())
