"""The rights that a request can exercise. One letter often exercises several."""

from enum import StrEnum


class Right(StrEnum):
    """Codes are public and never renamed."""

    ACCESS = "access"
    """GDPR Art. 15: which data is processed and how, with a copy."""
    RECTIFICATION = "rectification"
    """GDPR Art. 16: wrong data corrected, incomplete data completed."""
    ERASURE = "erasure"
    """GDPR Art. 17: data erased."""
    RESTRICTION = "restriction"
    """GDPR Art. 18: data only stored."""
    PORTABILITY = "portability"
    """GDPR Art. 20: data in a machine-readable format, or sent to another controller."""
    OBJECTION = "objection"
    """GDPR Art. 21: processing stopped for reasons of the person, or direct marketing for none."""
    AUTOMATED_DECISION = "automated-decision"
    """GDPR Art. 22(3): contest an automated decision, obtain human intervention."""
    CONSENT_WITHDRAWAL = "consent-withdrawal"
    """GDPR Art. 7(3): consent withdrawn."""
    INFORMATION = "information"
    """GDPR Art. 13 and 14: what the notice says, contract clauses on transfers."""
