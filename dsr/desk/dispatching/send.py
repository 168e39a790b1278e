"""Sending: a letter leaves only if its case accepts it, and always under one Message-ID.

One attempt goes like this. The letter is compared with its case, and the command of the case is rehearsed: a letter
that is out of date, or that the case refuses, fails with that code. A letter that only the service wrote is refreshed
instead. The outbox notes that the attempt begins, then the transport gets the message, and one commit records what
became of it (`settle.py`).

Where the outcome of an attempt is unknown, because the process died or the reply was lost, the next attempt sends the
same message again as it is, whatever has changed on the case: it may have arrived, and the person must not get two
versions. A representative who has lost their authority since then does not get it again.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dsr.desk.caller import is_service
from dsr.desk.dispatching.case_file import CaseFile
from dsr.desk.dispatching.compose import refresh, require_up_to_date
from dsr.desk.dispatching.content import Content, open_content
from dsr.desk.dispatching.letters import Letters, mailbox_of
from dsr.desk.dispatching.of_matters import attempt_letter
from dsr.desk.dispatching.only_one import LEAVING, require_only_one
from dsr.desk.dispatching.outbox import OUTBOX, Attempt, Lease
from dsr.desk.dispatching.recording import Departure, record, require_may_have, sealed_for_case
from dsr.desk.dispatching.settle import settle_failed, settle_sent
from dsr.desk.errors import VersionStale
from dsr.desk.unit_of_work import unit_of_work
from dsr.domain.dispatch import Dispatch, DispatchState
from dsr.domain.dispatch.errors import DispatchLeaving, DispatchNotQueued, DispatchStale
from dsr.domain.errors import DomainError, ServiceWide, code_of
from dsr.domain.messages import MessageInDoubt, MessageNotSent, MessageRefused, OutgoingMessage, TransportUnavailable

log = logging.getLogger("dsr.outbox")


@dataclass(frozen=True)
class Drained:
    """Numbers of due letters, by outcome."""

    sent: int = 0
    failed: int = 0
    """They will not leave."""
    put_off: int = 0
    """They are tried again later."""


def drain(letters: Letters, now: datetime, limit: int, stop: Callable[[], bool] = lambda: False) -> Drained:
    """Send at most `limit` letters that are due, the longest waiting first. `stop` is asked before each of them.

    A letter that fails does not hold up the others.
    Raises TransportUnavailable, DatabaseBusy, DatabaseUnavailable, StorageFull: no letter is lost, drain again later.
    """
    sent = failed = put_off = 0
    for dispatch_id in letters.outbox.due(now, limit=limit):
        if stop():
            break
        try:
            state = send(letters, dispatch_id)
        except DispatchLeaving:
            continue  # another process is sending it
        except (ServiceWide, TransportUnavailable):
            raise
        except Exception as error:  # noqa: BLE001 - whatever one letter does, the others leave
            # Code only: a trace may quote the letter.
            log.error("letter %s not sent: %s", dispatch_id, code_of(error))  # noqa: TRY400
            put_off += 1
        else:
            sent += state is DispatchState.SENT
            failed += state is DispatchState.FAILED
            put_off += state is DispatchState.QUEUED
    return Drained(sent, failed, put_off)


def send(letters: Letters, dispatch_id: UUID) -> DispatchState:
    """Make one attempt to send a letter that was released. Returns how the letter stands afterwards.

    Raises DispatchLeaving while another process sends it, and for a letter that is not in the outbox. Any other error,
    such as MessageNotSent, is noted and the letter is tried again later. TransportUnavailable, DatabaseBusy,
    DatabaseUnavailable and StorageFull do not count against the letter.
    """
    now = letters.repository.now()
    lease = letters.outbox.claim(dispatch_id, now)
    if lease is None:
        raise DispatchLeaving()
    try:
        return _attempt(letters, lease, now)
    except ServiceWide:
        raise
    except Exception as error:
        code = _retry_later(letters, lease, error)
        if code is None:
            raise
        return settle_failed(letters, lease, code)


def _retry_later(letters: Letters, lease: Lease, error: Exception) -> str | None:
    """Give the lease back and let the letter wait for its next attempt. The code of its failure if none is left."""
    code, failed_at = code_of(error), letters.repository.now()
    if isinstance(error, TransportUnavailable):
        is_tried_again = letters.outbox.give_back(lease, code=code, now=failed_at)
    else:
        may_have_left = not isinstance(error, MessageNotSent)
        is_tried_again = letters.outbox.retry_later(lease, code=code, now=failed_at, may_have_left=may_have_left)
    if is_tried_again:
        return None
    if not isinstance(error, MessageNotSent) and letters.outbox.in_doubt([lease.dispatch_id]):
        return MessageInDoubt.code  # whatever went wrong, it was after the transport had the message
    return code


def _attempt(letters: Letters, lease: Lease, now: datetime) -> DispatchState:
    """Send the letter, unless it fails before that. Raises what the transport raises, and as `_up_to_date`."""
    dispatch = letters.repository.find(Dispatch, lease.dispatch_id)
    if dispatch is None:
        return attempt_letter(letters, lease, now)
    if dispatch.state is not DispatchState.QUEUED:
        letters.outbox.remove(dispatch.id)
        return dispatch.state
    if lease.in_doubt is not None and lease.in_doubt.is_last:
        return settle_failed(letters, lease, MessageInDoubt.code)
    file = CaseFile(letters.repository, letters.repository.request(dispatch.request_id, OUTBOX.caller), now)
    last_change = max(dispatch.modified_on, file.case.modified_on)
    if now < last_change:  # by the clock of another machine, or by this one before it was set back
        letters.outbox.postpone(lease, until=last_change)
        return dispatch.state
    attempt = Attempt(now, file.case.version)
    try:
        content = _up_to_date(letters, lease, file, dispatch)
        message = _message(letters, dispatch, content, now)
    except (ServiceWide, DispatchLeaving, VersionStale):  # another process sends it, or a person opened it just now
        raise
    except DomainError as refusal:
        return settle_failed(letters, lease, refusal.code)
    first = _begin(letters, lease, dispatch, attempt)
    try:
        letters.transport.send(message)
    except MessageRefused as refused:
        return settle_failed(letters, lease, refused.code)
    return settle_sent(letters, dispatch.id, first)


def _up_to_date(letters: Letters, lease: Lease, file: CaseFile, dispatch: Dispatch) -> Content:
    """The content of the letter, after checking that it agrees with the case and that the case would accept it.

    After an attempt whose outcome is unknown, its content at that time: only the addressee must still be entitled to
    it. Raises AuthorityMissing, DispatchStale, DispatchLeaving, VersionStale, and the errors of `require_up_to_date`,
    `_refreshed` and `record`.
    """
    content = open_content(letters.repository, dispatch)
    if lease.in_doubt is None:
        try:
            require_up_to_date(letters, file, dispatch, content)
        except DispatchStale as stale:
            if not is_service(dispatch.prepared_by, *dispatch.edited_by, dispatch.released_by):
                raise
            content = _refreshed(letters, lease, file, dispatch, content, reason=stale.code)
    text = sealed_for_case(letters.repository, file.case, content)
    departure = Departure(dispatch, text, file.at, file.acting(OUTBOX.caller.acting(file.at)))
    if lease.in_doubt is None:
        record(file, departure)
    else:
        require_may_have(file, departure)
    return content


def _refreshed(
    letters: Letters, lease: Lease, file: CaseFile, dispatch: Dispatch, content: Content, *, reason: str
) -> Content:
    """A letter that only the service wrote, brought up to date. It leaves under another Message-ID.

    Raises DispatchAlreadyWritten, DispatchLeaving, VersionStale; what `refresh` and `Dispatch.release` raise.
    """
    repository, acting = letters.repository, OUTBOX.caller.acting(file.at)
    with unit_of_work(repository, OUTBOX) as work:
        dispatch.record_failed(acting, reason=reason)
        refresh(letters, acting, file, dispatch, content)
        dispatch.release(acting, not_before=file.at)
        work.add(dispatch)
        work.effect(lambda: letters.outbox.hold(lease))
        work.effect(lambda: require_only_one(repository, dispatch, file.case, standing=LEAVING))
    return open_content(repository, dispatch)


def _begin(letters: Letters, lease: Lease, dispatch: Dispatch, attempt: Attempt) -> Attempt:
    """Note that the letter may have left from now on, and that replies to it belong to its case.

    Returns the first attempt of this message: an earlier one whose outcome is unknown, or this one. A stranger who
    used its Message-ID before does not keep it from leaving. Raises DispatchLeaving.
    """
    messages, message_id = letters.repository.messages, dispatch.message_id
    with letters.repository.database.writing():
        first = letters.outbox.begin(lease, attempt)
        if messages.find(message_id) is None:
            messages.remember(message_id, message_id.encode(), dispatch.request_id)
    return first


def _message(letters: Letters, dispatch: Dispatch, content: Content, now: datetime) -> OutgoingMessage:
    """The mail, the same at every attempt. Raises DispatchNotQueued for a letter without wording, StaffUnreachable."""
    wording, given = content.wording, content.given
    if wording is None:
        raise DispatchNotQueued()
    return OutgoingMessage(
        message_id=dispatch.message_id,
        sender=content.fields.sender.mailbox,
        recipient=mailbox_of(letters, given.address),
        subject=wording.subject,
        text=wording.text,
        languages=tuple(part.language for part in wording.parts),
        written_at=dispatch.not_before or now,
        html=wording.html,
        in_reply_to=given.in_reply_to,
        is_reply=given.in_reply_to is not None,
    )
