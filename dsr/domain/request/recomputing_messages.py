"""Audit of dates: messages, and the replies to those that reopened a case (docs/law §9)."""

from dsr.domain.request.claims import ThreadClaimed
from dsr.domain.request.intake import FollowUpReceived
from dsr.domain.request.message_dates import dates_of_message
from dsr.domain.request.messages import IdentityAnswerReceived, ReplyDated, reply_to
from dsr.domain.request.recomputed import Before, Dates, recomputes


@recomputes(FollowUpReceived)
def _follow_up_received(event: FollowUpReceived, before: Before) -> Dates:
    """The dates that a new request of the same arrival would have; none where the message was filed under version 1."""
    if event.examine_by is None:
        return {"received_on": None, "due": None, "examine_ends_at": None}
    return dates_of_message(before.case.clock.regime, before.calendar, event.received_at)


@recomputes(ThreadClaimed)
def _thread_claimed(event: ThreadClaimed, before: Before) -> Dates:
    return dates_of_message(before.case.clock.regime, before.calendar, event.received_at)


@recomputes(IdentityAnswerReceived)
def _identity_answer_received(event: IdentityAnswerReceived, before: Before) -> Dates:
    asked_on = before.case.identity.asked_on or before.case.received_on
    return {"knew_of_question": before.calendar.local_date(event.received_at) >= asked_on}


@recomputes(ReplyDated)
def _reply_dated(event: ReplyDated, before: Before) -> Dates:
    return {"reply": reply_to(before.case, before.case.messages[event.message_id], before.calendar)}
