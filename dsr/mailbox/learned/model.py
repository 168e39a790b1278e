"""The model: a weight for each bucket and answer, as small whole numbers, and what a score is worth in percent."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import msgspec

from dsr.domain.request.message import MessageKind
from dsr.domain.rights import Right
from dsr.mailbox.learned.pieces import BUCKETS, buckets_of

if TYPE_CHECKING:  # imported with the first letter, since most commands read none
    import numpy as np

FILE: Final = "learned.model"
"""Beside this file: one line of JSON, a `ModelHead`; then the rarities and the weights, one byte each."""

ANSWERS: Final = (*Right, *MessageKind)
"""The columns of the weights."""


class ModelHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands before the numbers."""

    corpus: str
    """SHA-256 of what it was learned from, and by."""
    languages: list[str]
    """ISO 639-1, of the corpus."""
    scales: list[float]
    """By answer: what a weight of 1 is worth."""
    biases: list[float]
    """By answer: the score of a text without any piece."""
    percents: dict[str, list[tuple[float, int]]]
    """For `right`, `asks` and `kind`: from which score on which percentage holds, ascending."""


@dataclass(frozen=True)
class Model:
    """Scores texts. A score is comparable with those of the same answer only."""

    head: ModelHead
    rarity: "np.ndarray[tuple[int], np.dtype[np.float64]]"
    """By bucket: 0 for one that was never seen."""
    weights: "np.ndarray[tuple[int, int], np.dtype[np.int8]]"

    @property
    def version(self) -> str:
        """Its name, which changes with the corpus and the code that learns."""
        return f"learned-{self.head.corpus[:8]}"

    def scores(self, text: str) -> list[float]:
        """One for each of `ANSWERS`; the length of the text makes no difference."""
        import numpy as np  # noqa: PLC0415 - as above

        buckets = buckets_of(text)
        rarity = self.rarity[buckets]
        length = float(np.sqrt((rarity * rarity).sum()))
        if length == 0.0:
            return list(self.head.biases)
        sums = (self.weights[buckets] * (rarity / length)[:, None]).sum(0)
        return [
            float(total) * scale + bias
            for total, scale, bias in zip(sums, self.head.scales, self.head.biases, strict=True)
        ]

    def percent(self, what: str, score: float) -> int:
        """What the score is worth for `right`, `asks` or `kind`."""
        steps = self.head.percents[what]
        place = bisect_right(steps, score, key=lambda step: step[0])
        return steps[place - 1][1] if place else 0


def parse(content: bytes) -> Model:
    """Raises ValueError for a file that is not whole."""
    import numpy as np  # noqa: PLC0415 - as above

    line, _, numbers = content.partition(b"\n")
    head = msgspec.json.decode(line, type=ModelHead)
    if len(numbers) != BUCKETS * (1 + len(ANSWERS)):
        raise ValueError("the model is cut short, or of another version")
    rarity = np.frombuffer(numbers, np.uint8, BUCKETS).astype(np.float64)
    weights = np.frombuffer(numbers, np.int8, offset=BUCKETS).reshape(BUCKETS, len(ANSWERS))
    return Model(head, rarity, weights)


@cache
def shipped() -> Model:
    """The model of this version, read once."""
    return parse(files(__package__).joinpath(FILE).read_bytes())
