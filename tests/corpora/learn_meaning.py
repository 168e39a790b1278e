"""Learns both models: `make corpus`. The larger one reads what a text means.

What a score of a sentence is worth is measured on sentences by a few authors, after the first course, which leaves them
out. For letters, those by these authors count, and those of `weighing`, from which it never learns; for messages, those
of some voices that the first course leaves out. Unlike the linear model, it is not the same on each kind of processor.

This takes two processors an hour or two. What a course has learned is kept in `build/corpus`: after a break, or a
change of what comes later, `make corpus` goes on from there.
"""

import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from dsr.domain.rights import Right
from dsr.mailbox.learned import embeddings, meaning
from dsr.mailbox.learned.meaning import (
    ASKS,
    LINEAR,
    WHOLE,
    likeliest,
    to_read,
    together,
    weight_of_whole,
)
from dsr.mailbox.learned.model import Model, parse, percent_of
from dsr.mailbox.learned.scoring import one_line
from dsr.mailbox.learned.tuning import written
from dsr.mailbox.quoting import own_words
from tests.corpora import learn
from tests.corpora.corpus import FOLDER, Corpus, Letter, Message, corpus
from tests.corpora.digest import digest, digest_of_meaning
from tests.corpora.learn import (
    CLEAN,
    Numbers,
    asked_for,
    by_others,
    even_steps,
    fold_of,
    kinds_of,
    learned_kinds,
    lowest_clean,
    names_right,
    said,
    steps,
)
from tests.corpora.tuning import ANSWERS, HEAD, Net, Stage, Text, answered, tune

TARGET: Final = Path(meaning.__file__).with_name(meaning.FILE)
KEPT: Final = Path("build/corpus")
FIRST, THEN = Stage(1.5, 1e-3, often=2), Stage(1.0, 6e-4, often=2)
"""Without the authors on whom scores are measured; then with them."""
MEASURED: Final = frozenset({5, 11, 18, 24, 25, 26, 27})
"""The authors whom the first course leaves out: 5 wrote the most sentences; 11 and 18 wrote letters that tempt a reader
to the wrong right; the others wrote letters that cite the law.
"""
CLEAN_LETTERS: Final = 0.96
"""The same of letters in which the rules find no right."""
WIDTH: Final = 8.0
"""How much further the scores reach than those of the linear model."""
OF_LETTER: Final = 2.0
"""What a letter counts beside a sentence."""
MEASURED_FOLD: Final = 0
"""Messages have no author in the corpus: what their scores are worth is measured on some of the voices."""


class Learning:
    """The learning part as the transformer reads it."""

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


@dataclass(frozen=True)
class Worth:
    """What the scores of texts are worth."""

    percents: dict[str, list[tuple[float, int]]]
    asking: int
    """Percent from which a text is taken to ask for anything."""


def of_short_texts(net: Net, learning: Learning) -> Worth:
    """What scores of sentences and of messages are worth, on what the net and the linear model had not read."""
    linear, half = by_others(MEASURED), learning.half
    sentences = [each for each in half.sentences if each.hand in MEASURED]
    messages = [each for each in half.messages if is_measured(each)]
    answers = answered(net, [learning.numbers(each.text) for each in sentences])
    beside = linear.scores([each.text for each in sentences])
    short = [together(WHOLE, row, [row], [more]) for row, more in zip(answers, beside, strict=True)]
    of_kinds = answered(net, [learning.numbers(one_line(own_words(each.text))) for each in messages])[:, ASKS + 1 :]
    heard = learned_kinds([each for each in half.messages if not is_measured(each)])
    kinds = of_kinds + LINEAR * heard.scores([own_words(each.text) for each in messages])
    found = worth("short", np.array(short), asked_for(sentences), counts=np.ones(len(short), bool), clean=CLEAN)
    return Worth(found.percents | {"kind": wide_steps(kinds.ravel(), kinds_of(messages).ravel())}, found.asking)


@dataclass(frozen=True)
class Scored:
    """Letters that a net had not learned from."""

    scores: Numbers
    """Of asking for anything, then by right."""
    asked: Numbers
    """By right, then for any."""
    cites: Numbers
    """Whether they cite the law, and the rules find a right."""


def scored(
    net: Net, learning: Learning, linear: Callable[[Sequence[str]], Numbers], letters: Sequence[Letter]
) -> Scored:
    """`linear`: the scores of the linear model, by text and right."""
    return Scored(
        np.array([of_letter(net, learning, linear, each) for each in letters]),
        asked_for(letters),
        np.array([*map(names_right, letters)]),
    )


def of_letter(net: Net, learning: Learning, linear: Callable[[Sequence[str]], Numbers], letter: Letter) -> list[float]:
    """The scores of a whole letter."""
    text = said(letter)
    beside = linear(text.texts)
    chosen = likeliest(text.texts, [dict(zip(Right, row, strict=True)) for row in beside])
    whole, *alone = answered(net, [learning.numbers(each) for each in to_read(text, chosen)])
    return together(weight_of_whole(text), whole, alone, beside[chosen].tolist())


def of_long_texts(first: Scored, then: Scored) -> Worth:
    """What scores of letters are worth."""
    parts = (first, then)
    scores, asked, cites = (
        np.concatenate([getattr(each, name) for each in parts]) for name in ("scores", "asked", "cites")
    )
    return worth("long", scores, asked, counts=~cites, clean=CLEAN_LETTERS)


def worth(length: str, scores: Numbers, asked: Numbers, *, counts: Numbers, clean: float) -> Worth:
    """`scores` of asking for anything, then by right; `asked` by right, then for any. Of the texts that count, such a
    share is to be clean if it asks for nothing.
    """
    asking = asked[:, -1]
    asks = even_steps(scores[:, 0], asking)
    gate = lowest_clean([percent_of(asks, score) for score in scores[~asking & counts, 0]], clean)
    above = float(np.mean([percent_of(asks, score) >= gate for score in scores[asking & counts, 0]]))
    sys.stderr.write(
        f"{length}: from {gate} % on, {clean:.0%} of what asks for nothing is clean, {above:.1%} are found\n"
    )
    shares = wide_steps(scores[asking, 1:].ravel(), asked[asking, :-1].ravel())
    return Worth({f"asks-{length}": asks, f"share-{length}": shares}, gate)


def wide_steps(scores: Numbers, right: Numbers) -> list[tuple[float, int]]:
    """As `steps`, of scores that reach further."""
    return [(round(score * WIDTH, 2), percent) for score, percent in steps(scores / WIDTH, right)]


def course(net: Net, learning: Learning, stage: Stage, *, of_others: bool) -> None:
    """One course of learning, or what it has learned already."""
    told = "all authors but some" if of_others else "all authors"
    courses = (FIRST,) if of_others else (FIRST, THEN)
    decided = digest(FOLDER / "tuning.py", Path(str(embeddings.__file__))) + repr((courses, MEASURED, OF_LETTER))
    kept = KEPT / f"{hashlib.sha256(decided.encode()).hexdigest()[:16]}.npz"
    if kept.exists():
        net.take(np.load(kept))
        return
    tune(net, learning.texts(stage, of_others=of_others), stage, told)
    learned: dict[str, Any] = net.learned()
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.with_suffix(".part").open("wb") as file:
        np.savez(file, **learned)
    kept.with_suffix(".part").rename(kept)


def after_first(learned: Mapping[str, Numbers]) -> tuple[Worth, Scored]:
    """What scores of short texts are worth, and those of letters, by the first course; in another process."""
    learning = Learning(embeddings.installed(), corpus("learning"))
    net = Net(learning.model)
    net.take(learned)
    letters = [each for each in learning.half.letters if each.hand in MEASURED]
    return of_short_texts(net, learning), scored(net, learning, by_others(MEASURED).scores, letters)


def scores_by(linear: Model) -> Callable[[Sequence[str]], Numbers]:
    """By text and right."""
    return lambda texts: np.array([[*each.values()] for each in linear.scores_of_rights(texts)])


def learn_both() -> tuple[bytes, bytes]:
    """The files of the linear and of the larger model. A second process learns the linear one and measures."""
    with ProcessPoolExecutor(1, get_context("spawn")) as beside:
        linear = beside.submit(learn.learn)
        learning = Learning(embeddings.installed(), corpus("learning"))
        net = Net(learning.model)
        course(net, learning, FIRST, of_others=True)
        measured = beside.submit(after_first, net.learned())
        course(net, learning, THEN, of_others=False)
        then = scored(net, learning, scores_by(parse(linear.result())), corpus("weighing").letters)
        short, first = measured.result()
        return linear.result(), file_of(net, short, of_long_texts(first, then))


def file_of(net: Net, short: Worth, long: Worth) -> bytes:
    """The file of the larger model."""
    head = meaning.MeaningHead(
        corpus=digest_of_meaning(),
        tuning=HEAD,
        biases=[round(float(each), 6) for each in net.biases.detach()[:ANSWERS]],
        asking={"short": short.asking, "long": long.asking},
        percents=short.percents | long.percents,
    )
    changes = ((into.detach().numpy(), out.detach().numpy()) for into, out in net.changes.values())
    answers = b"".join(each.detach().numpy()[:, :ANSWERS].astype("<f2").tobytes() for each in (net.looks, net.weights))
    return msgspec.json.encode(head) + b"\n" + written(changes) + answers


if __name__ == "__main__":
    for target, model in zip((learn.TARGET, TARGET), learn_both(), strict=True):
        target.write_bytes(model)
        sys.stderr.write(f"{target.name}: {len(model):,} bytes\n")
