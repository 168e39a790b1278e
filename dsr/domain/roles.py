"""Who may do what: roles of staff, and the data subject."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """Roles are granted to staff within a scope of controllers; `data-subject` is bound to one request."""

    INTAKE = "intake"
    """Enters what arrived: mail, telephone, paper, in person."""
    HANDLER = "handler"
    """Triages, asks, proposes, answers."""
    APPROVER = "approver"
    """Decides what a handler proposed; never the one who proposed."""
    DPO = "dpo"
    """Data protection officer: consulted, the opinion is recorded; never the one who decides (GDPR Art. 38(6))."""
    SYSTEM_OWNER = "system-owner"
    """Delivers, corrects or erases what a system holds."""
    AUDITOR = "auditor"
    """Reads the history; changes nothing."""
    OPERATOR = "operator"
    """Runs the service: staff, tokens, record of processing, projections; opens no personal data."""
    DATA_SUBJECT = "data-subject"
    """The person the request is about."""


OPENS_PERSONAL_DATA: Final = frozenset(Role) - {Role.OPERATOR, Role.DATA_SUBJECT}
"""The roles of staff with which personal data can be opened: all but `operator`, who runs the service and sees no case.

They are given only to people who are bound to confidentiality and trained (GDPR Art. 29, 32(4), 39(1)(b)), the DPO
(Art. 38(5)) and auditors included. The set is named by who is left out, so that a role to come belongs to it.
"""

WORKS_ON_CASES: Final = OPENS_PERSONAL_DATA - {Role.AUDITOR}
"""The roles of those who can be given a case to work on."""
