"""The outbox: letters of cases and matters that wait to be sent by mail, with the next attempt and lease of each.

It is a table of its own, not a read model: a row is written in the transaction that queues the letter and deleted in
the one that records what became of it. A lease lets only one process send a letter. When a lease runs out, because its
holder was killed or paused, another process sends the same message under the same Message-ID: better twice than never.
The outbox notes that an attempt begins before it does, so that the next process knows that the letter may have left.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database
from dsr.database.metadata import main
from dsr.desk.caller import Call, service
from dsr.domain.dispatch.errors import DispatchLeaving
from dsr.projections.columns import UtcInstant

OUTBOX: Final = Call(service("outbox"))
"""The part of the service that sends letters, and records what became of them."""

LEASE: Final = timedelta(minutes=20)
"""Longer than any dialogue with a mail server takes: half a minute for each step, five for the content."""

GIVEN_UP_AFTER: Final = timedelta(days=3)
"""After the first failure. RFC 5321, 4.5.4.1 names four to five days. Letters of the law have due dates, so that a
person has to look earlier, while they can still post the letter."""

_BACKOFF: Final = tuple(timedelta(minutes=each) for each in (1, 2, 5, 15, 30, 60, 120, 240, 360))
"""Waits before the next attempts; the last wait repeats."""

_BACKOFF_IN_DOUBT: Final = tuple(timedelta(hours=each) for each in (1, 6, 24, 24, 12))
"""Waits after an attempt whose outcome is unknown. Each further attempt may deliver another copy, so that the letter is
given up after the last wait."""

outbox: Final = sa.Table(
    "outbox",
    main,
    sa.Column("dispatch_id", sa.Uuid, primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_attempt_at", UtcInstant, nullable=False, index=True),
    sa.Column("claimed_until", UtcInstant, comment="whoever sends it now has until then"),
    sa.Column("code", sa.String(64), comment="of the last error; never its words"),
    sa.Column("first_failed_at", UtcInstant),
    sa.Column("begun_at", UtcInstant, comment="since then it may have left as it is; none: it has not, for certain"),
    sa.Column("doubtful_attempts", sa.Integer, nullable=False, comment="attempts since then whose outcome is unknown"),
    sa.Column("case_version", sa.Integer, comment="of its case, with which it was compared then"),
)


@dataclass(frozen=True)
class Attempt:
    """The first attempt to send a message. From then on, the letter may have left as it is."""

    began_at: datetime
    case_version: int
    """Of the case, when the letter was compared with it."""
    count: int = 1
    """Attempts so far, including this one, whose outcome is unknown."""

    @property
    def is_last(self) -> bool:
        """True once no attempts remain."""
        return self.count >= len(_BACKOFF_IN_DOUBT)

    @property
    def next_wait(self) -> timedelta:
        """The wait before the next attempt."""
        return _BACKOFF_IN_DOUBT[self.count - 1]


@dataclass(frozen=True)
class Lease:
    """The holder is the only worker that may send this letter."""

    dispatch_id: UUID
    until: datetime
    due_at: datetime
    """When the letter was due, before the lease was taken."""
    in_doubt: Attempt | None = None
    """The first of the earlier attempts whose outcome is unknown."""


class Outbox:
    """The table. Each method joins the open transaction, or opens a short one of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, dispatch_id: UUID, *, not_before: datetime) -> None:
        """Let the letter leave from `not_before` on. Called in the transaction that queues it."""
        self.add_all({dispatch_id: not_before})

    def add_all(self, letters: Mapping[UUID, datetime]) -> None:
        """The same for several, each from its time on."""
        rows = [
            {"dispatch_id": each, "attempts": 0, "doubtful_attempts": 0, "next_attempt_at": not_before}
            for each, not_before in letters.items()
        ]
        if rows:
            with self._database.writing() as connection:
                connection.execute(outbox.insert(), rows)

    def due(self, now: datetime, *, limit: int) -> Sequence[UUID]:
        """The letters to send now, the longest due first. Costs what is due, not what waits."""
        query = (
            sa.select(outbox.c.dispatch_id)
            .where(outbox.c.next_attempt_at <= now, self._is_free(now))
            .order_by(outbox.c.next_attempt_at)
            .limit(limit)
        )
        with self._database.glancing() as connection:
            return connection.execute(query).scalars().all()

    def claim(self, dispatch_id: UUID, now: datetime) -> Lease | None:
        """Take the lease; None where another process holds it, or the letter is not in the outbox."""
        taken = (
            sa.update(outbox)
            .where(outbox.c.dispatch_id == dispatch_id, self._is_free(now))
            .values(claimed_until=now + LEASE)
            .returning(outbox.c.begun_at, outbox.c.case_version, outbox.c.doubtful_attempts, outbox.c.next_attempt_at)
        )
        with self._database.writing() as connection:
            row = connection.execute(taken).one_or_none()
        if row is None:
            return None
        return Lease(dispatch_id, now + LEASE, row.next_attempt_at, _attempt(row))

    def hold(self, lease: Lease) -> None:
        """Keep the lease until the open transaction ends. Raises DispatchLeaving where another process took it."""
        self._change(lease, claimed_until=lease.until)

    def begin(self, lease: Lease, attempt: Attempt) -> Attempt:
        """Note that the letter may have left from now on.

        Returns the first attempt of its message: this one, unless the outcome of an earlier one is unknown. If the
        process dies now, the letter waits as after any other attempt whose outcome is unknown.
        Raises DispatchLeaving where the lease ran out and another process holds it.
        """
        first = attempt
        if lease.in_doubt is not None:
            first = replace(lease.in_doubt, count=lease.in_doubt.count + 1)
        self._change(lease, **_columns(first), next_attempt_at=attempt.began_at + first.next_wait)
        return first

    def postpone(self, lease: Lease, *, until: datetime) -> None:
        """Give the lease back until then; this is no failure of the letter. Raises DispatchLeaving as `begin`."""
        self._change(lease, claimed_until=None, next_attempt_at=until)

    def retry_later(self, lease: Lease, *, code: str, now: datetime, may_have_left: bool) -> bool:
        """Note a failure that may pass, and give the lease back. Returns False once the letter has to be given up."""
        with self._database.writing() as connection:
            row = connection.execute(sa.select(outbox).where(self._is_mine(lease))).one_or_none()
            if row is None:  # the lease ran out, and another process holds it
                return True
            since: datetime = row.first_failed_at or now
            if now - since >= GIVEN_UP_AFTER:
                return False
            doubt = _attempt(row) if may_have_left else lease.in_doubt
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
        """Give the lease back because no letter can leave at all. Returns False once this letter has to be given up.

        This is no attempt, and the letter is due as before. From now on, the time until it is given up runs for every
        letter that is due.
        """
        mine = self._is_mine(lease)
        as_before = {"next_attempt_at": lease.due_at, **_columns(lease.in_doubt)}
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
        """Delete a letter that left or never will. Called in the transaction that records this."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(outbox).where(outbox.c.dispatch_id == dispatch_id))

    def cancel(self, dispatch_id: UUID, now: datetime, *, in_doubt: bool) -> None:
        """Keep the letter from leaving, or from leaving again.

        `in_doubt`: the caller knew that the letter may have left. Raises DispatchLeaving while a process sends it, and
        where it may have left since the caller looked; the transaction rolls back.
        """
        this = outbox.c.dispatch_id == dispatch_id
        doubted = outbox.c.begun_at.is_not(None) if in_doubt else outbox.c.begun_at.is_(None)
        taken = sa.delete(outbox).where(this, doubted, self._is_free(now))
        held = sa.select(sa.literal(1)).where(this)
        with self._database.writing() as connection:
            if not connection.execute(taken).rowcount and connection.scalar(held) is not None:
                raise DispatchLeaving()

    def in_doubt(self, dispatch_ids: Iterable[UUID]) -> AbstractSet[UUID]:
        """Those of these letters that may have left: the outcome of an attempt is unknown."""
        query = sa.select(outbox.c.dispatch_id).where(
            outbox.c.dispatch_id.in_(list(dispatch_ids)), outbox.c.begun_at.is_not(None)
        )
        with self._database.glancing() as connection:
            return set(connection.execute(query).scalars())

    def waiting(self) -> int:
        """The number of letters that wait to leave, now or later."""
        with self._database.glancing() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()

    def _change(self, lease: Lease, **values: object) -> None:
        """Raises DispatchLeaving where the lease ran out and another process holds it."""
        with self._database.writing() as connection:
            if not connection.execute(sa.update(outbox).where(self._is_mine(lease)).values(values)).rowcount:
                raise DispatchLeaving()

    @staticmethod
    def _is_mine(lease: Lease) -> sa.ColumnElement[bool]:
        return sa.and_(outbox.c.dispatch_id == lease.dispatch_id, outbox.c.claimed_until == lease.until)

    @staticmethod
    def _is_free(now: datetime) -> sa.ColumnElement[bool]:
        return sa.or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= now)


def _attempt(row: sa.Row[Any]) -> Attempt | None:
    return None if row.begun_at is None else Attempt(row.begun_at, row.case_version, row.doubtful_attempts)


def _columns(attempt: Attempt | None) -> dict[str, object]:
    return {
        "doubtful_attempts": 0 if attempt is None else attempt.count,
        "begun_at": None if attempt is None else attempt.began_at,
        "case_version": None if attempt is None else attempt.case_version,
    }
