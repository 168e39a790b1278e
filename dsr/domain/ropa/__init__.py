"""The record of processing (GDPR Art. 30): controllers, processing activities, legal bases, retention.

Every case pins the version in force when it arrived, so a later revision changes no old answer. The document holds no
personal data: contacts are mailboxes of functions, never persons.
"""

from dsr.domain.ropa.activities import (
    AutomatedDecisions,
    DataCategory,
    DataSource,
    LegalBasis,
    ProcessingActivity,
    Retention,
    Safeguard,
    System,
    Transfer,
)
from dsr.domain.ropa.announcement import (
    Announcement,
    AnnouncementChannel,
    AnnouncementDateInvalid,
    AnnouncementIncomplete,
    AnnouncementMade,
    AnnouncementUnknown,
    ControllerChange,
)
from dsr.domain.ropa.authority import Authority
from dsr.domain.ropa.document import JointArrangement, Notice, Ropa
from dsr.domain.ropa.errors import (
    ActivityUnknown,
    CalendarMissing,
    CategoryUnknown,
    ControllerUnknown,
    NotInRecord,
    RecipientUnknown,
    RopaInvalid,
    RopaMissing,
    RopaProblem,
    RopaUnchanged,
    RopaVersionUnknown,
    SubjectsUnknown,
    SystemElsewhere,
    SystemUnknown,
)
from dsr.domain.ropa.parties import Controller, Recipient, RecipientKind, ServedController, SubProcessor
from dsr.domain.ropa.record import (
    ROPA_ID,
    ControllersAnnounced,
    ControllersChanged,
    RecordOfProcessing,
    RecordOpened,
    RopaAdopted,
    RopaVersion,
    calendar_years,
)
from dsr.domain.ropa.rules import problems_of

__all__ = [
    "ROPA_ID",
    "ActivityUnknown",
    "Announcement",
    "AnnouncementChannel",
    "AnnouncementDateInvalid",
    "AnnouncementIncomplete",
    "AnnouncementMade",
    "AnnouncementUnknown",
    "Authority",
    "AutomatedDecisions",
    "CalendarMissing",
    "CategoryUnknown",
    "Controller",
    "ControllerChange",
    "ControllerUnknown",
    "ControllersAnnounced",
    "ControllersChanged",
    "DataCategory",
    "DataSource",
    "JointArrangement",
    "LegalBasis",
    "NotInRecord",
    "Notice",
    "ProcessingActivity",
    "Recipient",
    "RecipientKind",
    "RecipientUnknown",
    "RecordOfProcessing",
    "RecordOpened",
    "Retention",
    "Ropa",
    "RopaAdopted",
    "RopaInvalid",
    "RopaMissing",
    "RopaProblem",
    "RopaUnchanged",
    "RopaVersion",
    "RopaVersionUnknown",
    "Safeguard",
    "ServedController",
    "SubProcessor",
    "SubjectsUnknown",
    "System",
    "SystemElsewhere",
    "SystemUnknown",
    "Transfer",
    "calendar_years",
    "problems_of",
]
