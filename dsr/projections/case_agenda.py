"""The rows of one case in the agenda: which dates hold, and which of them the case waits for.

`Case.coming` says the same of one case; tests compare the two.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from dsr.domain.deadlines import Deadline, SuspensionKind
from dsr.domain.request.due import Due
from dsr.domain.request.standing import Occasion
from dsr.projections.rows import Row, Rows

PENDING, DECIDED, TOLD, WITHDRAWN = "pending", "decided", "told", "withdrawn"
"""How far an item is: to be decided or carried out, to be answered, answered, or taken back."""

_CASE: Final = "case"
"""The kind of the one row of each case that is not an occasion."""

_OF_ANSWER: Final = (Due.DEADLINE_APPROACHING, Due.PROMISE_MISSED, Due.STATUTORY_DATE_MISSED)
_OF_IDENTITY: Final = (Due.IDENTITY_REMINDER_DUE, Due.IDENTITY_UNANSWERED)
_AFTER_THE_END: Final = (Due.RESTRICTION_REVIEW_DUE, Due.RECIPIENTS_UNTOLD)
"""What outlives the answer."""


class CaseAgenda:
    """What handlers change, row by row; `settle` comes last."""

    def __init__(self, rows: Rows, request_id: UUID) -> None:
        self._rows = rows
        self._request_id = request_id

    def begin(self, received_on: date) -> None:
        """Of a case that was received."""
        memory = {
            "closed": False,
            "items": {},
            "told_unidentified": False,
            "suspended": [],
            "put": [SuspensionKind.FEE],
            "unsuspended_due": None,
            "propose_unidentified_at": None,
            "asked_on": None,
            "remind_on": None,
            "remind_at": None,
            "evidence": False,
            "answered": False,
            "met_until": None,
            "fees": {},
            "untold": {},
        }
        self._rows.add(self._row(_CASE, "", received_on) | {"memory": memory})

    # What is remembered --------------------------------------------------------------------------------------------

    @property
    def memory(self) -> dict[str, Any]:
        """What decides whether the case still waits. Change it by `remember` alone."""
        memory: dict[str, Any] = self._case["memory"]
        return memory

    def remember(self, **facts: object) -> None:
        """In place of what was remembered under these names."""
        self._case["memory"] = self.memory | facts

    def remember_items(self, item_ids: Iterable[str], state: str) -> None:
        """How far these items are now."""
        self.remember(items=self.memory["items"] | dict.fromkeys(item_ids, state))

    def suspend(self, kind: SuspensionKind, *, stands: bool) -> None:
        """Whether the clock stands still for such a question."""
        others = [each for each in self.memory["suspended"] if each != kind]
        self.remember(suspended=[*others, kind] if stands else others)

    def ask(self, kind: SuspensionKind, *, put: bool) -> None:
        """Whether the person knows of such a question."""
        others = [each for each in self.memory["put"] if each != kind]
        self.remember(put=[*others, kind] if put else others)

    # Which dates hold ----------------------------------------------------------------------------------------------

    def put(self, occasion: Occasion, due_at: datetime) -> None:
        """The date holds now; where it held before, and came due then, it does not again."""
        row = self.find(occasion)
        if row is None:
            row = self._row(occasion.kind, occasion.subject, occasion.about) | {"due_at": due_at, "stands": True}
            self._rows.add(row)
        else:
            row |= {"due_at": due_at, "stands": True}

    def find(self, occasion: Occasion) -> Row | None:
        """Its row, if that date ever held."""
        return next((row for row in self._occasions() if occasion_of(row) == occasion), None)

    def let_go(self, kind: Due, subject: str | None = None) -> None:
        """Dates of this kind hold no longer; `subject` None: of none."""
        for row in self._occasions():
            if row["kind"] == kind and subject in (None, row["subject"]):
                row["stands"] = False

    def show(self, deadline: Deadline) -> None:
        """The dates of an answer that hold now."""
        for kind in _OF_ANSWER:
            self.let_go(kind)
        self.remember(
            unsuspended_due=deadline.unsuspended_due.isoformat(),
            propose_unidentified_at=deadline.propose_unidentified_at.isoformat(),
        )
        effective = deadline.certain_effective_due
        for each in deadline.warnings:
            self.put(Occasion(Due.DEADLINE_APPROACHING, str(each.working_days), effective), each.begins_at)
        if deadline.promise_due is not None and deadline.promise_ends_at is not None:
            self.put(Occasion(Due.PROMISE_MISSED, "", deadline.promise_due), deadline.promise_ends_at)
        statutory = Occasion(Due.STATUTORY_DATE_MISSED, "", deadline.certain_statutory_due)
        self.put(statutory, deadline.statutory_ends_at)
        self.show_question()

    def remember_question(self, asked_on: date, remind_on: date, remind_at: datetime) -> None:
        """About identity."""
        self.remember(asked_on=asked_on.isoformat(), remind_on=remind_on.isoformat(), remind_at=remind_at.isoformat())

    def show_question(self) -> None:
        """Reminder, then proposal; where the month leaves no time for both, the proposal takes the reminder's place."""
        for kind in _OF_IDENTITY:
            self.let_go(kind)
        memory = self.memory
        asked_on = memory["asked_on"]
        if asked_on is None:
            return
        remind_at = datetime.fromisoformat(memory["remind_at"])
        propose_at = datetime.fromisoformat(memory["propose_unidentified_at"])
        if remind_at < propose_at:
            remind_on = date.fromisoformat(memory["remind_on"])
            self.put(Occasion(Due.IDENTITY_REMINDER_DUE, asked_on, remind_on), remind_at)
        due = date.fromisoformat(memory["unsuspended_due"])
        self.put(Occasion(Due.IDENTITY_UNANSWERED, asked_on, due), max(propose_at, remind_at))

    def forget_question(self) -> None:
        """Nobody is asked any more who they are."""
        self.remember(asked_on=None, evidence=False)
        self.show_question()

    def drop_fees(self, item_ids: Iterable[str]) -> None:
        """A fee was quoted for all its items together: where one of them falls away, so does the whole."""
        gone = set(item_ids)
        for fee_id, fee in self.memory["fees"].items():
            if gone & set(fee["item_ids"]):
                self.let_go(Due.FEE_OFFER_ENDED, fee_id)

    def settle_recipient(self, item_id: str, recipient: str) -> None:
        """Told of what was done for the item, or excused."""
        untold = self.memory["untold"]
        left = [each for each in untold.get(item_id, ()) if each != recipient]
        self.remember(untold=untold | {item_id: left})
        if not left:
            self.let_go(Due.RECIPIENTS_UNTOLD, item_id)

    def end(self, undecided: str) -> None:
        """The case waits for nothing; an identity question that was out lapses with it."""
        self.forget_question()
        items = self.memory["items"]
        self.remember_items([item_id for item_id, state in items.items() if state == PENDING], undecided)
        self.remember(closed=True)

    # What it waits for ---------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Give each row its instant, while the case waits for it."""
        memory = self.memory
        for row in self._occasions():
            waits = row["stands"] and not row["recorded"] and _waits(row, memory)
            row["at"] = row["due_at"] if waits else None

    @property
    def _case(self) -> Row:
        return next(row for row in self._rows.of(self._request_id) if row["kind"] == _CASE)

    def _occasions(self) -> Iterator[Row]:
        return (row for row in self._rows.of(self._request_id) if row["kind"] != _CASE)

    def _row(self, kind: str, subject: str, about: date) -> Row:
        row: Row = {"request_id": self._request_id, "kind": kind, "subject": subject, "about": about}
        return row | {"due_at": None, "stands": False, "recorded": False, "at": None, "memory": None}


def occasion_of(row: Row) -> Occasion:
    """What the row stands for."""
    return Occasion(row["kind"], row["subject"], row["about"])


def _waits(row: Row, memory: dict[str, Any]) -> bool:
    kind = row["kind"]
    if kind in _AFTER_THE_END:
        return True
    if memory["closed"]:
        return False
    if kind in _OF_IDENTITY:
        return SuspensionKind.IDENTITY in memory["put"] and not memory["evidence"]
    if kind == Due.FEE_OFFER_ENDED:
        return True
    items = memory["items"].values()
    if memory["met_until"] is not None and row["due_at"] <= datetime.fromisoformat(memory["met_until"]):
        return False
    owes = not memory["told_unidentified"] and (not items or any(each in (PENDING, DECIDED) for each in items))
    return owes and not (kind in _OF_ANSWER and _stands_still(memory))


def _stands_still(memory: dict[str, Any]) -> bool:
    """Whether the person was asked something that moves the dates."""
    return not set(memory["suspended"]).isdisjoint(memory["put"])
