"""The model: weights for the rights of a sentence and the kind of a message, and what a score is worth in percent."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from dsr.domain.request.message import MessageKind
from dsr.domain.rights import Right
from dsr.mailbox.learned.pieces import pieces_of
from dsr.mailbox.learned.scoring import Estimate, OwnText
from dsr.mailbox.learned.weights import Weights, WeightsHead, parse_weights

FILE: Final = "learned.model"
"""Beside this file: one line of JSON, a `ModelHead`; then the numbers of the rights and those of the kinds."""


SHORT: Final = 4
"""Sentences of a short text, with its subject; in a longer one a score is worth less, since more could have it."""
SALUTATION: Final = 5
"""Words of one at most: "To whom it may concern"."""
ASKING: Final[Mapping[str, int]] = {"short": 85, "long": 96}
"""Percent from which a text is taken to ask for anything, chosen on texts by an author that the model did not learn
from: of those that ask for nothing, 96 of 100 short ones and 98 of 100 long ones stay below; of long ones by another
author, who wrote them in the words of a request, 93. The limit of long texts is higher, since they hold more sentences
that sound like a request.
"""


class ModelHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands before the numbers."""

    corpus: str
    """SHA-256 of what it was learned from, and by."""
    languages: list[str]
    """ISO 639-1, of the corpus."""
    rights: WeightsHead
    kinds: WeightsHead
    percents: dict[str, list[tuple[float, int]]]
    """From which score on which percentage holds, ascending: for `asks` the highest score of the rights, for `beside`
    how far a right is above the others, for `kind` the score; the first two for short and for long texts.
    """


@dataclass(frozen=True)
class Model:
    """Scores sentences and messages."""

    head: ModelHead
    right_weights: Weights
    kind_weights: Weights

    @property
    def version(self) -> str:
        """Its name, which changes with the corpus and the code that learns."""
        return f"learned-{self.head.corpus[:8]}"

    @property
    def languages(self) -> Sequence[str]:
        """ISO 639-1, of the corpus."""
        return self.head.languages

    def estimate(self, said: OwnText) -> Estimate:
        """The likeliest sentence counts for a right; a salutation is none."""
        length = length_of(said)
        scores = self.scores_of_rights(without_salutation(said.texts) if length == "long" else said.texts)
        best = {right: max(each[right] for each in scores) for right in Right}
        asks = self._percent(f"asks-{length}", max(best.values()))
        shares = {right: self._percent(f"beside-{length}", _beside(best, right)) for right in Right}
        return Estimate(asks, asks >= ASKING[length], shares, scores)

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


def length_of(said: OwnText) -> str:
    """`short` or `long`."""
    return "short" if sum(map(bool, said.texts)) <= SHORT else "long"


def without_salutation(texts: Sequence[str]) -> list[str]:
    """Of a letter: its first line is left empty if it has few words and leads on, such as "A quien corresponda:"."""
    first, *others = texts
    greets = first.endswith((",", ":")) and len(first.split()) <= SALUTATION
    return ["" if greets else first, *others]


def _beside(best: Mapping[Right, float], right: Right) -> float:
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
    ends = head.rights.size
    if len(numbers) != ends + head.kinds.size:
        raise ValueError("the model is cut short, or of another version")
    return Model(head, parse_weights(head.rights, numbers[:ends]), parse_weights(head.kinds, numbers[ends:]))


@cache
def shipped() -> Model:
    """The model of this version, read once."""
    return parse(files(__package__).joinpath(FILE).read_bytes())
