"""The linear model together with embeddings of sentences; it needs the extra `embeddings`.

The linear model sees letters and words, and overlooks people who ask in words that it never learned. Sentences
of like meaning have embeddings that are alike (`embeddings.py`). These add to the scores of those sentences of a text
that the linear model finds likeliest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
import numpy as np

from dsr.domain.request.message import MessageKind
from dsr.domain.rights import Right
from dsr.mailbox.learned.embeddings import Embeddings, Numbers, installed
from dsr.mailbox.learned.model import Model, percent_of, shipped

FILE: Final = "meaning.model"
"""In the folder of this module: one line of JSON, a `MeaningHead`; then the weights, floats of four bytes, a row of all
rights for each number of the embedding.
"""
MOST: Final = 12
"""Most sentences of a text whose embedding is computed, so that the time is bounded."""
ASKING: Final[Mapping[str, int]] = {"short": 80, "long": 94}
"""As that of the model: 96 of 100 short texts that ask for nothing get no suggestion, and 93 of 100 long ones."""
_NO_LOOK: Final = 2.0
"""Subtracted from the scores of the other sentences, so that none of them makes a suggestion."""


class MeaningHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands before the weights."""

    corpus: str
    """SHA-256 of the texts and the code that the weights were learned from."""
    biases: list[float]
    """By right."""
    percents: dict[str, list[tuple[float, int]]]
    """As those of the linear model, for the sums of both scores."""


@dataclass(frozen=True)
class ModelWithMeaning:
    """Scores sentences by their pieces and by their embeddings."""

    model: Model
    head: MeaningHead
    weights: Numbers
    embeddings: Embeddings

    @property
    def version(self) -> str:
        """Its name, which changes with the corpus and the code that learns."""
        return f"{self.model.version}+meaning-{self.head.corpus[:8]}"

    @property
    def languages(self) -> Sequence[str]:
        """ISO 639-1, of the corpus."""
        return self.model.languages

    @property
    def asking(self) -> Mapping[str, int]:
        """Percent from which a short or a long text is taken to ask for anything."""
        return ASKING

    def scores_of_rights(self, texts: Sequence[str]) -> list[dict[Right, float]]:
        """How strongly each sentence asks for each right."""
        scores = self.model.scores_of_rights(texts)
        likely = likeliest(texts, scores)
        meant = self.embeddings.of([texts[place] for place in likely]) @ self.weights if likely else ()
        found = [{right: score - _NO_LOOK for right, score in each.items()} for each in scores]
        for place, added in zip(likely, meant, strict=True):
            more = zip(Right, added, self.head.biases, strict=True)
            found[place] = {right: scores[place][right] + float(each) + bias for right, each, bias in more}
        return found

    def scores_of_kinds(self, message: str) -> dict[MessageKind, float]:
        """As the linear model: embeddings add nothing here."""
        return self.model.scores_of_kinds(message)

    def percent(self, what: str, score: float) -> int:
        """What the score is worth for this question."""
        own = self.head.percents.get(what)
        return self.model.percent(what, score) if own is None else percent_of(own, score)


def likeliest(texts: Sequence[str], scores: Sequence[Mapping[Right, float]]) -> list[int]:
    """The places of the sentences whose embedding is computed, the likeliest first."""
    said = (place for place, text in enumerate(texts) if text.strip())
    return sorted(said, key=lambda place: -max(scores[place].values()))[:MOST]


def parse(content: bytes, model: Model, embeddings: Embeddings) -> ModelWithMeaning:
    """Raises ValueError for a file that is not whole."""
    line, _, numbers = content.partition(b"\n")
    head = msgspec.json.decode(line, type=MeaningHead)
    if not numbers or len(numbers) % (4 * len(Right)):
        raise ValueError("the model is cut short, or of another version")
    weights = np.frombuffer(numbers, "<f4").astype(np.float32).reshape(-1, len(Right))
    return ModelWithMeaning(model, head, weights, embeddings)


@cache
def shipped_with_meaning() -> ModelWithMeaning:
    """The model of this version, read once. Raises EmbeddingsMissing."""
    return parse(files(__package__).joinpath(FILE).read_bytes(), shipped(), installed())
