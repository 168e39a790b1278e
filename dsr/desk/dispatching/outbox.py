"""The outbox: which letters are to leave by mail, when each is tried next, and who is sending it now.

A side table, not a read model: it is written in the transaction that queues a letter and emptied in the one that
records what became of it. A lease lets one process alone send a letter as a rule. Where it ran out, because its holder
was killed or paused, the same message leaves again under the same Message-ID: better twice than never. That the
hand-over has begun is noted before, so that whoever tries next knows that the letter may have left as it is.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database
from dsr.database.metadata import main
from dsr.domain.dispatch.errors import DispatchLeaving
from dsr.projections.columns import Instant

LEASE: Final = timedelta(minutes=20)
"""Longer than any dialogue with a mail server takes: half a minute a step, five for what is said to the content."""

GIVEN_UP_AFTER: Final = timedelta(days=3)
"""From the first failure on. RFC 5321, 4.5.4.1 names four to five days; letters of the law have dates, so that a person
looks earlier, and can still post it."""

_BACKOFF: Final = tuple(timedelta(minutes=each) for each in (1, 2, 5, 15, 30, 60, 120, 240, 360))
"""How long each next try waits; the last one from then on."""

_BACKOFF_IN_DOUBT: Final = tuple(timedelta(hours=each) for each in (1, 6, 24, 24, 12))
"""The same after a hand-over of which nobody knows how it ended: each next one may put another copy into a mailbox, so
that after the last of these waits it is given up."""

outbox: Final = sa.Table(
    "outbox",
    main,
    sa.Column("dispatch_id", sa.Uuid, primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_attempt_at", Instant, nullable=False, index=True),
    sa.Column("claimed_until", Instant, comment="whoever sends it now has until then"),
    sa.Column("code", sa.String(64), comment="of the last error; never its words"),
    sa.Column("first_failed_at", Instant),
    sa.Column("begun_at", Instant, comment="since then it may have left as it is; none: it has not, for certain"),
    sa.Column("handed_over", sa.Integer, nullable=False, comment="how often, with an end that nobody knows"),
    sa.Column("case_version", sa.Integer, comment="of its case, with which it was compared then"),
)


@dataclass(frozen=True)
class HandOver:
    """The first one of what a letter says: from then on it may have left."""

    begun_at: datetime
    case_version: int
    """Of the case, with which the letter was compared."""
    times: int = 1
    """How often it was handed over since, this one counted, with an end that nobody knows."""

    @property
    def is_last(self) -> bool:
        """Whether that was so often that it is not once more."""
        return self.times >= len(_BACKOFF_IN_DOUBT)

    @property
    def next_wait(self) -> timedelta:
        """How long the next one waits."""
        return _BACKOFF_IN_DOUBT[self.times - 1]


@dataclass(frozen=True)
class Lease:
    """Who has it sends the letter."""

    dispatch_id: UUID
    until: datetime
    due: datetime
    """When the letter was, before it was taken."""
    in_doubt: HandOver | None = None
    """An earlier one, of which nobody knows how it ended."""


class Outbox:
    """The table. All moves join the transaction that is open, or make a short one of their own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, dispatch_id: UUID, *, not_before: datetime) -> None:
        """Let it leave; in the transaction that queues it."""
        values = {"dispatch_id": dispatch_id, "attempts": 0, "handed_over": 0, "next_attempt_at": not_before}
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

    def claim(self, dispatch_id: UUID, now: datetime) -> Lease | None:
        """Take the lease; None where another process has it, or the letter is not to be sent."""
        taken = (
            sa.update(outbox)
            .where(outbox.c.dispatch_id == dispatch_id, self._is_free(now))
            .values(claimed_until=now + LEASE)
            .returning(outbox.c.begun_at, outbox.c.case_version, outbox.c.handed_over, outbox.c.next_attempt_at)
        )
        with self._database.writing() as connection:
            row = connection.execute(taken).one_or_none()
        if row is None:
            return None
        return Lease(dispatch_id, now + LEASE, row.next_attempt_at, _hand_over(row))

    def keep(self, lease: Lease) -> None:
        """Let nobody else take the letter until the transaction ends. Raises DispatchLeaving where somebody has."""
        self._change(lease, claimed_until=lease.until)

    def begin(self, lease: Lease, hand_over: HandOver) -> HandOver:
        """Note that it may have left from here on; the first hand-over, which is this one unless one is in doubt.

        Whoever dies with it leaves it to wait as after any other doubt.
        Raises DispatchLeaving where the lease ran out, and another process has it.
        """
        first = hand_over
        if lease.in_doubt is not None:
            first = replace(lease.in_doubt, times=lease.in_doubt.times + 1)
        self._change(lease, **_columns(first), next_attempt_at=hand_over.begun_at + first.next_wait)
        return first

    def wait(self, lease: Lease, *, until: datetime) -> None:
        """Give the lease back until a time; nothing is wrong with the letter. Raises DispatchLeaving as `begin`."""
        self._change(lease, claimed_until=None, next_attempt_at=until)

    def put_off(self, lease: Lease, *, code: str, now: datetime, may_have_left: bool) -> bool:
        """Note a failure that may pass, and give the lease back; False where it was tried for long enough."""
        with self._database.writing() as connection:
            row = connection.execute(sa.select(outbox).where(self._is_mine(lease))).one_or_none()
            if row is None:  # the lease ran out, and another process has it
                return True
            since: datetime = row.first_failed_at or now
            if now - since >= GIVEN_UP_AFTER:
                return False
            doubt = _hand_over(row) if may_have_left else lease.in_doubt
            wait = _BACKOFF[min(row.attempts, len(_BACKOFF) - 1)]
            if may_have_left and doubt is not None:
                wait = doubt.next_wait
            self._change(
                lease,
                attempts=row.attempts + 1,
                next_attempt_at=now + wait,
                claimed_until=None,
                code=code,
                first_failed_at=since,
                **_columns(doubt),
            )
            return True

    def give_back(self, lease: Lease, *, code: str, now: datetime) -> bool:
        """Give the lease back where no letter can leave at all; False where this one waited for long enough.

        It counts as no try, and it is due as before. All that is due waits from now on, and is given up as late.
        """
        mine = self._is_mine(lease)
        as_before = {"next_attempt_at": lease.due, **_columns(lease.in_doubt)}
        waits = sa.and_(outbox.c.next_attempt_at <= now, outbox.c.first_failed_at.is_(None))
        with self._database.writing() as connection:
            connection.execute(sa.update(outbox).where(mine).values(as_before))
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

    def take_back(self, dispatch_id: UUID, now: datetime, *, in_doubt: bool) -> None:
        """Keep it from leaving, or from leaving again.

        Raises DispatchLeaving while somebody hands it over, and where it may have left by now (`in_doubt`: that was
        known): the transaction rolls back.
        """
        this = outbox.c.dispatch_id == dispatch_id
        doubted = outbox.c.begun_at.is_not(None) if in_doubt else outbox.c.begun_at.is_(None)
        taken = sa.delete(outbox).where(this, doubted, self._is_free(now))
        held = sa.select(sa.literal(1)).where(this)
        with self._database.writing() as connection:
            if not connection.execute(taken).rowcount and connection.scalar(held) is not None:
                raise DispatchLeaving()

    def in_doubt(self, dispatch_ids: Iterable[UUID]) -> AbstractSet[UUID]:
        """Those of these letters that may have left, while nobody knows."""
        query = sa.select(outbox.c.dispatch_id).where(
            outbox.c.dispatch_id.in_(list(dispatch_ids)), outbox.c.begun_at.is_not(None)
        )
        with self._database.glancing() as connection:
            return set(connection.execute(query).scalars())

    def waiting(self) -> int:
        """How many letters wait to leave, whenever that is."""
        with self._database.glancing() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()

    def _change(self, lease: Lease, **values: object) -> None:
        """Raises DispatchLeaving where the lease ran out, and another process has it."""
        with self._database.writing() as connection:
            if not connection.execute(sa.update(outbox).where(self._is_mine(lease)).values(values)).rowcount:
                raise DispatchLeaving()

    @staticmethod
    def _is_mine(lease: Lease) -> sa.ColumnElement[bool]:
        return sa.and_(outbox.c.dispatch_id == lease.dispatch_id, outbox.c.claimed_until == lease.until)

    @staticmethod
    def _is_free(now: datetime) -> sa.ColumnElement[bool]:
        return sa.or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= now)


def _hand_over(row: sa.Row[Any]) -> HandOver | None:
    return None if row.begun_at is None else HandOver(row.begun_at, row.case_version, row.handed_over)


def _columns(hand_over: HandOver | None) -> dict[str, object]:
    return {
        "handed_over": 0 if hand_over is None else hand_over.times,
        "begun_at": None if hand_over is None else hand_over.begun_at,
        "case_version": None if hand_over is None else hand_over.case_version,
    }
