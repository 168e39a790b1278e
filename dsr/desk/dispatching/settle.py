"""Records the result of a letter: sent or failed. That a letter was sent is never lost.

One commit records that the letter left and what this means for its case. The case judges it as it stood when the letter
began to leave, since no person could change the letter from then on: a mail by the version of the case that it was
compared with before its first attempt, a paper letter by the case as it stood when it was posted.
"""

import logging
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.dispatching.case_file import CaseFile
from dsr.desk.dispatching.compose import require_up_to_date
from dsr.desk.dispatching.content import Content, open_content
from dsr.desk.dispatching.letters import Letters, deciding, find
from dsr.desk.dispatching.of_matters import fail_letter
from dsr.desk.dispatching.outbox import OUTBOX, Attempt, Lease
from dsr.desk.dispatching.recording import Departure, record, sealed_for_case
from dsr.desk.idempotency import Answer
from dsr.desk.unit_of_work import retrying, unit_of_work, use_case
from dsr.domain.acting import Acting
from dsr.domain.dispatch import Dispatch, DispatchState
from dsr.domain.errors import DomainError, ServiceWide
from dsr.domain.messages import MessageInDoubt
from dsr.domain.request import Request

log = logging.getLogger("dsr.outbox")

_BY_POST: Final = "post"


@use_case
def mark_posted(letters: Letters, dispatch_id: UUID, call: Call, *, posted_at: datetime | None = None) -> Answer:
    """Record that a paper letter was posted (`posted_at` None: now), and what this means for its case.

    Where the letter was out of date, or the case refuses it, this is recorded all the same with the code of the
    refusal: the letter did leave.
    Raises DispatchUnknown, VersionStale, Forbidden, DispatchNotQueued, DispatchNotByPost, DispatchDatesInvalid.
    """
    with deciding(letters, dispatch_id, call) as (work, dispatch, file):
        dispatch.require_on_paper()
        left_at = posted_at or file.at
        refusal = _tell_case(letters, work.acting, dispatch, file.case, left_at=left_at, first=None)
        dispatch.record_sent(work.acting, sent_at=left_at, transport=_BY_POST, unrecorded=refusal)
        work.add(*_news(file.case, refusal))
    return work.answer


def settle_sent(letters: Letters, dispatch_id: UUID, first: Attempt) -> DispatchState:
    """Record that the letter left just now; `first` is the first attempt of its message.

    Raises VersionStale only where others change the case again and again.
    """
    left_at = max(letters.repository.now(), first.began_at)
    state = retrying(lambda: _record_sent(letters, dispatch_id, left_at, first))
    log.info("letter %s left", dispatch_id)
    return state


def settle_failed(letters: Letters, lease: Lease, code: str) -> DispatchState:
    """Record that the letter will not leave, with a code that says why.

    After an attempt whose outcome is unknown, the code is `message-in-doubt`: the letter may have left then.
    """
    reason = code if lease.in_doubt is None else MessageInDoubt.code
    if letters.repository.find(Dispatch, lease.dispatch_id) is None:
        return fail_letter(letters, lease.dispatch_id, reason)
    log.warning("letter %s will not be sent: %s", lease.dispatch_id, code)
    return retrying(lambda: _record_failed(letters, lease.dispatch_id, reason))


def _record_sent(letters: Letters, dispatch_id: UUID, left_at: datetime, first: Attempt) -> DispatchState:
    repository, dispatch = letters.repository, find(letters, dispatch_id)
    if dispatch.state in (DispatchState.SENT, DispatchState.BOUNCED):  # another process recorded it
        letters.outbox.remove(dispatch_id)
        return dispatch.state
    case = repository.request(dispatch.request_id, OUTBOX.caller)
    at = max(repository.now(), left_at, case.modified_on, dispatch.modified_on)  # the clocks of machines may differ
    acting = OUTBOX.caller.acting(at)
    refusal = _tell_case(letters, acting, dispatch, case, left_at=left_at, first=first)
    dispatch.record_sent(acting, sent_at=left_at, transport=letters.transport.name, unrecorded=refusal)
    _save_outcome(letters, dispatch, *_news(case, refusal))
    return DispatchState.SENT


def _record_failed(letters: Letters, dispatch_id: UUID, reason: str) -> DispatchState:
    repository, dispatch = letters.repository, find(letters, dispatch_id)
    if dispatch.state is not DispatchState.QUEUED:
        letters.outbox.remove(dispatch_id)
        return dispatch.state
    dispatch.record_failed(OUTBOX.caller.acting(repository.now()), reason=reason)
    _save_outcome(letters, dispatch)
    return DispatchState.FAILED


def _tell_case(
    letters: Letters, acting: Acting, dispatch: Dispatch, case: Request, *, left_at: datetime, first: Attempt | None
) -> str | None:
    """Let the case record that the letter left; `first` None: on paper.

    Returns the code of the error with which the case refuses. A letter that was out of date tells the case nothing.
    """
    repository, file = letters.repository, CaseFile(letters.repository, case, left_at)
    try:
        content = open_content(repository, dispatch)
        text = sealed_for_case(repository, case, content)
        departure = Departure(dispatch, text, left_at, file.acting(acting))
        if first is None:
            then = repository.request(case.id, OUTBOX.caller, recorded_until=left_at)
            require_up_to_date(letters, CaseFile(repository, then, left_at, stood_at=left_at), dispatch, content)
        else:
            _require_as_it_began(letters, file, departure, content, first)
        record(file, departure)
    except ServiceWide:
        raise
    except DomainError as error:
        log.warning("letter %s was sent, but its case refused to record it: %s", dispatch.id, error.code)
        return error.code
    return None


def _require_as_it_began(
    letters: Letters, file: CaseFile, departure: Departure, content: Content, first: Attempt
) -> None:
    """Require that the letter was right both when its first attempt began and when it left.

    A date that moves with the days has to be the same on both days. What was decided in between is not told by it.
    Raises DispatchStale, and what `record` raises.
    """
    repository, case, dispatch = letters.repository, file.case, departure.dispatch
    if file.today != file.local_date(first.began_at):
        then = repository.find_at(Request, case.id, first.case_version)
        assert then is not None  # noqa: S101 - the letter was compared with this version
        require_up_to_date(letters, CaseFile(repository, then, file.at, stood_at=first.began_at), dispatch, content)
    if case.version != first.case_version:
        rehearsed = CaseFile(repository, repository.request(dispatch.request_id, OUTBOX.caller), first.began_at)
        record(rehearsed, replace(departure, left_at=first.began_at))


def _save_outcome(letters: Letters, dispatch: Dispatch, *others: Request) -> None:
    with unit_of_work(letters.repository, OUTBOX) as work:
        work.add(dispatch, *others)
        work.effect(lambda: letters.outbox.remove(dispatch.id))


def _news(case: Request, refusal: str | None) -> tuple[Request, ...]:
    """The case, if it recorded something and is to be saved with the letter."""
    return (case,) if refusal is None and case.pending_events else ()
