"""Bookkeeping of policies: their positions, their parked cases, and the events that wait."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database
from dsr.database.inserting import insert_into
from dsr.database.metadata import main
from dsr.projections.columns import UtcInstant

policy_positions: Final = sa.Table(
    "policy_positions",
    main,
    sa.Column("policy", sa.String(64), primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False, comment="the last event that it was given"),
    sa.Column("moved_at", UtcInstant, nullable=False),
    sa.Column("stopped_by", sa.String(64), comment="code of what stopped it since then; never its words"),
)

policy_parked: Final = sa.Table(
    "policy_parked",
    main,
    sa.Column("policy", sa.String(64), primary_key=True),
    sa.Column("request_id", sa.Uuid, primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("code", sa.String(64), nullable=False, comment="of the error; never its words"),
    sa.Column("since", UtcInstant, nullable=False),
    sa.Column("next_try_at", UtcInstant, comment="NULL: it waits for a person"),
    sa.Index(None, "next_try_at"),
)

policy_waiting: Final = sa.Table(
    "policy_waiting",
    main,
    sa.Column("policy", sa.String(64), primary_key=True),
    sa.Column("request_id", sa.Uuid, primary_key=True),
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
)


@dataclass(frozen=True)
class Parked:
    """A parked case: an event failed for a policy, and the case's later events wait behind it."""

    policy: str
    request_id: UUID
    attempts: int
    code: str
    since: datetime
    next_try_at: datetime | None
    """None: no further attempt until a person asks for one."""


class PolicyPositions:
    """The bookkeeping of the runner, in the main database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def position(self, policy: str) -> int | None:
        """The last event given to the policy; None if it never ran."""
        with self._database.glancing() as connection:
            found: int | None = connection.scalar(
                sa.select(policy_positions.c.position).where(policy_positions.c.policy == policy)
            )
        return found

    def every(self) -> dict[str, tuple[int, str | None]]:
        """For each policy that ever ran, the last event given to it, and the code of what has stopped it since then."""
        c = policy_positions.c
        with self._database.glancing() as connection:
            rows = connection.execute(sa.select(c.policy, c.position, c.stopped_by)).all()
        return {policy: (position, stopped_by) for policy, position, stopped_by in rows}

    def note_stopped(self, policy: str, code: str) -> None:
        """Note that the policy is stopped for all cases, until it advances again."""
        with self._database.writing() as connection:
            connection.execute(
                sa.update(policy_positions).where(policy_positions.c.policy == policy).values(stopped_by=code)
            )

    def begin(self, policy: str, position: int, *, at: datetime) -> None:
        """Start a policy that never ran after this event; others keep their position."""
        with self._database.writing() as connection:
            self._add(connection, policy_positions, {"policy": policy, "position": position, "moved_at": at})

    def advance(self, policy: str, position: int, *, after: int, at: datetime) -> bool:
        """Advance from `after` to this event; False if another process moved the position meanwhile."""
        with self._database.writing() as connection:
            moved = connection.execute(
                sa.update(policy_positions)
                .where(policy_positions.c.policy == policy, policy_positions.c.position == after)
                .values(position=position, moved_at=at, stopped_by=None)
            )
        return bool(moved.rowcount)

    def set_position(self, policy: str, position: int, *, at: datetime) -> None:
        """Set the position to this event."""
        row = {"policy": policy, "position": position, "moved_at": at, "stopped_by": None}
        with self._database.writing() as connection:
            connection.execute(self._database.upsert(policy_positions, row))

    def _add(self, connection: sa.Connection, table: sa.Table, values: Mapping[str, object]) -> None:
        """Unless another process did so first."""
        insert = insert_into(table, connection.dialect.name)
        connection.execute(insert.values(values).on_conflict_do_nothing())

    # Parked ----------------------------------------------------------------------------------------------------

    def parked(self, policy: str | None = None) -> Sequence[Parked]:
        """All parked cases, the longest parked first."""
        query = sa.select(policy_parked).order_by(policy_parked.c.since, policy_parked.c.policy)
        if policy is not None:
            query = query.where(policy_parked.c.policy == policy)
        with self._database.glancing() as connection:
            return [Parked(**row._mapping) for row in connection.execute(query)]

    def count(self, policy: str, request_id: UUID | None = None) -> int:
        """How many cases are parked for this policy: of all, or of one case."""
        query = sa.select(sa.func.count()).select_from(policy_parked).where(*_parked_for(policy, request_id))
        with self._database.glancing() as connection:
            return connection.scalar(query) or 0

    def due(self, policies: Collection[str], *, at: datetime, limit: int | None = None) -> Sequence[Parked]:
        """Parked cases whose next attempt is due, the longest due first."""
        query = sa.select(policy_parked).where(policy_parked.c.next_try_at <= at, policy_parked.c.policy.in_(policies))
        query = query.order_by(policy_parked.c.next_try_at).limit(limit)
        with self._database.glancing() as connection:
            return [Parked(**row._mapping) for row in connection.execute(query)]

    def retry_at(self, policy: str, at: datetime, request_id: UUID | None = None) -> None:
        """Make the next attempt of this policy due at this time, on each parked case or on one."""
        changed = sa.update(policy_parked).where(*_parked_for(policy, request_id)).values(next_try_at=at)
        with self._database.writing() as connection:
            connection.execute(changed)

    def wait_if_parked(self, policy: str, request_id: UUID, position: int) -> bool:
        """Queue an event behind the waiting events of its case; False if none wait. Idempotent."""
        with self._database.writing() as connection:
            parked = self._lock(connection, policy, request_id)
            if parked:
                self._wait(connection, policy, request_id, position)
            return parked

    def is_parked(self, policy: str, request_id: UUID) -> bool:
        """Whether events of this case wait. A quick check that spares most events a transaction; `wait_if_parked`
        decides.
        """
        with self._database.glancing() as connection:
            return (
                connection.scalar(sa.select(sa.literal(1)).where(_this(policy_parked, policy, request_id))) is not None
            )

    def waiting(self, policy: str, request_id: UUID) -> Sequence[int]:
        """Positions of the waiting events, in order."""
        query = (
            sa.select(policy_waiting.c.position)
            .where(policy_waiting.c.policy == policy, policy_waiting.c.request_id == request_id)
            .order_by(policy_waiting.c.position)
        )
        with self._database.glancing() as connection:
            return connection.scalars(query).all()

    def waits_for_person(self, position: int) -> bool:
        """Whether a policy gave up on the event at this position, until a person asks for another attempt."""
        parked, waiting = policy_parked.c, policy_waiting.c
        query = (
            sa.select(sa.literal(1))
            .where(waiting.position == position, parked.next_try_at.is_(None))
            .where(waiting.policy == parked.policy, waiting.request_id == parked.request_id)
            .limit(1)
        )
        with self._database.glancing() as connection:
            return connection.scalar(query) is not None

    def park(self, parked: Parked, *, position: int) -> None:
        """Park the case from this event on, with the reason."""
        with self._database.writing() as connection:
            connection.execute(self._database.upsert(policy_parked, vars(parked)))
            self._wait(connection, parked.policy, parked.request_id, position)

    def done(self, parked: Parked, position: int) -> None:
        """Remove a waiting event that was handled; `parked` holds the time of the next attempt. After the last one the
        case is no longer parked.
        """
        policy, request_id = parked.policy, parked.request_id
        here = _this(policy_parked, policy, request_id)
        with self._database.writing() as connection:
            self._lock(connection, policy, request_id)  # prevents another process from queueing an event meanwhile
            these = _this(policy_waiting, policy, request_id)
            connection.execute(sa.delete(policy_waiting).where(these, policy_waiting.c.position == position))
            left = sa.select(sa.literal(1)).where(these).limit(1)
            if connection.scalar(left) is None:
                connection.execute(sa.delete(policy_parked).where(here))
            else:
                connection.execute(sa.update(policy_parked).where(here).values(vars(parked)))

    def _wait(self, connection: sa.Connection, policy: str, request_id: UUID, position: int) -> None:
        self._add(connection, policy_waiting, {"policy": policy, "request_id": request_id, "position": position})

    @staticmethod
    def _lock(connection: sa.Connection, policy: str, request_id: UUID) -> bool:
        """Whether the case is parked; locked until the transaction ends."""
        query = sa.select(policy_parked.c.policy).where(_this(policy_parked, policy, request_id)).with_for_update()
        return connection.scalar(query) is not None


def _this(table: sa.Table, policy: str, request_id: UUID) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.policy == policy, table.c.request_id == request_id)


def _parked_for(policy: str, request_id: UUID | None) -> list[sa.ColumnElement[bool]]:
    parked = policy_parked.c
    of_case = [] if request_id is None else [parked.request_id == request_id]
    return [parked.policy == policy, *of_case]
