"""Deadline regimes: settings from guidance and our own policy, as data. The statute itself is in `reckoning.py`.

A request pins the id and version it was received under. To change a setting, add a Regime with the next version and
keep the old one, so that no old date moves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dsr.domain.errors import Invalid


class RegimeUnknown(Invalid):
    """There is no such deadline regime. Name the one that applies to the controller: `eu-gdpr` or `uk-gdpr`."""

    code = "regime-unknown"


class ClockStart(StrEnum):
    """The start of the month: this day is not counted, the month runs from the next."""

    RECEIPT = "receipt"
    """The request alone; waiting for proof of identity then suspends the clock."""
    IDENTITY_AND_FEE = "identity-and-fee"
    """The latest of the request, the proof of identity and the fee, if these were asked for."""


@dataclass(frozen=True)
class Regime:
    """One version of the rules on time. Days are calendar days unless they are called working days."""

    id: str
    version: int
    statute: str
    """The provision that sets the month, in the usual citation."""
    guidance: str
    """The guidance that the other settings follow."""
    months: int = 1
    extension_months: int = 2
    """Months that an extension adds; allowed once."""
    promise_days: int = 30
    """What the privacy notice promises, counted from arrival."""
    clock_start: ClockStart = ClockStart.RECEIPT
    answer_day_suspends: bool = False
    """Whether the day of the sufficient answer counts as suspended, as the day of the question does."""
    suspend_within_working_days: int = 5
    """A question suspends the clock only if asked within this many working days of arrival."""
    acknowledge_within_working_days: int = 1
    tell_recipients_within_working_days: int = 5
    """Working days after the operation within which recipients are told (GDPR Art. 19)."""
    warn_working_days: tuple[int, ...] = (10, 5, 1)
    """Working days before the due date on which a warning is given, once each."""
    remind_identity_after_days: int = 7
    """Days after an unanswered identity question."""
    remind_question_after_days: int = 7
    """Days after any other unanswered question to the person."""
    propose_unidentified_working_days_before: int = 5
    """Days before the end of the month without any suspension, so that a full refusal is in time (GDPR Art. 12(4))."""


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
    """The regime of that id, in its current version by default. Raises RegimeUnknown."""
    for each in reversed(_VERSIONS):
        if each.id == id and version in (None, each.version):
            return each
    raise RegimeUnknown(regime=id, version=version)


def regime_of_country(country: str) -> Regime:
    """The regime in force in the country. Raises RegimeUnknown for other countries, where a controller must name a
    regime.
    """
    if country in EEA:
        return REGIMES["eu-gdpr"]
    if country == "GB":
        return REGIMES["uk-gdpr"]
    raise RegimeUnknown(country=country)
