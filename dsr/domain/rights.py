"""The rights that a request can exercise. One letter often exercises several."""

from enum import StrEnum


class Right(StrEnum):
    """Codes are public and never renamed."""

    ACCESS = "access"
    """GDPR Art. 15."""
    RECTIFICATION = "rectification"
    """GDPR Art. 16."""
    ERASURE = "erasure"
    """GDPR Art. 17."""
    RESTRICTION = "restriction"
    """GDPR Art. 18."""
    PORTABILITY = "portability"
    """GDPR Art. 20."""
    OBJECTION = "objection"
    """GDPR Art. 21."""
    AUTOMATED_DECISION = "automated-decision"
    """GDPR Art. 22(3): contest an automated decision, obtain human intervention."""
    CONSENT_WITHDRAWAL = "consent-withdrawal"
    """GDPR Art. 7(3)."""
    INFORMATION = "information"
    """GDPR Art. 13 and 14: what the notice says, contract clauses on transfers."""
