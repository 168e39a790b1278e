"""Use cases of forgetting case files: previewed, ordered by two people, then destroyed and attested (docs/law §7)."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from dsr.desk.belongings import Belongings, belongings_of, count_rows
from dsr.desk.caller import Call, Caller, service
from dsr.desk.destroying import Destroyer
from dsr.desk.errors import RequestUnknown
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import changing, retrying, unit_of_work, use_case
from dsr.domain.acting import Acting
from dsr.domain.dispatch import DispatchState
from dsr.domain.own_file import FileKind
from dsr.domain.request import Request
from dsr.domain.request.forgetting import CaseFileKept, KeptBecause, file_kept_until, kept_because, period_runs
from dsr.domain.request.standing import ForgettingGround
from dsr.domain.request.values import Outcome
from dsr.projections.dispatches import dispatches_of
from dsr.projections.exports import exports_of
from dsr.projections.forgotten import forgotten_row
from dsr.projections.matters import is_matter_open_about
from dsr.vault import Fence, IndexPurpose


@dataclass(frozen=True)
class Remains:
    """Something that stays, and why."""

    what: str
    why: str


STAYS = (
    Remains("history", "What was decided, when, by whom and on which ground proves the answer (GDPR Art. 5(2))."),
    Remains("statistics", "They count cases and name nobody."),
    Remains("record-of-deletion", "That the file was forgotten, when and on whose order; it names nobody."),
    Remains("suppression-list", "Codes that keep a person who objected from being imported again (GDPR Art. 21(3))."),
    Remains("matters", "Complaints, incidents and letters of authorities have files and periods of their own."),
    Remains("untaken-letters", "Mails that nobody has taken from the outgoing folder are still to be delivered."),
    Remains("backups", "They hold sealed copies until the key-encryption key of today is destroyed."),
)
"""What forgetting a case file leaves."""


@dataclass(frozen=True)
class ForgettingPreview:
    """What an order would do."""

    request_id: UUID
    kept_because: tuple[KeptBecause, ...]
    """Empty: it may be ordered."""
    kept_until: date | None
    """The day on which its period ends; None while the case is open."""
    keys: int
    files: int
    rows: int
    letters: int
    packages: int
    unreadable_on: date | None
    """The day from which no backup would open it, ordered today."""
    stays: tuple[Remains, ...] = STAYS


@dataclass(frozen=True)
class Candidate:
    """A case file that may be forgotten, or the reasons to keep it."""

    request_id: UUID
    version: int
    reference: str
    controller_id: str
    received_on: date
    closed_at: datetime | None
    outcome: Outcome | None
    kept_until: date | None
    kept_because: tuple[KeptBecause, ...]
    marks: tuple[IndexPurpose, ...] = ()
    """Kinds of identifiers that it shares with the case that was asked about, never their values."""


@dataclass(frozen=True)
class ForgettingState:
    """How the forgetting of a case file stands."""

    request_id: UUID
    status: str
    """`kept`, `proposed`, `ordered` or `attested`."""
    ground: ForgettingGround | None = None
    proposed_by: str | None = None
    ordered_by: str | None = None
    ordered_at: datetime | None = None
    attested_at: datetime | None = None
    keys: int | None = None
    files: int | None = None
    unreadable_on: date | None = None


class ForgettingDesk:
    """preview, propose, decide and carry out the forgetting of case files."""

    def __init__(self, repository: Repository, destroyer: Destroyer) -> None:
        self._repository = repository
        self._destroyer = destroyer

    def preview(self, request_id: UUID, caller: Caller) -> ForgettingPreview:
        """What goes, what stays, and the reasons to keep the file. Raises RequestUnknown."""
        repository = self._repository
        case = repository.request(request_id, caller)
        of = belongings_of(repository, case)
        return ForgettingPreview(
            request_id=request_id,
            kept_because=self._against(case),
            kept_until=file_kept_until(case, self._period(case)),
            keys=len(of.keys),
            files=len(of.blobs) + len(of.parts),
            rows=count_rows(repository, of),
            letters=len(of.dispatches),
            packages=len(of.exports),
            unreadable_on=self._destroyer.unreadable_on(),
        )

    def linked(self, request_id: UUID, caller: Caller) -> list[Candidate]:
        """The files of the same person in scope, this one first, for somebody to confirm: each shares an identifier.

        A name alone suggests little, since many people share one. Raises RequestUnknown.
        """
        repository = self._repository
        first, sharing = repository.request(request_id, caller), repository.index.sharing(request_id)
        found = [self._candidate(first)]
        for other_id in sorted(sharing):
            with suppress(RequestUnknown):  # of a quarantined message, or outside the scope
                other = repository.request(other_id, caller)
                found.append(self._candidate(other, tuple(sorted(sharing[other_id]))))
        return found

    def state(self, request_id: UUID, caller: Caller) -> ForgettingState:
        """How it stands. Raises RequestUnknown."""
        known = self._repository.request(request_id, caller).forgetting
        if known is None:
            return ForgettingState(request_id, "kept")
        if known.ordered_at is None:
            return ForgettingState(request_id, "proposed", known.ground, known.proposed_by)
        with self._repository.database.glancing() as connection:
            row = forgotten_row(connection, request_id)
        if row is None:
            raise RequestUnknown()
        return ForgettingState(
            request_id,
            "ordered" if known.attested_at is None else "attested",
            known.ground,
            known.proposed_by,
            *(row[each] for each in ("ordered_by", "ordered_at", "attested_at", "keys", "files", "unreadable_on")),
        )

    @use_case
    def propose(self, request_id: UUID, call: Call, *, ground: ForgettingGround, reasons: str) -> Answer:
        """Propose to forget the case file."""
        with changing(self._repository, request_id, call) as work:
            work.case.propose_forgetting(
                work.acting,
                ground=ground,
                period=self._period(work.case),
                reasons=work.seal("reasons", reasons),
                kept_elsewhere=self._kept_elsewhere(work.case),
            )
        return work.answer

    @use_case
    def decide(self, request_id: UUID, call: Call, *, approve: bool, reason: str) -> Answer:
        """Order that the case file is forgotten, or keep it with a reason. Raises FourEyes for a DPO.

        The order is the fence; the worker then destroys.
        """
        with changing(self._repository, request_id, call) as work:
            call.caller.require_decision_maker()
            if approve:
                work.case.approve_forgetting(
                    work.acting, period=self._period(work.case), kept_elsewhere=self._kept_elsewhere(work.case)
                )
                work.effect(lambda: self._require_still_unkept(work.case))
            else:
                work.case.decline_forgetting(work.acting, reason=work.seal("reason", reason))
        return work.answer

    def order_after_period(self, request_id: UUID, *, proposed_by: str, ordered_by: str) -> None:
        """Order that a case file is forgotten whose period has ended, as two people agreed for a batch. Safe to repeat.

        Raises CaseFileKept, FourEyes.
        """
        repository = self._repository

        def ordered() -> None:
            with unit_of_work(repository, Call(service("retention"))) as work:
                case = repository.find(Request, request_id)
                if case is None or case.is_forgotten:
                    return
                elsewhere, period = self._kept_elsewhere(case), self._period(case)
                proposing, ordering = (
                    repository.acting_on(case, Acting(who, work.acting.at)) for who in (proposed_by, ordered_by)
                )
                case.propose_forgetting(
                    proposing, ground=ForgettingGround.PERIOD, period=period, reasons=None, kept_elsewhere=elsewhere
                )
                case.approve_forgetting(ordering, period=period, kept_elsewhere=elsewhere)
                work.effect(lambda: self._require_still_unkept(case))
                work.add(case)

        retrying(ordered)

    @use_case
    def purge(self, request_id: UUID, call: Call) -> Answer:
        """Destroy all of a case file that was ordered to be forgotten, and attest it. Safe to repeat and to break off.

        The fence is in the journal before the first key is destroyed. Raises ForgettingNotOrdered, RequestUnknown,
        FenceJournalDamaged, StorageFull, StorageUnavailable, DatabaseBusy, InboxUnavailable, TransportUnavailable.
        """
        repository = self._repository
        case = repository.request(request_id, call.caller)
        if case.forgetting is None or case.forgetting.attested_at is not None:
            return self._answer(request_id, call.caller)
        assert case.outcome is not None  # noqa: S101 - no open case is forgotten
        last = max(filter(None, (case.closed_at, *case.arrivals)))
        of = self._destroyer.begin(
            belongings_of(repository, case),
            kind=FileKind.CASE_FILE,
            ordered=case.forgetting,
            ended_as=case.outcome.value,
            closed_at=case.closed_at,
            last=last,
        )
        return self._destroy(of, call)

    def put_back(self, fence: Fence, call: Call) -> bool:
        """Forget again a case file that a restored backup brought back; True if there was something to forget.

        Safe to repeat. Raises as `purge`.
        """
        repository = self._repository
        case = repository.find(Request, fence.file_id)
        if case is None or (case.forgetting is not None and case.forgetting.attested_at is not None):
            return False
        if not case.is_forgotten:
            with unit_of_work(repository, Call(call.caller)) as work:
                case.restore_forgetting(
                    repository.acting_on(case, work.acting),
                    ground=fence.ground,
                    proposed_by=fence.proposed_by,
                    ordered_by=fence.ordered_by,
                    ordered_at=fence.ordered_at,
                    outcome=Outcome(fence.ended_as),
                    closed_at=fence.closed_at,
                )
                work.add(case)
        self._destroy(belongings_of(repository, case), call, again=True)
        return True

    def _destroy(self, of: Belongings, call: Call, *, again: bool = False) -> Answer:
        repository, request_id = self._repository, of.file_id
        self._destroyer.destroy(of, again=again)

        def attested() -> Answer:
            with unit_of_work(repository, Call(call.caller)) as work:
                present = repository.request(request_id, call.caller)
                if present.forgetting is not None and present.forgetting.attested_at is None:
                    present.attest_forgetting(
                        repository.acting_on(present, work.acting),
                        keys=len(of.keys),
                        files=len(of.blobs) + len(of.parts),
                        unreadable_on=self._destroyer.unreadable_on(),
                    )
                    work.add(present)
                work.respond(lambda: self._answer(request_id, call.caller))
            return work.answer

        return retrying(attested)

    def _answer(self, request_id: UUID, caller: Caller) -> Answer:
        return Answer(msgspec.json.encode(self.state(request_id, caller)), None, str(request_id))

    def candidate(self, request_id: UUID) -> Candidate:
        """The file of a closed case, with the reasons to keep it."""
        case = self._repository.find(Request, request_id)
        assert case is not None  # noqa: S101 - its row is made of its events
        return self._candidate(case)

    def _candidate(self, case: Request, marks: tuple[IndexPurpose, ...] = ()) -> Candidate:
        return Candidate(
            request_id=case.id,
            version=case.version,
            reference=case.reference,
            controller_id=case.controller_id,
            received_on=case.received_on,
            closed_at=case.closed_at,
            outcome=case.outcome,
            kept_until=file_kept_until(case, self._period(case)),
            kept_because=self._against(case),
            marks=marks,
        )

    def _against(self, case: Request) -> tuple[KeptBecause, ...]:
        """All reasons to keep the file."""
        repository = self._repository
        against = (*kept_because(case), *self._kept_elsewhere(case))
        today = repository.calendar(case).local_date(repository.now())
        return (*against, KeptBecause.PERIOD) if case.is_closed and self._runs(case, today) else against

    def _runs(self, case: Request, today: date) -> bool:
        return period_runs(case, today, self._period(case))

    def _period(self, case: Request) -> str:
        """How long the controller keeps case files, by the record of processing that the case pinned."""
        document = self._repository.ropa.at_version(case.ropa_version).document
        return document.controller(case.controller_id).retention.case_files

    def _kept_elsewhere(self, case: Request) -> tuple[KeptBecause, ...]:
        """The reasons to keep the file that packages, letters, matters and the cases of others give."""
        with self._repository.database.glancing() as connection:
            waiting = (DispatchState.DRAFT, DispatchState.QUEUED)
            found = {
                KeptBecause.PACKAGE: any(each["purged_at"] is None for each in exports_of(connection, case.id)),
                KeptBecause.LETTER: any(each["state"] in waiting for each in dispatches_of(connection, case.id)),
                KeptBecause.MATTER: is_matter_open_about(connection, case.id),
            }
        found[KeptBecause.SHARED_LETTER] = any(not self._is_forgotten(other) for other in case.split_into)
        return tuple(each for each, holds in found.items() if holds)

    def _require_still_unkept(self, case: Request) -> None:
        """Look again under the lock: a letter, a package or a matter may have been added since. Raises CaseFileKept."""
        if reasons := self._kept_elsewhere(case):
            raise CaseFileKept(reasons=[each.value for each in reasons])

    def _is_forgotten(self, request_id: UUID) -> bool:
        other = self._repository.find(Request, request_id)
        return other is None or other.is_forgotten
