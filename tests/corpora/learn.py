"""Learns the model from the learning half, the same bytes each time: `make corpus`.

A linear classifier (L2-regularised squared hinge, liblinear) for each right, over sentences, and for each kind of
message. What a score is worth comes from sentences, letters and messages of voices that the model had not heard.
"""

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import msgspec
import numpy as np
from scipy import sparse
from sklearn.isotonic import IsotonicRegression
from sklearn.svm import LinearSVC

from dsr.domain.request.message import MessageKind
from dsr.domain.rights import Right
from dsr.mailbox.learned import model
from dsr.mailbox.learned.pieces import BUCKETS, buckets_of
from dsr.mailbox.quoting import own_subject, own_words
from dsr.mailbox.sentences import sentences_of
from tests.corpora.corpus import LANGUAGES, Corpus, Letter, corpus
from tests.corpora.digest import digest

TARGET: Final = Path(model.__file__).with_name(model.FILE)
FOLDS: Final = 4
REGULARISATION: Final = 1.0
RARITY: Final = 20
"""Steps of the rarity of a piece: it is stored as a byte."""

Matrix = Any
Numbers = np.ndarray[Any, np.dtype[Any]]


class Learner:
    """Texts as rows of a matrix, weighted by how rare their pieces are."""

    def __init__(self, texts: Sequence[str]) -> None:
        known = [buckets_of(text) for text in texts]
        seen = np.bincount([bucket for row in known for bucket in row], minlength=BUCKETS)
        self.rarity = np.array(
            [min(255, round(RARITY * math.log((1 + len(texts)) / (1 + int(count))))) if count else 0 for count in seen],
            np.float64,
        )

    def rows(self, texts: Sequence[str]) -> Matrix:
        """One row of length 1 for each text."""
        data, columns, ends = list[float](), list[int](), [0]
        for text in texts:
            buckets = buckets_of(text)
            values = self.rarity[buckets]
            length = math.sqrt(float((values * values).sum())) or 1.0
            data += [float(value) / length for value in values]
            columns += buckets
            ends.append(len(columns))
        return sparse.csr_matrix((data, columns, ends), shape=(len(texts), BUCKETS))


def fitted(rows: Matrix, wanted: Numbers) -> tuple[Numbers, Numbers]:
    """Weights and biases, one column for each answer. `wanted` is 1 for yes, -1 for no, and 0 where nobody knows."""
    weights, biases = [], []
    for column in wanted.T:
        known = column != 0
        one = LinearSVC(C=REGULARISATION, dual=True, random_state=0, max_iter=5_000).fit(rows[known], column[known])
        weights.append(one.coef_[0])
        biases.append(one.intercept_[0])
    return np.array(weights).T, np.array(biases)


def fold_of(language: str, voice: str) -> int:
    """Which part of the corpus a voice belongs to: all that it says is learned, or all is measured."""
    return crc32(f"{language} {voice}".encode()) % FOLDS


def steps(scores: Numbers, right: Numbers) -> list[tuple[float, int]]:
    """From which score on which percentage was right, never falling."""
    curve = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(scores, right)
    grid = np.round(np.arange(-1.5, 1.5001, 0.02), 2)
    found: list[tuple[float, int]] = []
    for score, share in zip(grid, curve.predict(grid), strict=True):
        percent = min(99, max(1, round(100 * float(share))))
        if not found or percent != found[-1][1]:
            found.append((float(score), percent))
    return found


def signs(yes: Numbers) -> Numbers:
    """1 for yes, -1 for no."""
    return np.where(yes, 1, -1)


def said_in(letter: Letter) -> list[str]:
    """The subject and the sentences of a letter."""
    return [own_subject(letter.subject), *(each.text for each in sentences_of(own_words(letter.text)))]


class Rights:
    """Learns which rights a sentence asks for: from sentences, then from the sentences of letters too."""

    def __init__(self, learner: Learner, half: Corpus) -> None:
        self.half = half
        self.sentences = learner.rows([each.text for each in half.sentences])
        self.wanted = signs(np.array([[right in each.wish.rights for right in Right] for each in half.sentences]))
        self.letters = [learner.rows(said_in(each)) for each in half.letters]
        self.of_letters = np.array([[right in each.wish.rights for right in Right] for each in half.letters])
        self.folds = np.array([fold_of(each.language, each.voice) for each in half.sentences])
        self.folds_of_letters = np.array([fold_of(each.language, each.voice) for each in half.letters])

    def learned(self, without: int | None = None) -> tuple[Numbers, Numbers]:
        """From all voices, or all but those of one fold."""
        chosen, letters = self.folds != without, np.flatnonzero(self.folds_of_letters != without)
        weights, biases = fitted(self.sentences[chosen], self.wanted[chosen])
        # A letter says what it asks for, not where: the likeliest sentence does. None of the others asks for a right
        # that the letter does not ask for.
        rows, wanted = [self.sentences[chosen]], [self.wanted[chosen]]
        for number in letters:
            scores = self.letters[number] @ weights + biases
            signed = np.where(self.of_letters[number], 0, -1) * np.ones_like(scores, dtype=int)
            for answer in np.flatnonzero(self.of_letters[number]):
                signed[scores[:, answer].argmax(), answer] = 1
            rows.append(self.letters[number])
            wanted.append(signed)
        return fitted(sparse.vstack(rows).tocsr(), np.concatenate(wanted))

    def measured(self) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Scores and truth of sentences, then of letters, each by a model that never heard their voices."""
        scores, of_letters = np.zeros(self.wanted.shape), np.zeros(self.of_letters.shape)
        for fold in range(FOLDS):
            weights, biases = self.learned(fold)
            scores[self.folds == fold] = self.sentences[self.folds == fold] @ weights + biases
            for number in np.flatnonzero(self.folds_of_letters == fold):
                of_letters[number] = (self.letters[number] @ weights + biases).max(0)
        return scores, self.wanted > 0, of_letters, self.of_letters


def kinds_measured(rows: Matrix, wanted: Numbers, folds: Numbers) -> Numbers:
    """Scores of messages by models that never heard their voices."""
    scores = np.zeros(wanted.shape)
    for fold in range(FOLDS):
        weights, biases = fitted(rows[folds != fold], wanted[folds != fold])
        scores[folds == fold] = rows[folds == fold] @ weights + biases
    return scores


def learn() -> bytes:
    """The file of the model."""
    half = corpus("learning")
    replies = [own_words(each.text) for each in half.messages]
    texts = [
        *(each.text for each in half.sentences),
        *replies,
        *(text for each in half.letters for text in said_in(each)),
    ]
    learner = Learner(texts)
    rights, reply_rows = Rights(learner, half), learner.rows(replies)
    kinds = signs(np.array([[each.kind is kind for kind in MessageKind] for each in half.messages]))
    folds = np.array([fold_of(each.language, each.voice) for each in half.messages])
    sentences, of_sentences, letters, of_letters = rights.measured()
    percents = {
        "right-short": steps(sentences.ravel(), of_sentences.ravel()),
        "right-long": steps(letters.ravel(), of_letters.ravel()),
        "asks-short": steps(sentences.max(1), np.any(of_sentences, 1)),
        "asks-long": steps(letters.max(1), np.any(of_letters, 1)),
        "kind": steps(kinds_measured(reply_rows, kinds, folds).ravel(), (kinds > 0).ravel()),
    }
    both = zip(rights.learned(), fitted(reply_rows, kinds), strict=True)
    weights, biases = (np.concatenate(each, axis=-1) for each in both)
    scales = np.abs(weights).max(0) / 127
    head = model.ModelHead(
        corpus=digest(),
        languages=list(LANGUAGES),
        scales=[round(float(each), 9) for each in scales],
        biases=[round(float(each), 6) for each in biases],
        percents=percents,
    )
    small = np.round(weights / scales).astype(np.int8)
    numbers: bytes = learner.rarity.astype(np.uint8).tobytes() + small.tobytes()
    return msgspec.json.encode(head) + b"\n" + numbers


if __name__ == "__main__":
    half = corpus("learning")
    sys.stderr.write(f"Learning from {len(half.sentences)} sentences in {len(LANGUAGES)} languages: a minute or two.\n")
    TARGET.write_bytes(learn())
    sys.stderr.write(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes\n")
