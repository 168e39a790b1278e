"""Who may do what: roles of staff, and the data subject."""

from enum import StrEnum


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
