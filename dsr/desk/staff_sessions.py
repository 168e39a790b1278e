"""Sessions of members of staff: a random secret in a cookie, of which the hash is stored, beside what the log knows.

A session ends half an hour after the last request, and twelve hours after the sign-in (settings), whatever happens.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.statements import Statement
from dsr.desk.errors import SignInNeeded, VersionStale
from dsr.desk.kept_secrets import hash_of
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import UnitOfWork
from dsr.domain.staff_session import SessionEnd, SignInMethod, StaffSession
from dsr.projections.columns import UtcInstant
from dsr.projections.staff import StaffMember, member_of, staff
from dsr.projections.staff_sessions import running_sessions, staff_sessions

SEEN_EVERY: Final = timedelta(minutes=1)
"""How often a session in use is noted as such."""

staff_session_secrets: Final = sa.Table(
    "staff_session_secrets",
    metadata.main,
    sa.Column("sha256", sa.String(64), primary_key=True, comment="of the secret in the cookie, hex"),
    sa.Column("session_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("last_seen_at", UtcInstant, nullable=False, comment="at most a minute too early"),
    sa.Column("ends_at", UtcInstant, nullable=False, index=True),
)

_BY_HASH: Final = Statement(
    sa.select(
        staff_session_secrets.c.session_id,
        staff_session_secrets.c.last_seen_at,
        staff_sessions.c.signed_in_at,
        staff_sessions.c.proved_at,
        staff_sessions.c.ends_at,
        staff.c.identifier,
        staff.c.roles,
        staff.c.controllers,
        staff.c.has_left,
        staff.c.access_ends_on,
        staff.c.asked_roles,
    )
    .select_from(
        staff_session_secrets.join(
            staff_sessions, staff_sessions.c.session_id == staff_session_secrets.c.session_id
        ).join(staff, staff.c.identifier == staff_sessions.c.staff)
    )
    .where(staff_session_secrets.c.sha256 == sa.bindparam("sha256"), staff_sessions.c.ended_at.is_(None))
)
"""A session that an event knows and none has ended, with its member as they stand now. Asked on every request."""


@dataclass(frozen=True)
class RunningSession:
    """A session that a secret opens."""

    session_id: UUID
    member: StaffMember
    signed_in_at: datetime
    proved_at: datetime
    """When the member last proved who they are."""
    ends_at: datetime


@dataclass(frozen=True)
class SessionTimes:
    """How long a session may last."""

    idle: timedelta
    longest: timedelta


class StaffSessions:
    """The table of hashes, and what begins and ends a session in the unit of work of another command."""

    def __init__(self, repository: Repository, times: SessionTimes) -> None:
        self._repository = repository
        self._times = times

    @property
    def _database(self) -> Database:
        return self._repository.database

    def begin(self, work: UnitOfWork, *, method: SignInMethod, credential_id: UUID) -> str:
        """Let this work begin a session of the member who acts; return the secret of its cookie."""
        secret, session_id, at = _new_secret(), uuid4(), work.acting.at
        ends_at = at + self._times.longest
        session = StaffSession.sign_in(
            work.acting, session_id=session_id, method=method, credential_id=credential_id, ends_at=ends_at
        )
        work.add(session)
        row = {"sha256": hash_of(secret), "session_id": session_id, "last_seen_at": at, "ends_at": ends_at}

        def store() -> None:
            with self._database.writing() as connection:
                connection.execute(staff_session_secrets.delete().where(staff_session_secrets.c.ends_at <= at))
                connection.execute(staff_session_secrets.insert(), row)

        work.effect(store)
        return secret

    def renew(self, work: UnitOfWork, session_id: UUID) -> str:
        """Let this work replace the secret of a session whose member proved who they are once more; return the new one.

        From then on, a copy of the former cookie opens nothing.
        """
        secret, at = _new_secret(), work.acting.at

        def store() -> None:
            mine = staff_session_secrets.c.session_id == session_id
            with self._database.writing() as connection:
                known = staff_session_secrets.update().where(mine)
                connection.execute(known.values(sha256=hash_of(secret), last_seen_at=at))

        work.effect(store)
        return secret

    def find(self, secret: str) -> RunningSession:
        """The session that a cookie opens; notes, once a minute, that it is in use. Raises SignInNeeded."""
        at, sha256 = self._repository.now(), hash_of(secret)
        with self._database.glancing() as connection:
            rows = _BY_HASH.rows(connection, {"sha256": sha256})
        if not rows:
            raise SignInNeeded()
        row = rows[0]
        if row["ends_at"] <= at or row["last_seen_at"] + self._times.idle <= at:
            raise SignInNeeded()
        if row["last_seen_at"] + SEEN_EVERY <= at:
            with self._database.writing() as connection:
                seen = staff_session_secrets.update().where(staff_session_secrets.c.sha256 == sha256)
                connection.execute(seen.values(last_seen_at=at))
        return RunningSession(row["session_id"], member_of(row), row["signed_in_at"], row["proved_at"], row["ends_at"])

    def last_seen(self, staff_member: str) -> dict[UUID, datetime]:
        """When each session of a member was last used, as far as it is known."""
        query = sa.select(staff_session_secrets.c.session_id, staff_session_secrets.c.last_seen_at).join(
            staff_sessions, staff_sessions.c.session_id == staff_session_secrets.c.session_id
        )
        with self._database.glancing() as connection:
            found = connection.execute(query.where(staff_sessions.c.staff == staff_member)).all()
        return {row.session_id: row.last_seen_at for row in found}

    def runs(self, row_ends_at: datetime, last_seen_at: datetime | None, ended_at: datetime | None) -> bool:
        """Whether a session still opens something."""
        at = self._repository.now()
        if ended_at is not None or row_ends_at <= at or last_seen_at is None:
            return False
        return last_seen_at + self._times.idle > at

    def end_all(self, work: UnitOfWork, member: str, why: SessionEnd, *, credential_id: UUID | None = None) -> None:
        """Let this work end every running session of a member, or those that one credential began.

        Raises VersionStale, when it is saved, if another one began meanwhile.
        """

        def running() -> list[UUID]:
            with self._database.glancing() as connection:
                return running_sessions(connection, member, at=work.acting.at, credential_id=credential_id)

        def require_none() -> None:
            if running():
                raise VersionStale()

        for session in self._loaded(running()):
            session.end(work.acting, why=why)
            work.add(session)
        work.effect(require_none)

    def _loaded(self, session_ids: list[UUID]) -> Iterator[StaffSession]:
        for session_id in session_ids:
            session = self._repository.find(StaffSession, session_id)
            if session is not None and session.end_reason is None:
                yield session


def _new_secret() -> str:
    return "dsrs_" + secrets.token_urlsafe(32)
