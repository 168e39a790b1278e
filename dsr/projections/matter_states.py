"""Past states of each matter, so that statistics and the agenda as of any time are reproducible.

One row per state, with the columns of `matters`, valid from `since` until before `until`, both by the log's time
(`recorded_at`); the present row has no `until`. All changes of one instant form one state. The handlers of `matters`
make the rows, so a past state is what the list showed then.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import Column, ColumnElement, Table, and_, or_

from dsr.database.metadata import main
from dsr.domain.events import Event
from dsr.domain.matter import MatterOpened
from dsr.domain.recorded import Recorded
from dsr.projections import matters as present
from dsr.projections.columns import UtcInstant
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows

_KEPT: Final = tuple(column for column in present.matters.columns if column.name not in ("matter_id", "version"))

matter_states: Final = Table(
    "matter_states",
    main,
    Column("matter_id", present.matters.c.matter_id.type, primary_key=True),
    Column("since", UtcInstant, primary_key=True),
    Column("until", UtcInstant),
    *(Column(column.name, column.type, nullable=column.nullable) for column in _KEPT),
)

READ_MODEL: Final = Projection(matter_states, stream="matter_id", version=present.READ_MODEL.version)
"""Its version rises with that of `matters`."""


@READ_MODEL.on(*present.READ_MODEL.types)
def went_on(_: Event, recorded: Recorded, rows: Rows) -> None:
    """The matter is in another state from the instant of the event on, if a column differs."""
    states = rows.of(recorded.stream_id)
    last = states[-1] if states else None
    if last is None and not isinstance(recorded.event, MatterOpened):
        return  # another kind of file is forgotten
    now = _after(last, recorded)
    instants: Row = {"since": recorded.recorded_at, "until": None}
    if last is None:
        rows.add(now | instants)
    elif any(last[name] != value for name, value in now.items()):
        if last["since"] == recorded.recorded_at:
            last.update(now)
        else:
            last["until"] = recorded.recorded_at
            rows.add(now | instants)


def _after(last: Row | None, recorded: Recorded) -> Row:
    """The row of the list after this event, without its version."""
    row = present.READ_MODEL.rows()
    if last is not None:
        row.add({name: value for name, value in last.items() if name not in ("since", "until")})
    present.READ_MODEL.fold(recorded, row)
    now = dict(row.one(recorded.stream_id))
    del now["version"]
    return now


# Queries -------------------------------------------------------------------------------------------------------


def stood(at: datetime) -> ColumnElement[bool]:
    """The state was the present one at this instant."""
    c = matter_states.c
    return and_(c.since <= at, or_(c.until.is_(None), c.until > at))
