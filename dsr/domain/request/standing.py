"""What stands on a case besides its items: restrictions, fees, holds, a representative (docs/law §3).

Values only, so that the state of a case can hold them; the commands stand in one module each.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.rights import Right


@dataclass(frozen=True)
class Occasion:
    """Something that comes due on a case, and is recorded once."""

    kind: str
    """Of `Due`."""
    subject: str
    """What it is about beside the case: working days left, a question, restriction, item or fee."""
    about: date
    """The date that it is about."""


class RestrictionGround(StrEnum):
    """GDPR Art. 18(1); codes are public."""

    ACCURACY_CONTESTED = "accuracy-contested"
    """GDPR Art. 18(1)(a): the person contests the accuracy, for the time that it takes to verify."""
    UNLAWFUL_PROCESSING = "unlawful-processing"
    """GDPR Art. 18(1)(b): the processing is unlawful, and the person opposes erasure."""
    NEEDED_FOR_CLAIMS = "needed-for-claims"
    """GDPR Art. 18(1)(c): the controller no longer needs the data, the person does for legal claims."""
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
    """When somebody has to look whether it still stands."""
    review_at: datetime
    """0:00 local on that day, in UTC."""
    awaits: str | None = None
    """The item of the objection on whose balance it waits (GDPR Art. 18(1)(d))."""
    reviewed_at: datetime | None = None
    """When somebody last found that it still has to stand."""
    told_of_lifting_at: datetime | None = None
    """When the letter left that tells the person before it is lifted (GDPR Art. 18(3)); None again once it is to stand
    longer than that letter says."""
    lifted: bool = False
    """It stands no longer: it was lifted, or ended with the processing (`stopped`)."""
    stopped: bool = False
    """What it was about is no longer done, because an objection prevailed: there is nothing to lift it for."""


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
    """Of answering this request; never of keeping the service that answers requests."""


@dataclass(frozen=True)
class CostLine:
    """One part of what answering costs."""

    kind: CostKind
    amount: int
    """In the smallest unit of the currency."""


class FeeStatus(StrEnum):
    """How far a fee is."""

    PROPOSED = "proposed"
    """An approver decided on it; its notice has not left."""
    QUOTED = "quoted"
    """Its notice left: the person may accept, decline, or withdraw the request instead."""
    ACCEPTED = "accepted"
    """The person agreed to pay."""
    DECLINED = "declined"
    """The person did not agree to pay."""
    PAID = "paid"
    """The money arrived."""
    WAIVED = "waived"
    """The answer is free after all."""
    EXPIRED = "expired"
    """Its offer ended without payment."""
    DROPPED = "dropped"
    """An item that it was for was withdrawn or refused: nothing is left to be paid for."""

    @property
    def is_outstanding(self) -> bool:
        """Still to be answered or paid."""
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
    """When its notice left."""
    quoted_on: date | None = None
    """The local date of that."""
    offer_ends_at: datetime | None = None
    """24:00 local on `offer_ends_on`, once it was quoted."""
    settled_at: datetime | None = None
    """When it was paid, declined, waived or dropped; None while it is outstanding, and where its offer ended."""

    def awaited_until(self, calendar: WorkingCalendar) -> date:
        """The local date until which the controller waits for it, or waited.

        The day of its payment; without one, never beyond the last day of its offer: our own delay moves no month.
        """
        if self.settled_at is None:
            return self.offer_ends_on
        settled_on = calendar.local_date(self.settled_at)
        return settled_on if self.status is FeeStatus.PAID else min(settled_on, self.offer_ends_on)


class HoldKind(StrEnum):
    """Why data may not be deleted."""

    RETENTION = "retention"
    """A copy was asked for, and the data would be deleted before the answer is due (docs/law §6)."""
    LEGAL = "legal"
    """Claims, or a duty to keep."""


@dataclass(frozen=True)
class Hold:
    """What a retention job may not delete."""

    hold_id: UUID
    kind: HoldKind
    controller_id: str
    activities: tuple[str, ...]
    systems: tuple[str, ...]


class RepresentativeKind(StrEnum):
    """Who acts for the data subject; codes are public."""

    PARENT = "parent"
    """Of a child."""
    GUARDIAN = "guardian"
    """Of a child, or of an adult by the decision of a court."""
    AGENT = "agent"
    """Anybody with a mandate, bodies of GDPR Art. 80 among them."""
    LAWYER = "lawyer"
    """With a mandate."""

    @property
    def is_by_law(self) -> bool:
        """Acts by law or decision of a court, not by a mandate of the person: it always ends one day."""
        return self in (RepresentativeKind.PARENT, RepresentativeKind.GUARDIAN)


class AnswerTo(StrEnum):
    """Who gets the answer."""

    DATA_SUBJECT = "data-subject"
    """The person whose data it is."""
    REPRESENTATIVE = "representative"
    """Who acts for the person."""
    BOTH = "both"
    """The person and who acts for the person."""


@dataclass(frozen=True)
class Representation:
    """The authority to act for somebody, as far and as long as it goes."""

    kind: RepresentativeKind
    rights: frozenset[Right]
    """What it covers."""
    answer_to: AnswerTo
    accepted_at: datetime
    expires_on: date | None
    """The last local date on which it holds; None: until it is ended."""
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
    """A text that was handed out; the answer has to say so."""

    kind: CopyKind
    of: str | None
    """For contract clauses: id of the recipient or controller that they bind."""
    redacted: bool


class TargetMethod(StrEnum):
    """How it was made sure who receives a direct transfer; codes are public."""

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
    """Who receives a direct transfer (GDPR Art. 20(2))."""

    target: str
    """Host name of its interface, or a code for the organisation; never a person."""
    verified_at: datetime


@dataclass(frozen=True)
class HandOver:
    """A package that this service hands over itself, while its result is awaited and after."""

    item_id: str
    target: str
    export_id: UUID
    ends_by: datetime
    """When the result is known at the latest."""
    ended: bool = False
