"""What is told beside a copy of the data, point by point, and how a point is corrected (GDPR Art. 15(1), (2))."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dsr.domain.sealed import Sealed


class InformationPoint(StrEnum):
    """What Art. 15 wants to be told, in its order."""

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
        """Where the law asks for it."""
        return _PROVISION_OF[self]

    @property
    def stays(self) -> bool:
        """Whether a correction stands beside what the record of processing says, and takes the place of nothing.

        Which rights there are, and to which authority one may complain, by name, is so for everybody: the answer has to
        say it (Art. 15(1)(e), (f)), and what is sealed can't be looked through for it.
        """
        return self in (InformationPoint.RIGHTS, InformationPoint.COMPLAINT)


@dataclass(frozen=True)
class Correction:
    """What a person is told of one point in the words of who handles the case."""

    text: Sealed
    version: int
    """Of the event that holds it: what a disclosure opens."""


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
