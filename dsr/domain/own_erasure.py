"""Erasure on own initiative: data is erased without a request (GDPR Art. 5(1)(c), (e), 8, 17(1)).

A member of staff reports data that must not be kept, such as data of a child or of a call whose recording was refused.
The administrator of the system deletes and documents it, or the report is cancelled as wrong.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self
from uuid import UUID

from dsr.domain.acting import Acting
from dsr.domain.errors import Refused
from dsr.domain.events import CreatedEvent, Event
from dsr.domain.own_file import FileKind, OwnFile
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.holds import require_no_legal_hold, require_not_restricted
from dsr.domain.request.standing import Hold
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.ropa import Ropa
from dsr.domain.sealed import KeyIntroduction, Sealed


class OwnErasureSettled(Refused):
    """This report is closed: the data was erased, or the report was cancelled. Report new findings separately."""

    code = "own-erasure-settled"


class OwnErasureDatesInvalid(Refused):
    """The dates are out of order: data is deleted after it was found, and neither lies in the future. State the true
    times.
    """

    code = "own-erasure-dates-invalid"


class OwnErasureIncomplete(Refused):
    """The data also has to be erased where it was found: include that system in those it was deleted from."""

    code = "own-erasure-incomplete"


class PersonUnstated(Refused):
    """State whose data it is: give an identifier (it is looked up, not stored), name the case that led to the report,
    or state that the person is unknown. Data held for an answer or for legal claims is kept.
    """

    code = "person-unstated"


class HeldForAnswer(Refused):
    """A request for a copy of this data is not answered yet, so the data is kept. Erase it after the answer."""

    code = "held-for-answer"


class OwnErasureKind(StrEnum):
    """Why data is erased without a request."""

    CHILD_DATA = "child-data"
    """Data of a child below the age in the privacy notice, without parental consent (Art. 8)."""
    REFUSED_RECORDING = "refused-recording"
    """Recording of a call although recording was refused: consent was never given (Art. 6(1)(a), 17(1)(d))."""
    NO_LEGAL_BASIS = "no-legal-basis"
    """Data without a legal basis, or no longer with one (Art. 5(1)(e), 17(1)(a), (d)). Data that was lawful until its
    retention ended is kept while a request for its copy is unanswered.
    """


class OwnErasureStatus(StrEnum):
    """Status of the report."""

    REPORTED = "reported"
    """The data is not erased yet."""
    CARRIED_OUT = "carried-out"
    """The data was erased."""
    CANCELLED = "cancelled"
    """The report was wrong: the data may stay."""


class OwnErasureReported(CreatedEvent):
    """Data was found that must be erased without a request (GDPR Art. 5(1)(c), (e), 17(1)(d), (f), 8)."""

    TOPIC: ClassVar[str] = "dsr.own-erasure.reported"
    kind: OwnErasureKind
    controller_id: str
    system: str
    """Id of the system where it was found."""
    reported_by: str
    """Identifier of the member of staff who found it; the sealed description names any other finder."""
    found_at: datetime
    request_id: UUID | None
    """The case that led to the finding, if any."""
    ropa_version: int
    """Version of the record of processing that names controller and systems."""
    keys: tuple[KeyIntroduction, ...]
    description: Sealed

    def apply(self, erasure: "OwnErasure") -> None:
        erasure.kind = self.kind
        erasure.controller_id = self.controller_id
        erasure.system = self.system
        erasure.found_at = self.found_at
        erasure.request_id = self.request_id
        erasure.ropa_version = self.ropa_version
        erasure.keys = {key.purpose.value: key.key_id for key in self.keys}


class OwnErasureCarriedOut(Event):
    """The administrator (`actor`) deleted the data (GDPR Art. 5(2), 17(1), 19)."""

    TOPIC: ClassVar[str] = "dsr.own-erasure.carried-out"
    deleted_at: datetime
    systems: tuple[str, ...]
    """All systems it was deleted from."""
    recipients_told: tuple[str, ...]
    """Ids of the recipients that were told to erase it as well (Art. 19)."""
    account: Sealed
    person_unknown: bool
    """True if the person is unknown, so that no hold could be checked."""

    def apply(self, erasure: "OwnErasure") -> None:
        erasure.end(OwnErasureStatus.CARRIED_OUT.value, at=self.timestamp)


class OwnErasureCancelled(Event):
    """The report was cancelled with a reason: the data may stay."""

    TOPIC: ClassVar[str] = "dsr.own-erasure.cancelled"
    reason: Sealed

    def apply(self, erasure: "OwnErasure") -> None:
        erasure.end(OwnErasureStatus.CANCELLED.value, at=self.timestamp)


class OwnErasureOpened(Event):
    """A person opened its sealed parts. One event records one opening (GDPR Art. 5(2), 32)."""

    TOPIC: ClassVar[str] = "dsr.own-erasure.opened"
    purpose: DisclosurePurpose
    versions: tuple[int, ...]
    """Versions of the events whose sealed parts were opened."""

    def apply(self, erasure: "OwnErasure") -> None:
        """Reading changes no state."""


class OwnErasure(OwnFile):
    """One report of data to erase, until the data is erased or found to be lawful."""

    TOPIC = "dsr.own-erasure"

    def __init__(self) -> None:
        super().__init__(FileKind.OWN_ERASURE)
        self.kind = OwnErasureKind.NO_LEGAL_BASIS
        self.controller_id: str = ""
        self.system = ""
        self.found_at: datetime
        self.request_id: UUID | None = None
        self.ropa_version: int = 0
        self.status = OwnErasureStatus.REPORTED

    def end(self, ended_as: str, *, at: datetime) -> None:
        """It was carried out or cancelled."""
        super().end(ended_as, at=at)
        self.status = OwnErasureStatus(ended_as)

    @classmethod
    def report(
        cls,
        acting: Acting,
        *,
        erasure_id: UUID,
        kind: OwnErasureKind,
        controller_id: str,
        system: str,
        reported_by: str,
        found_at: datetime,
        request_id: UUID | None,
        document: Ropa,
        ropa_version: int,
        keys: tuple[KeyIntroduction, ...],
        description: Sealed | None,
    ) -> Self:
        """Report data to erase; `document` is the record of processing in force.

        Raises ControllerUnknown, SystemUnknown, SystemElsewhere, OwnErasureDatesInvalid, ReasonRequired (no
        description).
        """
        document.require_systems(controller_id, (system,))
        if found_at > acting.at:
            raise OwnErasureDatesInvalid(found_at=found_at.isoformat())
        if description is None:
            raise ReasonRequired("Describe the data, so that its administrator finds it.")
        return cls.create(
            acting,
            OwnErasureReported,
            stream_id=erasure_id,
            kind=kind,
            controller_id=controller_id,
            system=system,
            reported_by=reported_by,
            found_at=found_at,
            request_id=request_id,
            ropa_version=ropa_version,
            keys=keys,
            description=description,
        )

    def carry_out(
        self,
        acting: Acting,
        *,
        deleted_at: datetime,
        systems: tuple[str, ...],
        recipients_told: tuple[str, ...],
        document: Ropa,
        account: Sealed | None,
        holds: Collection[Hold] | None,
        person_unknown: bool,
    ) -> None:
        """Record that the acting administrator deleted the data; `document` is the version that the report pinned.

        `holds` are the holds on the cases of the data's person: of the case that led to the report, or found by the
        person's identifiers; None if neither is known, which `person_unknown` has to state. A legal hold prevents the
        erasure until it is released; so does a restriction, whatever the kind of the erasure: the person may oppose
        that unlawful data is erased (Art. 18(1)(b)). A hold for an answer only protects data that ordinary retention
        would delete; data of a child and refused recordings may not be kept even for a copy. Raises OwnErasureSettled,
        PersonUnstated, LegalHold, RestrictedData, HeldForAnswer, OwnErasureIncomplete, SystemUnknown, SystemElsewhere,
        RecipientUnknown, OwnErasureDatesInvalid, ReasonRequired (no account of what was done).
        """
        self._require_unsettled()
        document.require_systems(self.controller_id, systems)
        for recipient in recipients_told:
            document.recipient(recipient)
        if self.system not in systems:
            raise OwnErasureIncomplete(system=self.system)
        if person_unknown is not (holds is None):
            raise PersonUnstated()
        self._require_not_held(holds or (), systems)
        if not self.found_at <= deleted_at <= acting.at:
            raise OwnErasureDatesInvalid(found_at=self.found_at.isoformat())
        if account is None:
            raise ReasonRequired("Say what was deleted, and how.")
        self.record(
            acting,
            OwnErasureCarriedOut,
            deleted_at=deleted_at,
            systems=systems,
            recipients_told=recipients_told,
            account=account,
            person_unknown=person_unknown,
        )

    def cancel(self, acting: Acting, *, reason: Sealed | None) -> None:
        """Cancel a wrong report. Raises OwnErasureSettled, ReasonRequired."""
        self._require_unsettled()
        if reason is None:
            raise ReasonRequired()
        self.record(acting, OwnErasureCancelled, reason=reason)

    def open(self, acting: Acting, *, purpose: DisclosurePurpose, versions: tuple[int, ...]) -> None:
        """Record that these events were opened, before their content is shown."""
        self.record(acting, OwnErasureOpened, purpose=purpose, versions=versions)

    def _require_not_held(self, holds: Collection[Hold], systems: Collection[str]) -> None:
        require_no_legal_hold(holds, systems=systems)
        require_not_restricted(holds, systems=systems)
        if self.kind is not OwnErasureKind.NO_LEGAL_BASIS:
            return
        for hold in holds:
            if hold.controller_id == self.controller_id and not set(systems).isdisjoint(hold.systems):
                raise HeldForAnswer(hold_id=hold.hold_id)

    def _require_unsettled(self) -> None:
        if self.status is not OwnErasureStatus.REPORTED:
            raise OwnErasureSettled()
