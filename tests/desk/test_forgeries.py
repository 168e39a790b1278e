"""Whatever a forger changes in the log is found: by the check of headers, or by the checkpoint signed before."""

import random
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dsr.desk.caller import Call, service
from dsr.domain.rights import Right
from dsr.eventstore.checking import RowCheck
from dsr.eventstore.header import build_header, parse_header
from dsr.eventstore.tables import events
from dsr.evidence.checkpoint import Checkpoint
from dsr.evidence.checkpoint_store import checkpoints
from dsr.evidence.signed_note import LOG_KEY, NoteSigner, SignedNote
from dsr.evidence.tree import Frontier, leaf_hash
from tests.desk.office import Office
from tests.proving import in_ci

FORGERIES = in_ci(1_000, proving=10_000)

Rows = list[SimpleNamespace]
Forgery = Callable[[random.Random, Rows], Rows]


class _Undone(Exception):
    """Ends the transaction of a forgery."""


def fitting(row: SimpleNamespace) -> SimpleNamespace:
    """The row with a header that fits it."""
    row.header = build_header(
        log=row.log,
        position=row.position,
        stream_id=row.stream_id,
        stream_version=row.stream_version,
        name=row.name,
        recorded_at=row.recorded_at,
        key_ids=parse_header(row.header).key_ids,
        payload=row.payload.encode(),
    )
    return row


def flip_payload(chance: random.Random, rows: Rows) -> Rows:
    row = chance.choice(rows)
    place = chance.randrange(len(row.payload))
    other = chr(ord(row.payload[place]) ^ 1 << chance.randrange(5))
    row.payload = row.payload[:place] + ("x" if other == "\x00" else other) + row.payload[place + 1 :]
    return rows


def flip_header(chance: random.Random, rows: Rows) -> Rows:
    row = chance.choice(rows)
    place = chance.randrange(len(row.header))
    row.header = row.header[:place] + bytes([row.header[place] ^ 1 << chance.randrange(8)]) + row.header[place + 1 :]
    return rows


def rewrite_payload(chance: random.Random, rows: Rows) -> Rows:
    """Header and payload fit each other again."""
    fitting(flip_payload(chance, [chance.choice(rows)])[0])
    return rows


def rename(chance: random.Random, rows: Rows) -> Rows:
    row = chance.choice(rows)
    row.name += "x"
    if chance.random() < 0.5:
        fitting(row)
    return rows


def move_in_time(chance: random.Random, rows: Rows) -> Rows:
    row = chance.choice(rows)
    row.recorded_at = "2026-01-01T00:00:00.000001Z"
    if chance.random() < 0.5:
        fitting(row)
    return rows


def move_to_another_case(chance: random.Random, rows: Rows) -> Rows:
    row = chance.choice(rows)
    row.stream_id = UUID(int=chance.getrandbits(128), version=4)
    if chance.random() < 0.5:
        fitting(row)
    return rows


def swap(chance: random.Random, rows: Rows) -> Rows:
    one, other = chance.sample(rows, 2)
    one.position, other.position = other.position, one.position
    for row in (one, other) if chance.random() < 0.5 else ():
        fitting(row)
    return rows


def drop(chance: random.Random, rows: Rows) -> Rows:
    rows.remove(chance.choice(rows))
    return renumbered(chance, rows)


def cut(chance: random.Random, rows: Rows) -> Rows:
    return rows[: chance.randrange(1, len(rows))]


def insert(chance: random.Random, rows: Rows) -> Rows:
    row = SimpleNamespace(**vars(chance.choice(rows)))
    row.stream_id = UUID(int=chance.getrandbits(128), version=4)
    rows.insert(chance.randrange(len(rows)), row)
    return renumbered(chance, rows, always=True)


def renumbered(chance: random.Random, rows: Rows, *, always: bool = False) -> Rows:
    """Positions dense again, and headers that fit; or the hole stays."""
    if always or chance.random() < 0.7:
        for position, row in enumerate(rows, 1):
            row.position = position
            fitting(row)
    return rows


FORGED: tuple[Forgery, ...] = (
    *(flip_payload, flip_header, rewrite_payload, rename, move_in_time, move_to_another_case),
    *(swap, drop, cut, insert),
)


@pytest.fixture
def signed(office: Office) -> Office:
    """Three cases in a log of which a checkpoint was signed."""
    for right in (Right.ACCESS, Right.ERASURE, Right.OBJECTION):
        office.registered(right)
    office.desk.evidence.checkpoint(Call(service("evidence")))
    return office


def findings(office: Office) -> list[str]:
    check, log = RowCheck(), office.service.log
    flaws = [flaw for row in log.rows(until=log.head().position) for flaw in check.flaws(row)]
    return [*flaws, *office.desk.evidence.check().findings]


def found_after(office: Office, rows: Rows, *besides: sa.Executable) -> list[str]:
    """What is found once these rows are the log; everything is as before afterwards."""
    database, found = office.service.database, list[str]()
    with pytest.raises(_Undone), database.writing() as connection:  # noqa: PT012 - one transaction
        for action in ("update", "delete"):
            connection.execute(sa.text(f"DROP TRIGGER events_no_{action}"))
        connection.execute(events.delete())
        connection.execute(events.insert(), [vars(row) for row in rows])
        for statement in besides:
            connection.execute(statement)
        found += findings(office)
        raise _Undone
    return found


def rows_of(office: Office) -> Rows:
    log = office.service.log
    return [SimpleNamespace(**row._mapping) for row in log.rows(until=log.head().position)]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_every_forgery_is_found(signed: Office, record_property: Callable[[str, object], None]) -> None:
    # given
    assert findings(signed) == []
    tried, chance = Counter[str](), random.Random(20260305)  # noqa: S311 - of a test
    missed = list[tuple[int, str]]()
    # when
    for number in range(FORGERIES):
        forgery = chance.choice(FORGED)
        tried[forgery.__name__] += 1
        if not found_after(signed, forgery(chance, rows_of(signed))):
            missed.append((number, forgery.__name__))
    # then
    told = ", ".join(f"{number} × {name}" for name, number in sorted(tried.items()))
    record_property("counts", f"{FORGERIES} forgeries, {len(missed)} missed: {told}")
    assert missed == []
    assert findings(signed) == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_history_that_was_rewritten_and_signed_with_another_key_is_found(signed: Office) -> None:
    # given: one event less, all headers fit, and the root is signed anew
    rows = rows_of(signed)
    del rows[5]
    grown = Frontier()
    for position, row in enumerate(rows, 1):
        row.position = position
        grown.add(leaf_hash(fitting(row).header))
    forger = NoteSigner.of(Ed25519PrivateKey.generate(), signed.desk.evidence.latest().checkpoint.origin, LOG_KEY)
    text = str(Checkpoint(forger.verifier.name, grown.size, grown.root()))
    note: Any = SignedNote(text, (forger.sign(text),))
    # when
    found = found_after(
        signed, rows, checkpoints.update().values(size=grown.size, note=str(note)), sa.text("DELETE FROM tree_tiles")
    )
    # then
    assert found == [f"The checkpoint at {grown.size} is not signed by a key of this log."]
