"""Sessions of members of staff in a browser: when they signed in, proved themselves again, and signed out (GDPR Art.
32(1)(b), (4)).

Each session is a stream of its own, so that signing in changes no version of the member, on which an operator may be
working.
"""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self
from uuid import UUID, uuid4

from dsr.domain.acting import Acting
from dsr.domain.errors import Refused, Unknown
from dsr.domain.events import Aggregate, CreatedEvent, Event


class StaffSessionUnknown(Unknown):
    """This member of staff has no such session. `GET /staff/{identifier}/sessions` lists them."""

    code = "staff-session-unknown"


class StaffSessionOver(Refused):
    """This session has ended before, so nothing is left to end."""

    code = "staff-session-over"


class SignInMethod(StrEnum):
    """How a member of staff proved who they are."""

    PASSKEY = "passkey"
    """With an authenticator of their own (WebAuthn)."""
    OPENID = "openid"
    """At the organisation's provider (OpenID Connect)."""
    MACHINE = "machine"
    """By a link that a program printed on the machine of the service itself, such as that of the demo."""


class SessionEnd(StrEnum):
    """Why a session of a member of staff ended before its time was over."""

    SIGNED_OUT = "signed-out"
    """The member signed out, or ended the session from another one."""
    ENDED_BY_OTHER = "ended-by-other"
    """An operator ended it."""
    LEFT = "left"
    """The member left."""
    ROLES_CHANGED = "roles-changed"
    """Roles, scope or end of access of the member changed."""
    CREDENTIAL_REVOKED = "credential-revoked"
    """The credential with which the member had signed in was revoked."""


class StaffSignedIn(CreatedEvent):
    """A member of staff (`actor`) proved who they are and began a session."""

    TOPIC: ClassVar[str] = "dsr.staff-session.signed-in"
    method: SignInMethod
    credential_id: UUID
    """With what: id of the passkey, or of the linked account; on the machine itself, of the member."""
    ends_at: datetime
    """When the session ends at the latest; it ends earlier if nothing is done in it."""

    def apply(self, session: "StaffSession") -> None:
        session.member = self.actor
        session.ends_at = self.ends_at


class StaffSteppedUp(Event):
    """The member proved who they are once more, before a command that asks for it."""

    TOPIC: ClassVar[str] = "dsr.staff-session.stepped-up"
    credential_id: UUID

    def apply(self, session: "StaffSession") -> None:
        pass


class StaffSessionEnded(Event):
    """The session ended before its time was over; what ends by time alone has no event."""

    TOPIC: ClassVar[str] = "dsr.staff-session.ended"
    why: SessionEnd

    def apply(self, session: "StaffSession") -> None:
        session.end_reason = self.why


class StaffSession(Aggregate):
    """One session of a member of staff."""

    TOPIC = "dsr.staff-session"

    def __init__(self) -> None:
        self.member = ""
        self.ends_at: datetime | None = None
        self.end_reason: SessionEnd | None = None

    @classmethod
    def sign_in(
        cls, acting: Acting, *, session_id: UUID, method: SignInMethod, credential_id: UUID, ends_at: datetime
    ) -> Self:
        """Begin a session (GDPR Art. 32(1)(b))."""
        return cls.create(
            acting, StaffSignedIn, stream_id=session_id, method=method, credential_id=credential_id, ends_at=ends_at
        )

    def step_up(self, acting: Acting, *, credential_id: UUID) -> None:
        """Record that the member proved who they are once more. Raises StaffSessionOver."""
        self._require_running()
        self.record(acting, StaffSteppedUp, credential_id=credential_id)

    def end(self, acting: Acting, *, why: SessionEnd) -> None:
        """End the session before its time is over. Raises StaffSessionOver."""
        self._require_running()
        self.record(acting, StaffSessionEnded, why=why)

    def _require_running(self) -> None:
        if self.end_reason is not None:
            raise StaffSessionOver()


class StaffSignInFailed(CreatedEvent):
    """Somebody used the credential of a member of staff and did not prove who they are: perhaps a copy of it, perhaps a
    member whose access is over.
    """

    TOPIC: ClassVar[str] = "dsr.failed-sign-in.noted"
    identifier: str
    """The member of staff whose credential it is."""
    credential_id: UUID
    failures: int
    """How often it failed since it was noted last, this time included."""

    def apply(self, failed: "FailedSignIn") -> None:
        pass


class FailedSignIn(Aggregate):
    """Failed attempts with one credential within a quarter of an hour: a stream of one event, so that an attempt
    changes no version of the member.
    """

    TOPIC = "dsr.failed-sign-in"

    @classmethod
    def note(cls, acting: Acting, *, identifier: str, credential_id: UUID, failures: int) -> Self:
        """Record that attempts with a known credential failed (GDPR Art. 32(1)(d))."""
        return cls.create(
            acting,
            StaffSignInFailed,
            stream_id=uuid4(),
            identifier=identifier,
            credential_id=credential_id,
            failures=failures,
        )
