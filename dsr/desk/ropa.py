"""Use case of adopting the record of processing (GDPR Art. 30) with the holidays of its countries."""

from pathlib import Path
from uuid import uuid4

import msgspec

from dsr.calendars import resolve
from dsr.catalogues import Domain, languages_of
from dsr.desk.caller import Call
from dsr.desk.dpo_notices import DpoNotices
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import unit_of_work, use_case
from dsr.domain.ropa import ROPA_ID, RecordOfProcessing, calendar_years
from dsr.ropa import AUTHORITIES, load


class RopaDesk:
    """adopt; list texts that a language lacks."""

    def __init__(self, repository: Repository, dpo_notices: DpoNotices) -> None:
        self._repository = repository
        self._dpo_notices = dpo_notices

    @use_case
    def adopt(self, source: Path | bytes, call: Call) -> Answer:
        """Put a document in force as the next version; open cases keep the version they pinned.

        It names mailboxes, bases and periods of each controller, so that a caller needs all of them in scope, those of
        the present version and of the next one (GDPR Art. 25(2); docs/law §3). A DPO whose mailbox it replaces is told
        of that at the former one (GDPR Art. 39(1)(b)).

        Raises RopaInvalid with every problem, RopaUnchanged, Forbidden, OSError if the file can't be read,
        VersionStale.
        """
        repository = self._repository
        with unit_of_work(repository, call) as work:
            loaded, years = load(source), calendar_years(work.acting.at.date())
            calendars = tuple(resolve(*place, *years) for place in loaded.document.calendar_places())
            record = repository.find(RecordOfProcessing, ROPA_ID) or RecordOfProcessing.open(work.acting)
            present = record.current.document.controllers if record.versions else ()
            for controller in (*present, *loaded.document.controllers):
                call.caller.require_controller(controller.id)
            record.adopt(
                work.acting,
                document=loaded.document,
                sha256=loaded.sha256,
                calendars=calendars,
                authorities=AUTHORITIES,
            )
            self._dpo_notices.tell_of_mailboxes(work, present, loaded.document.controllers, uuid4())
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
            work.add(record)
            work.respond(lambda: Answer(msgspec.json.encode(body), version.number, str(version.number)))
        return work.answer

    def gaps(self) -> dict[str, tuple[str, ...]]:
        """Places of the texts that the version in force lacks, by each language of its controllers that letters have
        (docs/law §14). Raises RopaMissing.
        """
        document = self._repository.ropa.current().document
        spoken = {language for controller in document.controllers for language in controller.languages}
        found = {each: document.gaps(each) for each in languages_of(Domain.LETTERS) if each in spoken}
        return {language: places for language, places in found.items() if places}
