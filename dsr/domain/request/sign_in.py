"""Sign-in of the data subject with a one-time code sent to the address on file (GDPR Art. 12(2), 32)."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.guards import require_living
from dsr.domain.request.state_guards import state_guard


class SignInCodeSent(RequestEvent):
    """A one-time code is sent to the address on file. Sending is retried until the code expires; the mail is not
    kept.
    """

    TOPIC: ClassVar[str] = "dsr.request.sign-in-code-sent"
    code_id: UUID
    expires_at: datetime

    def apply(self, case: Case) -> None:
        """The table of codes records whether the code is still valid."""


class SubjectSignedIn(RequestEvent):
    """A holder of the code opened the page of the case."""

    TOPIC: ClassVar[str] = "dsr.request.subject-signed-in"
    code_id: UUID
    expires_at: datetime
    """When the session ends by itself."""

    def apply(self, case: Case) -> None:
        """Viewing the case changes no state."""


@state_guard
def may_send_sign_in_code(case: Case) -> None:
    """Also on closed cases: the person may see how a request ended. Raises SubjectDeceased."""
    require_living(case)


@state_guard
def may_sign_in(case: Case) -> None:
    """Also on closed cases; the table of codes records whether the code is valid. Raises SubjectDeceased."""
    require_living(case)


class SignInCommands(Case):
    """send a sign-in code; sign in. Both work on closed cases too, since the person may see how a request ended."""

    def send_sign_in_code(self, acting: CaseActing, *, code_id: UUID, expires_at: datetime) -> None:
        """Record that a code is sent to the address on file. Raises SubjectDeceased."""
        may_send_sign_in_code(self)
        self.record(acting, SignInCodeSent, code_id=code_id, expires_at=expires_at)

    def sign_in(self, acting: CaseActing, *, code_id: UUID, expires_at: datetime) -> None:
        """Record that the code was used. Raises SubjectDeceased."""
        may_sign_in(self)
        self.record(acting, SubjectSignedIn, code_id=code_id, expires_at=expires_at)
