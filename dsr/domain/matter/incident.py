"""Incidents: authorities are notified within 72 hours, people at high risk are told (docs/law §13; Art. 33, 34)."""

from datetime import datetime, timedelta
from typing import ClassVar, Final, Self
from uuid import UUID

from dsr.domain.acting import Acting, CaseActing
from dsr.domain.deadlines.calendar import WorkingCalendar
from dsr.domain.events import Event
from dsr.domain.matter.errors import (
    AuthorityNotConcerned,
    IncidentUnsettled,
    LateReasonsRequired,
    NotProcessedForOthers,
    RiskNotExcluded,
    RiskNotHigh,
)
from dsr.domain.matter.guards import require_between, require_kind, require_open
from dsr.domain.matter.state import MatterOpened, MatterState
from dsr.domain.matter.values import (
    IncidentRisk,
    MatterDate,
    MatterDue,
    MatterKind,
    MatterOutcome,
    TellingException,
)
from dsr.domain.request.errors import ReasonRequired, ReceiptInFuture
from dsr.domain.request.forwarding import NotProcessor
from dsr.domain.request.values import Channel
from dsr.domain.ropa import Ropa
from dsr.domain.sealed import KeyIntroduction, Sealed

_TO_NOTIFY: Final = timedelta(hours=72)
"""Hours, which are never moved to a working day (Reg. 1182/71 Art. 3(4), second subparagraph; GDPR Art. 33(1))."""

_WARN_BEFORE: Final = timedelta(hours=24)


class IncidentDescribed(Event):
    """Whom an incident has to be notified to."""

    TOPIC: ClassVar[str] = "dsr.matter.incident-described"
    authorities: tuple[str, ...]
    """Ids of supervisory authorities; none where we process the data for another controller."""
    processor_for: str | None
    """Id of that controller."""
    misdelivery_id: UUID | None
    """The misdelivery on a case from which the incident was opened, if any."""

    def apply(self, matter: MatterState) -> None:
        matter.authorities = self.authorities
        matter.processor_for = self.processor_for


class IncidentRiskAssessed(Event):
    """The risk for people was assessed; the last assessment counts."""

    TOPIC: ClassVar[str] = "dsr.matter.risk-assessed"
    risk: IncidentRisk
    reasons: Sealed
    date: MatterDate | None
    """The date that the incident waits for from now on."""

    def apply(self, matter: MatterState) -> None:
        matter.risk = self.risk
        matter.not_notified = matter.not_notified and self.risk is IncidentRisk.UNLIKELY
        if matter.date is None:  # the matter waits anew
            matter.is_warned = matter.is_missed = False
        matter.date = self.date


class AuthorityNotified(Event):
    """An authority was notified, for the first time or of what became known since (GDPR Art. 33(1), (4))."""

    TOPIC: ClassVar[str] = "dsr.matter.authority-notified"
    authority: str
    phase: int
    """Counted from 1 for each authority."""
    notified_at: datetime
    channel: Channel
    content: Sealed
    late: bool
    """Whether the 72 hours had passed by the time at which the first notification was recorded."""
    late_reasons: Sealed | None
    complete: bool
    """Whether every authority was notified by now."""

    def apply(self, matter: MatterState) -> None:
        matter.notified[self.authority] = self.phase
        if self.complete:
            matter.date = None


class NotificationOmitted(Event):
    """No authority is notified, since a risk is unlikely; the reasons are on record (GDPR Art. 33(1), (5))."""

    TOPIC: ClassVar[str] = "dsr.matter.notification-omitted"
    reasons: Sealed

    def apply(self, matter: MatterState) -> None:
        matter.not_notified = True
        matter.date = None


class PeopleTold(Event):
    """The people concerned were told of an incident with a high risk (GDPR Art. 34(1), (2))."""

    TOPIC: ClassVar[str] = "dsr.matter.people-told"
    told_at: datetime
    channel: Channel
    content: Sealed

    def apply(self, matter: MatterState) -> None:
        matter.people_settled = True


class PeopleExcepted(Event):
    """The people concerned are not told, by an exception that is named (GDPR Art. 34(3))."""

    TOPIC: ClassVar[str] = "dsr.matter.people-excepted"
    exception: TellingException
    reasons: Sealed

    def apply(self, matter: MatterState) -> None:
        matter.people_settled = True


class IncidentControllerTold(Event):
    """The controller for which we process the data was told (GDPR Art. 33(2))."""

    TOPIC: ClassVar[str] = "dsr.matter.controller-told"
    told_at: datetime
    channel: Channel
    content: Sealed

    def apply(self, matter: MatterState) -> None:
        matter.controller_told = True


class IncidentCommands(MatterState):
    """open an incident, assess its risk, notify authorities, tell people and the controller."""

    @classmethod
    def open_incident(
        cls,
        acting: CaseActing,
        *,
        matter_id: UUID,
        reference: str,
        controllers: tuple[str, ...],
        channel: Channel,
        certain_at: datetime,
        request_ids: tuple[UUID, ...],
        message_id: UUID | None,
        misdelivery_id: UUID | None,
        processor_for: str | None,
        document: Ropa,
        ropa_version: int,
        keys: tuple[KeyIntroduction, ...],
        sender: Sealed | None,
        content: Sealed | None,
    ) -> Self:
        """Open an incident of these controllers; the first handles it. `certain_at` is the earliest moment at which
        anybody at a controller was reasonably certain of it.

        Its authorities are those of all these controllers. Where we process the data for another controller, that one
        is told instead, without undue delay. Raises ControllerUnknown, NotProcessor, ReceiptInFuture, ReasonRequired
        (no account).
        """
        named = [document.controller(each) for each in controllers]
        if processor_for is not None:
            require_processor(document, controllers[0], processor_for)
        if certain_at > acting.at:
            raise ReceiptInFuture("Nobody can be certain of an incident in the future. State the true time.")
        if content is None:
            raise ReasonRequired("Say what happened, to which data, and how it was noticed.")
        authorities = () if processor_for else tuple(dict.fromkeys(each.authority for each in named))
        incident = cls.create(
            acting,
            MatterOpened,
            stream_id=matter_id,
            reference=reference,
            kind=MatterKind.INCIDENT,
            controller_id=controllers[0],
            channel=channel,
            received_at=certain_at,
            received_on=acting.calendar.local_date(certain_at),
            language=named[0].languages[0],
            request_ids=request_ids,
            message_id=message_id,
            ropa_version=ropa_version,
            date=notification_date(certain_at, acting.calendar) if authorities else None,
            keys=keys,
            sender=sender,
            content=content,
        )
        incident.record(
            acting,
            IncidentDescribed,
            authorities=authorities,
            processor_for=processor_for,
            misdelivery_id=misdelivery_id,
        )
        return incident

    def assess_risk(self, acting: CaseActing, *, risk: IncidentRisk, reasons: Sealed | None) -> None:
        """Assess the risk for people, with reasons; a later assessment replaces it.

        A risk that is found after it seemed unlikely brings the 72 hours back, which may be over. Raises MatterClosed,
        MatterOfOtherKind, ReasonRequired.
        """
        require_open(self)
        require_kind(self, MatterKind.INCIDENT)
        if reasons is None:
            raise ReasonRequired()
        again = self.not_notified and risk is not IncidentRisk.UNLIKELY
        date = notification_date(self.received_at, acting.calendar) if again else self.date
        self.record(acting, IncidentRiskAssessed, risk=risk, reasons=reasons, date=date)

    def notify_authority(
        self,
        acting: CaseActing,
        *,
        authority: str,
        notified_at: datetime,
        channel: Channel,
        content: Sealed | None,
        late_reasons: Sealed | None,
    ) -> None:
        """Record that an authority was notified; again for each further phase.

        The first notification is late if the 72 hours have passed by now, whatever earlier time is stated (docs/law
        §10); it then needs reasons. Raises MatterClosed, MatterOfOtherKind, AuthorityNotConcerned, MatterDatesInvalid,
        ReasonRequired (no content), LateReasonsRequired.
        """
        require_open(self)
        require_kind(self, MatterKind.INCIDENT)
        if authority not in self.authorities:
            raise AuthorityNotConcerned(authorities=list(self.authorities))
        require_between(self, acting, notified_at)
        if content is None:
            raise ReasonRequired("Write down what the authority was told (GDPR Art. 33(3)).")
        phase = self.notified.get(authority, 0) + 1
        late = is_notified_late(self, phase, acting.at)
        if late and late_reasons is None:
            raise LateReasonsRequired()
        self.record(
            acting,
            AuthorityNotified,
            authority=authority,
            phase=phase,
            notified_at=notified_at,
            channel=channel,
            content=content,
            late=late,
            late_reasons=late_reasons,
            complete={*self.notified, authority} == set(self.authorities),
        )

    def omit_notification(self, acting: Acting, *, reasons: Sealed | None) -> None:
        """Record why no authority is notified.

        Raises MatterClosed, MatterOfOtherKind, RiskNotExcluded, ReasonRequired.
        """
        require_open(self)
        require_kind(self, MatterKind.INCIDENT)
        if self.risk is not IncidentRisk.UNLIKELY:
            raise RiskNotExcluded()
        if reasons is None:
            raise ReasonRequired()
        self.record(acting, NotificationOmitted, reasons=reasons)

    def tell_people(self, acting: CaseActing, *, told_at: datetime, channel: Channel, content: Sealed | None) -> None:
        """Record that the people concerned were told.

        Raises MatterClosed, MatterOfOtherKind, RiskNotHigh, MatterDatesInvalid, ReasonRequired (nothing told).
        """
        self._require_high_risk()
        require_between(self, acting, told_at)
        if content is None:
            raise ReasonRequired("Write down what the people were told (GDPR Art. 34(2)).")
        self.record(acting, PeopleTold, told_at=told_at, channel=channel, content=content)

    def except_people(self, acting: Acting, *, exception: TellingException, reasons: Sealed | None) -> None:
        """Record the exception by which people are not told, with reasons.

        Raises MatterClosed, MatterOfOtherKind, RiskNotHigh, ReasonRequired.
        """
        self._require_high_risk()
        if reasons is None:
            raise ReasonRequired()
        self.record(acting, PeopleExcepted, exception=exception, reasons=reasons)

    def tell_controller(
        self, acting: CaseActing, *, told_at: datetime, channel: Channel, content: Sealed | None
    ) -> None:
        """Record that the controller for which we process the data was told.

        Raises MatterClosed, MatterOfOtherKind, NotProcessedForOthers, MatterDatesInvalid, ReasonRequired (nothing
        told).
        """
        require_open(self)
        require_kind(self, MatterKind.INCIDENT)
        if self.processor_for is None:
            raise NotProcessedForOthers()
        require_between(self, acting, told_at)
        if content is None:
            raise ReasonRequired("Write down what the controller was told (GDPR Art. 33(2)).")
        self.record(acting, IncidentControllerTold, told_at=told_at, channel=channel, content=content)

    def _require_high_risk(self) -> None:
        require_open(self)
        require_kind(self, MatterKind.INCIDENT)
        if self.risk is not IncidentRisk.HIGH:
            raise RiskNotHigh()

    def _outcome_of_incident(self) -> MatterOutcome:
        """The outcome that the record bears out. Raises IncidentUnsettled while something is left to do."""
        if self.processor_for is not None:
            if not self.controller_told:
                raise IncidentUnsettled()
            return MatterOutcome.CONTROLLER_TOLD
        every = set(self.notified) == set(self.authorities)
        people = self.risk is not IncidentRisk.HIGH or self.people_settled
        if self.risk is None or not people or not (every or self.not_notified):
            raise IncidentUnsettled()
        return MatterOutcome.NOTIFIED if every else MatterOutcome.NOT_NOTIFIED


def require_processor(document: Ropa, controller_id: str, other: str) -> None:
    """By the record, the controller processes data for the other one. Raises ControllerUnknown, NotProcessor."""
    document.served(other)
    if not document.processes_for(controller_id, other):
        raise NotProcessor(
            "By the record of processing, this controller processes no data for that one. Name a controller that "
            "`processing_for` names, or none."
        )


def notification_date(certain_at: datetime, calendar: WorkingCalendar) -> MatterDate:
    """The date of an incident: 72 hours after anybody was reasonably certain of it."""
    ends_at = certain_at + _TO_NOTIFY
    return MatterDate(
        due=MatterDue.NOTIFY,
        on=calendar.local_date(ends_at),
        ends_at=ends_at,
        warn_at=ends_at - _WARN_BEFORE,
        latest_on=None,
        source="GDPR Art. 33(1); Reg. 1182/71 Art. 3(4)",
    )


def is_notified_late(incident: MatterState, phase: int, at: datetime) -> bool:
    """Whether a notification recorded at this instant is the first one of its authority, after the 72 hours."""
    return phase == 1 and at >= incident.received_at + _TO_NOTIFY
