"""Past states of each case, so that statistics as of any time are reproducible.

One row per state, valid from `since` until before `until`, both by the log's time (`recorded_at`); the present row has
no `until`. A new row starts only if a column used by statistics changes, and all changes of one instant form one state.
No column depends on the present time: `statistics.py` computes what is missed or due soon.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Uuid

from dsr.database.metadata import main
from dsr.domain.request import Request
from dsr.domain.request.values import ItemStatus
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.requests import CLOSED, OPEN
from dsr.projections.rows import Row
from dsr.projections.state import StateHistory

request_states: Final = Table(
    "request_states",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("since", UtcInstant, primary_key=True),
    Column("until", UtcInstant),
    Column("controller_id", String, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("rights", Json, nullable=False),
    Column("status", String, nullable=False),
    Column("outcome", String),
    Column("owed", Boolean, nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("effective_due", Date, nullable=False),
    Column("effective_ends_at", UtcInstant, nullable=False),
    Column("extended", Boolean, nullable=False),
    Column("answered_on", Date),
    Column("refused", Integer, nullable=False),
    Column("late", Boolean, nullable=False),
    Index(None, "received_on"),
)
"""`owed`: an answer is still to leave. `answered_on`: local date of the letter by which every item that was not
withdrawn was answered; null while one is not. `refused`: items refused, whole or in part. `late`: a refusal or a letter
came after the statutory date. The due columns are those without a question that is open, as in the queue.
"""


def show(case: Request) -> Row:
    """The present state of the case."""
    deadline, items = case.clock.deadline, list(case.items.values())
    assert deadline is not None  # noqa: S101 - the first event sets it
    answers = [item.answered_since for item in items if case.needs_answer(item)]
    is_answered = bool(items) and None not in answers
    return {
        "request_id": case.id,
        "controller_id": case.controller_id,
        "received_on": case.received_on,
        "rights": list(dict.fromkeys(item.right.value for item in items)),
        "status": CLOSED if case.is_closed else OPEN,
        "outcome": None if case.outcome is None else case.outcome.value,
        "owed": not case.is_closed and not is_answered,
        "suspended": bool(case.clock.stopped_by),
        "effective_due": deadline.certain_effective_due,
        "effective_ends_at": deadline.certain_effective_ends_at,
        "extended": deadline.extended,
        "answered_on": _completed_on(answers, case.zone) if is_answered else None,
        "refused": sum(item.status is ItemStatus.REFUSED or bool(item.refused_in_part) for item in items),
        "late": case.late,
    }


def _completed_on(answers: Iterable[datetime | None], zone: str) -> date | None:
    """The local date on which the last item was first answered; None if all items were withdrawn."""
    last = max((moment for moment in answers if moment is not None), default=None)
    return None if last is None else last.astimezone(ZoneInfo(zone)).date()


READ_MODEL: Final = StateHistory(request_states, version=4, show=show)
