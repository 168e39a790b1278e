"""The reader's larger model: what a text means, in whatever words; it needs the extra `embeddings`.

The linear model sees letters and words, and overlooks people who ask in words that it never learned. This one is a
transformer that knows a hundred languages (`embeddings.py`), tuned to our letters (`tuning.py`). It reads the sentences
that the linear model finds likeliest, each by itself, and the text as a whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
import numpy as np

from dsr.domain.request.message import LIKELY, MessageKind
from dsr.domain.rights import Right
from dsr.mailbox.learned.embeddings import Embeddings, Numbers, installed
from dsr.mailbox.learned.model import Model, percent_of, shipped
from dsr.mailbox.learned.scoring import CitingLimits, Estimate, OwnText, one_line
from dsr.mailbox.learned.tuning import TuningHead, changes_in, size_of, tuned

FILE: Final = "meaning.model"
"""In the folder of this module: one line of JSON, a `MeaningHead`; then floats of two bytes: the changes of the
transformer, then the looks and the weights of the answers, each a row of all answers for each number of a piece.
"""
ASKS: Final = len(Right)
"""Which answer says whether a text asks for anything; those of the rights come before it."""
MOST: Final = 8
"""At most so many sentences of a text are read by themselves, so that the time is bounded."""
CITING: Final = CitingLimits(in_words=5, otherwise=50)
"""Of invented letters in which the rules find a right, by authors of whom the model had learned nothing, 98 of 100 that
ask are taken to ask, and 9 of 100 that ask for nothing.
"""
ALONE: Final = 250
"""Characters of a sentence that is read by itself, for the same reason."""
LINEAR: Final = 4.0
"""What the score of the linear model counts beside the answer of the transformer."""
WHOLE: Final = 0.85
"""What the text as a whole counts; the rest is the highest answer of its sentences, right by right."""
READ_WHOLE: Final = 650
"""Characters of a text that are read as a whole, more or less: of a longer one, the whole counts less."""
LIKELIEST: Final = 30
"""Percent at which the likeliest right of a text that surely asks for something is suggested: it must ask for one."""
_NO_LOOK: Final = 20.0
"""Subtracted from the scores of the other sentences, so that none of them is named as the one that asks."""


class MeaningHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands before the numbers."""

    corpus: str
    """SHA-256 of the texts and the code that the model was learned from."""
    tuning: TuningHead
    biases: list[float]
    """By answer: the rights, whether anything is asked for, the kinds of a message."""
    asking: dict[str, int]
    """Percent from which a text of one sentence (`short`), or a longer one (`long`), surely asks for something. Of what
    asks for nothing, 95 of 100 such sentences, and 96 of 100 letters in which the rules find no right, stay below. Each
    was scored before the model learned from it, if ever.
    """
    percents: dict[str, list[tuple[float, int]]]
    """From which score on which percentage holds, ascending: of the text asking for anything, of a right where it does,
    and of a kind; the first two for texts of one sentence and for longer ones.
    """


@dataclass(frozen=True)
class ModelWithMeaning:
    """Reads a text and its sentences with the transformer, and adds the scores of the linear model."""

    model: Model
    head: MeaningHead
    looks: Numbers
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
    def citing(self) -> CitingLimits:
        """What suffices where a letter cites the law."""
        return CITING

    def estimate(self, said: OwnText) -> Estimate:
        """The text as a whole counts for a right, and the likeliest sentence."""
        linear = self.model.scores_of_rights(said.texts)
        chosen = likeliest(said.texts, linear)
        scores = [{right: score - _NO_LOOK for right, score in each.items()} for each in linear]
        if not chosen:
            return Estimate(1, False, dict.fromkeys(Right, 1), scores)
        length = "short" if len(chosen) == 1 else "long"
        whole, *alone = self.answers(to_read(said, chosen) if length == "long" else [said.whole])
        for place, answer in zip(chosen, alone or [whole], strict=True):
            scores[place] = dict(zip(Right, answer[:ASKS].tolist(), strict=True))
        asks, *rights = together(
            weight_of_whole(said), whole, alone or [whole], [[*linear[place].values()] for place in chosen]
        )
        percent = self._percent(f"asks-{length}", asks)
        shares = {right: self._percent(f"share-{length}", score) for right, score in zip(Right, rights, strict=True)}
        is_sure = percent >= max(LIKELY, self.head.asking[length])
        return Estimate(percent, is_sure, suggested(percent, shares) if is_sure else shares, scores)

    def kinds(self, own: str) -> list[tuple[MessageKind, int]]:
        """What a message in a thread may be, and how likely that is, in percent; the likeliest first."""
        [answer] = self.answers([one_line(own)])
        sums = zip(MessageKind, answer[ASKS + 1 :], self.model.scores_of_kinds(own), strict=True)
        scores = {kind: float(score) + LINEAR * linear for kind, score, linear in sums}
        return [(kind, self._percent("kind", scores[kind])) for kind in sorted(scores, key=lambda each: -scores[each])]

    def answers(self, texts: Sequence[str]) -> Numbers:
        """What the transformer says of each text, a row each: of the rights, of asking for anything, of the kinds."""
        return np.stack([self._answer(pieces) for pieces in self.embeddings.of(texts)])

    def _answer(self, pieces: Numbers) -> Numbers:
        """Each answer looks at the pieces of the text that matter to it."""
        looks = pieces @ self.looks
        shares = np.exp(looks - looks.max(0))
        answer: Numbers = (shares / shares.sum(0) * (pieces @ self.weights)).sum(0) + self.head.biases
        return answer

    def _percent(self, what: str, score: float) -> int:
        return percent_of(self.head.percents[what], score)


def suggested(asks: int, shares: Mapping[Right, int]) -> dict[Right, int]:
    """The shares in a text that surely asks for something: of its likeliest right, and of each that is likely there,
    as high as a suggestion takes. Of the rights raised so in letters that it had not yet learned from, 70 of 100 were
    asked for.
    """
    enough = -(-100 * LIKELY // asks)
    most = max(shares.values())
    return {
        right: max(share, enough) if share >= LIKELY or share == most >= LIKELIEST else share
        for right, share in shares.items()
    }


def to_read(said: OwnText, chosen: Sequence[int]) -> list[str]:
    """What the transformer reads of a longer text: all of it, then the chosen sentences, each up to a length."""
    return [said.whole, *(said.texts[place][:ALONE] for place in chosen)]


def weight_of_whole(said: OwnText) -> float:
    """What the text as a whole counts beside its sentences."""
    return WHOLE * min(1.0, READ_WHOLE / max(1, len(said.whole)))


def together(weight: float, whole: Numbers, alone: Sequence[Numbers], linear: Sequence[Sequence[float]]) -> list[float]:
    """The score of asking for anything, then that of each right, of a text.

    `whole` has the answers for the text, `alone` those for the sentences that are read by themselves; `linear` what the
    linear model says of these. `weight`: what the whole counts.
    """
    answers = weight * whole + (1 - weight) * np.max(alone, axis=0)
    best = np.max(linear, axis=0)
    return [float(answers[ASKS] + LINEAR * best.max()), *(answers[:ASKS] + LINEAR * best).tolist()]


def likeliest(texts: Sequence[str], scores: Sequence[Mapping[Right, float]]) -> list[int]:
    """The places of the sentences that are read by themselves, the likeliest first."""
    said = (place for place, text in enumerate(texts) if text.strip())
    return sorted(said, key=lambda place: -max(scores[place].values()))[:MOST]


def parse(content: bytes, model: Model, embeddings: Embeddings) -> ModelWithMeaning:
    """Raises ValueError for a file that is not whole."""
    line, _, numbers = content.partition(b"\n")
    head = msgspec.json.decode(line, type=MeaningHead)
    ends, answers = size_of(embeddings, head.tuning), len(head.biases)
    width = embeddings.tensors["emb.pos"].shape[1]
    if len(numbers) != ends + 2 * 2 * width * answers:
        raise ValueError("the model is cut short, or of another version")
    looks, weights = np.frombuffer(numbers, "<f2", offset=ends).astype(np.float32).reshape(2, width, answers)
    changed = tuned(embeddings, changes_in(embeddings, head.tuning, numbers))
    return ModelWithMeaning(model, head, looks, weights, changed)


@cache
def shipped_with_meaning() -> ModelWithMeaning:
    """The model of this version, read once. Raises EmbeddingsMissing, EmbeddingsChanged."""
    return parse(files(__package__).joinpath(FILE).read_bytes(), shipped(), installed())
