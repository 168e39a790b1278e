"""Roles: of members of staff, and of the data subject."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """Roles are granted to staff within a scope of controllers; `data-subject` is bound to one request."""

    INTAKE = "intake"
    """Enters requests that arrived by mail, by telephone, on paper or in person."""
    HANDLER = "handler"
    """Triages, asks, proposes, answers."""
    APPROVER = "approver"
    """Decides proposals of other members of staff, never their own."""
    DPO = "dpo"
    """Data protection officer: gives opinions, which are recorded, and never decides (GDPR Art. 38(6))."""
    SYSTEM_OWNER = "system-owner"
    """Delivers, corrects or erases the data that a system holds."""
    AUDITOR = "auditor"
    """Reads the history; changes nothing."""
    OPERATOR = "operator"
    """Runs the service: staff, tokens, record of processing, projections; opens no personal data."""
    DATA_SUBJECT = "data-subject"
    """The person the request is about."""


OPENS_PERSONAL_DATA: Final = frozenset(Role) - {Role.OPERATOR, Role.DATA_SUBJECT}
"""The roles of staff with which personal data can be opened: all but `operator`, who runs the service and sees no
case.

They are given only to people bound to confidentiality and trained (GDPR Art. 29, 32(4), 39(1)(b)), including the DPO
(Art. 38(5)) and auditors. The set is defined by exclusion, so that a new role belongs to it.
"""

CONFIRMS_STAFF: Final = frozenset({Role.OPERATOR, Role.DPO})
"""Roles that confirm, as a second person, what an operator gave a member of staff."""

WORKS_ON_CASES: Final = OPENS_PERSONAL_DATA - {Role.AUDITOR}
"""Roles to which a case can be assigned."""
