"""History of a case: its present or past state, loaded from events in the shape of the read models."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dsr.desk.caller import Caller
from dsr.desk.errors import RequestUnknown
from dsr.desk.repository import Repository
from dsr.domain.request import Request
from dsr.projections.items import READ_MODEL as ITEMS
from dsr.projections.items import items_of
from dsr.projections.queue import request_row
from dsr.projections.requests import READ_MODEL as REQUESTS
from dsr.projections.requests import controllers_of
from dsr.projections.rows import Row
from dsr.projections.state import LogPlace, StateReadModel
from dsr.projections.timeline import timeline_of


@dataclass(frozen=True)
class PastCase:
    """A case as it stood after an event."""

    case: Request
    request: Row
    """The row of the queue."""
    items: Sequence[Row]


class HistoryDesk:
    """read a case and its items, now or as of a time."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def require(self, request_id: UUID, caller: Caller, *, as_of: datetime | None = None) -> None:
        """Raise RequestUnknown unless the caller may see the case and it existed then; TimeNotYet."""
        if as_of is None:
            self.request(request_id, caller)
        else:
            self._repository.request(request_id, caller, recorded_until=as_of)

    def request(self, request_id: UUID, caller: Caller, *, as_of: datetime | None = None) -> Row:
        """The row of the queue. Raises RequestUnknown (also before it arrived), TimeNotYet."""
        if as_of is not None:
            return self._shown(REQUESTS, request_id, caller, as_of)[0]
        with self._repository.database.reading() as connection:
            row = request_row(connection, request_id)
        if row is None or not caller.sees(request_id, *controllers_of(row, past=caller.is_auditor)):
            raise RequestUnknown()
        return row

    def items(self, request_id: UUID, caller: Caller, *, as_of: datetime | None = None) -> Sequence[Row]:
        """The rows of its items. Raises RequestUnknown, TimeNotYet."""
        if as_of is not None:
            return self._shown(ITEMS, request_id, caller, as_of)
        with self._repository.database.reading() as connection:
            self.request(request_id, caller)
            return items_of(connection, request_id)

    def after(self, request_id: UUID, caller: Caller, event: Row) -> PastCase:
        """The case after an event of its timeline, loaded once for all that is shown of it. Raises RequestUnknown."""
        self._repository.request(request_id, caller)
        case = self._repository.find_at(Request, request_id, event["version"])
        if case is None:
            raise RequestUnknown()
        place = LogPlace(event["position"], event["recorded_at"])
        return PastCase(case, REQUESTS.rows(case, place)[0], ITEMS.rows(case, place))

    def _shown(self, read_model: StateReadModel, request_id: UUID, caller: Caller, as_of: datetime) -> list[Row]:
        case = self._repository.request(request_id, caller, recorded_until=as_of)
        with self._repository.database.reading() as connection:
            (last,) = timeline_of(connection, request_id, as_of=as_of, descending=True, limit=1).rows
        return read_model.rows(case, LogPlace(last["position"], last["recorded_at"]))
