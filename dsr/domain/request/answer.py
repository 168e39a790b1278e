"""The letters that were sent, and what they said (GDPR Art. 12(1), (3), (4); docs/law §5)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar, Final

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import SuspensionKind, WorkingCalendar
from dsr.domain.deadlines.months import add_months
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import note_put
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.earlier_fact import EarlierFactKind, StatedEvent
from dsr.domain.request.errors import ClarificationNotAsked, ItemsOpen, LetterKindWrong
from dsr.domain.request.guards import identity_not_asked, require_between, require_living, require_not_closed
from dsr.domain.request.item import Item
from dsr.domain.request.letters import (
    ANSWER_OF,
    BESIDE_THE_REQUEST,
    Letter,
    LetterKind,
    check_complete,
    required_of,
    statements_about,
)
from dsr.domain.request.password import PasswordSameChannel
from dsr.domain.request.questions import QuestionNotOpen
from dsr.domain.request.representation import require_authority
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import IN_QUESTION, IdentityStatus, ItemStatus, Outcome

_RECORDED_ELSEWHERE: Final = {
    LetterKind.EXTENSION: "An extension is proposed and approved before its notice is sent: record the notice with the "
    "extension.",
    LetterKind.FEE: "A fee is proposed before its notice is sent: record the notice with the fee.",
    LetterKind.LIFTING: "Record the letter about lifting a restriction with that restriction.",
    LetterKind.PASSWORD: "Record the letter with a password with the package that it opens.",
    LetterKind.QUESTION: "Record a letter with a question by asking it: `POST /requests/{request_id}/questions`.",
    LetterKind.PASSING_ON: "Record that you passed the request on: `POST /requests/{request_id}/forwarding`.",
    LetterKind.RECIPIENT_NOTICE: "Record a notice to a recipient with that recipient.",
    LetterKind.RECIPIENT_LIFTING: "A letter to a recipient does not answer the person.",
    LetterKind.STAFF_WARNING: "A warning to the team does not answer the person.",
}
"""Letters that have a command of their own, by what the error says."""

_COUNTED_MONTHS: Final = (1, 3)
"""Statistics count the answers that left within so many months of R."""


_INSTEAD: Final = {ItemStatus.REFUSED: LetterKind.REFUSAL, ItemStatus.ENDED: LetterKind.ENDING}
"""The letters that answer items on which no action is taken (GDPR Art. 12(4))."""


class AnswerSent(StatedEvent, RequestEvent):
    """A letter was sent. `item_ids` are the items it answers; questions and acknowledgements answer none.

    `late`: the letter left after the statutory date in force that day (for a refusal, the date without extension).
    `promise_missed`: it left after the promised thirty days. A missed date is recorded and never blocks an answer.
    """

    TOPIC: ClassVar[str] = "dsr.request.answer-sent"
    letter: Letter
    item_ids: tuple[str, ...]
    late: bool
    promise_missed: bool
    unconfirmed: bool | None
    """True: a person recorded an earlier day by hand, which would make the letter punctual. It counts from the day of
    this entry, until an approver confirms the earlier one.
    """

    @property
    def counts_from(self) -> datetime:
        """The moment from which the letter counts as sent while nobody confirms an earlier one."""
        return self.timestamp if self.unconfirmed else self.letter.dispatched_at

    def apply(self, case: Case) -> None:
        left_at = self.counts_from
        if is_further_attempt(case, self.letter.kind, self.item_ids):
            for item in undelivered_of(case, self.item_ids):
                told = item.told(left_at, self.originator_version)
                case.replace_item(told.link_left(self.letter.channel), at=item.answered_at)
            case.identity.unidentified_letter = self.originator_version
            case.identity.unidentified_returned = False
            return
        if self.item_ids or self.letter.kind is LetterKind.REFUSAL:
            case.note_missed(left_at)
        for item_id in self.item_ids:
            case.replace_item(case.items[item_id].told(left_at, self.originator_version).link_left(self.letter.channel))
        if self.late:
            case.late_by |= {self.originator_version}
        if self.promise_missed:
            case.promise_missed_by |= {self.originator_version}
        if self.item_ids or self.letter.kind is LetterKind.REFUSAL:
            case.answered_at = left_at
            case.clock.reply = None
        if self.letter.kind is LetterKind.REFUSAL and not self.item_ids:
            case.identity.unidentified_answered = True
            case.identity.unidentified_told_at = left_at
            case.identity.unidentified_letter = self.originator_version
            case.identity.unidentified_returned = False
        if self.letter.kind is LetterKind.ACKNOWLEDGEMENT and case.acknowledged_at is None:
            case.acknowledged_at = left_at
        if self.letter.kind is LetterKind.IDENTITY_QUESTION:
            case.identity.question_sent = True
            case.clock.put(SuspensionKind.IDENTITY, letter=self.originator_version)
        if self.letter.kind is LetterKind.CLARIFICATION:
            case.clock.put(SuspensionKind.CLARIFICATION, letter=self.originator_version)
        if self.unconfirmed:
            acknowledges = self.letter.kind is LetterKind.ACKNOWLEDGEMENT
            case.state_earlier(
                self,
                EarlierFactKind.ACKNOWLEDGEMENT if acknowledges else EarlierFactKind.ANSWER,
                happened_on=case.local_date(self.letter.dispatched_at),
                happened_at=self.letter.dispatched_at,
                item_ids=self.item_ids,
                letter=self.letter,
            )


def undelivered_of(case: Case, item_ids: Sequence[str]) -> tuple[Item, ...]:
    """The items whose answer came back, among these; all of them for a letter that names none."""
    named = item_ids or tuple(case.items)
    return tuple(item for item_id in named if (item := case.items.get(item_id)) is not None and item.undelivered)


def is_further_attempt(case: Case, kind: LetterKind, item_ids: Sequence[str]) -> bool:
    """Whether a letter only repeats an answer that came back: that the first one left in time stays true (docs/law
    §9).
    """
    if item_ids:
        return len(undelivered_of(case, item_ids)) == len(set(item_ids))
    if kind is not LetterKind.REFUSAL:
        return False
    return case.identity.unidentified_returned or (case.is_closed and bool(undelivered_of(case, ())))


@state_guard
def may_record_answer(case: Case, *, kind: LetterKind, item_ids: tuple[str, ...]) -> list[Item]:
    """The items that a letter of this kind may answer as they were decided; a letter without items needs its statement
    to be true. A plain reply and the explanation of a dismissal may leave on a closed case too, if the person is alive,
    and so may a further attempt at an answer that came back.

    Raises LetterKindWrong, ItemUnknown, ItemsOpen, IdentityNotAsked, ClarificationNotAsked, QuestionNotOpen,
    SubjectDeceased, RequestIsClosed.
    """
    if kind in BESIDE_THE_REQUEST or is_further_attempt(case, kind, item_ids):
        require_living(case)
    else:
        require_not_closed(case)
    items = [case.item(item_id) for item_id in item_ids]
    for item in items:
        _require_decided_as(item, kind)
    if not items:
        _require_needs_no_item(case, kind)
    return items


class AnswerCommands(DatedCase):
    """record the answer."""

    def record_answer(self, acting: CaseActing, *, letter: Letter, item_ids: tuple[str, ...]) -> None:
        """Record that a letter left, complete, by this channel at this time.

        An answer names the items it answers, each of which is decided: a refusal answers refused items, a letter of the
        kind `ending` items that two people ended; every other kind answers items of its right that are done or for
        which nothing is held. A refusal without items is the answer to a person who could not be identified (GDPR Art.
        12(2), (4)). An acknowledgement, a question, a plain reply or the explanation of a dismissal answers no item;
        the notice of an extension is recorded by `send_extension_notice`, that of a fee by `send_fee_notice`.
        No answer leaves before its content was decided and carried out, nor before the case was reopened for it. A
        person who stays unidentified gets no answer before the attempt to identify them was given up. A representative
        gets answers within their authority; the person may always be answered. A question sent later than the day on
        record stops the clock from the day it was sent. If a person records by hand that it left on an earlier day, and
        this would make it punctual or move a date later, it counts from the day of its entry, until
        `confirm_earlier_fact` (docs/law §10). Raises LetterIncomplete, LetterKindWrong, ItemUnknown,
        ItemsOpen, IdentityNotAsked, ClarificationNotAsked, QuestionNotOpen (a question that was not asked, or was
        answered), AuthorityMissing,
        PasswordSameChannel (the password of an offered package left by the channel of this answer), AnswerDatesInvalid,
        SubjectDeceased, RequestIsClosed.
        """
        items = may_record_answer(self, kind=letter.kind, item_ids=item_ids)
        require_between(acting, letter.dispatched_at, not_before=self.received_at)
        copies = [copy for item in items for copy in item.copies]
        check_complete(letter.kind, letter.statements, _required_of(letter.kind, items) | statements_about(copies))
        require_between(acting, letter.dispatched_at, not_before=self._settled_at(letter.kind, items))
        require_authority(
            self.representations,
            letter,
            rights=(item.right for item in items),
            left_on=acting.calendar.local_date(letter.dispatched_at),
        )
        for item in items:
            _require_other_channel_than_password(item, letter)
        late, promise_missed, unconfirmed = lateness_of(self, acting, letter, items)
        awaited = self._put_by(letter.kind)
        self.record(
            acting,
            AnswerSent,
            letter=letter,
            item_ids=item_ids,
            late=late,
            promise_missed=promise_missed,
            unconfirmed=unconfirmed,
        )
        if awaited is not None:
            kind, asked_on = awaited
            left_on = acting.calendar.local_date(letter.dispatched_at)
            counts_on = acting.today if acting.states_earlier(letter.dispatched_at) else left_on
            note_put(self, acting, kind, asked_on=asked_on, left_on=left_on, counts_on=counts_on, by_letter=True)

    def _put_by(self, kind: LetterKind) -> tuple[SuspensionKind, date | None] | None:
        """The question that a letter of this kind asks for the first time, and the day on record for it."""
        match kind:
            case LetterKind.IDENTITY_QUESTION if not self.clock.was_put(SuspensionKind.IDENTITY):
                return SuspensionKind.IDENTITY, self.identity.asked_on
            case LetterKind.CLARIFICATION if not self.clock.was_put(SuspensionKind.CLARIFICATION):
                return SuspensionKind.CLARIFICATION, self.clock.clarification_asked_on
            case _:
                return None

    def _settled_at(self, kind: LetterKind, items: Sequence[Item]) -> datetime:
        """The earliest moment at which the letter's content was true; for a question or an acknowledgement, the
        arrival.
        """
        if kind is LetterKind.REFUSAL and not items:
            return self.identity.unidentified_since
        if kind in (LetterKind.DISMISSAL, LetterKind.FORWARDING) and self.closed_at is not None:
            return self.closed_at
        return max([self.received_at, *(item.settled_at or self.received_at for item in items)])


def lateness_of(case: DatedCase, acting: CaseActing, letter: Letter, items: Sequence[Item]) -> tuple[bool, bool, bool]:
    """Whether the letter missed the statutory date and the promise, and whether its stated day waits for
    confirmation.

    It waits if a person recorded it by hand on a later day, by which it would have missed something that it met on
    the stated day (docs/law §10). Until then both count as missed as of the day of the entry.
    """
    left_at = letter.dispatched_at
    if is_further_attempt(case, letter.kind, [item.item_id for item in items]):
        return False, False, False
    if letter.kind is LetterKind.ACKNOWLEDGEMENT:
        stated_on, by = acting.calendar.local_date(left_at), case.clock.acknowledge_by
        unconfirmed = acting.states_earlier(left_at) and not case.acknowledged and stated_on <= by < acting.today
        return False, False, unconfirmed
    if not items and letter.kind is not LetterKind.REFUSAL:
        return False, False, False
    late, promise_missed = dates_missed_by(case, letter, items, acting.calendar)
    if not acting.states_earlier(left_at):
        return late, promise_missed, False
    late_now, promise_missed_now = dates_missed_by(case, letter, items, acting.calendar, left_at=acting.at)
    stated_on, today = acting.calendar.local_date(left_at), acting.today
    within = any(stated_on <= add_months(case.received_on, months) < today for months in _COUNTED_MONTHS)
    unconfirmed = within or (late_now and not late) or (promise_missed_now and not promise_missed)
    if not unconfirmed:
        return late, promise_missed, False
    return late or late_now, promise_missed or promise_missed_now, True


def dates_missed_by(
    case: DatedCase,
    letter: Letter,
    items: Sequence[Item],
    calendar: WorkingCalendar,
    *,
    left_at: datetime | None = None,
) -> tuple[bool, bool]:
    """Whether the statutory date and the promise were missed when the letter left; `left_at` None: as it states.

    A person who stays unidentified must be told within the month as it runs without any suspension.
    """
    left_at = left_at or letter.dispatched_at
    left_on = calendar.local_date(left_at)
    deadline = case.deadline_as_of(left_on, calendar)
    promise_missed = deadline.promise_due is not None and left_on > deadline.promise_due
    if letter.kind is LetterKind.REFUSAL or any(map(_refuses, items)):
        return case.is_late_refusal(left_at, calendar, suspended=bool(items)), promise_missed
    return left_on > deadline.statutory_due, promise_missed


def _refuses(item: Item) -> bool:
    """Whether the answer to the item says that no action is taken on it, or on a part (GDPR Art. 12(4))."""
    return item.status in (ItemStatus.REFUSED, ItemStatus.ENDED) or bool(item.refused_in_part)


def _require_other_channel_than_password(item: Item, letter: Letter) -> None:
    """Raise PasswordSameChannel where the password of the offered package left by the channel of this answer."""
    if item.offer is not None and item.offer.password_left_by is letter.channel:
        raise PasswordSameChannel(
            "The password of this package left by the same channel as this answer. Create a new link, and send its "
            "password by another channel.",
            channel=letter.channel.value,
        )


def _required_of(kind: LetterKind, items: Sequence[Item]) -> frozenset[str]:
    """The statements the letter needs, depending on the decisions on the items it answers."""
    return required_of(
        kind,
        nothing_held=bool(items) and all(item.status is ItemStatus.NOTHING_HELD for item in items),
        refuses=any(item.refused_in_part for item in items),
        transmitted=bool(items) and all(item.was_transmitted for item in items),
    )


def _require_decided_as(item: Item, kind: LetterKind) -> None:
    if item.status.is_pending:
        raise ItemsOpen(f"Decide '{item.item_id}' before answering it.", item_id=item.item_id)
    if item.status is ItemStatus.WITHDRAWN:
        raise LetterKindWrong(f"'{item.item_id}' was withdrawn and needs no answer.")
    expected = _INSTEAD.get(item.status, ANSWER_OF[item.right])
    if kind is not expected:
        raise LetterKindWrong(f"'{item.item_id}' is answered by a letter of kind '{expected}'.")


def _require_needs_no_item(case: Case, kind: LetterKind) -> None:
    """A question may be sent only after its reason was recorded (GDPR Art. 12(6), recital 63)."""
    if kind in (LetterKind.IDENTITY_QUESTION, LetterKind.REMINDER) and case.identity.status not in IN_QUESTION:
        raise identity_not_asked(case)
    if kind is LetterKind.CLARIFICATION and case.clock.clarification_asked_on is None:
        raise ClarificationNotAsked()
    if kind is LetterKind.QUESTION_REMINDER and not case.open_questions:
        raise QuestionNotOpen("No question waits for an answer, so there is nothing to remind of.")
    if kind in _RECORDED_ELSEWHERE:
        raise LetterKindWrong(_RECORDED_ELSEWHERE[kind])
    if kind is LetterKind.FORWARDING and case.outcome is not Outcome.FORWARDED:
        raise LetterKindWrong("This letter says to whom the request was passed on: forward it first.")
    if kind is LetterKind.DISMISSAL and (case.outcome is not Outcome.NOT_A_REQUEST or case.goes_on_elsewhere):
        raise LetterKindWrong("This letter explains why a message was not taken as a request: dismiss it first.")
    if kind is LetterKind.REFUSAL and case.identity.status is not IdentityStatus.FAILED:
        raise LetterKindWrong("Name the refused items; only a person who stays unidentified is refused as a whole.")
    if kind in ANSWER_OF.values() or kind is LetterKind.ENDING:
        raise LetterKindWrong("An answer names the items that it answers.")
