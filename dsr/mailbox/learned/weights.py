"""The weights of a linear model: for each piece that it knows and each answer a small whole number."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:  # imported with the first letter, since most commands read none
    import numpy as np


class WeightsHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is told of the weights before their numbers."""

    pieces: int
    """How many pieces are known."""
    scales: list[float]
    """By answer: what a weight of 1 is worth."""
    biases: list[float]
    """By answer: the score of a text without any known piece."""

    @property
    def size(self) -> int:
        """Bytes of the numbers."""
        return self.pieces * (4 + 1 + len(self.scales))


@dataclass(frozen=True)
class Weights:
    """Scores texts. A score is comparable with those of the same answer only."""

    head: WeightsHead
    known: "np.ndarray[tuple[int], np.dtype[np.uint32]]"
    """The pieces, ascending."""
    rarity: "np.ndarray[tuple[int], np.dtype[np.float64]]"
    """By piece."""
    numbers: "np.ndarray[tuple[int, int], np.dtype[np.int8]]"
    """By piece and answer."""

    def scores(self, pieces: list[int]) -> list[float]:
        """One for each answer; the length of the text makes no difference."""
        import numpy as np  # noqa: PLC0415 - as above

        asked = np.array(pieces, np.uint32)
        places = np.searchsorted(self.known, asked)
        places = places[self.known.take(places, mode="clip") == asked]
        rarity = self.rarity[places]
        length = float(np.sqrt((rarity * rarity).sum())) or 1.0
        sums = (self.numbers[places] * (rarity / length)[:, None]).sum(0)
        return [
            float(total) * scale + bias
            for total, scale, bias in zip(sums, self.head.scales, self.head.biases, strict=True)
        ]


def parse_weights(head: WeightsHead, content: bytes) -> Weights:
    """The pieces, four bytes each, the lowest first; then their rarities and their weights, one byte each."""
    import numpy as np  # noqa: PLC0415 - as above

    count, answers = head.pieces, len(head.scales)
    known = np.frombuffer(content, "<u4", count).astype(np.uint32)
    rarity = np.frombuffer(content, np.uint8, count, offset=4 * count).astype(np.float64)
    numbers = np.frombuffer(content, np.int8, count * answers, offset=5 * count).reshape(count, answers)
    return Weights(head, known, rarity, numbers)
