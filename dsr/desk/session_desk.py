"""Use cases of sessions of members of staff: list, end, sign out."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import msgspec

from dsr.desk.caller import Call, Caller
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.staff_access import visible_member
from dsr.desk.staff_sessions import StaffSessions
from dsr.desk.unit_of_work import retrying, unit_of_work, use_case
from dsr.domain.roles import Role
from dsr.domain.staff import Staff, StaffUnknown, staff_id
from dsr.domain.staff_session import SessionEnd, SignInMethod, StaffSession, StaffSessionOver, StaffSessionUnknown
from dsr.projections.paging import Page
from dsr.projections.staff_sessions import sessions_of_staff


@dataclass(frozen=True)
class SessionFilter:
    """Which page of the sessions of a member."""

    cursor: str | None = None
    limit: int = 50


class SessionDesk:
    """list, end one or all, sign out; begin one on the machine itself."""

    def __init__(self, repository: Repository, sessions: StaffSessions) -> None:
        self._repository = repository
        self._sessions = sessions

    def of(self, identifier: str, caller: Caller, wanted: SessionFilter) -> Page:
        """Sessions of a member of staff, the latest first; `runs` says whether each still opens something.

        Anybody reads their own; operator, DPO and auditor those of others. Raises StaffUnknown, Forbidden,
        CursorInvalid.
        """
        visible_member(self._repository, identifier, caller, Role.OPERATOR, Role.DPO, Role.AUDITOR)
        with self._repository.database.reading() as connection:
            page = sessions_of_staff(connection, identifier, cursor=wanted.cursor, limit=wanted.limit)
            seen = self._sessions.last_seen(identifier)
        rows = [
            row
            | {
                "last_seen_at": seen.get(row["session_id"]),
                "runs": self._sessions.runs(row["ends_at"], seen.get(row["session_id"]), row["ended_at"]),
            }
            for row in page.rows
        ]
        return Page(rows, page.next)

    def begin_on_machine(self, identifier: str) -> str:
        """Begin a session of a member of staff for a person who runs a program on the machine of the service, and who
        could as well print an invitation there; return the secret of its cookie. Raises StaffUnknown.
        """
        member = self._repository.find(Staff, staff_id(identifier))
        if member is None:
            raise StaffUnknown()
        with unit_of_work(self._repository, Call(Caller(identifier, frozenset(), None))) as work:
            return self._sessions.begin(work, method=SignInMethod.MACHINE, credential_id=member.id)

    @use_case
    def end(self, identifier: str, session_id: UUID, call: Call) -> Answer:
        """End one session: anybody their own, an operator that of another.

        Raises StaffUnknown, Forbidden, StaffSessionUnknown, StaffSessionOver.
        """
        visible_member(self._repository, identifier, call.caller, Role.OPERATOR)
        with unit_of_work(self._repository, call) as work:
            session = self._repository.find(StaffSession, session_id)
            if session is None or session.member != identifier:
                raise StaffSessionUnknown()
            session.end(work.acting, why=_why(call.caller, identifier))
            work.add(session)
            work.respond(lambda: Answer(msgspec.json.encode({"ended": [session_id]})))
        return work.answer

    @use_case
    def end_all(self, identifier: str, call: Call) -> Answer:
        """End every session of a member of staff: anybody their own, an operator those of another.

        Raises StaffUnknown, Forbidden.
        """
        visible_member(self._repository, identifier, call.caller, Role.OPERATOR)
        with unit_of_work(self._repository, call) as work:
            self._sessions.end_all(work, identifier, _why(call.caller, identifier))
            ended = [each.id for each in work.aggregates]
            work.respond(lambda: Answer(msgspec.json.encode({"ended": ended})))
        return work.answer

    def sign_out(self, caller: Caller) -> None:
        """End the session of this caller, if it is still running."""

        def ended() -> None:
            with unit_of_work(self._repository, Call(caller)) as work:
                for session in self._of_caller(caller):
                    session.end(work.acting, why=SessionEnd.SIGNED_OUT)
                    work.add(session)

        try:
            retrying(ended)
        except StaffSessionOver:
            return

    def _of_caller(self, caller: Caller) -> Iterator[StaffSession]:
        if caller.session_id is not None:
            session = self._repository.find(StaffSession, caller.session_id)
            if session is not None:
                yield session


def _why(caller: Caller, identifier: str) -> SessionEnd:
    return SessionEnd.SIGNED_OUT if caller.actor == identifier else SessionEnd.ENDED_BY_OTHER
