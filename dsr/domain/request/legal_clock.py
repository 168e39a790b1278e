"""The clock of a case: the rules that it runs by, what stops it, the dates that were told (GDPR Art. 12(3))."""

from dataclasses import dataclass
from datetime import date, datetime

from dsr.domain.deadlines import Deadline, Suspension, SuspensionKind
from dsr.domain.deadlines.regime import Regime, regime
from dsr.domain.request.standing import Occasion
from dsr.domain.request.values import NEVER, ExtensionProposal


@dataclass
class LegalClock:
    """Assigned by events only; what the dates are on another day is computed in `dates.py`."""

    regime_id: str = ""
    regime_version: int = 0
    suspensions: tuple[Suspension, ...] = ()
    """What stopped the clock, in the order in which it was asked; what runs has no end yet."""
    extension: ExtensionProposal | None = None
    """Proposed or approved; None once its notice left, or while there is none."""
    extended_at: datetime | None = None
    """When the notice of the extension left."""
    deadline: Deadline | None = None
    """As the last event told it; None only before the case begins."""
    acknowledge_by: date = date.min
    acknowledge_ends_at: datetime = NEVER
    """24:00 local on that day, in UTC."""
    questions_put: frozenset[SuspensionKind] = frozenset()
    """The questions that the person is known to have got."""
    clarification_asked_on: date | None = None
    """The local date on which it was asked which data is meant; None while nobody waits to hear that."""
    came_due: frozenset[Occasion] = frozenset()
    """What was recorded as due, and never is again."""
    met_until: datetime | None = None
    """When an answered case was last reopened: what passed before was met."""

    @property
    def regime(self) -> Regime:
        """The rules that the request was received under, pinned by id and version."""
        return regime(self.regime_id, self.regime_version)

    def open_suspension(self, kind: SuspensionKind) -> Suspension | None:
        """The suspension of this kind that still runs, if any."""
        return next((s for s in self.suspensions if s.kind is kind and s.sufficient is None), None)

    def last_suspension(self, kind: SuspensionKind) -> Suspension | None:
        """The suspension of this kind that began last, if any; while one runs, it is that one."""
        return next((each for each in reversed(self.suspensions) if each.kind is kind), None)

    def was_put(self, kind: SuspensionKind) -> bool:
        """Whether the person knows of the question that was decided on last.

        Its letter is on file as sent, or they were asked some other way, as the record of it or a proof shows. A fee is
        quoted by its notice.
        """
        return kind in self.questions_put or kind is SuspensionKind.FEE

    def put(self, kind: SuspensionKind, *, known: bool = True) -> None:
        """For events: the person knows of the question, or not yet."""
        self.questions_put = self.questions_put | {kind} if known else self.questions_put - {kind}
