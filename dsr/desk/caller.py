"""The caller of a use case: roles and scope, the version they saw, their idempotency key."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from dsr.desk.errors import Forbidden, StaffUnconfirmed
from dsr.domain.acting import SERVICE, Acting
from dsr.domain.credential import Credential, CredentialKind
from dsr.domain.request.errors import FourEyes
from dsr.domain.roles import Role
from dsr.domain.staff import TokenLimits

NO_LIMITS: Final = TokenLimits()


@dataclass(frozen=True)
class Caller:
    """An authenticated member of staff, a data subject bound to one request, or a part of the service."""

    actor: str
    """Staff identifier, `data-subject`, `owner:<system>` or `service:<part>`, as events record it."""
    roles: frozenset[Role]
    scope: frozenset[str] | None
    """Ids of the controllers in scope; None for all, including future ones."""
    request_id: UUID | None = None
    """The one request of a data subject."""
    credential: Credential | None = None
    """What they identified themselves with; None for a part of the service, and on the machine."""
    limits: TokenLimits = NO_LIMITS
    """What their token gives less than they have; roles and scope above are what it gives."""
    advises: bool = False
    """Whether they are a data protection officer, whatever roles their token gives."""
    awaited: frozenset[Role] = frozenset()
    """Roles that hold once a second person confirms them."""
    proved_at: datetime | None = None
    """When a member of staff in a session last proved who they are."""

    @property
    def session_id(self) -> UUID | None:
        """The session of a member of staff in a browser; None for a token."""
        if self.credential is None or self.credential.kind is not CredentialKind.SESSION:
            return None
        return self.credential.credential_id

    def acting(self, at: datetime) -> Acting:
        """Who acts at this instant, and through what, as events record it."""
        return Acting(self.actor, at, credential=self.credential)

    def sees(self, request_id: UUID, *controllers: str) -> bool:
        """Whether one of the case's controllers is in scope; otherwise the case does not exist for this caller."""
        if self.request_id is not None:
            return self.request_id == request_id
        return self.scope is None or not self.scope.isdisjoint(controllers)

    def require_controller(self, controller_id: str) -> None:
        """Raise Forbidden unless this controller is in scope."""
        if self.scope is not None and controller_id not in self.scope:
            raise Forbidden("This controller is outside your scope.")

    @property
    def is_service(self) -> bool:
        """Whether this is a part of the service that acts without a person."""
        return is_service(self.actor)

    @property
    def is_auditor(self) -> bool:
        """Whether the caller is an auditor, who only reads and holds no other role."""
        return self.roles == frozenset({Role.AUDITOR})

    def require_decision_maker(self) -> None:
        """Raise FourEyes for a DPO, whatever other roles they have and whatever their token gives: an adviser does not
        decide (GDPR Art. 38(6)).
        """
        if self.advises or Role.DPO in self.roles:
            raise FourEyes("A DPO advises and monitors, and does not decide (GDPR Art. 38(6)).")

    def require(self, *roles: Role) -> None:
        """Raise Forbidden unless the caller has one of the roles; StaffUnconfirmed if one waits for a second person."""
        if self.roles.isdisjoint(roles):
            if not self.awaited.isdisjoint(roles):
                raise StaffUnconfirmed()
            raise Forbidden(f"This needs one of the roles: {', '.join(sorted(roles))}.")


@dataclass(frozen=True)
class IdempotencyKey:
    """A caller's key for one command, with a fingerprint of the request."""

    key: str
    """HMAC of caller, method, path and key, hex: neither the body nor the caller's key is stored."""
    fingerprint: str
    """HMAC of the body, hex."""
    before: "IdempotencyKey | None" = None
    """The same under the former index key, while there is one."""

    def part(self, step: str) -> "IdempotencyKey":
        """The key of one step of the command, for a command that others make up."""
        key = hashlib.sha256(f"{self.key}:{step}".encode()).hexdigest()
        return IdempotencyKey(key, self.fingerprint, None if self.before is None else self.before.part(step))


@dataclass(frozen=True)
class Call:
    """One command of a caller."""

    caller: Caller
    expected: int | None = None
    """The version that the caller saw (If-Match); None where no version is required."""
    idempotency: IdempotencyKey | None = None
    rehearses: bool = False
    """Whether nothing is saved: the caller wants to see what would follow (`rehearsal.py`)."""


def is_service(*actors: str) -> bool:
    """Whether all these actors are parts of the service."""
    return all(actor.startswith(SERVICE) for actor in actors)


def service(part: str) -> Caller:
    """A caller for a part of this service, with every controller in scope."""
    return Caller(actor=f"{SERVICE}{part}", roles=frozenset(Role) - {Role.DATA_SUBJECT}, scope=None)
