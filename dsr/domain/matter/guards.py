"""Conditions that several commands on matters share."""

from datetime import datetime

from dsr.domain.acting import CaseActing
from dsr.domain.matter.errors import MatterAnswered, MatterClosed, MatterDatesInvalid, MatterOfOtherKind
from dsr.domain.matter.state import MatterState
from dsr.domain.matter.values import MatterKind, MatterStatus


def require_open(matter: MatterState) -> None:
    """The matter is not closed. Raises MatterClosed."""
    if matter.status is MatterStatus.CLOSED:
        raise MatterClosed()


def require_unanswered(matter: MatterState) -> None:
    """The matter is neither closed nor answered. Raises MatterClosed, MatterAnswered."""
    require_open(matter)
    if matter.status is MatterStatus.ANSWERED:
        raise MatterAnswered()


def require_kind(matter: MatterState, *kinds: MatterKind) -> None:
    """The matter is of one of these kinds. Raises MatterOfOtherKind."""
    if matter.kind not in kinds:
        raise MatterOfOtherKind(kind=matter.kind.value, kinds=[each.value for each in kinds])


def require_between(matter: MatterState, acting: CaseActing, moment: datetime) -> None:
    """It happened after the matter arrived, and not in the future. Raises MatterDatesInvalid."""
    if not matter.received_at <= moment <= acting.at:
        raise MatterDatesInvalid(received_at=matter.received_at.isoformat())
