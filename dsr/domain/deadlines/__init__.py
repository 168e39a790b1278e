"""The deadline rules: calendar months, working days, suspension, extension (GDPR Art. 12(3), Reg. 1182/71).

This package exports its public functions; `regime.py` holds the settings of the regimes.
"""

from dsr.domain.deadlines.calendar import CalendarExhausted, JointCalendar, WorkingCalendar
from dsr.domain.deadlines.deadline import (
    Deadline,
    DueWarning,
    Explanation,
    ExtensionBeforeReceipt,
    ExtensionTooLate,
    acknowledge_by,
    check_extension,
    compute,
    earlier_of,
    explain,
    is_late_refusal,
    recipients_told_by,
    remind_identity_on,
    remind_question_on,
    unextended_statutory_due,
)
from dsr.domain.deadlines.steps import Step
from dsr.domain.deadlines.suspension import (
    Suspension,
    SuspensionBeforeReceipt,
    SuspensionInverted,
    SuspensionKind,
)

__all__ = [
    "CalendarExhausted",
    "Deadline",
    "DueWarning",
    "Explanation",
    "ExtensionBeforeReceipt",
    "ExtensionTooLate",
    "JointCalendar",
    "Step",
    "Suspension",
    "SuspensionBeforeReceipt",
    "SuspensionInverted",
    "SuspensionKind",
    "WorkingCalendar",
    "acknowledge_by",
    "check_extension",
    "compute",
    "earlier_of",
    "explain",
    "is_late_refusal",
    "recipients_told_by",
    "remind_identity_on",
    "remind_question_on",
    "unextended_statutory_due",
]
