"""A case as it stands, or as it stood: rebuilt from the events up to then, in the very shape of the read models."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from dsr.desk.caller import Caller
from dsr.desk.casebook import Casebook
from dsr.desk.errors import RequestUnknown
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.projections.cases import cases
from dsr.projections.items import item_rows, items_of
from dsr.projections.projection import Projection
from dsr.projections.queue import request_row
from dsr.projections.requests import controllers_of
from dsr.projections.rows import Row
from dsr.projections.timeline import timeline_of

_PAGE = 200


class HistoryDesk:
    """read a case and its items, now or as of a time."""

    def __init__(self, book: Casebook) -> None:
        self._book = book

    def require(self, request_id: UUID, caller: Caller, *, as_of: datetime | None = None) -> None:
        """Raise RequestUnknown unless the caller may see the case, and there was one then; TimeNotYet."""
        if as_of is None:
            self.request(request_id, caller)
        else:
            self._book.request(request_id, caller, recorded_until=as_of)

    def request(self, request_id: UUID, caller: Caller, *, as_of: datetime | None = None) -> Row:
        """The row of the queue. Raises RequestUnknown (also before it arrived), TimeNotYet."""
        if as_of is not None:
            return self._fold(cases, request_id, caller, as_of)[0]
        with self._book.database.reading() as connection:
            row = request_row(connection, request_id)
        if row is None or not caller.sees(request_id, *controllers_of(row, past=caller.is_auditor)):
            raise RequestUnknown()
        return row

    def items(self, request_id: UUID, caller: Caller, *, as_of: datetime | None = None) -> Sequence[Row]:
        """The rows of its items. Raises RequestUnknown, TimeNotYet."""
        if as_of is not None:
            return self._fold(item_rows, request_id, caller, as_of)
        with self._book.database.reading() as connection:
            self.request(request_id, caller)
            return items_of(connection, request_id)

    def _fold(self, projection: Projection, request_id: UUID, caller: Caller, as_of: datetime) -> list[Row]:
        case = self._book.request(request_id, caller, recorded_until=as_of)
        places = self._places(request_id, as_of)
        rows = projection.rows()
        for event in self._book.application.events.get(request_id, lte=case.version):
            if isinstance(event, Event):
                position, recorded_at = places[event.originator_version]
                projection.fold(
                    Recorded(position, request_id, event.originator_version, event.TOPIC, recorded_at, event), rows
                )
        return list(rows.of(request_id))

    def _places(self, request_id: UUID, as_of: datetime) -> dict[int, tuple[int, datetime]]:
        """Position and time of each event, by version: the timeline knows them."""
        places: dict[int, tuple[int, datetime]] = {}
        cursor: str | None = None
        with self._book.database.reading() as connection:
            while True:
                page = timeline_of(connection, request_id, as_of=as_of, cursor=cursor, limit=_PAGE)
                places |= {row["version"]: (row["position"], row["recorded_at"]) for row in page.rows}
                cursor = page.next
                if cursor is None:
                    return places
