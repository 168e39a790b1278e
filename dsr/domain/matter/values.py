"""Kinds, states and dates of matters; codes are public."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class MatterKind(StrEnum):
    """What a matter is about."""

    COMPLAINT = "complaint"
    """A complaint to us about how data is used or a request was handled (GDPR Art. 12, 24; DPA 2018 s. 164A)."""


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
