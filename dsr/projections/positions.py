"""How far each read model is, and by which version of its handlers: in step with the log unless it was never built."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, delete, insert, select

from dsr.database.metadata import main
from dsr.projections.columns import Instant
from dsr.projections.projection import Projection

positions: Final = Table(
    "projections",
    main,
    Column("name", String, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("rebuilt_at", Instant),
)


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
    """Built by other handlers than this program has."""

    @property
    def needs_rebuild(self) -> bool:
        """Whether it shows something else than the log says."""
        return self.outdated or self.behind > 0


def states(connection: Connection, projections: Sequence[Projection], head: int) -> list[ProjectionState]:
    """The state of each read model; `head` is the last position of the log."""
    known = {row.name: row for row in connection.execute(select(positions))}
    return [
        ProjectionState(
            name=each.name,
            position=row.position if row else 0,
            behind=head - (row.position if row else 0),
            rebuilt_at=row.rebuilt_at if row else None,
            outdated=row.version != each.version if row else head > 0,
        )
        for each in projections
        for row in [known.get(each.name)]
    ]


def record(connection: Connection, projection: Projection, position: int, rebuilt_at: datetime | None) -> None:
    """Note that the read model now holds everything up to the position."""
    connection.execute(delete(positions).where(positions.c.name == projection.name))
    connection.execute(
        insert(positions).values(
            name=projection.name, position=position, version=projection.version, rebuilt_at=rebuilt_at
        )
    )
