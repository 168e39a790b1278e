"""Points of information given beside a copy of the data, and their corrections (GDPR Art. 15(1), (2))."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dsr.domain.sealed import Sealed


class InformationPoint(StrEnum):
    """The points of Art. 15, in its order."""

    PURPOSES = "purposes"
    """GDPR Art. 15(1)(a): the purposes."""
    CATEGORIES = "categories"
    """Art. 15(1)(b): the categories of data."""
    RECIPIENTS = "recipients"
    """Art. 15(1)(c): the recipients."""
    RETENTION = "retention"
    """Art. 15(1)(d): how long it is kept."""
    RIGHTS = "rights"
    """Art. 15(1)(e): the other rights."""
    COMPLAINT = "complaint"
    """Art. 15(1)(f): the complaint to an authority."""
    SOURCE = "source"
    """Art. 15(1)(g): where the data comes from."""
    AUTOMATED_DECISIONS = "automated-decisions"
    """Art. 15(1)(h): automated decisions and their logic."""
    SAFEGUARDS = "safeguards"
    """Art. 15(2): the safeguards of transfers."""

    @property
    def provision(self) -> str:
        """The provision that requires it."""
        return _PROVISION_OF[self]

    @property
    def stays(self) -> bool:
        """Whether a correction is added to the text of the record of processing instead of replacing it.

        The rights, and the authority for complaints, are the same for everybody, and the answer has to name them (Art.
        15(1)(e), (f)); a sealed correction can't be checked for them.
        """
        return self in (InformationPoint.RIGHTS, InformationPoint.COMPLAINT)


@dataclass(frozen=True)
class Correction:
    """A handler's text for one point, instead of the record's."""

    text: Sealed
    version: int
    """Version of the event that holds the text, for a disclosure."""


_PROVISION_OF: Final = {
    InformationPoint.PURPOSES: "GDPR Art. 15(1)(a)",
    InformationPoint.CATEGORIES: "GDPR Art. 15(1)(b)",
    InformationPoint.RECIPIENTS: "GDPR Art. 15(1)(c)",
    InformationPoint.RETENTION: "GDPR Art. 15(1)(d)",
    InformationPoint.RIGHTS: "GDPR Art. 15(1)(e)",
    InformationPoint.COMPLAINT: "GDPR Art. 15(1)(f)",
    InformationPoint.SOURCE: "GDPR Art. 15(1)(g)",
    InformationPoint.AUTOMATED_DECISIONS: "GDPR Art. 15(1)(h)",
    InformationPoint.SAFEGUARDS: "GDPR Art. 15(2)",
}
