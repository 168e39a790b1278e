"""Use cases of staff and their tokens; `work_addresses.py` has their addresses, `staff_access.py` who may see whom."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from dsr.desk.caller import NO_LIMITS, Call, Caller
from dsr.desk.credential_outbox import CredentialMails, DueMail, MailKind
from dsr.desk.dpo_notices import DpoNotices
from dsr.desk.errors import Forbidden, SignInNeeded, TokenInvalid, TokenLimited, VersionStale
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.staff_access import (
    answer_of,
    changed_staff,
    forgetting_address,
    is_confirmable,
    require_own,
    visible_member,
)
from dsr.desk.staff_sessions import StaffSessions
from dsr.desk.tokens import Holder, TokenLine, Tokens
from dsr.desk.unit_of_work import UnitOfWork, unit_of_work, use_case
from dsr.domain.credential import Credential, CredentialKind
from dsr.domain.errors import Refused
from dsr.domain.roles import CONFIRMS_STAFF, WORKS_ON_CASES, Role
from dsr.domain.ropa import RopaMissing
from dsr.domain.staff import (
    ALL_CONTROLLERS,
    AssigneeUnfit,
    LastOperator,
    Staff,
    StaffAccessEnded,
    StaffHasLeft,
    StaffIdentifierTaken,
    StaffUnknown,
    TokenForAnother,
    TokenLimits,
    Training,
    staff_id,
)
from dsr.domain.staff_session import SessionEnd
from dsr.letters import NoticeOf
from dsr.projections.staff import StaffMember, StaffMembers, has_operator


class StaffDesk:
    """enrol, record confidentiality and training, change roles, leave; tokens; authenticate."""

    def __init__(
        self,
        repository: Repository,
        tokens: Tokens,
        sessions: StaffSessions,
        *,
        token_days: int,
        mails: CredentialMails,
        dpo_notices: DpoNotices,
    ) -> None:
        self._repository = repository
        self._sessions = sessions
        self._mails = mails
        self._dpo_notices = dpo_notices
        self._tokens = tokens
        self._token_days = token_days
        self._members = StaffMembers(repository.database)

    def authenticate(self, token: str) -> Caller:
        """The holder of this token, with their present roles and scope.

        Raises TokenInvalid, also from 00:00 UTC of the day after their access ends, even if the token is still valid.
        """
        at = self._repository.now()
        holder = self._tokens.holder(token, at=at)
        if holder.staff is None:
            return Caller(
                actor="data-subject",
                roles=frozenset({Role.DATA_SUBJECT}),
                scope=frozenset(),
                request_id=holder.request_id,
                credential=Credential(CredentialKind.SUBJECT_TOKEN, holder.token_id),
            )
        if holder.limits.calendar_only:
            raise TokenInvalid()
        return self._caller(holder, at)

    def authenticate_calendar(self, token: str) -> Caller:
        """The holder of a token that gives the calendar and nothing else. Raises TokenInvalid."""
        at = self._repository.now()
        holder = self._tokens.holder(token, at=at)
        if not holder.limits.calendar_only:
            raise TokenInvalid()
        return self._caller(holder, at)

    def _caller(self, holder: Holder, at: datetime) -> Caller:
        member = holder.member
        if member is None or not member.has_access(at.astimezone(UTC).date()):
            raise TokenInvalid()
        return Caller(
            actor=member.identifier,
            roles=holder.limits.roles_of(member.roles),
            scope=holder.limits.scope_of(member.scope),
            limits=holder.limits,
            advises=Role.DPO in member.roles,
            credential=Credential(CredentialKind.TOKEN, holder.token_id),
            awaited=holder.limits.roles_of(member.awaited),
        )

    def authenticate_session(self, secret: str) -> Caller:
        """The member whose browser has this secret in a cookie, with their present roles and scope.

        Raises SignInNeeded, also from 00:00 UTC of the day after their access ends.
        """
        session = self._sessions.find(secret)
        member = session.member
        if not member.has_access(self._repository.now().astimezone(UTC).date()):
            raise SignInNeeded()
        return Caller(
            actor=member.identifier,
            roles=member.roles,
            scope=member.scope,
            advises=Role.DPO in member.roles,
            awaited=member.awaited,
            credential=Credential(CredentialKind.SESSION, session.session_id),
            proved_at=session.proved_at,
        )

    def require_present(self, identifier: str) -> StaffMember:
        """Check that a member of staff has present access. Raises StaffUnknown, StaffHasLeft, StaffAccessEnded."""
        member = self._members.find(identifier)
        if member is None:
            raise StaffUnknown()
        if member.has_left:
            raise StaffHasLeft()
        if not member.has_access(self._repository.now().astimezone(UTC).date()):
            raise StaffAccessEnded()
        return member

    def require_assignable(self, identifier: str, controllers: Collection[str]) -> None:
        """Raise StaffUnknown, StaffHasLeft, StaffAccessEnded, or AssigneeUnfit if the member can't work on the case."""
        member = self.require_present(identifier)
        if not WORKS_ON_CASES & member.roles or not (member.scope is None or member.scope & set(controllers)):
            raise AssigneeUnfit()

    @use_case
    def enrol(
        self,
        call: Call,
        *,
        identifier: str,
        roles: tuple[Role, ...],
        controllers: tuple[str, ...],
        access_ends_on: date | None = None,
        confidentiality_signed_on: date | None = None,
        training: Training | None = None,
    ) -> Answer:
        """Enrol a person under an identifier for ever, with their signature and training.

        Raises StaffIdentifierTaken (also of a member who left), StaffIdentifierInvalid, RolesRequired,
        ControllerUnknown, AuditorReadsOnly, AccessEndRequired, StaffDatesInvalid, ConfidentialityMissing,
        TrainingMissing.
        """
        try:
            with unit_of_work(self._repository, call) as work:
                self._require_controllers(controllers, call.caller)
                if self._repository.find(Staff, staff_id(identifier)) is not None:
                    raise StaffIdentifierTaken()
                staff = Staff.enrol(
                    work.acting,
                    identifier=identifier,
                    roles=roles,
                    controllers=controllers,
                    access_ends_on=access_ends_on,
                    confidentiality_signed_on=confidentiality_signed_on,
                    training=training,
                    confirmable=is_confirmable(self._repository, call.caller, identifier, controllers),
                )
                work.add(staff)
                work.respond(lambda: answer_of(staff))
        except VersionStale:
            raise StaffIdentifierTaken() from None
        return work.answer

    @use_case
    def sign_confidentiality(self, identifier: str, call: Call, *, signed_on: date) -> Answer:
        """Record the day of the signature. Raises StaffUnknown, StaffHasLeft, StaffDatesInvalid."""
        with self._changing(identifier, call) as (work, staff):
            staff.sign_confidentiality(work.acting, signed_on=signed_on)
        return work.answer

    @use_case
    def complete_training(self, identifier: str, call: Call, *, training: Training) -> Answer:
        """Record a completed course. Raises StaffUnknown, StaffHasLeft, StaffDatesInvalid."""
        with self._changing(identifier, call) as (work, staff):
            staff.complete_training(work.acting, course=training.course, completed_on=training.completed_on)
        return work.answer

    @use_case
    def change_roles(
        self,
        identifier: str,
        call: Call,
        *,
        roles: tuple[Role, ...],
        controllers: tuple[str, ...],
        access_ends_on: date | None = None,
    ) -> Answer:
        """Replace roles, scope and the last day of access.

        Raises StaffUnknown, StaffHasLeft, RolesRequired, ControllerUnknown, AuditorReadsOnly, AccessEndRequired,
        StaffDatesInvalid, ConfidentialityMissing, TrainingMissing, LastOperator.
        """
        with unit_of_work(self._repository, call) as work:
            self._require_controllers(controllers, call.caller)
            staff = changed_staff(self._repository, identifier, work)
            self._keep_an_operator(work, staff)
            if Role.DPO not in roles:
                self._tell_of_ended_dpo(work, staff)
            staff.change_roles(
                work.acting,
                roles=roles,
                controllers=controllers,
                access_ends_on=access_ends_on,
                confirmable=is_confirmable(self._repository, call.caller, identifier, controllers),
            )
            self._sessions.end_all(work, identifier, SessionEnd.ROLES_CHANGED)
        return work.answer

    @use_case
    def confirm(self, identifier: str, call: Call) -> Answer:
        """Confirm, as a second person, what a member of staff may do.

        Nobody confirms more than they could give: each controller has to be in their scope (GDPR Art. 25(2)). Raises
        StaffUnknown, StaffHasLeft, StaffAlreadyConfirmed, ConfirmationNotYours, Forbidden.
        """
        with self._changing(identifier, call) as (work, staff):
            _require_all_controllers(staff, call.caller)
            staff.confirm(work.acting)
        return work.answer

    def may_confirm(self, identifier: str, caller: Caller) -> bool:
        """Whether the caller is a second person who may confirm what this member may do. Raises StaffUnknown."""
        try:
            staff = visible_member(self._repository, identifier, caller, *CONFIRMS_STAFF)
            _require_all_controllers(staff, caller)
            staff.may_confirm(caller.actor)
        except (Forbidden, Refused):
            return False
        return True

    @use_case
    def leave(self, identifier: str, call: Call) -> Answer:
        """End all access of a member who leaves. Raises StaffUnknown, StaffHasLeft, LastOperator."""
        with self._changing(identifier, call) as (work, staff):
            self._keep_an_operator(work, staff)
            self._tell_of_ended_dpo(work, staff)
            work.effect(lambda: self._tokens.revoke(staff=identifier))
            self._sessions.end_all(work, identifier, SessionEnd.LEFT)
            work.irrevocable(*forgetting_address(self._repository, staff))
            staff.leave(work.acting)
        return work.answer

    @use_case
    def issue_token(
        self,
        identifier: str,
        call: Call,
        *,
        name: str | None = None,
        days: int | None = None,
        limits: TokenLimits = NO_LIMITS,
    ) -> Answer:
        """Create a token of one's own, or one that is printed on the machine; `secret` shows it.

        `name` says what it is for. The holder is told a week before it ends. Raises StaffUnknown, StaffHasLeft,
        TokenForAnother, TokenTooWide, TokenLimited (a token that gives less than its holder has makes no other).
        """
        token_id = uuid4()
        if call.caller.limits.are_any:
            raise TokenLimited()
        with unit_of_work(self._repository, call) as work:
            if identifier != call.caller.actor and not call.caller.is_service:  # before it is known who is there
                raise TokenForAnother()
            staff = changed_staff(self._repository, identifier, work)
            expires_at = work.acting.at + timedelta(days=days or self._token_days)
            staff.issue_token(work.acting, token_id=token_id, expires_at=expires_at, name=name, limits=limits)
            if call.caller.actor != identifier:
                self._dpo_notices.tell(work, staff, token_id, NoticeOf.TOKEN)
            mail = DueMail(MailKind.EXPIRY, identifier, token_id, expires_at)
            work.effect(lambda: self._mails.add_reminder(mail, at=work.acting.at))
            body = msgspec.json.encode(
                {
                    "token_id": token_id,
                    "identifier": identifier,
                    "expires_at": expires_at,
                    "name": name,
                    "roles": limits.roles,
                    "controllers": limits.controllers,
                    "reads_only": limits.reads_only,
                    "calendar_only": limits.calendar_only,
                }
            )
            work.effect(
                lambda: self._tokens.add(
                    token_id, staff=identifier, request_id=None, expires_at=expires_at, at=work.acting.at
                )
            )
            work.respond(lambda: Answer(body, staff.version, str(token_id)))
        return work.answer

    @use_case
    def revoke_token(self, identifier: str, token_id: UUID, call: Call) -> Answer:
        """End one token: anybody their own, an operator that of another. Raises StaffUnknown, Forbidden,
        StaffTokenUnknown.
        """
        with unit_of_work(self._repository, call) as work:
            require_own(call.caller, identifier, Role.OPERATOR)  # before it is known who is there
            staff = changed_staff(self._repository, identifier, work)
            staff.revoke_token(work.acting, token_id=token_id)
            work.effect(lambda: self._tokens.revoke(token_id=token_id))
        return work.answer

    def tokens_of(self, identifier: str, caller: Caller) -> list[TokenLine]:
        """All tokens ever issued to a member of staff, never their secrets.

        Anybody reads their own; operator, DPO and auditor those of others. Raises StaffUnknown, also for one who
        shares no controller with the caller; Forbidden.
        """
        visible_member(self._repository, identifier, caller, Role.OPERATOR, Role.DPO, Role.AUDITOR)
        return self._tokens.of_staff(identifier)

    def secret(self, answer: Answer) -> str:
        """The secret of the token in an answer of `issue_token`. Raises SecretShown."""
        return self._tokens.secret(UUID(answer.resource_id), at=self._repository.now())

    @contextmanager
    def _changing(self, identifier: str, call: Call) -> Iterator[tuple[UnitOfWork, Staff]]:
        """A unit of work on a member of staff, at the version the caller saw. Raises StaffUnknown, VersionStale."""
        with unit_of_work(self._repository, call) as work:
            yield work, changed_staff(self._repository, identifier, work)

    def _keep_an_operator(self, work: UnitOfWork, staff: Staff) -> None:
        """Check, if an operator leaves or changes roles, that another operator remains."""
        if Role.OPERATOR in staff.roles:
            work.effect(self._require_operator)

    def _tell_of_ended_dpo(self, work: UnitOfWork, staff: Staff) -> None:
        """Tell a DPO whose role ends, every other DPO, and their mailboxes, so that nobody ends the role unnoticed
        (GDPR Art. 38(3)).
        """
        if Role.DPO in staff.roles:
            self._dpo_notices.tell(work, staff, staff.id, NoticeOf.ROLE)

    def _require_operator(self) -> None:
        """Raise LastOperator if no operator would be left.

        It runs inside the appending transaction, after the change is projected, so that of two operators who leave at
        once, the second sees that the first has gone. Operators whose access has an end date do not count, since time
        alone would then leave the service without one.
        """
        with self._repository.database.glancing() as connection:
            if not has_operator(connection):
                raise LastOperator()

    def _require_controllers(self, controllers: tuple[str, ...], caller: Caller) -> None:
        """Raise ControllerUnknown, or Forbidden if the caller would give a scope wider than their own."""
        record = self._repository.ropa.record()
        for controller in controllers:
            caller.require_controller(controller)
            if controller != ALL_CONTROLLERS:
                if record is None:
                    raise RopaMissing()
                record.current.document.controller(controller)


def _require_all_controllers(staff: Staff, caller: Caller) -> None:
    """Nobody confirms more than they could give. Raises Forbidden."""
    if caller.scope is not None and not caller.scope.issuperset(staff.controllers):
        raise Forbidden(
            "Some of their controllers are outside your scope. Ask an operator or a data protection officer "
            "who has each of them, or confirm on the machine: `dsr staff confirm`."
        )
