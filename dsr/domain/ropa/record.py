"""The record of processing as an aggregate: one stream, with one event per adopted version."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar, Final
from uuid import NAMESPACE_URL, uuid5

from dsr.domain.acting import Acting
from dsr.domain.deadlines.calendar import JointCalendar, WorkingCalendar
from dsr.domain.events import Aggregate, CreatedEvent, Event
from dsr.domain.ropa.announcement import (
    Announcement,
    AnnouncementChannel,
    AnnouncementDateInvalid,
    AnnouncementIncomplete,
    AnnouncementMade,
    AnnouncementUnknown,
    ControllerChange,
)
from dsr.domain.ropa.document import Ropa
from dsr.domain.ropa.errors import (
    CalendarMissing,
    RopaInvalid,
    RopaMissing,
    RopaUnchanged,
    RopaVersionUnknown,
)
from dsr.domain.ropa.rules import problems_of

ROPA_ID: Final = uuid5(NAMESPACE_URL, "urn:dsr:record-of-processing")
"""Id of the record's only stream."""


def calendar_years(adopted_on: date) -> tuple[int, int]:
    """First and last year of the stored holidays, wide enough for old cases and extensions."""
    return adopted_on.year - 3, adopted_on.year + 6


@dataclass(frozen=True)
class RopaVersion:
    """One version as it was adopted; never changes, so that a case can pin its number."""

    number: int
    """1, 2, 3 …"""
    sha256: str
    """Hex digest of the exact bytes of the file."""
    document: Ropa
    calendars: tuple[WorkingCalendar, ...]
    adopted_at: datetime

    def calendar(self, controller_id: str) -> WorkingCalendar:
        """The working days that count for the controller's deadlines, with its own days. Raises ControllerUnknown."""
        holder = self.document.calendar_holder(controller_id)
        for calendar in self.calendars:
            if (calendar.country, calendar.zone) == (holder.country, holder.zone):
                return holder.calendar.applied_to(calendar)
        raise CalendarMissing(controller=controller_id)


def working_days(pinned: RopaVersion, later: RopaVersion, controllers: Collection[str]) -> WorkingCalendar:
    """The working days that count for a case that these controllers had in turn, by the calendars of `later`.

    A controller that left the record since, or whose calendar is that of another place by now, keeps the days of the
    version that the case pinned. Raises ControllerUnknown, CalendarMissing.
    """
    first, *others = (_days_of(pinned, later, controller_id) for controller_id in controllers)
    return JointCalendar.joining(first, others)


def _days_of(pinned: RopaVersion, later: RopaVersion, controller_id: str) -> WorkingCalendar:
    known = pinned.calendar(controller_id)
    if all(each.id != controller_id for each in later.document.controllers):
        return known
    found = later.calendar(controller_id)
    return found if (found.country, found.zone) == (known.country, known.zone) else known


class RecordOpened(CreatedEvent):
    """The stream exists; no version is in force yet."""

    TOPIC = "dsr.ropa.record-opened"


class RopaAdopted(Event):
    """A document became the version in force, with the holidays known on that day."""

    TOPIC = "dsr.ropa.adopted"
    class_version: ClassVar[int] = 2
    number: int
    sha256: str
    document: Ropa
    calendars: tuple[WorkingCalendar, ...]

    def apply(self, aggregate: "RecordOfProcessing") -> None:
        """Keep the version beside the earlier ones: their cases still need them."""
        aggregate.versions += (
            RopaVersion(
                number=self.number,
                sha256=self.sha256,
                document=self.document,
                calendars=self.calendars,
                adopted_at=self.timestamp,
            ),
        )

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Under version 1 no day was doubtful: every holiday of the package counted."""
        for calendar in state["calendars"]:
            calendar["doubtful"] = ()


class ControllersChanged(Event):
    """The adopted version has another list of controllers than the one before: an announcement is due.

    Holds the ids of controllers added, removed and renamed. The law sets no date for it (GDPR Art. 13(1)(a), 26(2)).
    """

    TOPIC = "dsr.ropa.controllers-changed"
    number: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[str, ...]

    def apply(self, aggregate: "RecordOfProcessing") -> None:
        aggregate.keep(
            Announcement(
                number=self.number,
                added=self.added,
                removed=self.removed,
                renamed=self.renamed,
                adopted_at=self.timestamp,
            )
        )


class ControllersAnnounced(Event):
    """The change to the list of controllers in version `number` was announced on `announced_on`."""

    TOPIC = "dsr.ropa.controllers-announced"
    number: int
    announced_on: date
    channels: tuple[AnnouncementChannel, ...]
    summary: str
    """Text of the announcement: public, without personal data."""

    def apply(self, aggregate: "RecordOfProcessing") -> None:
        aggregate.keep(
            replace(
                aggregate.announcements[self.number],
                announced_on=self.announced_on,
                channels=self.channels,
                summary=self.summary,
                recorded_by=self.actor,
            )
        )


class RecordOfProcessing(Aggregate):
    """All versions of the record of processing (GDPR Art. 30)."""

    TOPIC = "dsr.ropa"

    def __init__(self) -> None:
        self.versions: tuple[RopaVersion, ...] = ()
        self.announcements: Mapping[int, Announcement] = {}
        """Announcements, open and made, keyed by the version that changed the list."""

    @classmethod
    def open(cls, acting: Acting) -> "RecordOfProcessing":
        """Start the stream, once in the life of a service; `adopt` follows in the same transaction."""
        return cls.create(acting, RecordOpened, stream_id=ROPA_ID)

    @property
    def current(self) -> RopaVersion:
        """The version in force, which new cases pin. Raises RopaMissing."""
        if not self.versions:
            raise RopaMissing
        return self.versions[-1]

    def require_ever_named(self, controller_id: str, system_id: str) -> None:
        """Raise ControllerUnknown or SystemUnknown unless any version, even an old one, names them."""
        documents = [version.document for version in self.versions]
        if not any(each.id == controller_id for document in documents for each in document.controllers):
            self.current.document.controller(controller_id)
        if not any(each.id == system_id for document in documents for each in document.systems):
            self.current.document.system(system_id)

    def at_version(self, number: int) -> RopaVersion:
        """The version with this number, as adopted. Raises RopaVersionUnknown."""
        if not 1 <= number <= len(self.versions):
            raise RopaVersionUnknown(version=number)
        return self.versions[number - 1]

    def in_force_at(self, instant: datetime) -> RopaVersion:
        """The version in force at that instant; for an arrival before the first one was adopted, the first.

        Raises RopaMissing.
        """
        past = [each for each in self.versions if each.adopted_at <= instant]
        if past:
            return past[-1]
        return self.versions[0] if self.versions else self.current

    def adopt(
        self,
        acting: Acting,
        *,
        document: Ropa,
        sha256: str,
        calendars: tuple[WorkingCalendar, ...],
        authorities: Collection[str],
    ) -> None:
        """Put a document in force as the next version; controllers of earlier versions may be missing.

        If the list of controllers changed, an announcement is due; the first version changes nothing. The same document
        is a new version only if the years of its holidays have moved on. `calendars` holds one calendar for each of
        `document.calendar_places()`, for at least `calendar_years(at)`; `authorities` are the ids of the supervisory
        authorities that are known. Raises RopaUnchanged, RopaInvalid with every problem, CalendarMissing.
        """
        if self.versions and (self.current.sha256, self.current.calendars) == (sha256, calendars):
            raise RopaUnchanged(sha256=sha256, version=self.current.number)
        problems = problems_of(document, authorities)
        if problems:
            raise RopaInvalid(problems)
        _require_calendars(document, calendars, calendar_years(acting.at.date()))
        before = self.current.document.controllers if self.versions else document.controllers
        change = ControllerChange.between(before, document.controllers)
        self.record(
            acting, RopaAdopted, number=len(self.versions) + 1, sha256=sha256, document=document, calendars=calendars
        )
        if change:
            self.record(
                acting,
                ControllersChanged,
                number=len(self.versions),
                added=change.added,
                removed=change.removed,
                renamed=change.renamed,
            )

    def keep(self, announcement: Announcement) -> None:
        """For events: keep an announcement. Creates a new mapping each time, since other threads may read the old
        one.
        """
        self.announcements = {**self.announcements, announcement.number: announcement}

    def announcement(self, number: int) -> Announcement:
        """The change to the list of controllers in this version. Raises AnnouncementUnknown."""
        try:
            return self.announcements[number]
        except KeyError:
            raise AnnouncementUnknown(version=number) from None

    def record_announcement(
        self,
        acting: Acting,
        *,
        number: int,
        announced_on: date,
        channels: tuple[AnnouncementChannel, ...],
        summary: str,
    ) -> None:
        """Record that the change in version `number` was announced, and where.

        `announced_on` is a local date of any controller of that version. Raises AnnouncementUnknown, AnnouncementMade,
        AnnouncementIncomplete, AnnouncementDateInvalid.
        """
        announcement = self.announcement(number)
        if not announcement.is_open:
            raise AnnouncementMade(version=number)
        if not channels or not summary.strip():
            raise AnnouncementIncomplete(version=number)
        calendars = self.at_version(number).calendars
        first = min(calendar.local_date(announcement.adopted_at) for calendar in calendars)
        last = max(calendar.local_date(acting.at) for calendar in calendars)
        if not first <= announced_on <= last:
            raise AnnouncementDateInvalid(not_before=first.isoformat(), not_after=last.isoformat())
        self.record(
            acting,
            ControllersAnnounced,
            number=number,
            announced_on=announced_on,
            channels=tuple(dict.fromkeys(channels)),
            summary=summary.strip(),
        )


def _require_calendars(document: Ropa, calendars: tuple[WorkingCalendar, ...], years: tuple[int, int]) -> None:
    first, last = years
    covered = {
        (calendar.country, calendar.zone)
        for calendar in calendars
        if calendar.first_year <= first and last <= calendar.last_year
    }
    for country, zone in document.calendar_places():
        if (country, zone) not in covered:
            raise CalendarMissing(country=country, zone=zone, first_year=first, last_year=last)
