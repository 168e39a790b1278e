"""Positions and versions of read models, which follow the log once they are built."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    Row,
    ScalarSelect,
    String,
    Table,
    cast,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from dsr.database.errors import SchemaTooNew
from dsr.database.metadata import main
from dsr.projections.columns import UtcInstant
from dsr.projections.read_model import ReadModel

positions: Final = Table(
    "projections",
    main,
    Column("name", String, primary_key=True),
    Column("position", BigInteger, comment="where it stopped; NULL while it goes with the log"),
    Column("version", Integer, nullable=False),
    Column("rebuilt_at", UtcInstant),
)


def in_step_query(*, is_sqlite: bool) -> ScalarSelect[str | None]:
    """Query of the names and versions of the read models that follow the log, in one text, for `in_step`; each append
    reads it.
    """
    joined = func.group_concat if is_sqlite else func.string_agg
    each = positions.c.name + literal_column("' '", String) + cast(positions.c.version, String)
    return select(joined(each, literal_column("','"))).where(positions.c.position.is_(None)).scalar_subquery()


def in_step(projections: Iterable[ReadModel], found: str | None) -> bool:
    """Whether exactly these read models, in these versions, follow the log."""
    return frozenset((found or "").split(",")) == {f"{each.name} {each.version}" for each in projections}


@dataclass(frozen=True)
class ProjectionState:
    """One line of `dsr projections list`."""

    name: str
    position: int
    """The last event processed; 0 for a read model that was never built."""
    behind: int
    """Number of events missing; 0 unless it has to be rebuilt."""
    rebuilt_at: datetime | None
    outdated: bool
    """Built by another version of its handlers than this program's."""
    was_built: bool
    is_newer: bool
    """Built by a newer version of its handlers."""

    @property
    def needs_rebuild(self) -> bool:
        """Whether it may differ from the log."""
        return self.outdated or self.behind > 0


def states(connection: Connection, projections: Sequence[ReadModel], head: int) -> list[ProjectionState]:
    """The state of each read model; `head` is the last position of the log."""
    known = {row.name: row for row in connection.execute(select(positions))}
    return [_state(each, known.get(each.name), head) for each in projections]


def _state(projection: ReadModel, row: Row[Any] | None, head: int) -> ProjectionState:
    if row is None:
        return ProjectionState(
            projection.name,
            position=0,
            behind=head,
            rebuilt_at=None,
            outdated=head > 0,
            was_built=False,
            is_newer=False,
        )
    position = head if row.position is None else row.position
    return ProjectionState(
        projection.name,
        position=position,
        behind=head - position,
        rebuilt_at=row.rebuilt_at,
        outdated=row.version != projection.version,
        was_built=True,
        is_newer=row.version > projection.version,
    )


def go_along(connection: Connection, projections: Sequence[ReadModel], before: int) -> tuple[ReadModel, ...]:
    """The read models that an append after position `before` has to update, if not all of them follow the log.

    With an empty log, all read models start. One built by an older version stops here, so that it shows as behind; one
    that was never built or has stopped stays so. Raises SchemaTooNew if one was built by a newer version of this
    program, which alone can continue it.
    """
    if before == 0:
        for each in projections:
            record(connection, each, None)
        return tuple(projections)
    ours = {each.name: each for each in projections}
    going = {row.name: row.version for row in connection.execute(select(positions)) if row.position is None}
    newer = [name for name, version in going.items() if name not in ours or version > ours[name].version]
    if newer:
        raise SchemaTooNew(read_models=sorted(newer))
    older = [name for name, version in going.items() if version < ours[name].version]
    if older:
        connection.execute(update(positions).where(positions.c.name.in_(older)).values(position=before))
    return tuple(each for each in projections if going.get(each.name) == each.version)


def record(connection: Connection, projection: ReadModel, rebuilt_at: datetime | None) -> None:
    """Record that the read model is complete and follows the log from now on."""
    connection.execute(delete(positions).where(positions.c.name == projection.name))
    connection.execute(
        insert(positions).values(name=projection.name, position=None, version=projection.version, rebuilt_at=rebuilt_at)
    )
