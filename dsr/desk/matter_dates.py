"""The sweep over the dates of matters: each that approaches or was missed is recorded once, by a command of its own.
The dates of orders from older versions of this service are noted on their cases.
"""

import logging
from collections.abc import Callable
from typing import Final
from uuid import UUID

from dsr.desk.caller import Call, service
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

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

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

    def _note_order(self, matter_id: UUID) -> None:
        with unit_of_work(self._repository, _CALL) as work:
            matter = self._repository.find(Matter, matter_id)
            assert matter is not None  # noqa: S101 - its row is made of its events
            note_order_on_cases(self._repository, work, matter)
