"""Values of a case besides its items: restrictions, fees, holds, a representative (docs/law §3).

Values only, so that the state of a case can hold them; their commands have a module each.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.rights import Right


@dataclass(frozen=True)
class Occasion:
    """A due date of a case, which is recorded once."""

    kind: str
    """A code of `Due`."""
    subject: str
    """Its subject within the case: working days left, a question, restriction, item or fee."""
    about: date
    """The due date."""


@dataclass(frozen=True)
class ReplyDue:
    """The date of the reply to a message that reopened the case."""

    due: date
    """One month after the arrival of the message."""
    warn_at: datetime
    """0:00 local, five working days before, in UTC."""
    ends_at: datetime
    """24:00 local on the date, in UTC."""


@dataclass(frozen=True)
class CalendarInForce:
    """A correction of the working days of a case: since when those of a later version of the record count."""

    before: int
    """The version of the record of processing whose days counted before."""
    now: int
    since: datetime
    by: str


class RestrictionGround(StrEnum):
    """GDPR Art. 18(1); codes are public."""

    ACCURACY_CONTESTED = "accuracy-contested"
    """GDPR Art. 18(1)(a): the person contests the accuracy; for the time it takes to verify."""
    UNLAWFUL_PROCESSING = "unlawful-processing"
    """GDPR Art. 18(1)(b): the processing is unlawful, and the person opposes erasure."""
    NEEDED_FOR_CLAIMS = "needed-for-claims"
    """GDPR Art. 18(1)(c): the controller no longer needs the data, but the person needs it for legal claims."""
    OBJECTION_PENDING = "objection-pending"
    """GDPR Art. 18(1)(d): until it is verified whose grounds prevail."""


@dataclass(frozen=True)
class Restriction:
    """Data that is only stored, except for the uses of GDPR Art. 18(2)."""

    restriction_id: UUID
    item_id: str
    """The item that asked for it."""
    ground: RestrictionGround
    activities: tuple[str, ...]
    """Ids of the record of processing."""
    since: datetime
    review_on: date
    """When it has to be reviewed."""
    review_at: datetime
    """0:00 local on that day, in UTC."""
    awaits: str | None = None
    """The item of the objection whose balance it waits for (GDPR Art. 18(1)(d))."""
    reviewed_at: datetime | None = None
    """When the last review kept it."""
    told_of_lifting_at: datetime | None = None
    """When the notice before lifting was sent (GDPR Art. 18(3)); None again once a review keeps the restriction."""
    lifted: bool = False
    """True once the restriction has ended: it was lifted, or ended with the processing (`stopped`)."""
    stopped: bool = False
    """The processing stopped because an objection prevailed, so nothing is left to lift."""


class FeeGround(StrEnum):
    """The only grounds on which a fee may be charged; codes are public."""

    MANIFESTLY_UNFOUNDED = "manifestly-unfounded"
    """GDPR Art. 12(5)(a): instead of refusing a manifestly unfounded request."""
    MANIFESTLY_EXCESSIVE = "manifestly-excessive"
    """GDPR Art. 12(5)(a): instead of refusing a manifestly excessive request."""
    FURTHER_COPY = "further-copy"
    """GDPR Art. 15(3), second sentence: a further copy."""


class CostKind(StrEnum):
    """The administrative costs that a fee may recover (GDPR Art. 12(5)(a), 15(3)); codes are public."""

    COPYING = "copying"
    """Printing or copying."""
    POSTAGE = "postage"
    """Sending."""
    DATA_MEDIUM = "data-medium"
    """A medium that holds the data."""
    STAFF_TIME = "staff-time"
    """Cost of answering this request, never of running the service that answers requests."""


@dataclass(frozen=True)
class CostLine:
    """One part of what answering costs."""

    kind: CostKind
    amount: int
    """In the smallest unit of the currency."""


class FeeStatus(StrEnum):
    """Status of a fee."""

    PROPOSED = "proposed"
    """An approver decided on it; its notice was not sent."""
    QUOTED = "quoted"
    """Its notice was sent: the person may accept, decline, or withdraw the request instead."""
    ACCEPTED = "accepted"
    """The person agreed to pay."""
    DECLINED = "declined"
    """The person did not agree to pay."""
    PAID = "paid"
    """The money arrived."""
    WAIVED = "waived"
    """An approver waived it."""
    EXPIRED = "expired"
    """Its offer ended without payment."""
    DROPPED = "dropped"
    """One of its items was withdrawn or refused."""

    @property
    def is_outstanding(self) -> bool:
        """Whether it is not answered or not paid yet."""
        return self in (FeeStatus.PROPOSED, FeeStatus.QUOTED, FeeStatus.ACCEPTED)


@dataclass(frozen=True)
class Fee:
    """A reasonable fee, quoted before it is charged."""

    fee_id: UUID
    item_ids: tuple[str, ...]
    ground: FeeGround
    amount: int
    """In the smallest unit of the currency, such as cents."""
    currency: str
    """ISO 4217."""
    offer_ends_on: date
    """The last local date on which the person may accept."""
    proposed_at: datetime
    status: FeeStatus = FeeStatus.PROPOSED
    quoted_at: datetime | None = None
    """When its notice was sent."""
    quoted_on: date | None = None
    """The local date from which the clock counts it: that of its notice, or of its entry while nobody confirmed an
    earlier one.
    """
    offer_ends_at: datetime | None = None
    """24:00 local on `offer_ends_on`, once it was quoted."""
    settled_at: datetime | None = None
    """When it was paid, declined, waived or dropped; None while it is outstanding or if its offer ended."""
    paid_late: bool = False
    """A person recorded by hand that it was paid on an earlier day after its offer had ended; nobody confirmed it."""

    def awaited_until(self, calendar: WorkingCalendar) -> date:
        """The local date until which the controller waits for it, or waited.

        This is the day of payment; without one, or while nobody confirmed that it came later, at most the last day of
        the offer, so that the controller's delay moves no date.
        """
        if self.settled_at is None:
            return self.offer_ends_on
        settled_on = calendar.local_date(self.settled_at)
        counts_as_paid = self.status is FeeStatus.PAID and not self.paid_late
        return settled_on if counts_as_paid else min(settled_on, self.offer_ends_on)


class HoldKind(StrEnum):
    """Why data may not be deleted."""

    RETENTION = "retention"
    """The person asked for a copy, and the data would be deleted before the answer is due (docs/law §6)."""
    LEGAL = "legal"
    """Claims, or a duty to keep."""
    RESTRICTION = "restriction"
    """The processing is restricted, or the person asked for that: the data may only be stored (GDPR Art. 18(2))."""


class ExceptionGround(StrEnum):
    """Why restricted data may be deleted after all; codes are public."""

    ERASURE_GRANTED = "erasure-granted"
    """The same person asked for erasure later, and it was granted: their own wish."""
    CONSENT = "consent"
    """GDPR Art. 18(2): with the consent of the person whose data it is."""
    LEGAL_CLAIMS = "legal-claims"
    """GDPR Art. 18(2): to establish, exercise or defend legal claims."""
    PROTECT_ANOTHER = "protect-another"
    """GDPR Art. 18(2): to protect the rights of another person, such as the other party of a call."""
    IMPORTANT_PUBLIC_INTEREST = "important-public-interest"
    """GDPR Art. 18(2): for important public interest of the Union or of a member state."""


@dataclass(frozen=True)
class HoldException:
    """A proposal to delete data of a restriction, which a second person has to decide."""

    ground: ExceptionGround
    systems: tuple[str, ...]
    """The systems in which the data is deleted."""
    proposed_by: str


@dataclass(frozen=True)
class Hold:
    """A hold: data that a retention job may not delete."""

    hold_id: UUID
    """That of the restriction, for a hold that a restriction in force is."""
    kind: HoldKind
    controller_id: str
    activities: tuple[str, ...]
    systems: tuple[str, ...]
    """Empty for a restriction from before systems were recorded: it holds every system of its controller."""
    exception: HoldException | None = None
    """The undecided proposal to delete data of the restriction after all."""

    def covers(self, systems: Collection[str]) -> bool:
        """Whether it holds data in any of these systems."""
        return not self.systems or not set(systems).isdisjoint(self.systems)


class RepresentativeKind(StrEnum):
    """Kind of representative of the data subject; codes are public."""

    PARENT = "parent"
    """Of a child."""
    GUARDIAN = "guardian"
    """Of a child, or of an adult by the decision of a court."""
    AGENT = "agent"
    """Anybody with a mandate, including bodies of GDPR Art. 80."""
    LAWYER = "lawyer"
    """With a mandate."""

    @property
    def is_by_law(self) -> bool:
        """Whether it rests on law or a court decision instead of a mandate; such an authority always ends one day."""
        return self in (RepresentativeKind.PARENT, RepresentativeKind.GUARDIAN)


class AnswerTo(StrEnum):
    """Who gets the answer."""

    DATA_SUBJECT = "data-subject"
    """The person whose data it is."""
    REPRESENTATIVE = "representative"
    """The representative."""
    BOTH = "both"
    """The person and the representative."""


@dataclass(frozen=True)
class Representation:
    """The authority to act for the data subject: its rights and its duration."""

    kind: RepresentativeKind
    rights: frozenset[Right]
    """The rights it covers."""
    answer_to: AnswerTo
    accepted_at: datetime
    expires_on: date | None
    """The last local date of the authority; None: until it is ended."""
    ended_at: datetime | None = None

    def held(self, moment: datetime, day: date) -> bool:
        """Whether it was in force at an instant, whose local date is `day`."""
        if moment < self.accepted_at or (self.ended_at is not None and moment >= self.ended_at):
            return False
        return self.expires_on is None or day <= self.expires_on


class CopyKind(StrEnum):
    """The texts that people may ask for; codes are public."""

    PRIVACY_NOTICE = "privacy-notice"
    """The privacy notice (GDPR Art. 13, 14)."""
    CONTRACT_CLAUSES = "contract-clauses"
    """The safeguards of a transfer: GDPR Art. 13(1)(f), 15(2), 46(2)."""
    JOINT_ARRANGEMENT = "joint-arrangement"
    """The essence of the joint arrangement (GDPR Art. 26(2))."""


@dataclass(frozen=True)
class Copy:
    """A text that was handed out, which the answer has to mention."""

    kind: CopyKind
    of: str | None
    """For contract clauses: id of the recipient or controller that they bind."""
    redacted: bool


class TargetMethod(StrEnum):
    """How the recipient of a direct transfer was verified; codes are public."""

    WRITTEN_CONFIRMATION = "written-confirmation"
    """The organisation confirmed in writing, under an address that it publishes."""
    CALL_BACK = "call-back"
    """At a number that the organisation publishes."""
    CERTIFICATE = "certificate"
    """Of the interface, and it names the organisation."""
    AGREED_INTERFACE = "agreed-interface"
    """An interface that the two controllers agreed on before."""


@dataclass(frozen=True)
class Target:
    """Recipient of a direct transfer (GDPR Art. 20(2))."""

    target: str
    """Host name of its interface, or a code for the organisation; never a person."""
    verified_at: datetime


@dataclass(frozen=True)
class HandOver:
    """A direct transfer of a package by this service, running or ended."""

    item_id: str
    target: str
    export_id: UUID
    ends_by: datetime
    """When the result is known at the latest."""
    ended: bool = False


class ForgettingGround(StrEnum):
    """Why a case file is forgotten; codes are public."""

    PERIOD = "period"
    """Its period in docs/law §7 has ended."""
    AUTHORITY_ORDER = "authority-order"
    """A supervisory authority ordered it."""
    COURT_ORDER = "court-order"
    """A court ordered it."""
    NO_LONGER_NEEDED = "no-longer-needed"
    """By the advice of the data protection officer, nothing demands that it is kept any longer (GDPR Art. 17(1)(a))."""


@dataclass(frozen=True)
class Forgetting:
    """The forgetting of a case file: proposed, then ordered, then attested."""

    ground: ForgettingGround
    proposed_by: str
    ordered_by: str = ""
    ordered_at: datetime | None = None
    attested_at: datetime | None = None


@dataclass(frozen=True)
class PassingOn:
    """How a letter that passed the request on to its controller stands (docs/law §9)."""

    anew_since: datetime | None = None
    """When the case was reopened: a letter from before passes nothing on any more."""
    returned: bool = False
    """The letter came back, so that controller does not know of the request."""

    def counts(self, at: datetime) -> bool:
        """Whether a letter of this instant passes the request on as it stands now."""
        return self.anew_since is None or at > self.anew_since
