"""Learns the model from the learning half, the same bytes each time: `make corpus`.

A linear classifier (L2-regularised squared hinge, liblinear) for each right, over sentences and over letters, and for
each kind of message. What a score is worth comes from sentences and messages of voices that the model had not heard,
and from the letters of `weighing`, from which it learns nothing.
"""

import math
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import msgspec
import numpy as np
from scipy import sparse
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from dsr.domain.request.message import MessageKind
from dsr.domain.rights import Right
from dsr.mailbox.learned import model
from dsr.mailbox.learned.model import percent_of
from dsr.mailbox.learned.pieces import pieces_of
from dsr.mailbox.learned.reader import by_law
from dsr.mailbox.learned.scoring import OwnText
from dsr.mailbox.learned.weights import WeightsHead
from dsr.mailbox.quoting import own_subject, own_words
from dsr.mailbox.sentences import sentences_of
from tests.corpora.corpus import LANGUAGES, Corpus, Letter, Message, Sentence, corpus
from tests.corpora.digest import digest_of_linear

TARGET: Final = Path(model.__file__).with_name(model.FILE)
FOLDS: Final = 4
"""Parts of the messages."""
REGULARISATION: Final = 1.0
MUCH: Final = 20_000
"""Sentences."""
ASKS: Final = 0.25
"""What it counts for a right that a text asks for anything: near misses have the words of a right, and do not ask."""
MOST_OF_RIGHTS, MOST_OF_LETTERS, MOST_OF_KINDS = 175_000, 70_000, 80_000
"""Pieces that the model's file holds: together less than 5 MB."""
FORMAL: Final = frozenset(range(19, 28))
"""The authors of formal letters: the words of a request stand in too many of their sentences that ask for nothing, so
that sentences are not learned from their letters.
"""
CLEAN: Final = 0.95
"""The share of the texts that ask for nothing which must stay below the limit."""
RARITY: Final = 20
"""Steps of the rarity of a piece: it is stored as a byte."""

Matrix = Any
Numbers = np.ndarray[Any, np.dtype[Any]]


class Learner:
    """Texts as rows of a matrix, weighted by how rare their pieces are. A piece of one text alone is not known."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.known, counts = np.unique(np.concatenate([pieces_of(text) for text in texts]), return_counts=True)
        self.known, counts = self.known[counts > 1], counts[counts > 1]
        self.rarity = np.array(
            [min(255, round(RARITY * math.log((1 + len(texts)) / (1 + int(count))))) for count in counts], np.float64
        )

    def rows(self, texts: Sequence[str]) -> Matrix:
        """One row of length 1 for each text."""
        data, columns = list[Numbers](), list[Numbers]()
        for text in texts:
            pieces = np.array(pieces_of(text), np.int64)
            places = np.searchsorted(self.known, pieces)
            places = places[self.known.take(places, mode="clip") == pieces]
            values = self.rarity[places]
            columns.append(places)
            data.append(values / (math.sqrt(float((values * values).sum())) or 1.0))
        ends = np.cumsum([0, *map(len, columns)])
        return sparse.csr_matrix(
            (np.concatenate(data), np.concatenate(columns), ends), shape=(len(texts), len(self.known))
        )


@dataclass(frozen=True)
class Learned:
    """A linear model: one column of weights and one bias for each answer."""

    learner: Learner
    weights: Numbers
    biases: Numbers

    def scores(self, texts: Sequence[str]) -> Numbers:
        """By text and answer."""
        scores: Numbers = self.learner.rows(texts) @ self.weights + self.biases
        return scores

    def written(self, most: int) -> tuple[WeightsHead, bytes]:
        """As the model's file has it, of at most so many pieces: those that count most."""
        chosen = np.sort(np.argsort(-np.abs(self.weights).max(1), kind="stable")[:most])
        scales = np.abs(self.weights).max(0) / 127
        head = WeightsHead(
            pieces=len(chosen),
            scales=[round(float(each), 9) for each in scales],
            biases=[round(float(each), 6) for each in self.biases],
        )
        small = np.round(self.weights[chosen] / scales).astype(np.int8)
        parts = (self.learner.known[chosen].astype("<u4"), self.learner.rarity[chosen].astype(np.uint8), small)
        return head, b"".join(each.tobytes() for each in parts)


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


def said(letter: Letter) -> OwnText:
    """As the reader gets it."""
    own = own_words(letter.text)
    return OwnText([each.text for each in sentences_of(own)], own_subject(letter.subject), own)


def names_right(letter: Letter) -> bool:
    """Whether it cites the law, and the rules find a right."""
    return bool(by_law(said(letter), letter.subject)[0])


def asked_for(texts: Sequence[Sentence | Letter]) -> Numbers:
    """By text and right whether it is asked for; the last column whether anything is."""
    rights = np.array([[right in each.wish.rights for right in Right] for each in texts])
    return np.column_stack([rights, rights.any(1)])


def learned_rights(sentences: Sequence[Sentence], letters: Sequence[Letter]) -> Learned:
    """Which rights a sentence asks for: learned from sentences, then from the sentences of letters too."""
    texts, of_letters = [each.text for each in sentences], asked_for(letters)
    all_said = [said(each).texts for each in letters]
    learner = Learner([*texts, *chain.from_iterable(all_said)])
    rows, wanted = [learner.rows(texts)], [signs(asked_for(sentences))]
    first = Learned(learner, *fitted(rows[0], wanted[0]))
    # A letter says what it asks for, not where: the likeliest sentence does. None of the others asks for a right that
    # the letter does not ask for.
    for each, asked in zip(all_said, of_letters, strict=True):
        scores = first.scores(each)
        signed = np.where(asked, 0, -1) * np.ones_like(scores, dtype=int)
        for answer in np.flatnonzero(asked):
            signed[scores[:, answer].argmax(), answer] = 1
        rows.append(learner.rows(each))
        wanted.append(signed)
    weights, biases = fitted(sparse.vstack(rows).tocsr(), np.concatenate(wanted))
    return Learned(learner, weights[:, :-1] + ASKS * weights[:, -1:], biases[:-1] + ASKS * biases[-1])


def learned_letters(letters: Sequence[Letter]) -> Learned:
    """Which rights a letter asks for as a whole, then whether it asks for any."""
    texts = [said(each).whole[: model.MOST] for each in letters]
    learner = Learner(texts)
    return Learned(learner, *fitted(learner.rows(texts), signs(asked_for(letters))))


def learned_kinds(messages: Sequence[Message]) -> Learned:
    """What a message in a thread is."""
    texts = [own_words(each.text) for each in messages]
    learner = Learner(texts)
    return Learned(learner, *fitted(learner.rows(texts), signs(kinds_of(messages))))


def kinds_of(messages: Sequence[Message]) -> Numbers:
    """By message and kind, whether it is one."""
    return np.array([[each.kind is kind for kind in MessageKind] for each in messages])


@cache
def by_others(hands: frozenset[int]) -> Learned:
    """Rights learned from what all authors but some wrote."""
    half = corpus("learning")
    return learned_rights(
        [each for each in half.sentences if each.hand not in hands],
        [each for each in half.letters if each.hand not in hands],
    )


def hands(half: Corpus) -> list[int]:
    """The authors of much: what scores are worth is measured on them."""
    counted = Counter(each.hand for each in half.sentences)
    return sorted(hand for hand, number in counted.items() if number >= MUCH)


def of_short_texts(half: Corpus) -> dict[str, list[tuple[float, int]]]:
    """What scores are worth: of sentences by some authors by models that had learned nothing from them, of messages by
    models that had not heard their voices.
    """
    short, kinds = Scored(), Scored()
    for hand in hands(half):
        sentences = [each for each in half.sentences if each.hand == hand]
        scores = by_others(FORMAL | {hand}).scores([each.text for each in sentences])
        short.add(scores, asked_for(sentences)[:, :-1])
    for fold in range(FOLDS):
        heard = [each for each in half.messages if fold_of(each.language, each.voice) != fold]
        others = [each for each in half.messages if fold_of(each.language, each.voice) == fold]
        kinds.add(learned_kinds(heard).scores([own_words(each.text) for each in others]), kinds_of(others))
    return {
        "asks-short": short.asks(),
        "share-short": short.beside(),
        "kind": steps(*(each.ravel() for each in kinds.together())),
    }


class Scored:
    """Scores of texts by answer, and which answers were right."""

    def __init__(self) -> None:
        self._parts = list[tuple[Numbers, Numbers]]()

    def add(self, scores: Numbers, right: Numbers) -> None:
        """Of some texts."""
        self._parts.append((scores, right))

    def together(self) -> tuple[Numbers, Numbers]:
        """Of all of them."""
        scores, right = (np.concatenate(each) for each in zip(*self._parts, strict=True))
        return scores, right

    def asks(self) -> list[tuple[float, int]]:
        """By the highest score of a text, how likely it asks for anything."""
        scores, right = self.together()
        return steps(scores.max(1), np.any(right, 1))

    def beside(self) -> list[tuple[float, int]]:
        """By the distance to the highest score of the others, how likely a right is asked for where anything is."""
        scores, right = self.together()
        asking = np.any(right, 1)
        return steps(np.apply_along_axis(beside, 1, scores[asking]).ravel(), right[asking].ravel())


def beside(scores: Numbers) -> Numbers:
    """How far each score is above the highest of the others; below it, less than 0."""
    return np.array([each - max(*scores[:place], *scores[place + 1 :]) for place, each in enumerate(scores)])


def of_long_texts(learned: model.Model) -> tuple[dict[str, list[tuple[float, int]]], int]:
    """What scores of letters are worth, and the percentage from which one surely asks for anything."""
    letters = corpus("weighing").letters
    asked, scores = asked_for(letters), np.array([_scores_of(learned, said(each)) for each in letters])
    asking = asked[:, -1]
    asks = even_steps(scores[:, 0], asking)
    shares = even_steps(scores[asking, 1:].ravel(), asked[asking, :-1].ravel())
    return {"asks-long": asks, "share-long": shares}, lowest_clean(
        [percent_of(asks, each) for each in scores[~asking, 0]]
    )


def _scores_of(learned: model.Model, letter: OwnText) -> list[float]:
    return learned.of_letter(letter, learned.scores_of_rights(model.without_salutation(letter.texts)))


def lowest_clean(percents: list[int], share: float = CLEAN) -> int:
    """The lowest limit that such a share of the texts, all of which ask for nothing, stays below."""
    return next(gate for gate in range(1, 101) if np.mean([each < gate for each in percents]) >= share)


def even_steps(scores: Numbers, right: Numbers) -> list[tuple[float, int]]:
    """From which score on which percentage was right, by a logistic curve: a step for each percent."""
    curve = LogisticRegression(C=1e6).fit(scores[:, None], right)
    slope, middle = float(curve.coef_[0, 0]), float(curve.intercept_[0])
    return [(-1e3, 1)] + [(round((logit(each - 0.5) - middle) / slope, 3), each) for each in range(2, 100)]


def logit(percent: float) -> float:
    """The logarithm of the odds."""
    return math.log(percent / (100 - percent))


def learn() -> bytes:
    """The file of the model."""
    half = corpus("learning")
    plain = [each for each in half.letters if each.hand not in FORMAL]
    rights, of_rights = learned_rights(half.sentences, plain).written(MOST_OF_RIGHTS)
    letters, of_letters = learned_letters(half.letters).written(MOST_OF_LETTERS)
    kinds, of_kinds = learned_kinds(half.messages).written(MOST_OF_KINDS)
    head = model.ModelHead(digest_of_linear(), list(LANGUAGES), rights, letters, kinds, asking=100, percents={})
    numbers = b"\n" + of_rights + of_letters + of_kinds
    long, asking = of_long_texts(model.parse(msgspec.json.encode(head) + numbers))
    head = msgspec.structs.replace(head, asking=asking, percents=of_short_texts(half) | long)
    return msgspec.json.encode(head) + numbers


if __name__ == "__main__":
    half = corpus("learning")
    sys.stderr.write(f"Learning from {len(half.sentences)} sentences in {len(LANGUAGES)} languages: some minutes.\n")
    TARGET.write_bytes(learn())
    sys.stderr.write(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes\n")
