"""Tunes the transformer to letters, with torch: narrow changes of its upper layers, and the answers above them.

Sentences, whole letters and messages are learned together: which rights a text asks for, whether for any, why it asks
for nothing, and what a message is. Why it asks for nothing is learned for its own sake: it keeps near misses apart.
"""

import math
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch.nn import functional

from dsr.domain.request.message import MessageKind
from dsr.domain.rights import Right
from dsr.mailbox.learned.embeddings import Embeddings
from dsr.mailbox.learned.tuning import PARTS, TuningHead
from tests.corpora.corpus import NOTHING, Wish

Tensor = Any
Numbers = np.ndarray[Any, np.dtype[Any]]

HEAD: Final = TuningHead(rank=16, first=4)
AT_ONCE: Final = 2048
"""At least so many pieces of words in a step."""
RIGHTS, REASONS, KINDS = [*Right], sorted(NOTHING), [*MessageKind]
ASKS: Final = len(RIGHTS)
ANSWERS: Final = len(RIGHTS) + 1 + len(KINDS)
"""Those that the reader gives; the reasons come after them."""
OF_KIND: Final = 1.5
"""What the kind of a message counts beside the rights of a text."""
SMALL: Final = torch.bfloat16
WAYS: Final = ("into", "out")
"""A change leads into few numbers, and out of them again."""
_WARMS: Final = 100
"""Steps until the rate is reached."""


@dataclass(frozen=True)
class Stage:
    """One course of learning."""

    rounds: float
    """How often each sentence is read."""
    rate: float
    """How far the widest step goes; later ones go less far."""
    often: int = 1
    """How often letters and messages are read for each time that sentences are, since there are fewer of them."""


@dataclass(frozen=True)
class Text:
    """One text to learn from."""

    numbers: Sequence[int]
    """Its pieces of words."""
    says: Wish | MessageKind
    weight: float = 1.0


class Net:
    """The transformer with its changes and answers."""

    def __init__(self, model: Embeddings) -> None:
        torch.manual_seed(0)
        torch.set_num_threads(1)  # the same sums in the same order
        self._model = model
        self._tensors = {name: torch.tensor(np.array(each)) for name, each in model.tensors.items()}
        width = self._tensors["emb.pos"].shape[1]
        self._fixed: dict[str, tuple[Tensor, Tensor]] = {}
        self.changes: dict[str, tuple[Tensor, Tensor]] = {}
        for layer in range(model.layers):
            for part in PARTS:
                names = [f"l{layer}.{name}" for name in (part if part == "qkv" else (part,))]
                matrix = torch.cat([self._tensors[f"{name}.w"] for name in names], 1)
                bias = torch.cat([self._tensors[f"{name}.b"] for name in names])
                self._fixed[f"l{layer}.{part}"] = matrix.to(SMALL), bias.to(SMALL)
                if layer >= HEAD.first:
                    into = torch.randn(matrix.shape[0], HEAD.rank) / math.sqrt(matrix.shape[0])
                    out = torch.zeros(HEAD.rank, matrix.shape[1])
                    self.changes[f"l{layer}.{part}"] = into.requires_grad_(), out.requires_grad_()
        self.looks = torch.zeros(width, ANSWERS + len(REASONS) + 1).requires_grad_()
        self.weights = (torch.randn(width, ANSWERS + len(REASONS) + 1) * 0.02).requires_grad_()
        self.biases = torch.zeros(ANSWERS + len(REASONS) + 1).requires_grad_()

    def learned(self) -> dict[str, Numbers]:
        """All that it has learned so far, by name."""
        return {name: each.detach().numpy().copy() for name, each in self._learns().items()}

    def take(self, learned: Mapping[str, Numbers]) -> None:
        """Go on from there."""
        with torch.no_grad():
            for name, each in self._learns().items():
                each.copy_(torch.from_numpy(learned[name]))

    def _learns(self) -> dict[str, Tensor]:
        pairs = {
            f"{name}.{way}": each for name, pair in self.changes.items() for way, each in zip(WAYS, pair, strict=True)
        }
        return pairs | {"looks": self.looks, "weights": self.weights, "biases": self.biases}

    def answers(self, texts: Sequence[Sequence[int]]) -> Tensor:
        """A row for each text."""
        count, longest = len(texts), (max(map(len, texts)) + 7) // 8 * 8
        numbers, there = np.ones((count, longest), np.int64), np.zeros((count, longest), np.float32)
        for row, each in enumerate(texts):
            numbers[row, : len(each)], there[row, : len(each)] = each, 1
        x = torch.from_numpy(self._model.of_words(numbers.ravel())).view(count, longest, -1)
        x = self._levelled((x + self._tensors["emb.pos"][:longest]).view(count * longest, -1), "emb.ln").to(SMALL)
        known = torch.from_numpy(there)
        hidden = ((known - 1) * 1e4)[:, None, None, :].to(SMALL)
        for layer in range(self._model.layers):
            with torch.set_grad_enabled(layer >= HEAD.first and torch.is_grad_enabled()):
                x = self._levelled(x + self._attended(x, f"l{layer}", hidden, count), f"l{layer}.aln")
                inner = functional.gelu(self._linear(x, f"l{layer}.fi"), approximate="tanh")
                x = self._levelled(x + self._linear(inner, f"l{layer}.fo"), f"l{layer}.oln")
        pieces = x.view(count, longest, -1).float()
        shares = torch.softmax(pieces @ self.looks + (known[..., None] - 1) * 1e4, 1)
        return (shares * (pieces @ self.weights)).sum(1) + self.biases

    def _linear(self, x: Tensor, name: str) -> Tensor:
        matrix, bias = self._fixed[name]
        y = torch.addmm(bias, x, matrix)
        if name not in self.changes:
            return y
        into, out = self.changes[name]
        return y + x @ into.to(SMALL) @ out.to(SMALL)

    def _levelled(self, x: Tensor, name: str) -> Tensor:
        weights, bias = (self._tensors[f"{name}.{each}"].to(x.dtype) for each in "wb")
        return functional.layer_norm(x, x.shape[-1:], weights, bias, self._model.epsilon)

    def _attended(self, x: Tensor, layer: str, hidden: Tensor, count: int) -> Tensor:
        heads, width = self._model.heads, x.shape[1] // self._model.heads
        asked, known, told = (
            each.reshape(count * heads, -1, width)
            for each in self._linear(x, f"{layer}.qkv").view(count, -1, 3, heads, width).permute(2, 0, 3, 1, 4)
        )
        scores = torch.bmm(asked, known.transpose(1, 2)).view(count, heads, *[known.shape[1]] * 2) / width**0.5
        shares = torch.softmax(scores + hidden, -1).view(count * heads, *[known.shape[1]] * 2)
        seen = torch.bmm(shares, told).view(count, heads, -1, width).permute(0, 2, 1, 3)
        return self._linear(seen.reshape(len(x), -1), f"{layer}.ao")


def tune(net: Net, texts: Sequence[Text], stage: Stage, told: str) -> None:
    """Learn from the texts. `told`: what the progress is of."""
    order = random.Random(0)  # noqa: S311 - the same order each time
    groups: list[dict[str, Any]] = [
        {"params": [each for pair in net.changes.values() for each in pair], "lr": stage.rate},
        {"params": [net.looks, net.weights, net.biases], "lr": 3 * stage.rate},
    ]
    steps = torch.optim.AdamW(groups, weight_decay=0.01, betas=(0.9, 0.98))
    everything = [each for group in groups for each in group["params"]]
    total = int(stage.rounds * len(_parts_of(texts, order)))
    course = torch.optim.lr_scheduler.LambdaLR(
        steps, lambda step: min(1, (step + 1) / _WARMS) * max(0.02, 1 - step / total)
    )
    for step, part in zip(range(total), _endless(texts, order), strict=False):
        wrong = _wrong(net.answers([each.numbers for each in part]), part)
        steps.zero_grad()
        wrong.backward()
        torch.nn.utils.clip_grad_norm_(everything, 1.0)
        steps.step()
        course.step()
        if step % 10 == 0:
            sys.stderr.write(f"\r{told}: step {step:,} of {total:,}, wrong by {float(wrong.detach()):.2f} ")
    sys.stderr.write("\n")


def answered(net: Net, texts: Sequence[Sequence[int]]) -> Numbers:
    """What the net answers to each text, a row each."""
    found = np.zeros((len(texts), ANSWERS), np.float32)
    with torch.no_grad():
        for places in _of_like_length([*map(len, texts)], sorted(range(len(texts)), key=lambda each: len(texts[each]))):
            found[places] = net.answers([texts[place] for place in places])[:, :ANSWERS].float().numpy()
    return found


def _parts_of(texts: Sequence[Text], order: random.Random) -> list[list[Text]]:
    """Texts of like length together, in a new order each time."""
    lengths = [len(each.numbers) for each in texts]
    near = [length + 4 * order.random() for length in lengths]
    found = [*_of_like_length(lengths, sorted(range(len(texts)), key=near.__getitem__))]
    order.shuffle(found)
    return [[texts[place] for place in places] for places in found]


def _of_like_length(lengths: Sequence[int], order: Sequence[int]) -> Iterator[list[int]]:
    part = list[int]()
    for place in order:
        part.append(place)
        if len(part) * lengths[place] >= AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _endless(texts: Sequence[Text], order: random.Random) -> Iterator[list[Text]]:
    while True:
        yield from _parts_of(texts, order)


def _wrong(rows: Tensor, texts: Sequence[Text]) -> Tensor:
    """How wrong the answers are, for a text on average."""
    wishes = {place: text.says for place, text in enumerate(texts) if isinstance(text.says, Wish)}
    kinds = {place: text.says for place, text in enumerate(texts) if isinstance(text.says, MessageKind)}
    wrong = torch.zeros(())
    if wishes:
        weights = torch.tensor([texts[place].weight for place in wishes])
        wrong = wrong + (_wrong_wishes(rows[[*wishes]], wishes) * weights).sum()
    if kinds:
        are = torch.tensor([KINDS.index(each) for each in kinds.values()])
        wrong = wrong + OF_KIND * functional.cross_entropy(rows[[*kinds]][:, ASKS + 1 : ANSWERS], are, reduction="sum")
    return wrong / len(texts)


def _wrong_wishes(rows: Tensor, wishes: Mapping[int, Wish]) -> Tensor:
    wanted = torch.zeros(len(wishes), ASKS + 1)
    for row, wish in enumerate(wishes.values()):
        wanted[row, [RIGHTS.index(right) for right in wish.rights]] = 1
        wanted[row, ASKS] = bool(wish.rights)
    reasons = torch.tensor([REASONS.index(each.nothing) if each.nothing else len(REASONS) for each in wishes.values()])
    each_right = functional.binary_cross_entropy_with_logits(rows[:, : ASKS + 1], wanted, reduction="none")
    reason = functional.cross_entropy(rows[:, ANSWERS:], reasons, reduction="none")
    return each_right.sum(1) + each_right[:, ASKS] + 0.3 * reason
