"""Returned letters: the case shows them, since the person was not told (GDPR Art. 12(1), (3), 5(2))."""

from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.state_guards import state_guard


class LetterReturned(RequestEvent):
    """A mail server reported a permanent delivery failure of a letter of this case."""

    TOPIC: ClassVar[str] = "dsr.request.letter-returned"
    dispatch_id: UUID
    kind: LetterKind
    status: str
    """RFC 3463, such as `5.1.1`."""

    def apply(self, case: Case) -> None:
        """The letter still counts as sent; a person decides whether to send it again, and to which address. A password
        that came back did not reach anybody, and nobody is reminded of a question that came back.
        """
        for item in tuple(case.items.values()):
            if item.offer is not None and item.offer.password_letter == self.dispatch_id:
                case.items[item.item_id] = item.without_password()
        for question in case.open_questions:
            if question.letter is not None and question.letter == self.dispatch_id:
                case.questions[question.question_id] = replace(question, put_by=None, letter=None)


@state_guard
def may_note_returned_letter(_: Case) -> None:
    """Always allowed: letters of closed cases may be returned too."""


class ReturnedLetterCommands(Case):
    """note a returned letter, on closed cases too."""

    def note_returned_letter(self, acting: CaseActing, *, dispatch_id: UUID, kind: LetterKind, status: str) -> None:
        """Record that a letter was returned."""
        may_note_returned_letter(self)
        self.record(acting, LetterReturned, dispatch_id=dispatch_id, kind=kind, status=status)
