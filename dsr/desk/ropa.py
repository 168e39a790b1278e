"""Adopting the record of processing (GDPR Art. 30) with the holidays of its countries."""

from pathlib import Path

import msgspec

from dsr.calendars import resolve
from dsr.desk.caller import Call
from dsr.desk.casebook import Casebook, once
from dsr.desk.idempotency import Answer
from dsr.domain.acting import Acting
from dsr.domain.ropa import ROPA_ID, RecordOfProcessing, calendar_years
from dsr.ropa import AUTHORITIES, load


class RopaDesk:
    """adopt."""

    def __init__(self, book: Casebook) -> None:
        self._book = book

    @once
    def adopt(self, source: Path | bytes, call: Call) -> Answer:
        """Put a document in force as the next version; open cases keep the version they pinned.

        Raises RopaInvalid with every problem, RopaUnchanged, OSError when the file can't be read, VersionStale.
        """
        book = self._book
        loaded, at, actor = load(source), book.now(), call.caller.actor
        calendars = tuple(resolve(*place, *calendar_years(at.date())) for place in loaded.document.calendar_places())
        record = book.find(RecordOfProcessing, ROPA_ID) or RecordOfProcessing.open(Acting(actor, at))
        record.adopt(
            Acting(actor, at),
            document=loaded.document,
            sha256=loaded.sha256,
            calendars=calendars,
            authorities=AUTHORITIES,
        )
        version = record.current
        body = {
            "version": version.number,
            "sha256": version.sha256,
            "name": version.document.name,
            "controllers": len(version.document.controllers),
            "activities": len(version.document.activities),
            "systems": len(version.document.systems),
            "announcement_due": version.number in record.announcements,
            "adopted_at": version.adopted_at,
        }
        return book.commit(
            record,
            call=call,
            respond=lambda: Answer(msgspec.json.encode(body), version.number, str(version.number)),
        )
