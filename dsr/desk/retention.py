"""Use cases of retention batches: drawn up by the scheduler, proposed and ordered by two people, then carried out
(docs/law §7).
"""

from datetime import timedelta
from itertools import chain
from typing import Final
from uuid import UUID, uuid4

import msgspec

from dsr.desk.caller import Call, Caller
from dsr.desk.due_files import DueFiles, Owners
from dsr.desk.errors import RetentionBatchUnknown
from dsr.desk.file_forgetting import FileForgettingDesk
from dsr.desk.forgetting import ForgettingDesk
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import retrying, unit_of_work, use_case
from dsr.desk.without_request import view
from dsr.domain.own_file import FileKept, FileKind
from dsr.domain.request.errors import FourEyes
from dsr.domain.request.forgetting import CaseFileKept
from dsr.domain.retention_batch import BatchStatus, DueFile, KeptFile, RetentionBatch
from dsr.projections.retention_batches import batch_row, rests

AT_MOST: Final = 500
"""Files of one batch; the rest follow in the next one."""

REST: Final = timedelta(days=30)
"""How long no new batch is drawn up for a controller whose batch was declined."""


class RetentionDesk:
    """draw up, propose, decide, carry out."""

    def __init__(self, repository: Repository, forgetting: ForgettingDesk, file_forgetting: FileForgettingDesk) -> None:
        self._repository = repository
        self._forgetting = forgetting
        self._file_forgetting = file_forgetting
        self.due_files = DueFiles(repository, forgetting, file_forgetting)

    def draw_up(self, call: Call) -> int:
        """Draw up one batch for each controller of which files are due, and one for files of which nobody knows the
        controller; the number of batches.

        A controller gets none while its last batch waits, and for a while after one was declined.
        """
        record = self._repository.ropa.record()
        versions = () if record is None else record.versions
        controllers = dict.fromkeys(each.id for version in versions for each in version.document.controllers)
        return sum(self._draw_up(controller_id, call) for controller_id in (*controllers, None))

    def _draw_up(self, controller_id: str | None, call: Call) -> bool:
        repository = self._repository
        files, kept, kept_in_all = self._due(controller_id)
        if not files:
            return False
        with unit_of_work(repository, call) as work:
            if self._rests(controller_id):
                return False
            work.add(
                RetentionBatch.draw_up(
                    work.acting,
                    batch_id=uuid4(),
                    controller_id=controller_id,
                    files=tuple(files),
                    kept=tuple(kept),
                    kept_in_all=kept_in_all,
                )
            )
        return True

    def _rests(self, controller_id: str | None) -> bool:
        with self._repository.database.glancing() as connection:
            return rests(connection, controller_id, declined_after=self._repository.now() - REST)

    def _due(self, controller_id: str | None) -> tuple[list[DueFile], list[KeptFile], int]:
        """The files that may go, the first of those that have to be kept, and how many these are."""
        files: list[DueFile] = []
        kept: list[KeptFile] = []
        kept_in_all = 0
        if self._rests(controller_id):
            return files, kept, kept_in_all
        owners = Owners(frozenset(filter(None, [controller_id])), unknown=controller_id is None)
        for each in chain.from_iterable(self.due_files.of_kind(kind, owners) for kind in FileKind):
            if not each.kept_because:
                files.append(DueFile(each.kind, each.file_id, each.kept_until))
            else:
                kept_in_all += 1
                kept.append(KeptFile(each.kind, each.file_id, tuple(map(str, each.kept_because))))
            if len(files) == AT_MOST:
                break
        return files, kept[:AT_MOST], kept_in_all

    @use_case
    def propose(self, batch_id: UUID, call: Call, *, left_out: tuple[UUID, ...]) -> Answer:
        """Propose to forget the files of the batch, but for those left out. Raises RetentionBatchUnknown,
        VersionStale.
        """
        with unit_of_work(self._repository, call) as work:
            batch = self._load(batch_id, call.caller)
            work.change(batch, lambda: self._view(batch_id))
            batch.propose(work.acting, left_out=left_out)
        return work.answer

    @use_case
    def decide(self, batch_id: UUID, call: Call, *, approve: bool) -> Answer:
        """Order that the files are forgotten, or keep them for now. Raises RetentionBatchUnknown, VersionStale,
        FourEyes for a DPO.

        The worker then carries out the order.
        """
        with unit_of_work(self._repository, call) as work:
            call.caller.require_decision_maker()
            batch = self._load(batch_id, call.caller)
            work.change(batch, lambda: self._view(batch_id))
            if approve:
                batch.approve(work.acting)
            else:
                batch.decline(work.acting)
        return work.answer

    @use_case
    def carry_out(self, batch_id: UUID, call: Call) -> Answer:
        """Give the order for each file of a batch that was ordered, unless something holds it by now. Safe to repeat
        and to break off.
        """
        batch = self._load(batch_id, call.caller)
        kept: list[KeptFile] = []
        if batch.status is BatchStatus.ORDERED:
            kept = [each for each in (self._order(batch, file) for file in batch.files.values()) if each is not None]

        def recorded() -> Answer:
            with unit_of_work(self._repository, Call(call.caller)) as work:
                present = self._load(batch_id, call.caller)
                if present.status is BatchStatus.ORDERED:
                    present.carry_out(work.acting, kept=tuple(kept))
                    work.add(present)
                work.respond(lambda: self._view(batch_id))
            return work.answer

        return retrying(recorded)

    def _order(self, batch: RetentionBatch, file: DueFile) -> KeptFile | None:
        """Give the order for one file; if it is kept, why."""
        try:
            people = {"proposed_by": batch.proposed_by, "ordered_by": batch.ordered_by}
            if file.kind is FileKind.CASE_FILE:
                self._forgetting.order_after_period(file.file_id, **people)
            else:
                self._file_forgetting.order_after_period(file.kind, file.file_id, **people)
        except (CaseFileKept, FileKept) as refusal:
            return KeptFile(file.kind, file.file_id, msgspec.convert(refusal.facts["reasons"], tuple[str, ...]))
        except FourEyes as refusal:  # whoever ordered it advised on this case
            return KeptFile(file.kind, file.file_id, (refusal.code,))
        return None

    def _load(self, batch_id: UUID, caller: Caller) -> RetentionBatch:
        batch = self._repository.find(RetentionBatch, batch_id)
        if (
            batch is None
            or caller.request_id is not None
            or not caller.sees(batch_id, *filter(None, [batch.controller_id]))
        ):
            raise RetentionBatchUnknown()
        return batch

    def _view(self, batch_id: UUID) -> Answer:
        return view(self._repository, batch_row, batch_id, unknown=RetentionBatchUnknown)
