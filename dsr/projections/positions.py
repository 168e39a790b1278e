"""How far each read model is, and in which version: in step with the log unless it was never built."""

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
    """Names and versions of the read models that go with the log, in one text, for `in_step`: each append reads it."""
    joined = func.group_concat if is_sqlite else func.string_agg
    each = positions.c.name + literal_column("' '", String) + cast(positions.c.version, String)
    return select(joined(each, literal_column("','"))).where(positions.c.position.is_(None)).scalar_subquery()


def in_step(projections: Iterable[ReadModel], found: str | None) -> bool:
    """Whether all of these, in these versions, go with the log, and no others."""
    return frozenset((found or "").split(",")) == {f"{each.name} {each.version}" for each in projections}


@dataclass(frozen=True)
class ProjectionState:
    """One line of `dsr projections list`."""

    name: str
    position: int
    """The last event folded in; 0 for a read model that was never built."""
    behind: int
    """Events of the log that it lacks; 0 unless it has to be rebuilt."""
    rebuilt_at: datetime | None
    outdated: bool
    """Built in another version than this program has."""

    @property
    def needs_rebuild(self) -> bool:
        """Whether it shows something else than the log says."""
        return self.outdated or self.behind > 0


def states(connection: Connection, projections: Sequence[ReadModel], head: int) -> list[ProjectionState]:
    """The state of each read model; `head` is the last position of the log."""
    known = {row.name: row for row in connection.execute(select(positions))}
    return [_state(each, known.get(each.name), head) for each in projections]


def _state(projection: ReadModel, row: Row[Any] | None, head: int) -> ProjectionState:
    if row is None:
        return ProjectionState(projection.name, position=0, behind=head, rebuilt_at=None, outdated=head > 0)
    position = head if row.position is None else row.position
    return ProjectionState(
        projection.name,
        position=position,
        behind=head - position,
        rebuilt_at=row.rebuilt_at,
        outdated=row.version != projection.version,
    )


def go_along(connection: Connection, projections: Sequence[ReadModel], before: int) -> tuple[ReadModel, ...]:
    """Which of these an append after position `before` has to keep in step, where not all of them are.

    Before its first event a log has nothing that a read model could lack: all of them begin. One that was built in
    an older version stops here, so that it is seen to be behind; one that never was built, or stopped, stays as it is.
    Raises SchemaTooNew where one was built by a newer version of this program, which alone can go on with it.
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
    """Note that the read model holds everything in the log, and goes with it from now on."""
    connection.execute(delete(positions).where(positions.c.name == projection.name))
    connection.execute(
        insert(positions).values(name=projection.name, position=None, version=projection.version, rebuilt_at=rebuilt_at)
    )
