"""Returned letters: what the person was not told, since a letter did not arrive (GDPR Art. 12(1), (3), 5(2); docs/law
§9).

That a letter left in time stays true. A returned answer leaves its items undelivered until another attempt is on
record, a returned question has stopped no clock, and a returned notice of extension stays valid. A recipient whose
notice came back has not heard (GDPR Art. 19).
"""

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import Deadline, SuspensionKind, WorkingCalendar
from dsr.domain.errors import Refused
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import moved
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import IN_QUESTION
from dsr.domain.sealed import Sealed


class LetterReturnedBefore(Refused):
    """It is already on record that this letter came back. Nothing more needs to be recorded."""

    code = "letter-returned-before"


class LetterReturned(RequestEvent):
    """A letter of this case came back: by the report of a mail server, or as an envelope that a person recorded."""

    TOPIC: ClassVar[str] = "dsr.request.letter-returned"
    class_version: ClassVar[int] = 3
    letter_version: int | None
    """The version of the event that recorded it; None where it is on no record of this case, such as a warning to the
    team, and under version 1.
    """
    dispatch_id: UUID | None
    """The letter, if this service sent it."""
    kind: LetterKind
    status: str
    """RFC 3463, such as `5.1.1`; empty for an envelope."""
    account: Sealed | None
    """What the envelope says of why."""
    item_ids: tuple[str, ...]
    """The items whose last answer it was: they are undelivered now."""
    unheard: SuspensionKind | None
    """The question that it asked, and that reached the person in no other way."""
    deadline: Deadline | None
    """The dates without that question; None where it was none."""
    recipient: str | None
    """The recipient to whom it was the notice; None where it was none, and under the versions before."""
    untold_of: tuple[str, ...]
    """The items of which that recipient has to be told again."""

    def apply(self, case: Case) -> None:
        """A person decides whether to send it again, and to which address. A password that came back did not reach
        anybody, and nobody is reminded of a question that came back.
        """
        for item in tuple(case.items.values()):
            offer = item.offer
            if self.dispatch_id is not None and offer is not None and offer.password_letter == self.dispatch_id:
                case.items[item.item_id] = item.without_password()
        for question in case.open_questions:
            if question.letter is not None and question.letter == self.dispatch_id:
                case.questions[question.question_id] = replace(question, put_by=None, letter=None)
        if self.kind is LetterKind.PASSING_ON:
            case.passing_on = replace(case.passing_on, returned=True)
        for item_id in self.item_ids:
            case.items[item_id] = case.items[item_id].came_back()
        for item_id in self.untold_of:
            case.items[item_id] = case.items[item_id].not_heard_by(self.recipient or "")
        if self.letter_version is None:
            return
        case.letters_returned |= {self.letter_version}
        if case.identity.unidentified_letter == self.letter_version:
            case.identity.unidentified_returned = True
        if self.unheard is not None and self.deadline is not None:
            case.note_missed(self.timestamp, unheard=self.unheard)
            running = case.clock.open_suspension(self.unheard)
            case.clock.suspensions = moved(case.clock.suspensions, running, to=None)
            case.clock.unheard |= {self.unheard}
            if self.unheard is SuspensionKind.IDENTITY:
                case.identity.question_sent = False
        case.clock.forget_letter(self.letter_version)
        if self.deadline is not None:
            case.move(self, self.deadline)

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Under version 1 a returned letter was shown, and nothing followed from it."""
        state |= {"letter_version": None, "account": None, "item_ids": (), "unheard": None, "deadline": None}

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        """Under version 2 a recipient counted as told although the notice came back."""
        state |= {"recipient": None, "untold_of": ()}


@state_guard
def may_note_returned_letter(case: Case, *, letter_version: int | None) -> None:
    """Once for each letter, on closed cases too. Raises LetterReturnedBefore."""
    if letter_version in case.letters_returned:
        raise LetterReturnedBefore()


def without(case: DatedCase, kind: SuspensionKind, calendar: WorkingCalendar, *, as_of: date) -> Deadline:
    """The dates if the open question of this kind was never asked."""
    left = moved(case.clock.suspensions, case.clock.open_suspension(kind), to=None)
    return case.deadline_with(calendar, as_of=as_of, suspensions=left)


class ReturnedLetterCommands(DatedCase):
    """note a returned letter, on closed cases too."""

    def note_returned_letter(
        self,
        acting: CaseActing,
        *,
        letter_version: int | None,
        dispatch_id: UUID | None,
        kind: LetterKind,
        status: str = "",
        account: Sealed | None = None,
        recipient: str | None = None,
        told_of: tuple[str, ...] = (),
    ) -> None:
        """Record that a letter came back; `letter_version` is the version of the event that recorded it. Where it told
        a recipient of these items, the recipient has not heard of them. Raises LetterReturnedBefore.

        The dates are reckoned without a question that reached the person in no other way; a further letter asks it
        anew.
        """
        may_note_returned_letter(self, letter_version=letter_version)
        unheard = None if letter_version is None or self.is_closed else self.clock.unheard_without(letter_version)
        deadline = None
        if unheard is not None and self._is_asked(unheard):
            deadline = without(self, unheard, acting.calendar, as_of=acting.today)
        self.record(
            acting,
            LetterReturned,
            letter_version=letter_version,
            dispatch_id=dispatch_id,
            kind=kind,
            status=status,
            account=account,
            item_ids=() if letter_version is None else self._undelivered_by(letter_version),
            unheard=None if deadline is None else unheard,
            deadline=deadline,
            recipient=recipient,
            untold_of=told_of,
        )

    def _is_asked(self, kind: SuspensionKind) -> bool:
        """Whether the question is open, whether or not it came in time to suspend the clock."""
        if kind is SuspensionKind.IDENTITY:
            return self.identity.status in IN_QUESTION
        return self.clock.clarification_asked_on is not None

    def _undelivered_by(self, letter: int) -> tuple[str, ...]:
        """The items that were answered, and last by this letter."""
        return tuple(item.item_id for item in self.items.values() if item.answered and item.answer_letter == letter)
