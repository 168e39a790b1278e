"""Kinds, states and dates of matters; codes are public."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final


class MatterKind(StrEnum):
    """What a matter is about."""

    COMPLAINT = "complaint"
    """A complaint to us about how data is used or a request was handled (GDPR Art. 12, 24; DPA 2018 s. 164A)."""
    INCIDENT = "incident"
    """A personal data breach: a misdelivery, or an unlawful disclosure (GDPR Art. 4(12), 33, 34)."""


class MatterStatus(StrEnum):
    """Status of a matter."""

    OPEN = "open"
    """Not answered yet."""
    ANSWERED = "answered"
    """The answer has left; its outcome is not recorded yet."""
    CLOSED = "closed"
    """Answered, with an outcome."""


class MatterDue(StrEnum):
    """What has to be done by the date of a matter."""

    ACKNOWLEDGE = "acknowledge"
    """To tell the sender that it arrived."""
    NOTIFY = "notify"
    """To notify the supervisory authorities of an incident, or to say why none is notified (GDPR Art. 33)."""


class MatterOutcome(StrEnum):
    """How a matter ended."""

    UPHELD = "upheld"
    """The complaint was right."""
    UPHELD_IN_PART = "upheld-in-part"
    """The complaint was right in part."""
    REJECTED = "rejected"
    """The complaint was wrong."""
    WITHDRAWN = "withdrawn"
    """Its sender withdrew it."""
    NOTIFIED = "notified"
    """The authorities were notified of the incident."""
    NOT_NOTIFIED = "not-notified"
    """The incident is on record, with the reasons why no authority was notified (GDPR Art. 33(5))."""
    CONTROLLER_TOLD = "controller-told"
    """The controller for which we process was told of the incident (GDPR Art. 33(2))."""


COMPLAINT_OUTCOMES: Final = (
    MatterOutcome.UPHELD,
    MatterOutcome.UPHELD_IN_PART,
    MatterOutcome.REJECTED,
    MatterOutcome.WITHDRAWN,
)
"""How a complaint can end."""


class IncidentRisk(StrEnum):
    """The risk of an incident for the rights and freedoms of people (GDPR Art. 33(1), 34(1))."""

    UNLIKELY = "unlikely"
    """Unlikely to be a risk: no authority has to be notified, and the record says why."""
    RISK = "risk"
    """A risk: the authorities are notified."""
    HIGH = "high"
    """A high risk: the authorities are notified, and the people are told."""


class TellingException(StrEnum):
    """Why people are not told of an incident with a high risk (GDPR Art. 34(3))."""

    UNINTELLIGIBLE = "unintelligible"
    """The data is unintelligible to whoever got it, such as by encryption (Art. 34(3)(a))."""
    RISK_REMOVED = "risk-removed"
    """Measures taken since then make the high risk no longer likely (Art. 34(3)(b))."""
    DISPROPORTIONATE = "disproportionate"
    """Disproportionate effort: the people are told by a public communication instead (Art. 34(3)(c))."""


@dataclass(frozen=True)
class MatterDate:
    """The date of a matter, computed once by the command that sets it."""

    due: MatterDue
    on: date
    """The last day, in the zone of the controller."""
    ends_at: datetime
    """The first instant that is too late."""
    warn_at: datetime
    """When the team is warned that it approaches."""
    latest_on: date | None
    """The later day by the counting of the authority, where the source can be read in two ways; the earlier holds."""
    source: str
    """The provision that sets it, in the usual citation."""
