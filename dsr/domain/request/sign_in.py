"""The data subject looks at the case by a code that was sent to the address on file (GDPR Art. 12(2), 32)."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.state_guards import state_guard


class SignInCodeSent(RequestEvent):
    """A one-time code leaves for the address on file. It is tried again until it expires; the mail is not kept."""

    TOPIC: ClassVar[str] = "dsr.request.sign-in-code-sent"
    code_id: UUID
    expires_at: datetime

    def apply(self, case: Case) -> None:
        """The table of codes says whether it still holds."""


class SubjectSignedIn(RequestEvent):
    """Somebody who has that code opened the page of the case."""

    TOPIC: ClassVar[str] = "dsr.request.subject-signed-in"
    code_id: UUID
    expires_at: datetime
    """When the session ends by itself."""

    def apply(self, case: Case) -> None:
        """Looking at the case changes nothing."""


@state_guard
def may_send_sign_in_code(_: Case) -> None:
    """Always: how a request ended is for the person to see."""


@state_guard
def may_sign_in(_: Case) -> None:
    """Always: whether the code still holds is said by the table of codes."""


class SignInCommands(Case):
    """send a sign-in code; sign in. Closed cases too: how a request ended is for the person to see."""

    def send_sign_in_code(self, acting: CaseActing, *, code_id: UUID, expires_at: datetime) -> None:
        """Record that a code leaves for the address on file."""
        may_send_sign_in_code(self)
        self.record(acting, SignInCodeSent, code_id=code_id, expires_at=expires_at)

    def sign_in(self, acting: CaseActing, *, code_id: UUID, expires_at: datetime) -> None:
        """Record that the code was used."""
        may_sign_in(self)
        self.record(acting, SubjectSignedIn, code_id=code_id, expires_at=expires_at)
