"""Use cases of signing in with passkeys: invitation, sign-in, further authenticators (GDPR Art. 32(1)(b), (4))."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from dsr.database import metadata
from dsr.desk.caller import Call, Caller
from dsr.desk.challenges import Challenges
from dsr.desk.errors import SignInNeeded
from dsr.desk.idempotency import Answer
from dsr.desk.invitations import Invitations
from dsr.desk.repository import Repository
from dsr.desk.sign_in_failures import SignInFailures
from dsr.desk.staff import StaffDesk
from dsr.desk.staff_access import answer_of, changed_staff, require_own, visible_member
from dsr.desk.staff_sessions import StaffSessions
from dsr.desk.unit_of_work import UnitOfWork, retrying, unit_of_work, use_case
from dsr.domain.credential import Credential, CredentialKind
from dsr.domain.errors import DomainError, Refused
from dsr.domain.roles import Role
from dsr.domain.staff import InvitationInvalid, Passkey, Staff, staff_id
from dsr.domain.staff_session import SessionEnd, SignInMethod, StaffSession
from dsr.passkeys import Assertion, PasskeyRefused, RelyingParty, SignInUnavailable, challenge_in
from dsr.projections.passkeys import passkey_of, passkeys_of
from dsr.projections.rows import Row

passkey_uses = sa.Table(
    "passkey_uses",
    metadata.main,
    sa.Column("passkey_id", sa.Uuid, primary_key=True),
    sa.Column(
        "sign_count", sa.BigInteger, nullable=False, comment="signatures that the authenticator counted; 0: none"
    ),
    sa.Column("last_used_on", sa.Date),
)


class PasskeyKnown(Refused):
    """This authenticator is registered already. Sign in with it, or register another one."""

    code = "passkey-known"


@dataclass(frozen=True)
class Ceremony:
    """What a page hands to the browser."""

    options: str
    """JSON."""
    identifier: str = ""
    """The member of staff, where the page knows who it is for."""


class SigningInDesk:
    """accept an invitation with a passkey, sign in, prove oneself once more, register and revoke authenticators."""

    def __init__(
        self,
        repository: Repository,
        staff: StaffDesk,
        sessions: StaffSessions,
        *,
        invitations: Invitations,
        challenges: Challenges,
        failures: SignInFailures,
        public_url: str,
    ) -> None:
        self._repository = repository
        self._staff = staff
        self._sessions = sessions
        self._invitations = invitations
        self._challenges = challenges
        self._failures = failures
        self._public_url = public_url

    @property
    def is_available(self) -> bool:
        """Whether browsers use passkeys at the address of this service."""
        return RelyingParty.at(self._public_url) is not None

    # Sign in ---------------------------------------------------------------------------------------------------

    def options(self, browser: str) -> Ceremony:
        """What a browser, known by the secret in its cookie, is asked to sign in. Raises SignInUnavailable."""
        return self._request("sign-in", browser)

    def sign_in(self, given: str, browser: str) -> str:
        """The secret of a new session. Raises PasskeyRefused, ChallengeInvalid, SignInUnavailable."""
        with self._noting_failures(given):
            return retrying(lambda: self._signed_in(given, browser))

    def step_up_options(self, caller: Caller, browser: str) -> Ceremony:
        """What the browser of a session is asked to prove its member once more. Raises SignInUnavailable."""
        return self._request(f"step-up:{caller.session_id}", browser)

    def step_up(self, given: str, caller: Caller, browser: str) -> str:
        """Record that the member of a session proved who they are; return the new secret of the session.

        Raises PasskeyRefused, ChallengeInvalid, SignInNeeded, StaffSessionOver.
        """
        with self._noting_failures(given):
            return retrying(lambda: self._stepped_up(given, caller, browser))

    # Authenticators --------------------------------------------------------------------------------------------

    def invitation_options(self, code: str, browser: str) -> Ceremony:
        """What the browser of an invited member is asked to register. Raises InvitationInvalid, SignInUnavailable."""
        invitation_id, identifier = self._invitations.find(code)
        staff = self._repository.find(Staff, staff_id(identifier))
        if staff is None or not staff.is_invited(invitation_id, self._repository.now()):
            raise InvitationInvalid()
        return self._creation(identifier, f"invitation:{identifier}", browser)

    def accept(self, code: str, given: str, browser: str) -> str:
        """Register the passkey of an invited member; return the secret of a session.

        Raises InvitationInvalid, PasskeyRefused, PasskeyKnown, ChallengeInvalid, SignInUnavailable.
        """
        return retrying(lambda: self._accepted(code, given, browser))

    def registration_options(self, caller: Caller, browser: str) -> Ceremony:
        """What the browser of a session is asked to register besides. Raises SignInUnavailable."""
        return self._creation(caller.actor, f"register:{caller.session_id}", browser)

    def register(self, given: str, caller: Caller, browser: str) -> None:
        """Register a further authenticator of one's own. Raises the errors of `accept`, and StaffHasLeft."""
        retrying(lambda: self._registered(given, caller, browser))

    def passkeys(self, identifier: str, caller: Caller) -> list[Row]:
        """The authenticators of a member of staff, with the day of their last use.

        Anybody reads their own; operator, DPO and auditor those of others. Raises StaffUnknown, Forbidden.
        """
        staff = visible_member(self._repository, identifier, caller, Role.OPERATOR, Role.DPO, Role.AUDITOR)
        with self._repository.database.reading() as connection:
            rows = passkeys_of(connection, staff.id)
            used = {row.passkey_id: row.last_used_on for row in connection.execute(sa.select(passkey_uses))}
        return [row | {"last_used_on": used.get(row["passkey_id"])} for row in rows]

    @use_case
    def revoke(self, identifier: str, passkey_id: UUID, call: Call) -> Answer:
        """End one authenticator and its sessions: anybody their own, an operator that of another.

        Raises StaffUnknown, Forbidden, PasskeyUnknown, LastPasskey.
        """
        with unit_of_work(self._repository, call) as work:
            require_own(call.caller, identifier, Role.OPERATOR)  # before it is known who is there
            staff = changed_staff(self._repository, identifier, work)
            staff.revoke_passkey(work.acting, passkey_id=passkey_id)
            self._sessions.end_all(work, identifier, SessionEnd.CREDENTIAL_REVOKED, credential_id=passkey_id)
            work.respond(lambda: answer_of(staff))
        return work.answer

    # ------------------------------------------------------------------------------------------------------------

    @property
    def _party(self) -> RelyingParty:
        party = RelyingParty.at(self._public_url)
        if party is None:
            raise SignInUnavailable()
        return party

    def _request(self, purpose: str, browser: str) -> Ceremony:
        party, challenge = self._party, self._challenges.make(purpose, browser, at=self._repository.now())
        return Ceremony(party.request_options(challenge))

    def _creation(self, identifier: str, purpose: str, browser: str) -> Ceremony:
        party, challenge = self._party, self._challenges.make(purpose, browser, at=self._repository.now())
        with self._repository.database.glancing() as connection:
            rows = passkeys_of(connection, staff_id(identifier))
        known = [row["webauthn_id"] for row in rows if row["revoked_at"] is None and row["rp_id"] == party.rp_id]
        user = staff_id(identifier).bytes
        return Ceremony(party.creation_options(challenge, user=user, name=identifier, known=known), identifier)

    def _signed_in(self, given: str, browser: str) -> str:
        assertion, row = self._proved(given, "sign-in", browser)
        with unit_of_work(self._repository, _call(row["staff"], CredentialKind.PASSKEY, row["passkey_id"])) as work:
            self._require_access(row["staff"])
            secret = self._sessions.begin(work, method=SignInMethod.PASSKEY, credential_id=row["passkey_id"])
            self._use(work, assertion, row)
        return secret

    def _stepped_up(self, given: str, caller: Caller, browser: str) -> str:
        assertion, row = self._proved(given, f"step-up:{caller.session_id}", browser)
        if row["staff"] != caller.actor or caller.session_id is None:
            raise PasskeyRefused()
        with unit_of_work(self._repository, Call(caller)) as work:
            session = self._repository.find(StaffSession, caller.session_id)
            if session is None:
                raise SignInNeeded()
            session.step_up(work.acting, credential_id=row["passkey_id"])
            work.add(session)
            secret = self._sessions.renew(work, session.id)
            self._use(work, assertion, row)
        return secret

    @contextmanager
    def _noting_failures(self, given: str) -> Iterator[None]:
        """Note an answer that proves nothing; a page that is too old is none of it."""
        try:
            yield
        except PasskeyRefused:
            row = self._claimed(given)
            if row is None:
                self._failures.count_unknown()
            else:
                self._failures.note(row["passkey_id"], row["staff"])
            raise

    def _claimed(self, given: str) -> Row | None:
        """The passkey that an answer claims to be of."""
        try:
            assertion = self._party.asserted(given)
        except PasskeyRefused:
            return None
        with self._repository.database.glancing() as connection:
            return passkey_of(connection, assertion.credential)

    def _proved(self, given: str, purpose: str, browser: str) -> tuple[Assertion, Row]:
        """A browser's answer, and the passkey that signed it."""
        party = self._party
        assertion = party.asserted(given)
        self._challenges.require(assertion.challenge, purpose, browser, at=self._repository.now())
        with self._repository.database.glancing() as connection:
            row = passkey_of(connection, assertion.credential)
        if row is None or row["rp_id"] != party.rp_id or assertion.user not in (None, row["staff_id"].bytes):
            raise PasskeyRefused()
        return assertion, row

    def _use(self, work: UnitOfWork, assertion: Assertion, row: Row) -> None:
        """Let this work verify the signature, note the count, and use the challenge up: all under the lock."""

        def use() -> None:
            at, passkey_id = work.acting.at, row["passkey_id"]
            mine = passkey_uses.c.passkey_id == passkey_id
            with self._repository.database.writing() as connection:
                if passkey_of(connection, assertion.credential) is None:  # it was revoked meanwhile
                    raise PasskeyRefused()
                before = connection.execute(sa.select(passkey_uses.c.sign_count).where(mine)).scalar_one()
                count = self._party.verify(assertion, public_key=row["public_key"], sign_count=before)
                connection.execute(passkey_uses.update().where(mine).values(sign_count=count, last_used_on=at.date()))
            self._challenges.use(assertion.challenge, at=at)

        work.effect(use)

    def _accepted(self, code: str, given: str, browser: str) -> str:
        invitation_id, identifier = self._invitations.find(code)
        passkey, effect = self._made(given, f"invitation:{identifier}", browser)
        with unit_of_work(self._repository, _call(identifier, CredentialKind.INVITATION, invitation_id)) as work:
            staff = self._repository.find(Staff, staff_id(identifier))
            if staff is None:
                raise InvitationInvalid()
            staff.accept_with_passkey(work.acting, invitation_id=invitation_id, passkey=passkey)
            self._require_access(identifier)
            work.add(staff)
            secret = self._sessions.begin(work, method=SignInMethod.PASSKEY, credential_id=passkey.passkey_id)
            work.effect(lambda: self._invitations.use(invitation_id))
            work.effect(effect)
        return secret

    def _registered(self, given: str, caller: Caller, browser: str) -> None:
        passkey, effect = self._made(given, f"register:{caller.session_id}", browser)
        with unit_of_work(self._repository, Call(caller)) as work:
            staff = changed_staff(self._repository, caller.actor, work)
            staff.register_passkey(work.acting, passkey=passkey)
            work.effect(effect)

    def _made(self, given: str, purpose: str, browser: str) -> tuple[Passkey, Any]:
        """A new passkey, and the effect that stores what it counts and uses the challenge up."""
        party, challenge = self._party, challenge_in(given)
        self._challenges.require(challenge, purpose, browser, at=self._repository.now())
        made = party.registered(given, challenge)
        passkey = Passkey(uuid4(), made.credential, made.public_key, party.rp_id, made.is_synced, made.transports)
        row = {"passkey_id": passkey.passkey_id, "sign_count": made.sign_count}

        def store() -> None:
            with self._repository.database.writing() as connection:
                connection.execute(passkey_uses.insert(), row)
            self._challenges.use(challenge, at=self._repository.now())

        with self._repository.database.glancing() as connection:
            if passkey_of(connection, made.credential) is not None:
                raise PasskeyKnown()
        return passkey, store

    def _require_access(self, identifier: str) -> None:
        """Raise PasskeyRefused for a member without access; a stranger is not told more."""
        try:
            self._staff.require_present(identifier)
        except DomainError as error:
            raise PasskeyRefused() from error


def _call(identifier: str, kind: CredentialKind, credential_id: UUID) -> Call:
    """A command of a member of staff who is not in a session yet."""
    return Call(Caller(identifier, frozenset(), None, credential=Credential(kind, credential_id)))
