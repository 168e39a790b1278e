"""The tree over the log: how long a million events take to become leaves, and a proof of one case among them."""

import statistics
import time
from collections.abc import Iterator
from typing import Any, Final
from uuid import uuid4

import sqlalchemy as sa

from benchmarks.places import CALL, Place, installed
from benchmarks.results import Result
from benchmarks.watching import Watching
from dsr.bootstrap import Service
from dsr.eventstore.header import build_header
from dsr.eventstore.tables import events
from dsr.evidence.tree import leaf_hash, proves_inclusion

EVENTS: Final = 1_000_000
OF_A_CASE: Final = 20
"""Events that a case has, spread over the log."""

ROUNDS: Final = 20
_CHUNK: Final = 20_000
_MOST: Final = 0.050
"""Seconds for the proofs of all events of a case."""


def run(place: Place, watching: Watching) -> list[Result]:
    """A checkpoint of a million events that were not leaves before, the check of all of them, and proofs."""
    with installed(place.environment("evidence")) as made:
        step = watching.steps(f"evidence, {place.kind}", EVENTS // _CHUNK + ROUNDS + 2)
        _fill(made, step)
        evidence = made.desk.evidence
        started = time.perf_counter()
        checkpoint = evidence.checkpoint(CALL).checkpoint
        built = time.perf_counter() - started
        step()
        started = time.perf_counter()
        found = evidence.check()
        checked = time.perf_counter() - started
        step()
        if found.findings:
            raise RuntimeError(found.findings)
        took = []
        for number in range(ROUNDS):
            positions = range(1 + number, checkpoint.size, checkpoint.size // OF_A_CASE)
            started = time.perf_counter()
            proofs = evidence.prove_events(positions, checkpoint.size)
            took.append(time.perf_counter() - started)
            for position, proof in zip(positions, proofs, strict=True):
                header = next(made.log.rows(position - 1, until=position)).header
                if not proves_inclusion(leaf_hash(header), position - 1, checkpoint.size, proof, checkpoint.root):
                    raise RuntimeError(f"the proof of {position} does not hold")
            step()
    proof = statistics.median(took)
    return [
        Result("first checkpoint of a million events", place.kind, f"{built:,.1f} s", "–", None, "–", met=True),
        Result("check of a million events", place.kind, f"{checked:,.1f} s", "–", None, "–", met=True),
        Result(
            f"proofs of {OF_A_CASE} events of a case at a million",
            place.kind,
            f"{proof * 1000:,.1f} ms",
            "–",
            None,
            f"at most {_MOST * 1000:.0f} ms",
            proof <= _MOST,
        ),
    ]


def _fill(made: Service, step: Any) -> None:
    """Events of streams that nobody reads, with fitting headers."""
    rows, chunk = _rows(made.log.head().position), list[dict[str, Any]]()
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            with made.database.writing() as connection:
                connection.execute(sa.insert(events), chunk)
            chunk = []
            step()


def _rows(head: int) -> Iterator[dict[str, Any]]:
    payload, recorded_at = '{"nothing":true}', "2026-11-01T00:00:00.000000Z"
    for position in range(head + 1, head + 1 + EVENTS):
        named = {
            "log": "main",
            "position": position,
            "stream_id": uuid4(),
            "stream_version": 1,
            "name": "dsr.benchmark",
            "recorded_at": recorded_at,
        }
        header = build_header(**named, key_ids=(), payload=payload.encode())
        yield named | {"header": header, "payload": payload}
