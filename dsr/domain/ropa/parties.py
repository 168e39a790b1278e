"""Controllers (GDPR Art. 4(7), 26) and recipients (Art. 4(9), 28)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dsr.domain.deadlines.calendar import WorkingCalendar
from dsr.domain.deadlines.regime import RegimeUnknown, regime_of_country
from dsr.domain.frozen import replace
from dsr.domain.ropa.own_files import THREE_YEARS_EACH, OwnRetention


@dataclass(frozen=True)
class OwnDay:
    """A day on which a controller's calendar differs from that of its country."""

    day: str
    """ISO 8601, as it stands in the document."""
    source: str
    """The law or decision that says so."""


@dataclass(frozen=True)
class OwnDays:
    """What a controller adds to the public holidays of its country, and takes away (docs/law §14)."""

    add: tuple[OwnDay, ...] = ()
    remove: tuple[OwnDay, ...] = ()

    def applied_to(self, calendar: WorkingCalendar) -> WorkingCalendar:
        """The calendar with these days."""
        added, removed = ({date.fromisoformat(each.day) for each in days} for days in (self.add, self.remove))
        if not added | removed:
            return calendar
        kept = {day for day in {*calendar.holidays} | added if calendar.first_year <= day.year <= calendar.last_year}
        return replace(
            calendar,
            version=f"{calendar.version}, days of the record",
            holidays=tuple(sorted(kept - removed)),
            doubtful=tuple(sorted({*calendar.doubtful} - added - removed)),
        )


@dataclass(frozen=True)
class Controller:
    """A controller or joint controller that data subjects may contact."""

    id: str
    """Slug, for ever: `callcentre-de`."""
    name: str
    country: str
    """ISO 3166-1 alpha-2 of the establishment."""
    zone: str
    """IANA time zone in which a day of arrival is counted."""
    regime: str
    """Id of its deadline regime: `eu-gdpr`, `uk-gdpr`."""
    authority: str
    """Id of the supervisory authority that its letters name."""
    address: tuple[str, ...]
    """Postal address, one line each, without the name."""
    languages: tuple[str, ...]
    """ISO 639-1: languages it answers in, preferred first."""
    child_age: int
    """Age of consent in years in its country: below it, a parent has to consent to an online service (GDPR Art. 8(1));
    13 to 16.
    """
    mailboxes: tuple[str, ...] = ()
    """E-mail addresses of its privacy mailbox; letters are sent from the first."""
    mailbox_of: str | None = None
    """Id of the controller that receives for it (and represents it in the Union, Art. 27) if it has no mailbox."""
    dpo_mailbox: str | None = None
    """Function mailbox of the data protection officer (Art. 37), never a person's."""
    calendar: OwnDays = OwnDays()
    """Its own public holidays, beside those of its country."""
    acknowledge_complaints_within_days: int | None = None
    """Days after its arrival within which it promises to acknowledge a complaint; None: no promise (docs/law §13)."""
    retention: OwnRetention = THREE_YEARS_EACH
    """How long its privacy desk keeps its own files (docs/law §7)."""

    @property
    def is_inside_its_regime(self) -> bool:
        """Whether the regime applies to it by establishment (GDPR Art. 3(1)), so that its own calendar counts."""
        try:
            return regime_of_country(self.country).id == self.regime
        except RegimeUnknown:
            return False


@dataclass(frozen=True)
class ServedController:
    """Another controller, for which members of the group process data (GDPR Art. 28, 30(2)(a))."""

    id: str
    name: str
    processors: tuple[str, ...]
    """Ids of the members that process data for it."""
    address: tuple[str, ...] = ()
    """Postal address, one line each, without the name."""
    mailbox: str | None = None
    """Where requests of data subjects are sent."""


class RecipientKind(StrEnum):
    """Role in which a recipient gets the data."""

    PROCESSOR = "processor"
    CONTROLLER = "controller"
    AUTHORITY = "authority"


@dataclass(frozen=True)
class SubProcessor:
    """Another processor that a processor engages (GDPR Art. 28(4))."""

    name: str
    country: str
    service: str
    """What it does, in words."""


@dataclass(frozen=True)
class Recipient:
    """A recipient, which an access letter names and which is told of erasures (Art. 19)."""

    id: str
    name: str
    kind: RecipientKind
    country: str
    mailbox: str | None = None
    """Address for notices under Art. 19."""
    sub_processors: tuple[SubProcessor, ...] = ()
