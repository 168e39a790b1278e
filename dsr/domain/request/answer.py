"""The letters that left, and what they said (GDPR Art. 12(1), (3), (4); law.md §5)."""

from datetime import datetime
from typing import ClassVar

from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import ItemsOpen, LetterKindWrong
from dsr.domain.request.letters import ANSWER_OF, NOTHING_HELD_STATEMENTS, Letter, LetterKind, check_complete
from dsr.domain.request.refusal import RefusalCommands
from dsr.domain.request.values import UNRESOLVED, Item, ItemStatus


class AnswerSent(RequestEvent):
    """A letter left. `item_ids` are the items it answers; questions and acknowledgements answer none.

    `late` says that it left after the statutory date in force at dispatch; a refusal, after the un-extended one.
    `promise_missed` says so of the thirty days promised. What is missed is recorded and never blocks an answer.
    """

    TOPIC: ClassVar[str] = "dsr.request.answer-sent"
    letter: Letter
    item_ids: tuple[str, ...]
    late: bool
    promise_missed: bool

    def apply(self, case: Case) -> None:
        for item_id in self.item_ids:
            item = case.items[item_id]
            case.replace_item(item, status=item.status, answered=True)
        if self.letter.kind is LetterKind.REFUSAL and case.identity in UNRESOLVED and not self.item_ids:
            case.unidentified_answered = True


class AnswerCommands(RefusalCommands):
    """record the answer."""

    def record_answer(
        self, *, letter: Letter, item_ids: tuple[str, ...], calendar: WorkingCalendar, at: datetime, actor: str
    ) -> None:
        """Record that a letter left, complete, by this channel at this time.

        An answer names the items it answers, each decided before: a refusal answers refused items, every other kind
        the items of its right that are done or found nothing. A refusal without items is the answer to a person who
        could not be identified (GDPR Art. 12(2), (4)).
        Raises LetterIncomplete, ItemUnknown, ItemsOpen, AnswerDatesInvalid, RequestIsClosed.
        """
        self._require_not_closed()
        self._require_between(letter.dispatched_at, not_before=self.received_at, at=at)
        items = [self.item(item_id) for item_id in item_ids]
        for item in items:
            self._require_decided_as(item, letter.kind)
        only_nothing = bool(items) and all(item.status is ItemStatus.NOTHING_HELD for item in items)
        check_complete(letter.kind, letter.statements, NOTHING_HELD_STATEMENTS if only_nothing else None)
        late, promise_missed = self._missed(letter, calendar) if items or self._is_last_word(letter) else (False, False)
        self.trigger_event(
            AnswerSent,
            timestamp=at,
            actor=actor,
            letter=letter,
            item_ids=item_ids,
            late=late,
            promise_missed=promise_missed,
        )

    def _require_decided_as(self, item: Item, kind: LetterKind) -> None:
        if item.status.is_pending:
            raise ItemsOpen(f"Decide '{item.item_id}' before answering it.", item_id=item.item_id)
        expected = LetterKind.REFUSAL if item.status is ItemStatus.REFUSED else ANSWER_OF[item.right]
        if kind is not expected:
            raise LetterKindWrong(f"'{item.item_id}' is answered by a letter of kind '{expected}'.")

    def _is_last_word(self, letter: Letter) -> bool:
        """The refusal to a person who stays unidentified."""
        return letter.kind is LetterKind.REFUSAL

    def _missed(self, letter: Letter, calendar: WorkingCalendar) -> tuple[bool, bool]:
        """Whether the statutory date and the promise were missed when the letter left."""
        left_on = calendar.local_date(letter.dispatched_at)
        deadline = self.deadline_as_of(left_on, calendar)
        promise_missed = deadline.promise_due is not None and left_on > deadline.promise_due
        if letter.kind is LetterKind.REFUSAL:
            return self.is_late_refusal(letter.dispatched_at, calendar), promise_missed
        return left_on > deadline.statutory_due, promise_missed
