"""What tunes the general model to letters: small changes of its weights, as the products of two narrow matrices (LoRA).

They are an eighteenth of the numbers that they change, so that they lie in our package, while the weights themselves
stay in theirs.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
import numpy as np

from dsr.mailbox.learned.embeddings import Embeddings, Numbers

Halves = np.ndarray[Any, np.dtype[np.float16]]

PARTS: Final = ("qkv", "ao", "fi", "fo")
"""Matrices of a layer that are changed; the first one is three in one."""


class TuningHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands before the matrices."""

    rank: int
    """The narrow side."""
    first: int
    """The first layer that is changed; they count from 0."""


@dataclass(frozen=True)
class Change:
    """Of one matrix of the model: `into @ out` is added to it."""

    part: str
    """Such as `l4.fo`."""
    into: Halves
    """Inputs × rank."""
    out: Halves
    """Rank × outputs."""


def tuned(model: Embeddings, changes: Iterator[Change]) -> Embeddings:
    """The model with the changes."""
    tensors = dict(model.tensors)
    for change in changes:
        layer, _, part = change.part.partition(".")
        added = change.into.astype(np.float32) @ change.out.astype(np.float32)
        parts = part if part == "qkv" else (part,)
        for name, more in zip(parts, np.split(added, len(parts), axis=1), strict=True):
            tensors[f"{layer}.{name}.w"] = tensors[f"{layer}.{name}.w"] + more
    return replace(model, tensors=tensors)


def changes_in(model: Embeddings, head: TuningHead, content: bytes) -> Iterator[Change]:
    """The changes as a file has them: layer by layer, part by part. Raises ValueError for a file that is not whole."""
    numbers, at = np.frombuffer(content, "<f2"), 0
    for layer in range(head.first, model.layers):
        for part in PARTS:
            width, out = _shape(model, layer, part)
            ends = at + head.rank * width, at + head.rank * (width + out)
            into, onward = numbers[at : ends[0]], numbers[ends[0] : ends[1]]
            if len(onward) != head.rank * out:
                raise ValueError("the model is cut short, or of another version")
            yield Change(f"l{layer}.{part}", into.reshape(width, head.rank), onward.reshape(head.rank, out))
            at = ends[1]


def size_of(model: Embeddings, head: TuningHead) -> int:
    """Bytes of the changes."""
    shapes = (_shape(model, layer, part) for layer in range(head.first, model.layers) for part in PARTS)
    return sum(2 * head.rank * (width + out) for width, out in shapes)


def _shape(model: Embeddings, layer: int, part: str) -> tuple[int, int]:
    name = "q" if part == "qkv" else part
    width, out = model.tensors[f"l{layer}.{name}.w"].shape
    return width, out * (len(part) if part == "qkv" else 1)


def written(changes: Iterable[tuple[Numbers, Numbers]]) -> bytes:
    """As a file has them."""
    return b"".join(each.astype("<f2").tobytes() for pair in changes for each in pair)
