"""Suspensions: times in which the controller waits for the data subject."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dsr.domain.errors import Refused


class SuspensionInverted(Refused):
    """A suspension can't end before the question was asked. Check both dates."""

    code = "suspension-inverted"


class SuspensionBeforeReceipt(Refused):
    """A question can't be asked before the request arrived. Check the date of the question and the date of arrival."""

    code = "suspension-before-receipt"


class SuspensionKind(StrEnum):
    """What the controller waits for. The regime decides whether it suspends the clock."""

    IDENTITY = "identity"
    """Information to confirm identity, in reasonable doubt (GDPR Art. 12(6))."""
    CLARIFICATION = "clarification"
    """Which data or processing a request for access is about (GDPR recital 63)."""
    FEE = "fee"
    """Payment of a fee (GDPR Art. 12(5)). Does not suspend the clock in the EU; in the UK the month runs from the
    payment.
    """


@dataclass(frozen=True)
class Suspension:
    """One question. Asking again after an insufficient answer keeps the same suspension open."""

    kind: SuspensionKind
    asked: date
    """Local date on which the question was sent."""
    sufficient: date | None
    """Local date on which a sufficient answer arrived; None while the question is open."""

    def __post_init__(self) -> None:
        """Raises SuspensionInverted."""
        if self.sufficient is not None and self.sufficient < self.asked:
            raise SuspensionInverted(asked=self.asked.isoformat(), sufficient=self.sufficient.isoformat())
