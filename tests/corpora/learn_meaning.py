"""Learns the larger model, which reads what a text means: `make corpus`.

What its scores are worth is measured on texts by two authors, before it learns from them. Unlike the linear model, it
is not the same on each kind of processor.
"""

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from sklearn.linear_model import LogisticRegression

from dsr.domain.rights import Right
from dsr.mailbox.learned import embeddings, meaning
from dsr.mailbox.learned.meaning import ASKS, LINEAR, WHOLE, likeliest, to_read, together, weight_of_whole
from dsr.mailbox.learned.model import percent_of
from dsr.mailbox.learned.scoring import OwnText, one_line
from dsr.mailbox.learned.tuning import written
from dsr.mailbox.quoting import own_subject, own_words
from dsr.mailbox.sentences import sentences_of
from tests.corpora import learn
from tests.corpora.corpus import Corpus, Letter, Message, corpus
from tests.corpora.digest import digest_of_meaning
from tests.corpora.learn import Learned, Numbers, asked_for, by_others, fold_of, kinds_of, learned_kinds, steps
from tests.corpora.tuning import ANSWERS, HEAD, Net, Stage, Text, answered, tune

TARGET: Final = Path(meaning.__file__).with_name(meaning.FILE)
FIRST, THEN = Stage(1.25, 1e-3, often=2), Stage(0.75, 6e-4, often=2)
"""Without the authors on whom scores are measured; then with them."""
MEASURED: Final = frozenset({5, 11})
"""Those authors: one wrote the most sentences, the other letters in ten languages, half of which ask for nothing."""
WIDTH: Final = 8.0
"""How much further the scores reach than those of the linear model."""
CLEAN: Final = 0.95
"""Of the texts that ask for nothing, how many shall get no suggestion."""
OF_LETTER: Final = 2.0
"""What a letter counts beside a sentence."""
MEASURED_FOLD: Final = 0
"""Messages have no author in the corpus: what their scores are worth is measured on some of the voices."""


class Learning:
    """The learning half as the transformer reads it."""

    def __init__(self, model: embeddings.Embeddings, half: Corpus) -> None:
        self._numbers = dict[str, list[int]]()
        self.model, self.half = model, half

    def numbers(self, text: str) -> list[int]:
        """The pieces of a text, cut once."""
        if text not in self._numbers:
            self._numbers[text] = self.model.vocabulary.numbers_of(text)
        return self._numbers[text]

    def texts(self, stage: Stage, *, of_others: bool) -> list[Text]:
        """All texts; or those that are not by the authors on whom scores are measured."""
        half, without = self.half, MEASURED if of_others else frozenset[int]()
        return [
            *(Text(self.numbers(each.text), each.wish) for each in half.sentences if each.hand not in without),
            *stage.often
            * [
                Text(self.numbers(said(each).whole), each.wish, OF_LETTER)
                for each in half.letters
                if each.hand not in without
            ],
            *stage.often
            * [
                Text(self.numbers(one_line(own_words(each.text))), each.kind)
                for each in half.messages
                if not of_others or not is_measured(each)
            ],
        ]


def is_measured(message: Message) -> bool:
    """Whether it belongs to the voices on which the scores of kinds are measured."""
    return fold_of(message.language, message.voice) == MEASURED_FOLD


def said(letter: Letter) -> OwnText:
    """As the reader gets it."""
    own = own_words(letter.text)
    return OwnText([each.text for each in sentences_of(own)], own_subject(letter.subject), own)


def percents(learning: Learning, net: Net) -> tuple[dict[str, list[tuple[float, int]]], dict[str, int]]:
    """What scores are worth, on what the models had not read; and from which percentage on a text asks."""
    linear, half = by_others(MEASURED), learning.half
    sentences = [each for each in half.sentences if each.hand in MEASURED]
    letters = [each for each in half.letters if each.hand in MEASURED]
    messages = [each for each in half.messages if is_measured(each)]
    answers = answered(net, [learning.numbers(each.text) for each in sentences])
    beside = linear.scores([each.text for each in sentences])
    short = [together(WHOLE, row, [row], [more]) for row, more in zip(answers, beside, strict=True)]
    long = [of_letter(learning, net, linear, each) for each in letters]
    of_kinds = answered(net, [learning.numbers(one_line(own_words(each.text))) for each in messages])[:, ASKS + 1 :]
    heard = learned_kinds([each for each in half.messages if not is_measured(each)])
    kinds = of_kinds + LINEAR * heard.scores([own_words(each.text) for each in messages])
    of_short, of_long = (
        worth("short", np.array(short), asked_for(sentences)),
        worth("long", np.array(long), asked_for(letters)),
    )
    found = of_short.percents | of_long.percents | {"kind": wide_steps(kinds.ravel(), kinds_of(messages).ravel())}
    return found, {"short": of_short.asking, "long": of_long.asking}


def of_letter(learning: Learning, net: Net, linear: Learned, letter: Letter) -> list[float]:
    """The scores of a whole letter."""
    text = said(letter)
    beside = linear.scores(text.texts)
    chosen = likeliest(text.texts, [dict(zip(Right, row, strict=True)) for row in beside])
    whole, *alone = answered(net, [learning.numbers(each) for each in to_read(text, chosen)])
    return together(weight_of_whole(text), whole, alone, beside[chosen].tolist())


@dataclass(frozen=True)
class Worth:
    """What the scores of texts are worth."""

    percents: dict[str, list[tuple[float, int]]]
    asking: int
    """Percent from which a text is taken to ask for anything."""


def worth(length: str, scores: Numbers, asked: Numbers) -> Worth:
    """`scores` of asking for anything, then by right; `asked` by right, then for any."""
    asking = asked[:, -1]
    asks = even_steps(scores[:, 0], asking)
    gate = lowest_clean([percent_of(asks, score) for score in scores[~asking, 0]])
    above = float(np.mean([percent_of(asks, score) >= gate for score in scores[asking, 0]]))
    sys.stderr.write(
        f"{length}: from {gate} % on, {CLEAN:.0%} of what asks for nothing is clean, {above:.1%} are found\n"
    )
    shares = wide_steps(scores[asking, 1:].ravel(), asked[asking, :-1].ravel())
    return Worth({f"asks-{length}": asks, f"share-{length}": shares}, gate)


def lowest_clean(percents: list[int]) -> int:
    """The lowest limit that enough texts which ask for nothing stay below."""
    return next(gate for gate in range(1, 101) if np.mean([each < gate for each in percents]) >= CLEAN)


def wide_steps(scores: Numbers, right: Numbers) -> list[tuple[float, int]]:
    """As `steps`, of scores that reach further."""
    return [(round(score * WIDTH, 2), percent) for score, percent in steps(scores / WIDTH, right)]


def even_steps(scores: Numbers, right: Numbers) -> list[tuple[float, int]]:
    """From which score on which percentage was right, by a logistic curve: a step for each percent."""
    curve = LogisticRegression(C=1e6).fit(scores[:, None], right)
    slope, middle = float(curve.coef_[0, 0]), float(curve.intercept_[0])
    return [(-1e3, 1)] + [(round((logit(each - 0.5) - middle) / slope, 3), each) for each in range(2, 100)]


def logit(percent: float) -> float:
    """The logarithm of the odds."""
    return math.log(percent / (100 - percent))


def learn_meaning() -> bytes:
    """The file of the larger model."""
    learning = Learning(embeddings.installed(), corpus("learning"))
    net = Net(learning.model)
    tune(net, learning.texts(FIRST, of_others=True), FIRST, "all authors but two")
    measured, asking = percents(learning, net)
    tune(net, learning.texts(THEN, of_others=False), THEN, "all authors")
    head = meaning.MeaningHead(
        corpus=digest_of_meaning(),
        tuning=HEAD,
        biases=[round(float(each), 6) for each in net.biases.detach()[:ANSWERS]],
        asking=asking,
        percents=measured,
    )
    changes = ((into.detach().numpy(), out.detach().numpy()) for into, out in net.changes.values())
    answers = b"".join(each.detach().numpy()[:, :ANSWERS].astype("<f2").tobytes() for each in (net.looks, net.weights))
    return msgspec.json.encode(head) + b"\n" + written(changes) + answers


if __name__ == "__main__":
    learn.TARGET.write_bytes(learn.learn())
    TARGET.write_bytes(learn_meaning())
    sys.stderr.write(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes\n")
