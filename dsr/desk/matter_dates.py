"""The sweep over the dates of matters: each that approaches or was missed is recorded once, by a command of its own,
and whoever answers for the matter is warned by mail. The dates of orders from
older versions of this service are noted on their cases.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from dsr.desk.address_book import AddressBook
from dsr.desk.caller import Call, service
from dsr.desk.credential_outbox import CredentialMails, DueMail, MailKind
from dsr.desk.dpo_notices import TRIED_FOR
from dsr.desk.due_dates import DueSweep
from dsr.desk.matter_cases import note_order_on_cases
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import retrying, unit_of_work
from dsr.domain.errors import ServiceWide, code_of
from dsr.domain.matter import Matter
from dsr.projections.matters import matters_due, orders_not_noted

log: Final = logging.getLogger(__name__)

_CALL: Final = Call(service("scheduler"))


class MatterDateDesk:
    """record the dates of matters."""

    def __init__(self, repository: Repository, mails: CredentialMails, book: AddressBook) -> None:
        self._repository = repository
        self._mails = mails
        self._book = book

    def sweep(self, limit: int = 100) -> DueSweep:
        """Record up to `limit` dates, the longest due first; one that fails is tried again by the next sweep.

        Raises DatabaseBusy, DatabaseUnavailable, StorageFull: it is safe to repeat.
        """
        with self._repository.database.reading() as connection:
            due = matters_due(connection, self._repository.now(), limit)
            not_noted = orders_not_noted(connection, limit)
        failed = sum(self._failed(self._record, matter_id) for matter_id in due)
        failed += sum(self._failed(self._note_order, matter_id) for matter_id in not_noted)
        found = len(due) + len(not_noted)
        return DueSweep(found, found - failed, failed)

    def _failed(self, record: Callable[[UUID], None], matter_id: UUID) -> bool:
        try:
            retrying(lambda: record(matter_id))
        except ServiceWide:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one matter does to the clock, the others go on
            log.warning("due: matter %s: %s", matter_id, code_of(error))
            return True
        return False

    def _record(self, matter_id: UUID) -> None:
        with unit_of_work(self._repository, _CALL) as work:
            matter = self._repository.find(Matter, matter_id)
            assert matter is not None  # noqa: S101 - its row is made of its events
            matter.record_due(work.acting)
            work.add(matter)
            due = self._warnings(matter, work.acting.at)

            def warn() -> None:
                for mail in due:
                    self._mails.add(mail, at=work.acting.at)

            work.effect(warn)

    def _note_order(self, matter_id: UUID) -> None:
        with unit_of_work(self._repository, _CALL) as work:
            matter = self._repository.find(Matter, matter_id)
            assert matter is not None  # noqa: S101 - its row is made of its events
            note_order_on_cases(self._repository, work, matter)

    def _warnings(self, matter: Matter, at: datetime) -> list[DueMail]:
        """One mail to each member of staff who answers for it; if none can be reached, one to the controller's DPO."""
        reached = self._book.who_answers_for_matter(matter)
        to = [(MailKind.MATTER_WARNING, name) for name in reached] or [(MailKind.MATTER_OFFICE, matter.controller_id)]
        return [DueMail(kind, name, matter.id, at + TRIED_FOR) for kind, name in to]
