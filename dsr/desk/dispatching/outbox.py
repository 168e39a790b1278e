"""The outbox: which letters are to leave by mail, when each is tried next, and who is sending it now.

A side table, not a read model: it is written in the transaction that queues a letter and emptied in the one that
records what became of it. A lease lets one process alone send a letter as a rule. Where it ran out, because its holder
was killed or paused, the same message leaves again under the same Message-ID: better twice than never.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database
from dsr.database.metadata import main
from dsr.domain.dispatch.errors import DispatchLeaving
from dsr.projections.columns import Instant

LEASE: Final = timedelta(minutes=10)
"""Longer than any dialogue with a mail server takes, with half a minute for each of its steps."""

GIVEN_UP_AFTER: Final = timedelta(days=3)
"""From the first failure on. RFC 5321, 4.5.4.1 names four to five days; letters of the law have dates, so that a person
looks earlier, and can still post it."""

_BACKOFF: Final = tuple(timedelta(minutes=each) for each in (1, 2, 5, 15, 30, 60, 120, 240, 360))
"""How long each next try waits; the last one from then on."""

outbox: Final = sa.Table(
    "outbox",
    main,
    sa.Column("dispatch_id", sa.Uuid, primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_attempt_at", Instant, nullable=False, index=True),
    sa.Column("claimed_until", Instant, comment="whoever sends it now has until then"),
    sa.Column("code", sa.String(64), comment="of the last error; never its words"),
    sa.Column("first_failed_at", Instant),
)


class Outbox:
    """The table. All moves join the transaction that is open, or make a short one of their own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, dispatch_id: UUID, *, not_before: datetime) -> None:
        """Let it leave; in the transaction that queues it."""
        values = {"dispatch_id": dispatch_id, "attempts": 0, "next_attempt_at": not_before}
        with self._database.writing() as connection:
            connection.execute(outbox.insert().values(values))

    def due(self, now: datetime, *, limit: int) -> Sequence[UUID]:
        """What may be tried now, the longest due first; costs what is due, not what waits."""
        query = (
            sa.select(outbox.c.dispatch_id)
            .where(outbox.c.next_attempt_at <= now, self._is_free(now))
            .order_by(outbox.c.next_attempt_at)
            .limit(limit)
        )
        with self._database.glancing() as connection:
            return connection.execute(query).scalars().all()

    def claim(self, dispatch_id: UUID, now: datetime) -> datetime | None:
        """Take the lease, and say when it ends; None where another process has it, or the letter is not to be sent."""
        taken = (
            sa.update(outbox)
            .where(outbox.c.dispatch_id == dispatch_id, self._is_free(now))
            .values(claimed_until=now + LEASE)
        )
        with self._database.writing() as connection:
            return now + LEASE if connection.execute(taken).rowcount else None

    def put_off(self, dispatch_id: UUID, lease: datetime, *, code: str, now: datetime) -> bool:
        """Note a failure that may pass, and give the lease back; False where it was tried for long enough."""
        mine = sa.and_(outbox.c.dispatch_id == dispatch_id, outbox.c.claimed_until == lease)
        with self._database.writing() as connection:
            row = connection.execute(sa.select(outbox).where(mine)).one_or_none()
            if row is None:  # the lease ran out, and another process has it
                return True
            since: datetime = row.first_failed_at or now
            if now - since >= GIVEN_UP_AFTER:
                return False
            wait = _BACKOFF[min(row.attempts, len(_BACKOFF) - 1)]
            connection.execute(
                sa.update(outbox)
                .where(mine)
                .values(
                    attempts=row.attempts + 1,
                    next_attempt_at=now + wait,
                    claimed_until=None,
                    code=code,
                    first_failed_at=since,
                )
            )
            return True

    def give_back(self, dispatch_id: UUID, lease: datetime, *, code: str, now: datetime) -> bool:
        """Give the lease back where no letter can leave at all; False where this one waited for long enough.

        It counts as no try, and it is due as before. All that is due waits from now on, and is given up as late.
        """
        mine = sa.and_(outbox.c.dispatch_id == dispatch_id, outbox.c.claimed_until == lease)
        waits = sa.and_(outbox.c.next_attempt_at <= now, outbox.c.first_failed_at.is_(None))
        with self._database.writing() as connection:
            connection.execute(sa.update(outbox).where(waits).values(first_failed_at=now, code=code))
            since = connection.scalar(sa.select(outbox.c.first_failed_at).where(mine))
            if since is not None and now - since >= GIVEN_UP_AFTER:
                return False
            connection.execute(sa.update(outbox).where(mine).values(claimed_until=None))
            return True

    def remove(self, dispatch_id: UUID) -> None:
        """It left, or never will; in the transaction that records that."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(outbox).where(outbox.c.dispatch_id == dispatch_id))

    def take_back(self, dispatch_id: UUID, now: datetime) -> None:
        """Keep it from leaving. Raises DispatchLeaving while somebody hands it over: the transaction rolls back."""
        taken = sa.delete(outbox).where(outbox.c.dispatch_id == dispatch_id, self._is_free(now))
        held = sa.select(sa.literal(1)).where(outbox.c.dispatch_id == dispatch_id)
        with self._database.writing() as connection:
            if not connection.execute(taken).rowcount and connection.scalar(held) is not None:
                raise DispatchLeaving()

    def waiting(self) -> int:
        """How many letters wait to leave, whenever that is."""
        with self._database.glancing() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()

    @staticmethod
    def _is_free(now: datetime) -> sa.ColumnElement[bool]:
        return sa.or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= now)
