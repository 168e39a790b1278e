"""Refusing and closing while messages wait: nobody can hold up an answer by writing daily (docs/law §9)."""

from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.guards import require_examined
from dsr.domain.sealed import Sealed


class MessagesBypassed(RequestEvent):
    """A decision that could wait no longer was taken although messages wait; they stay unexamined."""

    TOPIC: ClassVar[str] = "dsr.request.messages-bypassed"
    message_ids: tuple[UUID, ...]
    reason: Sealed

    def apply(self, case: Case) -> None:
        """The messages still wait to be examined."""


def require_examined_in_time(case: DatedCase, acting: CaseActing) -> None:
    """Check that every message was examined, until the decision can wait no longer. Raises MessageUnexamined."""
    if case.waits_for_messages(acting.today, acting.calendar):
        require_examined(case)


def pass_over(case: Case, acting: CaseActing, reason: Sealed | None) -> None:
    """Record why the decision does not wait for the messages that nobody has examined, if any.

    Raises MessageUnexamined (no reason).
    """
    waiting = case.messages_waiting
    if not waiting:
        return
    if reason is None:
        require_examined(case)
    else:
        ids = tuple(each.message_id for each in waiting)
        case.record(acting, MessagesBypassed, message_ids=ids, reason=reason)
