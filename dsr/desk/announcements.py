"""Use cases of announcements of changes to the list of controllers (GDPR Art. 13(1)(a), 26(2); docs/law §1)."""

from datetime import date

import msgspec

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import unit_of_work, use_case
from dsr.domain.request.letters import is_blank
from dsr.domain.ropa import (
    ROPA_ID,
    Announcement,
    AnnouncementChannel,
    AnnouncementUnknown,
    RecordOfProcessing,
)


class AnnouncementDesk:
    """list, show and record announcements."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def all(self) -> tuple[Announcement, ...]:
        """All changes, announced or not: open ones first, then the latest first."""
        record = self._repository.ropa.record()
        known = () if record is None else tuple(record.announcements.values())
        return tuple(sorted(known, key=lambda each: (not each.is_open, -each.number)))

    def one(self, number: int) -> tuple[Announcement, int]:
        """A change, and the aggregate's version to name when recording its announcement. Raises AnnouncementUnknown."""
        record = self._repository.ropa.record()
        if record is None:
            raise AnnouncementUnknown(version=number)
        return record.announcement(number), record.version

    @use_case
    def complete(
        self, number: int, call: Call, *, announced_on: date, channels: tuple[AnnouncementChannel, ...], summary: str
    ) -> Answer:
        """Record that a change was announced.

        Raises AnnouncementUnknown, AnnouncementMade, AnnouncementIncomplete, AnnouncementDateInvalid, VersionStale.
        """
        repository = self._repository
        with unit_of_work(repository, call) as work:
            record = repository.find(RecordOfProcessing, ROPA_ID)
            if record is None:
                raise AnnouncementUnknown(version=number)
            work.change(record, lambda: _answer(record, number))
            record.record_announcement(
                work.acting,
                number=number,
                announced_on=announced_on,
                channels=channels,
                summary="" if is_blank(summary) else summary,
            )
        return work.answer


def _answer(record: RecordOfProcessing, number: int) -> Answer:
    return Answer(msgspec.json.encode(shown(record.announcement(number))), record.version, str(number))


def shown(announcement: Announcement) -> dict[str, object]:
    """An announcement as an answer; `version` is the version of the record of processing that changed the list."""
    return {
        "version": announcement.number,
        "is_open": announcement.is_open,
        "adopted_at": announcement.adopted_at,
        "added": announcement.added,
        "removed": announcement.removed,
        "renamed": announcement.renamed,
        "announced_on": announcement.announced_on,
        "channels": announcement.channels,
        "summary": announcement.summary,
        "recorded_by": announcement.recorded_by,
    }
