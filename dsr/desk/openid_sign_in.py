"""Use cases of signing in at the organisation's provider (GDPR Art. 32(1)(b), (4)).

Nothing is stored while a person is away: the challenge travels as `state`, and nonce and verifier are computed from it
under the secret in the browser's cookie, so that another browser can't bring the code.
"""

import base64
import hmac
from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from dsr.desk.caller import Call, Caller
from dsr.desk.challenges import ChallengeInvalid, Challenges, ends_at_of
from dsr.desk.dpo_notices import DpoNotices
from dsr.desk.errors import SignInNeeded
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.sign_in_failures import SignInFailures
from dsr.desk.staff import StaffDesk
from dsr.desk.staff_access import (
    answer_of,
    changed_staff,
    is_confirmable,
    require_own,
    require_whole,
    visible_member,
)
from dsr.desk.staff_sessions import StaffSessions
from dsr.desk.unit_of_work import retrying, unit_of_work, use_case
from dsr.domain.credential import Credential, CredentialKind
from dsr.domain.errors import Denied, DomainError, Refused
from dsr.domain.roles import Role
from dsr.domain.staff_session import SessionEnd, SignInMethod, StaffSession
from dsr.letters import NoticeOf
from dsr.openid import Identity, OpenIdAttempt, OpenIdProvider, OpenIdRefused, OpenIdUnavailable
from dsr.projections.rows import Row
from dsr.projections.staff_accounts import account_of, accounts_of

CALLBACK: Final = "/sign-in/openid/callback"
"""Where the provider sends the browser back to; register it there, below the public URL."""

AWAY_MINUTES: Final = 10
"""How long a person may take at the provider."""


PROVED_WITHIN: Final = timedelta(minutes=5)
"""How long before a sign-in the person may have proved it at the provider, as it counts as a fresh proof here. Else a
browser that was taken over would go there and back instead of proving anything.
"""


class AccountUnlinked(Denied):
    """You signed in at your organisation, but nobody here is linked to that account. Ask an operator to link it: `POST
    /staff/{identifier}/accounts`.
    """

    code = "account-unlinked"


class AccountTaken(Refused):
    """This account is linked to a member of staff already. Unlink it there first."""

    code = "account-taken"


class OpenIdSignInDesk:
    """begin and finish a sign-in or a renewed proof; link and unlink accounts."""

    def __init__(
        self,
        repository: Repository,
        staff: StaffDesk,
        sessions: StaffSessions,
        *,
        provider: OpenIdProvider | None,
        challenges: Challenges,
        failures: SignInFailures,
        dpo_notices: DpoNotices,
        public_url: str,
    ) -> None:
        self._repository = repository
        self._dpo_notices = dpo_notices
        self._staff = staff
        self._sessions = sessions
        self._provider = provider
        self._challenges = challenges
        self._failures = failures
        self._public_url = public_url

    @property
    def is_available(self) -> bool:
        """Whether a provider is set."""
        return self._provider is not None

    # Sign in ---------------------------------------------------------------------------------------------------

    def begin(self, browser: str, caller: Caller | None = None) -> str:
        """The provider's address for a sign-in, or for a renewed proof of the caller. Raises OpenIdUnavailable."""
        at = self._repository.now()
        challenge = self._challenges.make(_purpose(caller), browser, at=at, minutes=AWAY_MINUTES)
        return self._required.address(self._attempt(challenge, browser, renews=caller is not None))

    def finish(self, *, state: str, code: str, issuer: str | None, browser: str, caller: Caller | None = None) -> str:
        """The secret of a new session, or the new secret of the one in which the caller renewed the proof.

        Raises ChallengeInvalid, OpenIdRefused, OpenIdUnavailable, AccountUnlinked, StaffSessionOver.
        """
        challenge, at = _challenge_in(state), self._repository.now()
        if not code:  # the person gave up there, or the provider let nobody in
            raise OpenIdRefused(reason="provider")
        renews = caller is not None and self._fits(challenge, caller, browser)
        if not renews:
            self._challenges.require(challenge, _purpose(None), browser, at=at)
        self._challenges.use(challenge, at=at)  # before the code is used: both work once
        identity = self._required.identity(
            self._attempt(challenge, browser, renews=renews), code=code, issuer=issuer, at=at
        )
        account = self._account(identity)
        if renews and caller is not None:
            return retrying(lambda: self._renewed(account, caller))
        return retrying(lambda: self._signed_in(account))

    # Accounts --------------------------------------------------------------------------------------------------

    def accounts(self, identifier: str, caller: Caller) -> list[Row]:
        """The accounts that were linked to a member of staff.

        Anybody reads their own; operator, DPO and auditor those of others. Raises StaffUnknown, Forbidden.
        """
        staff = visible_member(self._repository, identifier, caller, Role.OPERATOR, Role.DPO, Role.AUDITOR)
        with self._repository.database.reading() as connection:
            return accounts_of(connection, staff.id)

    @use_case
    def link(self, identifier: str, call: Call, *, subject: str) -> Answer:
        """Let a member of staff sign in with an account at the provider; a second person confirms them anew, and the
        DPO is told.

        Raises StaffUnknown, StaffHasLeft, AccountTaken, OpenIdUnavailable, TokenLimited (a token that gives less than
        its holder has links no account of theirs).
        """
        require_whole(call.caller, identifier)
        issuer = self._required.client.issuer
        with unit_of_work(self._repository, call) as work:
            staff = changed_staff(self._repository, identifier, work)
            with self._repository.database.glancing() as connection:
                if account_of(connection, issuer, subject) is not None:
                    raise AccountTaken()
            account_id = uuid4()
            if call.caller.actor != identifier:
                self._dpo_notices.tell(work, staff, account_id, NoticeOf.ACCOUNT)
            staff.link_account(
                work.acting,
                account_id=account_id,
                issuer=issuer,
                subject=subject,
                confirmable=is_confirmable(self._repository, call.caller, identifier, staff.controllers),
            )
        return work.answer

    @use_case
    def unlink(self, identifier: str, account_id: UUID, call: Call) -> Answer:
        """End the sign-in with an account, and its sessions: anybody their own, an operator that of another.

        Raises StaffUnknown, Forbidden, AccountUnknown.
        """
        with unit_of_work(self._repository, call) as work:
            require_own(call.caller, identifier, Role.OPERATOR)  # before it is known who is there
            staff = changed_staff(self._repository, identifier, work)
            staff.unlink_account(work.acting, account_id=account_id)
            self._sessions.end_all(work, identifier, SessionEnd.CREDENTIAL_REVOKED, credential_id=account_id)
            work.respond(lambda: answer_of(staff))
        return work.answer

    # ------------------------------------------------------------------------------------------------------------

    @property
    def _required(self) -> OpenIdProvider:
        if self._provider is None:
            raise OpenIdUnavailable()
        return self._provider

    def _attempt(self, challenge: bytes, browser: str, *, renews: bool) -> OpenIdAttempt:
        def computed(use: str) -> str:
            bits = hmac.digest(browser.encode(), f"openid {use}".encode() + challenge, "sha256")
            return base64.urlsafe_b64encode(bits).decode().rstrip("=")

        begun_at = ends_at_of(challenge) - timedelta(minutes=AWAY_MINUTES)
        return OpenIdAttempt(
            state=base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            nonce=computed("nonce"),
            verifier=computed("verifier"),
            redirect_uri=f"{self._public_url}{CALLBACK}",
            begun_at=begun_at,
            max_age=timedelta() if renews else PROVED_WITHIN,
        )

    def _fits(self, challenge: bytes, caller: Caller, browser: str) -> bool:
        with suppress(ChallengeInvalid):
            self._challenges.require(challenge, _purpose(caller), browser, at=self._repository.now())
            return True
        return False

    def _account(self, identity: Identity) -> Row:
        """The linked account; who has none is only counted."""
        with self._repository.database.glancing() as connection:
            account = account_of(connection, identity.issuer, identity.subject)
        if account is None:
            self._failures.count_unknown()
            raise AccountUnlinked()
        return account

    def _signed_in(self, account: Row) -> str:
        try:
            self._staff.require_present(account["staff"])
        except DomainError as error:
            self._failures.note(account["account_id"], account["staff"])
            raise OpenIdRefused(reason="access") from error
        through = Credential(CredentialKind.ACCOUNT, account["account_id"])
        with unit_of_work(
            self._repository, Call(Caller(account["staff"], frozenset(), None, credential=through))
        ) as work:
            secret = self._sessions.begin(work, method=SignInMethod.OPENID, credential_id=account["account_id"])
            work.effect(lambda: self._require_linked(account))
        return secret

    def _require_linked(self, account: Row) -> None:
        """Raise AccountUnlinked if it was unlinked meanwhile; under the lock."""
        with self._repository.database.glancing() as connection:
            if account_of(connection, account["issuer"], account["subject"]) is None:
                raise AccountUnlinked()

    def _renewed(self, account: Row, caller: Caller) -> str:
        if account["staff"] != caller.actor or caller.session_id is None:
            self._failures.note(account["account_id"], account["staff"])
            raise OpenIdRefused(reason="subject")
        with unit_of_work(self._repository, Call(caller)) as work:
            session = self._repository.find(StaffSession, caller.session_id)
            if session is None:
                raise SignInNeeded()
            session.step_up(work.acting, credential_id=account["account_id"])
            work.add(session)
            secret = self._sessions.renew(work, session.id)
        return secret


def _purpose(caller: Caller | None) -> str:
    return "openid" if caller is None else f"openid:step-up:{caller.session_id}"


def _challenge_in(state: str) -> bytes:
    """Raises ChallengeInvalid."""
    try:
        return base64.b64decode(state + "=" * (-len(state) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise ChallengeInvalid() from None
