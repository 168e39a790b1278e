"""Letters that came back: the team sees it in the case, since the person was not told (GDPR Art. 12(1), (3), 5(2))."""

from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.state_guards import state_guard


class LetterReturned(RequestEvent):
    """A mail server reported that a letter of this case did not arrive, for good."""

    TOPIC: ClassVar[str] = "dsr.request.letter-returned"
    dispatch_id: UUID
    kind: LetterKind
    status: str
    """RFC 3463, such as `5.1.1`."""

    def apply(self, case: Case) -> None:
        """What it told was sent all the same: whether it is sent again, and where to, a person decides."""


@state_guard
def may_note_returned_letter(_: Case) -> None:
    """Always: letters of closed cases come back as well."""


class ReturnedLetterCommands(Case):
    """note a letter that came back. Closed cases too: their letters come back as well."""

    def note_returned_letter(self, acting: CaseActing, *, dispatch_id: UUID, kind: LetterKind, status: str) -> None:
        """Record that a letter came back."""
        may_note_returned_letter(self)
        self.record(acting, LetterReturned, dispatch_id=dispatch_id, kind=kind, status=status)
