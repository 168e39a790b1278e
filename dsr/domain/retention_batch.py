"""A retention batch: the files of one controller whose period has ended, forgotten together by the order of two people
(GDPR Art. 5(1)(e); docs/law §7).

The service draws it up. A handler looks at it, leaves out what has to be kept, and proposes it; another person orders
it. A file that something holds by then is kept all the same, and the batch says why.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar, Self
from uuid import UUID

from dsr.domain.acting import Acting
from dsr.domain.errors import Refused
from dsr.domain.events import Aggregate, CreatedEvent, Event
from dsr.domain.own_file import FileKind
from dsr.domain.request.errors import FourEyes, NothingProposed


class BatchSettled(Refused):
    """This batch was ordered or declined already. Files that are due later stand in a batch of their own."""

    code = "batch-settled"


class BatchAwaitsDecision(Refused):
    """Somebody has proposed this batch already. Another person orders or declines it."""

    code = "batch-awaits-decision"


class NotInBatch(Refused):
    """A file that you leave out is not in this batch. Name files of the batch, and leave at least one in it."""

    code = "not-in-batch"


class BatchStatus(StrEnum):
    """Status of the batch."""

    DRAWN_UP = "drawn-up"
    """The service drew it up; nobody has proposed it yet."""
    PROPOSED = "proposed"
    """A handler proposed it; it waits for a second person."""
    ORDERED = "ordered"
    """It was ordered; its files are being forgotten."""
    CARRIED_OUT = "carried-out"
    """Each of its files was forgotten, or kept for a reason."""
    DECLINED = "declined"
    """A second person declined it: its files are kept for now."""


@dataclass(frozen=True)
class DueFile:
    """A file that may be forgotten."""

    kind: FileKind
    file_id: UUID
    kept_until: date
    """The day on which its period ended."""


@dataclass(frozen=True)
class KeptFile:
    """A file that is kept although its period has ended."""

    kind: FileKind
    file_id: UUID
    kept_because: tuple[str, ...]
    """Codes of the reasons."""


class RetentionBatchDrawnUp(CreatedEvent):
    """The service found files of a controller whose period has ended."""

    TOPIC: ClassVar[str] = "dsr.retention-batch.drawn-up"
    controller_id: str | None
    """None: messages of which nobody knows to which controller they were sent."""
    files: tuple[DueFile, ...]
    kept: tuple[KeptFile, ...]
    """The first of those that have to be kept."""
    kept_in_all: int

    def apply(self, batch: "RetentionBatch") -> None:
        batch.controller_id = self.controller_id
        batch.files = {each.file_id: each for each in self.files}


class RetentionBatchProposed(Event):
    """A handler looked at the batch and proposed to forget its files, but for those left out."""

    TOPIC: ClassVar[str] = "dsr.retention-batch.proposed"
    left_out: tuple[UUID, ...]

    def apply(self, batch: "RetentionBatch") -> None:
        batch.status = BatchStatus.PROPOSED
        batch.proposed_by = self.actor
        batch.files = {file_id: each for file_id, each in batch.files.items() if file_id not in self.left_out}


class RetentionBatchOrdered(Event):
    """A second person ordered that the files of the batch are forgotten."""

    TOPIC: ClassVar[str] = "dsr.retention-batch.ordered"
    proposed_by: str

    def apply(self, batch: "RetentionBatch") -> None:
        batch.status = BatchStatus.ORDERED
        batch.ordered_by = self.actor


class RetentionBatchDeclined(Event):
    """A second person declined: the files are kept for now."""

    TOPIC: ClassVar[str] = "dsr.retention-batch.declined"
    proposed_by: str

    def apply(self, batch: "RetentionBatch") -> None:
        batch.status = BatchStatus.DECLINED


class RetentionBatchCarriedOut(Event):
    """Each file of the batch was ordered to be forgotten, or kept since something held it by then."""

    TOPIC: ClassVar[str] = "dsr.retention-batch.carried-out"
    forgotten: int
    """How many files."""
    kept: tuple[KeptFile, ...]

    def apply(self, batch: "RetentionBatch") -> None:
        batch.status = BatchStatus.CARRIED_OUT


class RetentionBatch(Aggregate):
    """Files of one controller that are due, until each was forgotten or kept."""

    TOPIC = "dsr.retention-batch"

    def __init__(self) -> None:
        self.controller_id: str | None = None
        self.files: dict[UUID, DueFile] = {}
        self.status = BatchStatus.DRAWN_UP
        self.proposed_by = ""
        self.ordered_by = ""

    @classmethod
    def draw_up(
        cls,
        acting: Acting,
        *,
        batch_id: UUID,
        controller_id: str | None,
        files: tuple[DueFile, ...],
        kept: tuple[KeptFile, ...],
        kept_in_all: int,
    ) -> Self:
        """Draw up what is due; `kept` are the first files that have to be kept, of `kept_in_all`."""
        return cls.create(
            acting,
            RetentionBatchDrawnUp,
            stream_id=batch_id,
            controller_id=controller_id,
            files=files,
            kept=kept,
            kept_in_all=kept_in_all,
        )

    def propose(self, acting: Acting, *, left_out: Collection[UUID]) -> None:
        """Propose to forget the files of the batch, but for those left out. Raises BatchSettled, BatchAwaitsDecision,
        NotInBatch.
        """
        self._require_unsettled()
        if self.status is BatchStatus.PROPOSED:
            raise BatchAwaitsDecision()
        if not self.files.keys() > set(left_out):
            raise NotInBatch()
        self.record(acting, RetentionBatchProposed, left_out=tuple(sorted(set(left_out))))

    def approve(self, acting: Acting) -> None:
        """Order that the files are forgotten, as somebody else proposed. Raises BatchSettled, NothingProposed,
        FourEyes.
        """
        self._require_proposed(acting)
        self.record(acting, RetentionBatchOrdered, proposed_by=self.proposed_by)

    def decline(self, acting: Acting) -> None:
        """Keep the files for now, against the proposal of somebody else. Raises BatchSettled, NothingProposed,
        FourEyes.
        """
        self._require_proposed(acting)
        self.record(acting, RetentionBatchDeclined, proposed_by=self.proposed_by)

    def carry_out(self, acting: Acting, *, kept: tuple[KeptFile, ...]) -> None:
        """Record that each file was forgotten but for those kept. Raises NothingProposed if nobody has ordered it,
        BatchSettled once that is on record.
        """
        if self.status is BatchStatus.CARRIED_OUT:
            raise BatchSettled()
        if self.status is not BatchStatus.ORDERED:
            raise NothingProposed("Nobody has ordered this batch.")
        self.record(acting, RetentionBatchCarriedOut, forgotten=len(self.files) - len(kept), kept=kept)

    def _require_proposed(self, acting: Acting) -> None:
        self._require_unsettled()
        if self.status is not BatchStatus.PROPOSED:
            raise NothingProposed("Nobody has proposed this batch.")
        if acting.actor == self.proposed_by:
            raise FourEyes()

    def _require_unsettled(self) -> None:
        if self.status not in (BatchStatus.DRAWN_UP, BatchStatus.PROPOSED):
            raise BatchSettled()
