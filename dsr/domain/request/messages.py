"""Every message is examined by a person, who says what it is (GDPR Art. 12(2); docs/law §9)."""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import Suspension, SuspensionKind, WorkingCalendar, compute
from dsr.domain.errors import Refused
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clarification import ClarificationCommands, may_receive_clarification
from dsr.domain.request.clock import ClockSuspended, known_since, local_answer_date, note_put
from dsr.domain.request.closing import ClosingCommands, may_reopen
from dsr.domain.request.errors import (
    ClarificationNotAsked,
    MessageUnexamined,
    MessageUnknown,
    NoRightIdentified,
    ReasonRequired,
)
from dsr.domain.request.guards import identity_not_asked, require_between
from dsr.domain.request.holds import Retained
from dsr.domain.request.message import Message, MessageKind
from dsr.domain.request.questions import QuestionCommands, QuestionUnknown, may_answer_question
from dsr.domain.request.standing import ReplyDue
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import IN_QUESTION, UNRESOLVED, IdentityStatus, Outcome
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed

_WARNED_WORKING_DAYS_BEFORE: Final = 5
"""The team is warned so many working days before a reply is due."""


class MessageOpensCase(Refused):
    """This message opened the case: register or dismiss the case, which examines its first message."""

    code = "message-opens-case"


class MessageStandsElsewhere(Refused):
    """This message does not belong to this request yet: it became a request of its own, or is in quarantine, as
    `stands_in` says. Deal with it there: register, dismiss or discard it, or let it join this request.
    """

    code = "message-stands-elsewhere"


class MessageExaminedBefore(Refused):
    """Something followed from the examination of this message, so it is not examined again. Correct what followed."""

    code = "message-examined-before"


class MessageExamined(RequestEvent):
    """A person examined a message and said what it is."""

    TOPIC: ClassVar[str] = "dsr.request.message-examined"
    message_id: UUID
    kind: MessageKind
    reason: Sealed | None
    """Why nothing is to do, or why the case is opened again."""
    rights: tuple[Right, ...]
    """The rights that a new request exercises."""
    linked_request: UUID | None
    """The case that was opened for this message."""

    def apply(self, case: Case) -> None:
        case.examine(
            self.message_id,
            self.kind,
            at=self.timestamp,
            by=self.actor,
            followed=self._is_followed(case),
            rights=self.rights,
        )

    def _is_followed(self, case: Case) -> bool:
        """Whether something follows from the examination by itself, as the case stands."""
        match self.kind:
            case MessageKind.DISPUTE:
                return case.is_closed
            case MessageKind.WITHDRAWAL:
                return not case.is_closed
            case MessageKind.IDENTIFIERS:
                return self.linked_request is not None
            case kind:
                return kind not in _WITHOUT_EFFECT


class IdentityAnswerReceived(RequestEvent):
    """A message is evidence of identity: the decision destroys the keys of the message and of its original."""

    TOPIC: ClassVar[str] = "dsr.request.identity-answer-received"
    message_id: UUID
    received_at: datetime
    knew_of_question: bool
    """It came on or after the day on record for the question."""

    def apply(self, case: Case) -> None:
        if self.knew_of_question:
            case.clock.put(SuspensionKind.IDENTITY)
        if case.identity.status not in IN_QUESTION:
            case.identity.status = IdentityStatus.ASKED
        case.identity.unidentified_answered = False
        case.identity.take(case.messages[self.message_id].keys, received_at=self.received_at)


class ReplyDated(RequestEvent):
    """A message reopened the case: its reply is due one month after its arrival."""

    TOPIC: ClassVar[str] = "dsr.request.reply-dated"
    message_id: UUID
    reply: ReplyDue

    def apply(self, case: Case) -> None:
        case.clock.reply = self.reply


_WITHOUT_EFFECT = (
    MessageKind.ANSWER,
    MessageKind.REMINDER,
    MessageKind.COMPLAINT,
    MessageKind.MANDATE,
    MessageKind.CONTACT_CORRECTION,
    MessageKind.INCIDENT,
    MessageKind.NOTHING_TO_DO,
)
"""Kinds from which nothing ever follows by itself, so that a mistake is mended by another examination."""


@state_guard
def may_examine_messages(case: Case, *, message_ids: tuple[UUID, ...]) -> list[Message]:
    """Messages of the case after the first; on a closed case too.

    Raises MessageUnknown, MessageStandsElsewhere, MessageOpensCase, MessageExaminedBefore.
    """
    return [_require_examinable(case, message_id) for message_id in dict.fromkeys(message_ids)]


def _require_examinable(case: Case, message_id: UUID) -> Message:
    message = case.messages.get(message_id)
    if message_id in case.claims:
        raise MessageStandsElsewhere(message_id=message_id, stands_in=case.claims[message_id].stands_in)
    if message is None:
        raise MessageUnknown(message_id=message_id)
    if message.opens_case:
        raise MessageOpensCase(message_id=message_id)
    is_taken = any(each.message_id == message_id for each in case.questions.values())
    if message.kind is not None and (is_taken or message.followed):
        raise MessageExaminedBefore(message_id=message_id, kind=message.kind.value)
    return message


class MessageCommands(ClarificationCommands, QuestionCommands, ClosingCommands):
    """examine messages."""

    def examine_messages(
        self,
        acting: CaseActing,
        *,
        message_ids: tuple[UUID, ...],
        kind: MessageKind,
        reason: Sealed | None = None,
        rights: tuple[Right, ...] = (),
        linked_request: UUID | None = None,
        question_id: UUID | None = None,
        item_ids: tuple[str, ...] | None = None,
        evidence_destroyed: Collection[UUID] = (),
        retained: Collection[Retained] = (),
    ) -> None:
        """Say what these messages are, and record what follows.

        A suspension ends on the arrival of the last of these messages, however late it is examined. `rights` are those
        of a new request, whose case is `linked_request`; `question_id` is the open question that an `answer` answers,
        and is left out only where none is open; `item_ids` are the items that a withdrawal names, all if None.
        Raises MessageUnknown, MessageStandsElsewhere, MessageOpensCase, MessageExaminedBefore, ReasonRequired (nothing
        to do), NoRightIdentified (a new request), IdentityNotAsked, ClarificationNotAsked, QuestionUnknown (also where
        an answer names none), QuestionNotOpen, ItemUnknown, ItemNotOpen, ItemEffected, ConfirmationRequired (a
        withdrawal that names nothing), MessageUnexamined (a withdrawal, while a message that came after it waits),
        AnswerDatesInvalid (it came before the question), LetterWasSplit (a dispute), EvidenceNotPurged.
        """
        messages = may_examine_messages(self, message_ids=message_ids)
        if not messages:
            raise MessageUnknown("Name the messages that you examined.")
        messages = sorted(messages, key=lambda each: each.received_at)
        last = messages[-1]
        self._require_fitting(
            acting,
            kind,
            last,
            reasoned=reason is not None,
            rights=rights,
            question_id=question_id,
            item_ids=item_ids,
            evidence_destroyed=evidence_destroyed,
        )
        for message in messages:
            self.record(
                acting,
                MessageExamined,
                message_id=message.message_id,
                kind=kind,
                reason=reason,
                rights=rights,
                linked_request=linked_request,
            )
        match kind:
            case MessageKind.IDENTITY_ANSWER:
                self._take_identity_answers(acting, messages, reason, retained)
            case MessageKind.DISPUTE if self.is_closed:
                self.reopen(acting, reason=reason, item_ids=item_ids or (), retained=retained)
                self._date_reply(acting, last)
            case MessageKind.ANSWER if question_id is not None:
                self.answer_question(
                    acting,
                    question_id=question_id,
                    answer=None,
                    answered_at=last.received_at,
                    message_id=last.message_id,
                )
            case MessageKind.CLARIFICATION_ANSWER:
                self.receive_clarification(acting, answer=None, answered_at=last.received_at)
            case MessageKind.WITHDRAWAL if not self.is_closed:
                self.withdraw(
                    acting,
                    confirmed=True,
                    statement=None,
                    item_ids=item_ids,
                    evidence_destroyed=evidence_destroyed,
                )
            case _:
                pass

    def _require_fitting(
        self,
        acting: CaseActing,
        kind: MessageKind,
        last: Message,
        *,
        reasoned: bool,
        rights: tuple[Right, ...],
        question_id: UUID | None,
        item_ids: tuple[str, ...] | None,
        evidence_destroyed: Collection[UUID],
    ) -> None:
        """Check what the kind needs, before anything is recorded."""
        match kind:
            case MessageKind.NOTHING_TO_DO if not reasoned:
                raise ReasonRequired("Say why nothing is to do.")
            case MessageKind.NEW_REQUEST if not rights:
                raise NoRightIdentified()
            case MessageKind.IDENTITY_ANSWER:
                ended_unidentified = self.outcome is Outcome.UNIDENTIFIED
                if self.identity.status not in UNRESOLVED or (self.is_closed and not ended_unidentified):
                    raise identity_not_asked(self)
                if ended_unidentified and not reasoned:
                    raise ReasonRequired("The case is opened again for this proof: say why it deserves that.")
            case MessageKind.ANSWER:
                self._require_answering(acting, last, question_id)
            case MessageKind.CLARIFICATION_ANSWER if self.is_closed:
                raise ClarificationNotAsked()
            case MessageKind.CLARIFICATION_ANSWER:
                local_answer_date(acting, last.received_at, may_receive_clarification(self))
            case MessageKind.DISPUTE if self.is_closed:
                may_reopen(self, item_ids=item_ids or ())
                if not reasoned:
                    raise ReasonRequired("The case is opened again: say what the person does not agree with.")
            case MessageKind.WITHDRAWAL if not self.is_closed:
                self.require_withdrawable(item_ids, evidence_destroyed)
                self._require_last_word(last)
            case _:
                pass

    def _require_last_word(self, withdrawal: Message) -> None:
        """Nothing that the person wrote after it waits, such as that they take it back. Raises MessageUnexamined."""
        later = [each for each in self.messages_waiting if each.received_at > withdrawal.received_at]
        if later:
            raise MessageUnexamined(message_ids=[str(each.message_id) for each in later])

    def _require_answering(self, acting: CaseActing, last: Message, question_id: UUID | None) -> None:
        """An answer names the open question, if there is one, and came after it.

        Raises QuestionUnknown, QuestionNotOpen, AnswerDatesInvalid.
        """
        if question_id is not None:
            question = may_answer_question(self, question_id=question_id)
            require_between(acting, last.received_at, not_before=question.asked_at)
        elif self.open_questions:
            raise QuestionUnknown(
                "Name in `question_id` the question that this answers: `GET /requests/{request_id}/questions` lists "
                "the open ones."
            )

    def _take_identity_answers(
        self, acting: CaseActing, messages: list[Message], reason: Sealed | None, retained: Collection[Retained]
    ) -> None:
        """Keep the messages as evidence. A proof that came after the end of the question takes the case up again.

        The suspension then runs to the day on which the proof arrived, closed time included, if the question had
        suspended the clock. If the person had been told in time that they stay unidentified, the answer is due one
        month after the proof (docs/law §9).
        """
        came_late, told_at = self.identity.status not in IN_QUESTION, self.identity.unidentified_told_at
        if self.is_closed:
            self.reopen(acting, reason=reason, retained=retained)
        for message in messages:
            self._take_identity_answer(acting, message)
        if not came_late:
            return
        question = self.clock.last_suspension(SuspensionKind.IDENTITY)
        if question is not None and question.sufficient is not None:
            self._go_on_with(acting, question)
        if told_at is not None and not self.is_late_refusal(told_at, acting.calendar, suspended=False):
            self._date_reply(acting, messages[-1])

    def _go_on_with(self, acting: CaseActing, question: Suspension) -> None:
        running = (*self.clock.suspensions, Suspension(question.kind, question.asked, None))
        self.record(
            acting,
            ClockSuspended,
            kind=question.kind,
            asked_on=question.asked,
            deadline=self.deadline_with(acting.calendar, as_of=acting.today, suspensions=running),
        )

    def _date_reply(self, acting: CaseActing, message: Message) -> None:
        self.record(acting, ReplyDated, message_id=message.message_id, reply=reply_to(self, message, acting.calendar))

    def _take_identity_answer(self, acting: CaseActing, message: Message) -> None:
        kind, asked_on = SuspensionKind.IDENTITY, self.identity.asked_on or self.received_on
        was_put, knew = self.clock.was_put(kind), acting.calendar.local_date(message.received_at) >= asked_on
        counts_on = known_since(self, acting, kind, asked_on=asked_on)
        self.record(
            acting,
            IdentityAnswerReceived,
            message_id=message.message_id,
            received_at=message.received_at,
            knew_of_question=knew,
        )
        if knew and not was_put:
            note_put(self, acting, kind, asked_on=asked_on, left_on=asked_on, counts_on=counts_on)


def reply_to(case: Case, message: Message, calendar: WorkingCalendar) -> ReplyDue:
    """One month from the arrival of the message, as for a request (Reg. (EEC) 1182/71 Art. 3)."""
    received_on = calendar.local_date(message.received_at)
    month = compute(regime=case.clock.regime, calendar=calendar, received_on=received_on, as_of=received_on)
    due = month.statutory_due
    warn_on = calendar.subtract_working_days(due, _WARNED_WORKING_DAYS_BEFORE)
    return ReplyDue(due=due, warn_at=calendar.begin_of(warn_on), ends_at=calendar.end_of(due))
