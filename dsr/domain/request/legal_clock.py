"""The clock of a case: its rules, its suspensions, and the dates that were told (GDPR Art. 12(3))."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from dsr.domain.deadlines import Deadline, Suspension, SuspensionKind
from dsr.domain.deadlines.regime import Regime, regime
from dsr.domain.request.missed import Missed, MissedKind
from dsr.domain.request.standing import Occasion, ReplyDue
from dsr.domain.request.values import NEVER, ExtensionProposal


@dataclass
class LegalClock:
    """State of the clock, assigned by events only; `dates.py` computes the dates for other days."""

    regime_id: str = ""
    regime_version: int = 0
    suspensions: tuple[Suspension, ...] = ()
    """Suspensions in the order of their questions; a running one has no end yet."""
    extension: ExtensionProposal | None = None
    """Proposed or approved; None once its notice left, or while there is none."""
    extended_at: datetime | None = None
    """When the notice of the extension left."""
    deadline: Deadline | None = None
    """The deadline in the last event; None only before the first event."""
    acknowledge_by: date = date.min
    acknowledge_ends_at: datetime = NEVER
    """24:00 local on that day, in UTC."""
    questions_put: Mapping[SuspensionKind, frozenset[int | None]] = field(default_factory=dict)
    """The questions that the person is known to have received, by how: the version of the event of each letter that
    asked it and has not come back; None: it was asked, or is known to them, in another way.
    """
    unheard: frozenset[SuspensionKind] = frozenset()
    """The open questions whose letter came back; a further letter asks them again."""
    clarification_asked_on: date | None = None
    """The local date of the open clarification question; None if none is open."""
    came_due: frozenset[Occasion] = frozenset()
    """The occasions recorded as due, each of which is recorded once."""
    missed: tuple[Missed, ...] = ()
    """The dates that passed unanswered, by what was on record then, in the order in which that was noted."""
    reply: ReplyDue | None = None
    """The date of the reply to a message that reopened the case; None once it was answered, or while there is none."""
    orders: dict[UUID, date] = field(default_factory=dict)
    """The last day that each order of an authority sets, until it is answered; it moves no other date."""
    met_until: datetime | None = None
    """When an answered case was last reopened: dates that passed before count as met."""

    @property
    def regime(self) -> Regime:
        """The rules that the request was received under, pinned by id and version."""
        return regime(self.regime_id, self.regime_version)

    def miss(self, kind: MissedKind, due: date, *, at: datetime) -> None:
        """For events: this date passed unanswered; noted once."""
        if not any((each.kind, each.due) == (kind, due) for each in self.missed):
            self.missed = (*self.missed, Missed(kind, due, at))

    def open_suspension(self, kind: SuspensionKind) -> Suspension | None:
        """The suspension of this kind that still runs, if any."""
        return next((s for s in self.suspensions if s.kind is kind and s.sufficient is None), None)

    @property
    def stopped_by(self) -> tuple[Suspension, ...]:
        """The open suspensions whose question the person knows; while its letter is on its way, the clock runs."""
        return tuple(each for each in self.suspensions if each.sufficient is None and self.was_put(each.kind))

    def last_suspension(self, kind: SuspensionKind) -> Suspension | None:
        """The suspension of this kind that began last, if any; while one runs, it is that one."""
        return next((each for each in reversed(self.suspensions) if each.kind is kind), None)

    def was_put(self, kind: SuspensionKind) -> bool:
        """Whether the person knows the question that was decided on last.

        Its letter is on record as sent, or the record or a proof shows that it was asked in another way. A fee is
        quoted by its notice.
        """
        return bool(self.questions_put.get(kind)) or kind is SuspensionKind.FEE

    def put(self, kind: SuspensionKind, *, letter: int | None = None) -> None:
        """For events: the person knows the question, by the letter of that event, or in another way."""
        self.questions_put = {**self.questions_put, kind: self.questions_put.get(kind, frozenset()) | {letter}}

    def unput(self, kind: SuspensionKind) -> None:
        """For events: the question is a new one, which the person does not know yet."""
        self.questions_put = {each: how for each, how in self.questions_put.items() if each is not kind}
        self.unheard -= {kind}

    def unheard_without(self, letter: int) -> SuspensionKind | None:
        """The question that the person has not heard if the letter of that event did not reach them."""
        return next((kind for kind, how in self.questions_put.items() if how == {letter}), None)

    def forget_letter(self, letter: int) -> None:
        """For events: the letter of that event did not reach the person."""
        self.questions_put = {kind: how - {letter} for kind, how in self.questions_put.items()}
