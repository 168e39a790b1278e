"""Matters beside the cases: complaints, incidents, authorities and courts, with dates of their own (docs/law §13).

`Matter` combines one module per kind of matter; each module holds its events and its commands.
"""

from dsr.domain.matter.complaint import ComplaintAcknowledged, ComplaintProgressTold
from dsr.domain.matter.incident import (
    AuthorityNotified,
    IncidentControllerTold,
    IncidentDescribed,
    IncidentRiskAssessed,
    NotificationOmitted,
    PeopleExcepted,
    PeopleTold,
)
from dsr.domain.matter.letter import (
    AuthorityLetter,
    AuthorityLetterDescribed,
    MatterDateMoved,
    MatterHoldsPlaced,
)
from dsr.domain.matter.matter import Matter
from dsr.domain.matter.messages import MatterMessageExamined, MatterMessageReceived
from dsr.domain.matter.notices import MatterNoticeDiscarded, MatterNoticeReleased, MatterNoticeWritten
from dsr.domain.matter.sending import (
    MatterLetterDiscarded,
    MatterLetterFailed,
    MatterLetterReleased,
    MatterLetterReturned,
    MatterLetterSent,
    MatterLetterWritten,
)
from dsr.domain.matter.state import (
    MatterAnswerRecorded,
    MatterAssigned,
    MatterDateApproaching,
    MatterDateMissed,
    MatterOpened,
    MatterOutcomeRecorded,
    MatterPartsOpened,
    MatterRequestLinked,
)
from dsr.domain.matter.values import (
    MATTER_LETTERS,
    IncidentRisk,
    LetterOnItsWay,
    MatterAttention,
    MatterDate,
    MatterDue,
    MatterHold,
    MatterKind,
    MatterLetterKind,
    MatterOutcome,
    MatterSender,
    MatterStatus,
    TellingException,
)

__all__ = [
    "MATTER_LETTERS",
    "AuthorityLetter",
    "AuthorityLetterDescribed",
    "AuthorityNotified",
    "ComplaintAcknowledged",
    "ComplaintProgressTold",
    "IncidentControllerTold",
    "IncidentDescribed",
    "IncidentRisk",
    "IncidentRiskAssessed",
    "LetterOnItsWay",
    "Matter",
    "MatterAnswerRecorded",
    "MatterAssigned",
    "MatterAttention",
    "MatterDate",
    "MatterDateApproaching",
    "MatterDateMissed",
    "MatterDateMoved",
    "MatterDue",
    "MatterHold",
    "MatterHoldsPlaced",
    "MatterKind",
    "MatterLetterDiscarded",
    "MatterLetterFailed",
    "MatterLetterKind",
    "MatterLetterReleased",
    "MatterLetterReturned",
    "MatterLetterSent",
    "MatterLetterWritten",
    "MatterMessageExamined",
    "MatterMessageReceived",
    "MatterNoticeDiscarded",
    "MatterNoticeReleased",
    "MatterNoticeWritten",
    "MatterOpened",
    "MatterOutcome",
    "MatterOutcomeRecorded",
    "MatterPartsOpened",
    "MatterRequestLinked",
    "MatterSender",
    "MatterStatus",
    "NotificationOmitted",
    "PeopleExcepted",
    "PeopleTold",
    "TellingException",
]
