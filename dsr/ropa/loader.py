"""Loads a YAML file into the domain's document, or reports every problem with its line."""

import dataclasses
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dsr.domain.ropa import Ropa, RopaInvalid, RopaProblem, problems_of
from dsr.ropa.authorities import AUTHORITIES
from dsr.ropa.positions import MAX_BYTES, Positions, read
from dsr.ropa.schema import schema_problems
from dsr.ropa.texts import by_language


@dataclass(frozen=True)
class LoadedRopa:
    """A valid record of processing."""

    document: Ropa
    sha256: str
    """Hex digest of the exact bytes that were read."""


def load(source: Path | bytes) -> LoadedRopa:
    """Read and check a record of processing.

    Raises RopaInvalid with every problem, each with code, JSON Pointer, line, column and remedy; OSError if the file
    can't be read.
    """
    content = source if isinstance(source, bytes) else _read_at_most(source, MAX_BYTES + 1)
    positions = read(content)
    problems = [*positions.problems, *_placed(schema_problems(positions.value), positions)]
    plain, translations, unclear = by_language(positions.value)
    problems += _placed(unclear, positions)
    try:
        document = msgspec.convert(plain, Ropa)
        document = dataclasses.replace(document, translations=translations)
    except msgspec.ValidationError:
        # The document violates the schema, so the rules on its meaning can't be checked yet.
        raise RopaInvalid(_sorted(problems)) from None
    problems += _placed(problems_of(document, AUTHORITIES), positions)
    if problems:
        raise RopaInvalid(_sorted(problems))
    return LoadedRopa(document=document, sha256=hashlib.sha256(content).hexdigest())


def _read_at_most(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def _placed(problems: Iterable[RopaProblem], positions: Positions) -> list[RopaProblem]:
    placed = []
    for problem in problems:
        line, column = positions.of(problem.pointer)
        placed.append(dataclasses.replace(problem, line=line, column=column))
    return placed


def _sorted(problems: list[RopaProblem]) -> list[RopaProblem]:
    return sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0, problem.code))
