"""The files of the privacy desk that are no cases: kept for their period, then forgotten (GDPR Art. 5(1)(e); docs/law
§7).

They are forgotten as case files are (`dsr/domain/request/forgetting.py`). `FileForgettingOrdered` is the fence: behind
it, `OwnFile.record` takes in nothing but the attestation. These events are the same for every kind of file.
"""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from dsr.domain.acting import Acting, CaseActing
from dsr.domain.deadlines.calendar import WorkingCalendar
from dsr.domain.errors import Gone, Refused
from dsr.domain.events import Aggregate, Event
from dsr.domain.frozen import replace
from dsr.domain.request.errors import FourEyes, NothingProposed, ReasonRequired
from dsr.domain.request.forgetting import ForgettingNotOrdered, KeptBecause
from dsr.domain.request.standing import Forgetting, ForgettingGround
from dsr.domain.ropa import kept_until
from dsr.domain.sealed import Sealed


class FileKind(StrEnum):
    """Which kind of file it is."""

    CASE_FILE = "case-file"
    """The file of a case."""
    MATTER = "matter"
    """A complaint, an incident, or a letter of an authority or a court."""
    QUARANTINE = "quarantine"
    """A message that was discarded as no request."""
    DISCLOSURE = "disclosure"
    """What an authority asked for, and what it was given or refused."""
    OWN_ERASURE = "own-erasure"
    """A report of data that was erased without a request, or was found to be lawful."""


class FileForgotten(Gone):
    """This file was forgotten: what it held was destroyed, and nothing is recorded on it any more. Handle anew what
    arrives from now on; `GET /deletions` shows what was destroyed and when.
    """

    code = "file-forgotten"


class FileKept(Refused):
    """This file has to be kept; `reasons` says why. Settle these reasons first. If only its period (`period`) has not
    ended, name an order of an authority or a court, or the advice of the data protection officer, as the ground.
    """

    code = "file-kept"


class FileForgettingProposed(Event):
    """Somebody proposed to forget the file; another person decides. A new proposal replaces an undecided one."""

    TOPIC: ClassVar[str] = "dsr.own-file.forgetting-proposed"
    ground: ForgettingGround
    reasons: Sealed | None
    """For the person who decides; destroyed with the file."""

    def apply(self, file: "OwnFile") -> None:
        file.forgetting = Forgetting(ground=self.ground, proposed_by=self.actor)


class FileForgettingDeclined(Event):
    """A second person disagreed: the file is kept."""

    TOPIC: ClassVar[str] = "dsr.own-file.forgetting-declined"
    proposed_by: str
    reason: Sealed

    def apply(self, file: "OwnFile") -> None:
        file.forgetting = None


class FileForgettingOrdered(Event):
    """The fence: a second person agreed. Only the attestation may follow on the file; its keys are being destroyed."""

    TOPIC: ClassVar[str] = "dsr.own-file.forgetting-ordered"
    kind: FileKind
    controller_id: str | None
    """None where nobody knows to which controller a message was sent."""
    ground: ForgettingGround
    proposed_by: str
    closed_at: datetime
    kept_until: date
    """The day on which its period ends."""

    def apply(self, file: "OwnFile") -> None:
        file.forgetting = Forgetting(
            ground=self.ground, proposed_by=self.proposed_by, ordered_by=self.actor, ordered_at=self.timestamp
        )


class FileForgettingRestored(Event):
    """A backup from before the order was restored; the fence journal names the file, so it is forgotten again.

    Whatever state the file had in that backup, it is now closed, as it was when the order was given.
    """

    TOPIC: ClassVar[str] = "dsr.own-file.forgetting-restored"
    kind: FileKind
    controller_id: str | None
    ground: ForgettingGround
    proposed_by: str
    ordered_by: str
    ordered_at: datetime
    ended_as: str
    """How it had ended: a code that depends on its kind."""
    closed_at: datetime

    def apply(self, file: "OwnFile") -> None:
        file.end(self.ended_as, at=self.closed_at)
        file.forgetting = Forgetting(
            ground=self.ground,
            proposed_by=self.proposed_by,
            ordered_by=self.ordered_by,
            ordered_at=self.ordered_at,
        )


class FileForgettingAttested(Event):
    """All of the file is destroyed here; from a later day on, older backups can't open it either."""

    TOPIC: ClassVar[str] = "dsr.own-file.forgetting-attested"
    keys: int
    """Number of data keys destroyed."""
    files: int
    """Number of originals deleted."""
    unreadable_on: date | None
    """The day from which no backup opens it any more; None: unknown, since nothing replaces the keys automatically."""

    def apply(self, file: "OwnFile") -> None:
        file.forgetting = file.forgetting and replace(file.forgetting, attested_at=self.timestamp)


class OwnFile(Aggregate):
    """What every kind of file has that is no case: its end, and its forgetting."""

    def __init__(self, file_kind: FileKind) -> None:
        self.file_kind = file_kind
        self.controller_id: str | None = None
        """Id of its controller; None if it is unknown."""
        self.ropa_version: int | None = None
        """The version of the record of processing that it pinned; None: it pins none."""
        self.closed_at: datetime | None = None
        self.ended_as = ""
        """How it ended: a code; empty while it is open."""
        self.forgetting: Forgetting | None = None
        self.keys: dict[str, UUID] = {}
        """Its keys, by purpose."""

    @property
    def is_forgotten(self) -> bool:
        """Whether it was ordered to be forgotten: nothing is recorded on it but the attestation."""
        return self.forgetting is not None and self.forgetting.ordered_at is not None

    def end(self, ended_as: str, *, at: datetime) -> None:
        """Close the file; called by the events that do."""
        self.ended_as, self.closed_at = ended_as, at

    def kept_because(self) -> tuple[KeptBecause, ...]:
        """Why it has to be kept, as far as it knows, whatever its period."""
        return (KeptBecause.OPEN,) if self.closed_at is None else ()

    def kept_until(self, calendar: WorkingCalendar, period: str) -> date | None:
        """The first day on which it may be forgotten; None while it is open."""
        return None if self.closed_at is None else kept_until(calendar.local_date(self.closed_at), period)

    def require_not_forgotten(self) -> None:
        """Check that it was not forgotten: it takes in nothing more. Raises FileForgotten."""
        if self.is_forgotten:
            raise FileForgotten(file_id=str(self.id))

    def record(self, acting: Acting, event_type: type[Event], **fields: Any) -> None:
        """As for every aggregate; raises FileForgotten behind the fence."""
        if event_type is not FileForgettingAttested:
            self.require_not_forgotten()
        super().record(acting, event_type, **fields)

    def propose_forgetting(
        self,
        acting: CaseActing,
        *,
        ground: ForgettingGround,
        period: str,
        reasons: Sealed | None,
        kept_elsewhere: Collection[KeptBecause] = (),
    ) -> None:
        """Propose to forget the file: after its period, or earlier with reasons (docs/law §7).

        `period`: how long its controller keeps such files. `kept_elsewhere`: reasons to keep it that cases give. Raises
        FileKept, ReasonRequired.
        """
        self._require_unkept(acting, ground, period, kept_elsewhere)
        if reasons is None and ground is not ForgettingGround.PERIOD:
            raise ReasonRequired()
        self.record(acting, FileForgettingProposed, ground=ground, reasons=reasons)

    def approve_forgetting(
        self, acting: CaseActing, *, period: str, kept_elsewhere: Collection[KeptBecause] = ()
    ) -> None:
        """Order to forget the file, as somebody else proposed. Raises NothingProposed, FourEyes, FileKept."""
        proposal = self._require_forgetting_proposed(acting)
        self._require_unkept(acting, proposal.ground, period, kept_elsewhere)
        self.record(
            acting,
            FileForgettingOrdered,
            kind=self.file_kind,
            controller_id=self.controller_id,
            ground=proposal.ground,
            proposed_by=proposal.proposed_by,
            closed_at=self.closed_at,
            kept_until=self.kept_until(acting.calendar, period),
        )

    def decline_forgetting(self, acting: Acting, *, reason: Sealed | None) -> None:
        """Keep the file, with a reason. Raises NothingProposed, FourEyes, ReasonRequired."""
        proposal = self._require_forgetting_proposed(acting)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, FileForgettingDeclined, proposed_by=proposal.proposed_by, reason=reason)

    def attest_forgetting(self, acting: Acting, *, keys: int, files: int, unreadable_on: date | None) -> None:
        """Record that all keys and originals of the file are destroyed. Raises ForgettingNotOrdered."""
        if self.forgetting is None or not self.is_forgotten or self.forgetting.attested_at is not None:
            raise ForgettingNotOrdered()
        self.record(acting, FileForgettingAttested, keys=keys, files=files, unreadable_on=unreadable_on)

    def restore_forgetting(
        self,
        acting: Acting,
        *,
        ground: ForgettingGround,
        proposed_by: str,
        ordered_by: str,
        ordered_at: datetime,
        ended_as: str,
        closed_at: datetime,
    ) -> None:
        """Record an order that the fence journal names and a restored backup lacks."""
        self.record(
            acting,
            FileForgettingRestored,
            kind=self.file_kind,
            controller_id=self.controller_id,
            ground=ground,
            proposed_by=proposed_by,
            ordered_by=ordered_by,
            ordered_at=ordered_at,
            ended_as=ended_as,
            closed_at=closed_at,
        )

    def _require_forgetting_proposed(self, acting: Acting) -> Forgetting:
        if self.forgetting is None:
            raise NothingProposed("Nobody has proposed to forget this file.")
        if acting.actor == self.forgetting.proposed_by and not self.is_forgotten:
            raise FourEyes()
        return self.forgetting

    def _require_unkept(
        self, acting: CaseActing, ground: ForgettingGround, period: str, kept_elsewhere: Collection[KeptBecause]
    ) -> None:
        reasons = {*self.kept_because(), *kept_elsewhere}
        until = self.kept_until(acting.calendar, period)
        if ground is ForgettingGround.PERIOD and until is not None and acting.today < until:
            reasons.add(KeptBecause.PERIOD)
        if reasons:
            raise FileKept(reasons=[each.value for each in KeptBecause if each in reasons])
