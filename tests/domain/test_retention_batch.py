"""A retention batch: proposed by one person, ordered or declined by another, carried out once (docs/law §7)."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from dsr.domain.acting import Acting
from dsr.domain.own_file import FileKind
from dsr.domain.request.errors import FourEyes, NothingProposed
from dsr.domain.retention_batch import (
    BatchAwaitsDecision,
    BatchSettled,
    BatchStatus,
    DueFile,
    KeptFile,
    NotInBatch,
    RetentionBatch,
)

FIRST, SECOND = uuid4(), uuid4()

Act = Callable[[RetentionBatch], None]


def by(actor: str) -> Acting:
    return Acting(actor, datetime(2030, 1, 2, 9, tzinfo=UTC))


def drawn_up() -> RetentionBatch:
    return RetentionBatch.draw_up(
        by("service:retention"),
        batch_id=uuid4(),
        controller_id="callcentre-de",
        files=tuple(DueFile(FileKind.CASE_FILE, each, date(2030, 1, 1)) for each in (FIRST, SECOND)),
        kept=(),
        kept_in_all=0,
    )


def propose(batch: RetentionBatch, *left_out: UUID, actor: str = "ann") -> None:
    batch.propose(by(actor), left_out=left_out)


def approve(batch: RetentionBatch, actor: str = "bob") -> None:
    batch.approve(by(actor))


def decline(batch: RetentionBatch, actor: str = "bob") -> None:
    batch.decline(by(actor))


def carry_out(batch: RetentionBatch, *kept: KeptFile) -> None:
    batch.carry_out(by("service:retention"), kept=kept)


def test_one_person_proposes_and_another_orders() -> None:
    batch = drawn_up()
    propose(batch, SECOND)
    for act in (approve, decline):
        with pytest.raises(FourEyes):
            act(batch, "ann")
    approve(batch)
    assert (batch.status, batch.proposed_by, batch.ordered_by) == (BatchStatus.ORDERED, "ann", "bob")
    assert list(batch.files) == [FIRST]


@pytest.mark.parametrize("act", [approve, decline, carry_out])
def test_what_nobody_proposed_is_not_decided_and_what_nobody_ordered_not_carried_out(act: Act) -> None:
    with pytest.raises(NothingProposed):
        act(drawn_up())


def test_a_batch_is_proposed_once() -> None:
    batch = drawn_up()
    propose(batch)
    with pytest.raises(BatchAwaitsDecision):
        propose(batch, actor="carla")


@pytest.mark.parametrize("left_out", [(FIRST, SECOND), (uuid4(),)])
def test_only_files_of_the_batch_are_left_out_and_never_all(left_out: tuple[UUID, ...]) -> None:
    with pytest.raises(NotInBatch):
        propose(drawn_up(), *left_out)


@pytest.mark.parametrize("end", [approve, decline])
def test_what_is_decided_stays_decided(end: Act) -> None:
    batch = drawn_up()
    propose(batch)
    end(batch)
    for act in (propose, approve, decline):
        with pytest.raises(BatchSettled):
            act(batch)


def test_it_is_carried_out_once_and_says_what_was_kept() -> None:
    batch = drawn_up()
    propose(batch)
    approve(batch)
    carry_out(batch, KeptFile(FileKind.CASE_FILE, SECOND, ("hold",)))
    assert batch.status is BatchStatus.CARRIED_OUT
    assert batch.pending_events[-1].forgotten == 1  # type: ignore[attr-defined]  # of the last event
    with pytest.raises(BatchSettled):
        carry_out(batch)
