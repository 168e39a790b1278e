"""Third countries to which data may go without further safeguards (GDPR Art. 45)."""

from typing import Final

ADEQUATE: Final = frozenset({"AD", "AR", "BR", "CH", "FO", "GB", "GG", "IL", "IM", "JE", "JP", "KR", "NZ", "UY"})
"""Found adequate by the Commission as a whole, as of 2026."""

PARTLY_ADEQUATE: Final = frozenset({"CA", "US"})
"""Adequate for some recipients only (commercial organisations; the Data Privacy Framework): to be stated each time."""
