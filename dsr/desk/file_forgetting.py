"""Use cases of forgetting files that are no cases: previewed, ordered by two people, then destroyed and attested
(docs/law §7).
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from dsr.desk.belongings import Belongings, belongings_of_file, count_rows
from dsr.desk.caller import Call, Caller, service
from dsr.desk.destroying import Destroyer
from dsr.desk.file_kinds import OWN_FILES, OwnFileKind
from dsr.desk.forgetting import Remains
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository, require_version
from dsr.desk.unit_of_work import UnitOfWork, retrying, unit_of_work, use_case
from dsr.desk.without_request import own_key, text_sealer
from dsr.domain.acting import Acting, CaseActing
from dsr.domain.file_terms import Terms, terms_of, version_of
from dsr.domain.matter import Matter
from dsr.domain.own_file import (
    FileForgettingAttested,
    FileForgettingDeclined,
    FileForgettingOrdered,
    FileForgettingProposed,
    FileKept,
    FileKind,
    OwnFile,
)
from dsr.domain.request.forgetting import KeptBecause
from dsr.domain.request.standing import ForgettingGround
from dsr.domain.sealed import Sealed
from dsr.projections.forgotten import forgotten_row
from dsr.vault import Fence

FILE_STAYS = (
    Remains("history", "What was done, when, by whom and in time proves the handling (GDPR Art. 5(2))."),
    Remains("statistics", "They count and name nobody."),
    Remains("record-of-deletion", "That the file was forgotten, when and on whose order; it names nobody."),
    Remains("case-files", "The files of the cases that it concerns have periods of their own."),
    Remains("untaken-letters", "Mails that nobody has taken from the outgoing folder are still to be delivered."),
    Remains("backups", "They hold sealed copies until the key-encryption key of today is destroyed."),
)
"""What forgetting such a file leaves."""


@dataclass(frozen=True)
class FilePreview:
    """What an order would do."""

    file_id: UUID
    kept_because: tuple[KeptBecause, ...]
    """Empty: it may be ordered."""
    kept_until: date | None
    """The day on which its period ends; None while it is open."""
    keys: int
    files: int
    rows: int
    letters: int
    unreadable_on: date | None
    """The day from which no backup would open it, ordered today."""
    stays: tuple[Remains, ...] = FILE_STAYS


@dataclass(frozen=True)
class FileForgettingState:
    """How the forgetting of a file stands."""

    file_id: UUID
    version: int
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


@dataclass(frozen=True)
class FileCandidate:
    """A file that may be forgotten, or the reasons to keep it."""

    file_id: UUID
    version: int
    reference: str | None
    """Of a matter; other files have none."""
    controller_id: str | None
    received_on: date | None
    """Of a matter."""
    closed_at: datetime | None
    outcome: str
    """How it ended: a code that depends on its kind."""
    kept_until: date | None
    kept_because: tuple[KeptBecause, ...]


class FileForgettingDesk:
    """preview, propose, decide and carry out the forgetting of files that are no cases."""

    def __init__(self, repository: Repository, destroyer: Destroyer) -> None:
        self._repository = repository
        self._destroyer = destroyer

    def preview(self, file_id: UUID, caller: Caller, *, kind: FileKind) -> FilePreview:
        """What goes, what stays, and the reasons to keep the file. Raises the error of an unknown file."""
        repository, file = self._repository, self._load(kind, file_id, caller)
        of, terms = belongings_of_file(repository, file), self._terms(file)
        return FilePreview(
            file_id=file_id,
            kept_because=self._against(file, terms),
            kept_until=file.kept_until(terms.calendar, terms.period),
            keys=len(of.keys),
            files=len(of.blobs),
            rows=count_rows(repository, of),
            letters=len(of.dispatches),
            unreadable_on=self._destroyer.unreadable_on(),
        )

    def state(self, file_id: UUID, caller: Caller, *, kind: FileKind) -> FileForgettingState:
        """How it stands. Raises the error of an unknown file."""
        return self._state(self._load(kind, file_id, caller))

    def candidate(self, kind: FileKind, file_id: UUID) -> FileCandidate:
        """A closed file, with the reasons to keep it."""
        file = self._repository.find(OWN_FILES[kind].aggregate, file_id)
        assert file is not None  # noqa: S101 - its row is made of its events
        matter, terms = file if isinstance(file, Matter) else None, self._terms(file)
        return FileCandidate(
            file_id=file_id,
            version=file.version,
            reference=None if matter is None else matter.reference,
            controller_id=file.controller_id,
            received_on=None if matter is None else terms.calendar.local_date(matter.received_at),
            closed_at=file.closed_at,
            outcome=file.ended_as,
            kept_until=file.kept_until(terms.calendar, terms.period),
            kept_because=self._against(file, terms),
        )

    @use_case
    def propose(self, file_id: UUID, call: Call, *, kind: FileKind, ground: ForgettingGround, reasons: str) -> Answer:
        """Propose to forget the file. Raises the error of an unknown file, VersionStale."""
        with unit_of_work(self._repository, call) as work:
            file = self._changing(work, call, kind, file_id)
            file.propose_forgetting(
                self._on(file, work.acting),
                ground=ground,
                period=self._terms(file).period,
                reasons=self._sealed(file, "reasons", reasons),
                kept_elsewhere=_kind(file).kept_elsewhere(self._repository, file),
            )
        return work.answer

    @use_case
    def decide(self, file_id: UUID, call: Call, *, kind: FileKind, approve: bool, reason: str) -> Answer:
        """Order that the file is forgotten, or keep it with a reason. Raises the error of an unknown file,
        VersionStale, FourEyes for a DPO.

        The order is the fence; the worker then destroys.
        """
        with unit_of_work(self._repository, call) as work:
            call.caller.require_decision_maker()
            file = self._changing(work, call, kind, file_id)
            if approve:
                self._approve(work, file, work.acting)
            else:
                file.decline_forgetting(work.acting, reason=self._sealed(file, "reason", reason))
        return work.answer

    def order_after_period(self, kind: FileKind, file_id: UUID, *, proposed_by: str, ordered_by: str) -> None:
        """Order that a file is forgotten whose period has ended, as two people agreed for a batch. Safe to repeat.

        Raises FileKept.
        """
        repository = self._repository

        def ordered() -> None:
            with unit_of_work(repository, Call(service("retention"))) as work:
                file = repository.find(OWN_FILES[kind].aggregate, file_id)
                if file is None or file.is_forgotten:
                    return
                file.propose_forgetting(
                    self._on(file, Acting(proposed_by, work.acting.at)),
                    ground=ForgettingGround.PERIOD,
                    period=self._terms(file).period,
                    reasons=None,
                    kept_elsewhere=_kind(file).kept_elsewhere(repository, file),
                )
                self._approve(work, file, Acting(ordered_by, work.acting.at))
                work.add(file)

        retrying(ordered)

    def purge(self, kind: FileKind, file_id: UUID, call: Call) -> None:
        """Destroy all of a file that was ordered to be forgotten, and attest it. Safe to repeat and to break off.

        The fence is in the journal before the first key is destroyed. Raises as `ForgettingDesk.purge`.
        """
        repository = self._repository
        file = self._load(kind, file_id, call.caller)
        if not file.is_forgotten or file.forgetting is None or file.forgetting.attested_at is not None:
            return
        events = repository.application.events.whole(file_id)
        last = max(each.timestamp for each in events if not isinstance(each, _OF_FORGETTING))
        of = self._destroyer.begin(
            belongings_of_file(repository, file),
            kind=kind,
            ordered=file.forgetting,
            ended_as=file.ended_as,
            closed_at=file.closed_at,
            last=last,
        )
        self._destroy(kind, of, call)

    def put_back(self, fence: Fence, call: Call) -> bool:
        """Forget again a file that a restored backup brought back; True if there was something to forget.

        Safe to repeat. Raises as `purge`.
        """
        repository, kind = self._repository, OWN_FILES[fence.kind]
        file = repository.find(kind.aggregate, fence.file_id)
        if file is None or (file.forgetting is not None and file.forgetting.attested_at is not None):
            return False
        if not file.is_forgotten:
            with unit_of_work(repository, Call(call.caller)) as work:
                file.restore_forgetting(
                    work.acting,
                    ground=fence.ground,
                    proposed_by=fence.proposed_by,
                    ordered_by=fence.ordered_by,
                    ordered_at=fence.ordered_at,
                    ended_as=fence.ended_as,
                    closed_at=fence.closed_at,
                )
                work.add(file)
                kind.let_go(repository, work, file)
        self._destroy(fence.kind, belongings_of_file(repository, file), call, again=True)
        return True

    def _approve(self, work: UnitOfWork, file: OwnFile, acting: Acting) -> None:
        """Order it, unless a case, or what an authority asked for, gives a reason to keep it until this is saved."""
        repository, kind = self._repository, _kind(file)
        file.approve_forgetting(
            self._on(file, acting),
            period=self._terms(file).period,
            kept_elsewhere=kind.kept_elsewhere(repository, file),
        )

        def still_unkept() -> None:
            if reasons := kind.kept_elsewhere(repository, file):
                raise FileKept(reasons=[each.value for each in reasons])

        work.effect(still_unkept)

    def _destroy(self, kind: FileKind, of: Belongings, call: Call, *, again: bool = False) -> None:
        repository = self._repository
        self._destroyer.destroy(of, again=again)

        def attested() -> None:
            with unit_of_work(repository, Call(call.caller)) as work:
                present = self._load(kind, of.file_id, call.caller)
                if present.forgetting is not None and present.forgetting.attested_at is None:
                    present.attest_forgetting(
                        work.acting,
                        keys=len(of.keys),
                        files=len(of.blobs),
                        unreadable_on=self._destroyer.unreadable_on(),
                    )
                    work.add(present)

        retrying(attested)

    def _changing(self, work: UnitOfWork, call: Call, kind: FileKind, file_id: UUID) -> OwnFile:
        file = self._load(kind, file_id, call.caller)
        require_version(file, call.expected)
        work.add(file)
        work.respond(lambda: Answer(msgspec.json.encode(self._state(file)), file.version, str(file_id)))
        return file

    def _load(self, kind: FileKind, file_id: UUID, caller: Caller) -> OwnFile:
        file = self._repository.find(OWN_FILES[kind].aggregate, file_id)
        controllers = () if file is None or file.controller_id is None else (file.controller_id,)
        if file is None or caller.request_id is not None or not caller.sees(file_id, *controllers):
            raise OWN_FILES[kind].unknown()
        return file

    def _sealed(self, file: OwnFile, field: str, text: str) -> Sealed | None:
        return text_sealer(self._repository, file.id, own_key(self._repository, file))(field, text)

    def _state(self, file: OwnFile) -> FileForgettingState:
        known = file.forgetting
        if known is None:
            return FileForgettingState(file.id, file.version, "kept")
        if known.ordered_at is None:
            return FileForgettingState(file.id, file.version, "proposed", known.ground, known.proposed_by)
        with self._repository.database.glancing() as connection:
            row = forgotten_row(connection, file.id)
        assert row is not None  # noqa: S101 - its row is made of its events
        return FileForgettingState(
            file.id,
            file.version,
            "ordered" if known.attested_at is None else "attested",
            known.ground,
            known.proposed_by,
            *(row[each] for each in ("ordered_by", "ordered_at", "attested_at", "keys", "files", "unreadable_on")),
        )

    def _against(self, file: OwnFile, terms: Terms) -> tuple[KeptBecause, ...]:
        """All reasons to keep the file."""
        repository, kind = self._repository, _kind(file)
        against = {*file.kept_because(), *kind.kept_elsewhere(repository, file)}
        until = file.kept_until(terms.calendar, terms.period)
        if until is not None and terms.calendar.local_date(repository.now()) < until:
            against.add(KeptBecause.PERIOD)
        return tuple(each for each in KeptBecause if each in against)

    def _terms(self, file: OwnFile) -> Terms:
        ropa, pinned = self._repository.ropa, file.ropa_version
        return terms_of(file, version_of(file, ropa.record()) if pinned is None else ropa.at_version(pinned))

    def _on(self, file: OwnFile, acting: Acting) -> CaseActing:
        """By the working days of its controller."""
        return acting.on(self._terms(file).calendar)


_OF_FORGETTING = (FileForgettingProposed, FileForgettingDeclined, FileForgettingOrdered, FileForgettingAttested)


def _kind(file: OwnFile) -> OwnFileKind:
    return OWN_FILES[file.file_kind]
