"""The tree over the log: how long a million events take to become leaves, and a proof of one case among them; the
bundle of a thousand cases, made and verified; and what sealing costs a command.
"""

import io
import statistics
import time
from collections.abc import Iterator
from itertools import count
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID, uuid4

import sqlalchemy as sa

from benchmarks.command import registered_cases
from benchmarks.places import CALL, Place, installed
from benchmarks.results import Result, rates
from benchmarks.watching import Watching
from dsr.bootstrap import Service
from dsr.desk.bundles import parse_scope
from dsr.desk.caller import Call
from dsr.desk.desk import Desk
from dsr.desk.new_case import Person
from dsr.domain.request.values import AssuranceLevel, Channel, IdentityMethod
from dsr.domain.rights import Right
from dsr.domain.sealed import DataKey, KeyPurpose, Sealed
from dsr.eventstore.header import build_header
from dsr.eventstore.tables import events
from dsr.evidence.tree import leaf_hash, proves_inclusion
from dsr.evidence.verifier import verify
from dsr.vault import Sealer, SqlKeyStore

EVENTS: Final = 1_000_000
OF_A_CASE: Final = 20
"""Events that a case has, spread over the log."""

ROUNDS: Final = 20
_CHUNK: Final = 20_000
_MOST: Final = 0.050
"""Seconds for the proofs of all events of a case."""


_NOTED: Final = 100
"""Cases that get notes."""

_NOTES: Final = 25
"""Of one round."""

_NOTE_ROUNDS: Final = 40
_MOST_OF_SEALING: Final = 1.25

CASES: Final = 1_000
"""Of a bundle, each with a proof of identity and a note."""

_MOST_OF_A_BUNDLE: Final = 60.0
"""Seconds to make it, and to verify it."""


def run(place: Place, watching: Watching) -> list[Result]:
    """A command, the tree, then a bundle."""
    return [_sealing(place, watching), *_tree(place, watching), *_bundle(place, watching)]


def _sealing(place: Place, watching: Watching) -> Result:
    """A note on a case, and the same as if nothing were sealed: no key is opened, the text stands as it is.

    The tree costs a command nothing, since leaves are read from the log afterwards.
    """
    with installed(place.environment("sealing")) as made:
        versions = registered_cases(made, _NOTED)
        cases, turns = list(versions), count()

        def note() -> int:
            for _ in range(_NOTES):
                case = cases[next(turns) % _NOTED]
                call = Call(CALL.caller, expected=versions[case])
                made.desk.triage.add_note(case, call, note="She called again about the recording of 3 March.")
                versions[case] += 1
            return _NOTES

        def bare() -> int:
            with patch.object(Sealer, "seal", _unsealed), patch.object(SqlKeyStore, "open", _any_key):
                return note()

        step = watching.steps(f"sealing, {place.kind}", _NOTE_ROUNDS)
        sealed, plain = rates(note, bare, rounds=_NOTE_ROUNDS, progress=step)
    ratio = plain / sealed
    aim = f"at most {_MOST_OF_SEALING:.2f}"
    name = "note: time with sealing ÷ without"
    return Result(name, place.kind, f"{sealed:,.0f}/s", f"{plain:,.0f}/s", ratio, aim, ratio <= _MOST_OF_SEALING)


def _unsealed(_sealer: Sealer, data: bytes, *, key: DataKey, stream_id: UUID, field: str) -> Sealed:  # noqa: ARG001
    return Sealed(key_id=key.key_id, seal_id=uuid4(), nonce=bytes(12), ciphertext=data)


def _any_key(_keystore: SqlKeyStore, key_id: UUID) -> DataKey:
    return DataKey(key_id=key_id, purpose=KeyPurpose.CASE_FILE, material=bytes(32))


def _bundle(place: Place, watching: Watching) -> list[Result]:
    """Cases made by commands, everything about them in one file, and what its verifier says."""
    with installed(place.environment("bundle")) as made:
        step = watching.steps(f"bundle, {place.kind}", CASES)
        for number in range(CASES):
            _case(made.desk, number)
            step()
        started = time.perf_counter()
        prepared = made.desk.bundles.prepare(parse_scope(["all"]), CALL)
        whole = b"".join(prepared.chunks(lambda _what, _number: None))
        built = time.perf_counter() - started
        [key] = made.desk.evidence.log_keys()
    started = time.perf_counter()
    report = verify.verify(io.BytesIO(whole), [key.verifier])
    verified = time.perf_counter() - started
    if not report.all_holds:
        raise RuntimeError(report.in_words())
    aim = f"at most {_MOST_OF_A_BUNDLE:.0f} s"
    return [
        Result(f"bundle of {CASES:,} cases {what}", place.kind, f"{took:,.1f} s", "–", None, aim, took <= most)
        for what, took, most in (("made", built, _MOST_OF_A_BUNDLE), ("verified", verified, _MOST_OF_A_BUNDLE))
    ]


def _case(desk: Desk, number: int) -> None:
    """A letter, registered; a doubt, a proof, its decision; a note."""
    person = Person(name=f"Person {number}", email=f"person-{number}@example.org", phone="")
    entered = desk.entry.enter_request(
        CALL,
        controller_id="callcentre-de",
        channel=Channel.TELEPHONE,
        received_at=desk.repository.now(),
        person=person,
        text="Please send me a copy of my data.",
        language="en",
    )
    case = UUID(entered.resource_id or "")

    def call() -> Call:
        return Call(CALL.caller, expected=desk.repository.request(case, CALL.caller).version)

    desk.triage.register(case, call(), rights=(Right.ACCESS,), direct_marketing=False)
    method = IdentityMethod.CALL_BACK
    desk.identity.ask(case, call(), doubt="Another address.", method=method, asked_at=None)
    desk.identity.take_evidence(case, call(), evidence="Contract number 7.", received_at=None)
    assurance = AssuranceLevel.SUBSTANTIAL
    desk.identity.confirm(case, call(), method=method, assurance=assurance, answered_at=None)
    desk.triage.add_note(case, call(), note="Called back on the number on file.")


def _tree(place: Place, watching: Watching) -> list[Result]:
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
