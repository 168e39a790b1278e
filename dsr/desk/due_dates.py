"""The sweep over due dates: it records each passed date on its case, once, by a command of its own.

The guards of the case and its version in the log keep a date from being recorded twice. Two sweeps may therefore run at
once, one may be killed, and a clock may jump: a sweep reads what is due and asks the case again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database.metadata import main
from dsr.desk.caller import Call, service
from dsr.desk.fees import FeeDesk
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import changing, retrying
from dsr.domain.errors import ServiceWide, code_of
from dsr.domain.request.due import Due
from dsr.domain.request.standing import Occasion
from dsr.projections.agenda import agenda, is_awaited, occasion_of
from dsr.projections.columns import UtcInstant

log: Final = logging.getLogger(__name__)

failed_due: Final = sa.Table(
    "failed_due",
    main,
    sa.Column("request_id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("subject", sa.String, primary_key=True),
    sa.Column("about", sa.Date, primary_key=True),
    sa.Column("code", sa.String(64), nullable=False, comment="of the error; never its words"),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("since", UtcInstant, nullable=False),
    sa.Column("next_try_at", UtcInstant, nullable=False),
)
"""Due dates that could not be recorded. They are tried again later, so that the others need not wait for them."""

_SAME: Final = sa.and_(*(agenda.c[key.name] == key for key in failed_due.primary_key))

_IS_AWAITED: Final = sa.exists().where(_SAME)

_CALL: Final = Call(service("scheduler"))
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(days=1)


@dataclass(frozen=True)
class DueSweep:
    """The result of a sweep."""

    found: int
    """Rows that were due."""
    recorded: int
    failed: int
    """Could not be recorded; tried again later."""


@dataclass(frozen=True)
class FailedDue:
    """A due date that could not be recorded, and when it is tried again."""

    request_id: UUID
    occasion: Occasion
    code: str
    attempts: int
    since: datetime
    next_try_at: datetime


class DueDateDesk:
    """record due dates."""

    def __init__(self, repository: Repository, fees: FeeDesk) -> None:
        self._repository = repository
        self._fees = fees

    def sweep(self, limit: int = 100) -> DueSweep:
        """Record up to `limit` due dates, the longest due first; if that many were found, there may be more.

        Raises DatabaseBusy, DatabaseUnavailable, StorageFull: it is safe to repeat.
        """
        recorded = failed = 0
        due = self._due(limit)
        for request_id, occasion in due:
            code = self._try_to_record(request_id, occasion)
            if code is None:
                recorded += 1
            elif self._is_awaited(request_id, occasion):  # otherwise another sweep or a person was faster
                log.warning("due: %s %s of case %s: %s", occasion.kind, occasion.subject, request_id, code)
                self._note_failure(request_id, occasion, code)
                failed += 1
        self._forget_settled()
        return DueSweep(len(due), recorded, failed)

    def failed_due(self) -> list[FailedDue]:
        """Due dates that could not be recorded and still count, oldest first."""
        with self._repository.database.reading() as connection:
            query = sa.select(failed_due).where(_IS_AWAITED)
            rows = connection.execute(query.order_by(failed_due.c.since)).mappings()
            return [
                FailedDue(
                    row["request_id"],
                    Occasion(row["kind"], row["subject"], row["about"]),
                    row["code"],
                    row["attempts"],
                    row["since"],
                    row["next_try_at"],
                )
                for row in rows
            ]

    def _due(self, limit: int) -> Sequence[tuple[UUID, Occasion]]:
        with self._repository.database.reading() as connection:
            rows = connection.execute(due_query(self._repository.now(), limit)).mappings()
            return [(row["request_id"], occasion_of(dict(row))) for row in rows]

    def _try_to_record(self, request_id: UUID, occasion: Occasion) -> str | None:
        """Record it; return the code of the error, if any."""
        try:
            retrying(lambda: self._record(request_id, occasion))
        except ServiceWide:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one case does to the clock, the others go on
            return code_of(error)
        return None

    def _record(self, request_id: UUID, occasion: Occasion) -> None:
        if occasion.kind == Due.FEE_OFFER_ENDED:
            self._fees.expire(request_id, UUID(occasion.subject), _CALL)
            return
        with changing(self._repository, request_id, _CALL) as work:
            work.case.record_due(work.acting, occasion=occasion)

    def _is_awaited(self, request_id: UUID, occasion: Occasion) -> bool:
        with self._repository.database.reading() as connection:
            return is_awaited(connection, request_id, occasion)

    def _forget_settled(self) -> None:
        """Drop due dates that were recorded since or no longer count. Looked for first, since failures are rare."""
        settled = ~_IS_AWAITED
        with self._repository.database.reading() as connection:
            found = connection.scalar(sa.select(sa.literal(1)).select_from(failed_due).where(settled).limit(1))
        if found is not None:
            with self._repository.database.writing() as connection:
                connection.execute(sa.delete(failed_due).where(settled))

    def _note_failure(self, request_id: UUID, occasion: Occasion, code: str) -> None:
        """Schedule the next attempt: each wait is twice as long, up to a day."""
        database, now = self._repository.database, self._repository.now()
        key = {"request_id": request_id, "kind": occasion.kind, "subject": occasion.subject, "about": occasion.about}
        this = sa.and_(*(failed_due.c[name] == value for name, value in key.items()))
        with database.writing() as connection:
            attempts = connection.scalar(sa.select(failed_due.c.attempts).where(this)) or 0
            wait = min(_FIRST_WAIT * 2 ** min(attempts, 20), _LONGEST_WAIT)
            row = key | {"code": code, "attempts": attempts + 1, "since": now, "next_try_at": now + wait}
            connection.execute(database.upsert(failed_due, row, keep=["since"]))


def due_query(now: datetime, limit: int) -> sa.Select[tuple[object, ...]]:
    """Due dates that are not waiting for their next try, by the index on `at`; no later row is read."""
    c = agenda.c
    waiting = sa.exists().where(_SAME, failed_due.c.next_try_at > now)
    return sa.select(c.request_id, c.kind, c.subject, c.about).where(c.at <= now, ~waiting).order_by(c.at).limit(limit)
