"""What the clock does at the desk: whatever came due is recorded on its case, once, by a command of its own.

That nothing is recorded twice holds by the case: its guards, and its version in the log. So two sweeps may run at once,
one may be killed, and a clock may jump: a sweep reads what is due, and asks the case again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from dsr.database.errors import DatabaseBusy, DatabaseUnavailable
from dsr.database.metadata import main
from dsr.desk.caller import Call, service
from dsr.desk.casebook import Casebook
from dsr.desk.errors import VersionStale
from dsr.desk.fees import FeeDesk
from dsr.domain.errors import DomainError
from dsr.domain.request.due import Due, DueNotYet
from dsr.domain.request.standing import Occasion
from dsr.projections.agenda import agenda, is_awaited, occasion_of
from dsr.projections.columns import Instant

log: Final = logging.getLogger(__name__)

put_aside: Final = sa.Table(
    "put_aside",
    main,
    sa.Column("request_id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("subject", sa.String, primary_key=True),
    sa.Column("about", sa.Date, primary_key=True),
    sa.Column("code", sa.String(64), nullable=False, comment="of the error; never its words"),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("next_try_at", Instant, nullable=False),
)
"""What is due and could not be recorded, so that the rest does not wait for it."""

_SAME: Final = sa.and_(*(agenda.c[key.name] == key for key in put_aside.primary_key))

_OF_THE_SERVICE: Final = (SQLAlchemyError, DatabaseBusy, DatabaseUnavailable)
"""What is wrong with no case: the whole sweep is repeated later."""

_CALL: Final = Call(service("scheduler"))
_TRIES: Final = 10
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(days=1)


@dataclass(frozen=True)
class Rung:
    """What a sweep did."""

    found: int
    """Rows that were due."""
    recorded: int
    put_aside: int


@dataclass(frozen=True)
class PutAside:
    """What could not be recorded, and when it is tried again."""

    request_id: UUID
    occasion: Occasion
    code: str
    attempts: int
    since: datetime
    next_try_at: datetime


class RingingDesk:
    """record what came due."""

    def __init__(self, book: Casebook, fees: FeeDesk) -> None:
        self._book = book
        self._fees = fees

    def sweep(self, limit: int = 100) -> Rung:
        """Record up to `limit` of what is due, the longest due first; where as many were found, there may be more.

        Raises DatabaseBusy, DatabaseUnavailable: it is safe to repeat.
        """
        recorded = aside = 0
        due = self._due(limit)
        for request_id, occasion in due:
            code = self._ring(request_id, occasion)
            if code is None:
                recorded += 1
                self._take_back(request_id, occasion)
                continue
            # Another sweep, or somebody at the desk, may have been faster; a clock may have jumped back.
            if code != DueNotYet.code and self._is_awaited(request_id, occasion):
                log.warning("due: %s %s of case %s: %s", occasion.kind, occasion.subject, request_id, code)
                self._put_aside(request_id, occasion, code)
                aside += 1
        return Rung(len(due), recorded, aside)

    def put_aside(self) -> list[PutAside]:
        """What could not be recorded and is still awaited, the oldest first."""
        with self._book.database.reading() as connection:
            query = sa.select(put_aside).where(sa.exists().where(_SAME, agenda.c.at.is_not(None)))
            rows = connection.execute(query.order_by(put_aside.c.since)).mappings()
            return [
                PutAside(
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
        with self._book.database.reading() as connection:
            rows = connection.execute(due_query(self._book.now(), limit)).mappings()
            return [(row["request_id"], occasion_of(dict(row))) for row in rows]

    def _ring(self, request_id: UUID, occasion: Occasion) -> str | None:
        """Record it; the code of what refuses, if anything does."""
        for attempt in range(1, _TRIES + 1):
            try:
                self._record(request_id, occasion)
            except _OF_THE_SERVICE:
                raise
            except VersionStale:
                if attempt == _TRIES:
                    return VersionStale.code
            except DomainError as error:
                return error.code
            except Exception as error:  # noqa: BLE001 - whatever one case does to the clock, the others go on
                # Type only: what an error quotes may be personal data.
                return f"error-{type(error).__name__}"[:64]
            else:
                return None
        raise AssertionError("unreachable: the last attempt returns")

    def _record(self, request_id: UUID, occasion: Occasion) -> None:
        book = self._book
        if occasion.kind == Due.FEE_OFFER_ENDED:
            self._fees.expire(request_id, UUID(occasion.subject), _CALL)
            return
        book.change(
            request_id,
            _CALL,
            lambda case, at: case.record_due(
                occasion=occasion, calendar=book.calendar(case), at=at, actor=_CALL.caller.actor
            ),
        )

    def _is_awaited(self, request_id: UUID, occasion: Occasion) -> bool:
        with self._book.database.reading() as connection:
            return is_awaited(connection, request_id, occasion)

    def _take_back(self, request_id: UUID, occasion: Occasion) -> None:
        """It was recorded after all; looked for first, since nearly nothing is ever put aside."""
        this = _this(request_id, occasion)
        with self._book.database.reading() as connection:
            was_put_aside = connection.execute(sa.select(put_aside.c.code).where(this)).first() is not None
        if was_put_aside:
            with self._book.database.writing() as connection:
                connection.execute(sa.delete(put_aside).where(this))

    def _put_aside(self, request_id: UUID, occasion: Occasion, code: str) -> None:
        """Try it later, each time after twice as long, up to a day."""
        now = self._book.now()
        row = {"request_id": request_id, "kind": occasion.kind, "subject": occasion.subject, "about": occasion.about}
        this = _this(request_id, occasion)
        with self._book.database.writing() as connection:
            earlier = connection.execute(sa.select(put_aside.c.attempts, put_aside.c.since).where(this)).first()
            attempts, since = (1, now) if earlier is None else (earlier.attempts + 1, earlier.since)
            wait = min(_FIRST_WAIT * 2 ** min(attempts - 1, 20), _LONGEST_WAIT)
            connection.execute(sa.delete(put_aside).where(this))
            connection.execute(
                sa.insert(put_aside),
                row | {"code": code, "attempts": attempts, "since": since, "next_try_at": now + wait},
            )


def _this(request_id: UUID, occasion: Occasion) -> sa.ColumnElement[bool]:
    c = put_aside.c
    named = sa.and_(c.kind == occasion.kind, c.subject == occasion.subject, c.about == occasion.about)
    return sa.and_(c.request_id == request_id, named)


def due_query(now: datetime, limit: int) -> sa.Select[tuple[object, ...]]:
    """What is due and not put aside, by the index on `at`; no case that waits for later is looked at."""
    c = agenda.c
    waiting = sa.exists().where(_SAME, put_aside.c.next_try_at > now)
    return sa.select(c.request_id, c.kind, c.subject, c.about).where(c.at <= now, ~waiting).order_by(c.at).limit(limit)
