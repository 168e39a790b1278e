"""Deadline regimes: what guidance and our own policy say, as data. The statute itself is in `reckoning.py`.

A request pins the id and version it was received under. To change a setting, add a Regime with the next version and
leave the old one: then no old date moves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dsr.domain.errors import Invalid


class RegimeUnknown(Invalid):
    """There is no such deadline regime. Name the one that applies to the controller: `eu-gdpr` or `uk-gdpr`."""

    code = "regime-unknown"


class ClockStart(StrEnum):
    """The day that is not counted: from the next one on, the month runs."""

    RECEIPT = "receipt"
    """The request alone; waiting for proof of identity then suspends the clock."""
    IDENTITY_AND_FEE = "identity-and-fee"
    """The latest of the request, the proof of identity and the fee, where these were asked for."""


@dataclass(frozen=True)
class Regime:
    """One version of the rules on time. Days are calendar days unless they are called working days."""

    id: str
    version: int
    statute: str
    """The provision that sets the month, as people cite it."""
    guidance: str
    """The guidance that the other settings follow."""
    months: int = 1
    extension_months: int = 2
    """How much an extension adds; allowed once."""
    promise_days: int = 30
    """What the privacy notice promises, counted from arrival."""
    clock_start: ClockStart = ClockStart.RECEIPT
    answer_day_suspends: bool = False
    """Whether the day of the sufficient answer belongs to the suspension, as the day of asking does."""
    suspend_within_working_days: int = 5
    """A question stops the clock only if asked within so many working days of arrival."""
    acknowledge_within_working_days: int = 1
    tell_recipients_within_working_days: int = 5
    """After the operation that recipients must hear of (GDPR Art. 19)."""
    warn_working_days: tuple[int, ...] = (10, 5, 1)
    """How many working days before the answer is due somebody is warned; each of them once."""
    remind_identity_after_days: int = 7
    """After a question about identity that nobody answered."""
    propose_unidentified_working_days_before: int = 5
    """Before the month ends that no question suspended, so that a full refusal is in time (GDPR Art. 12(4))."""


_VERSIONS = (
    Regime(
        id="eu-gdpr",
        version=1,
        statute="GDPR Art. 12(3)",
        guidance="EDPB Guidelines 01/2022",
    ),
    Regime(
        id="uk-gdpr",
        version=1,
        statute="UK GDPR Art. 12(3), 12A",
        guidance="ICO guidance on the right of access",
        clock_start=ClockStart.IDENTITY_AND_FEE,
        answer_day_suspends=True,
    ),
)

REGIMES: Mapping[str, Regime] = {each.id: each for each in sorted(_VERSIONS, key=lambda each: each.version)}
"""The current version of each regime, by id."""

EEA = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS"),
        *("IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
"""The 27 member states, Iceland, Liechtenstein and Norway."""


def regime(id: str, version: int | None = None) -> Regime:
    """The regime of that id, the current version unless one is named. Raises RegimeUnknown."""
    for each in reversed(_VERSIONS):
        if each.id == id and version in (None, each.version):
            return each
    raise RegimeUnknown(regime=id, version=version)


def regime_of_country(country: str) -> Regime:
    """The regime in force in the country. Raises RegimeUnknown elsewhere: there a controller must name one."""
    if country in EEA:
        return REGIMES["eu-gdpr"]
    if country == "GB":
        return REGIMES["uk-gdpr"]
    raise RegimeUnknown(country=country)
