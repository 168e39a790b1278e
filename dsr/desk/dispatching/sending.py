"""Sending: a letter leaves only where the case takes it, and what left is never lost.

Before anything leaves, the letter is compared with its case, and the command of the case is rehearsed: one that says
what holds no longer, or that the case refuses, fails with that code; one that no person looked at is brought up to date
instead. Then the transport has it, under the same Message-ID on every try. Then one commit records both: that it left,
and what that means for the case. Where the process dies between the two, the message leaves once more and is recorded
once.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from dsr.database.errors import SERVICE_WIDE
from dsr.desk.caller import Call, is_service, service
from dsr.desk.casebook import Effect, once
from dsr.desk.dispatching.case_file import CaseFile
from dsr.desk.dispatching.content import Content, open_content
from dsr.desk.dispatching.recording import Departure, record, sealed_for_case
from dsr.desk.dispatching.room import DispatchRoom
from dsr.desk.errors import DispatchUnknown, VersionStale
from dsr.desk.idempotency import Answer
from dsr.domain.dispatch import Dispatch, DispatchState
from dsr.domain.dispatch.errors import DispatchLeaving, DispatchNotQueued, DispatchStale
from dsr.domain.errors import DomainError, code_of
from dsr.domain.events import Aggregate
from dsr.domain.messages import MessageRefused, OutgoingMessage, TransportUnavailable
from dsr.domain.request import Request
from dsr.domain.sealed import KeyDestroyed
from dsr.letters import languages_of

log = logging.getLogger("dsr.outbox")

_OUTBOX: Final = Call(service("outbox"))

_TRIES: Final = 32
"""Against others who change the case while the letter is recorded."""

_BY_POST: Final = "post"


@dataclass(frozen=True)
class Drained:
    """What became of the letters that were due."""

    sent: int = 0
    failed: int = 0
    """For good."""
    put_off: int = 0
    """Tried again later."""


class Sending(DispatchRoom):
    """send; drain the outbox; mark as posted."""

    def drain(self, now: datetime, limit: int, stop: Callable[[], bool] = lambda: False) -> Drained:
        """Send what is due, the longest waiting first; `stop` is asked before each. A letter that fails keeps none of
        the others waiting.

        Raises TransportUnavailable, DatabaseBusy, DatabaseUnavailable, StorageFull: nothing is lost, drain again later.
        """
        sent = failed = put_off = 0
        for dispatch_id in self.outbox.due(now, limit=limit):
            if stop():
                break
            try:
                state = self.send(dispatch_id)
            except DispatchLeaving:
                continue  # another process has it
            except (*SERVICE_WIDE, TransportUnavailable):
                raise
            except Exception as error:  # noqa: BLE001 - whatever one letter does, the others leave
                # Code only: a trace may quote the letter.
                log.error("%s not sent: %s", dispatch_id, code_of(error))  # noqa: TRY400
                put_off += 1
            else:
                sent += state is DispatchState.SENT
                failed += state is DispatchState.FAILED
        return Drained(sent, failed, put_off)

    def send(self, dispatch_id: UUID) -> DispatchState:
        """Try to send one letter that was released; how it stands afterwards.

        Raises DispatchLeaving while another process sends it, and for what is not in the outbox. Whatever else it
        raises, such as MessageNotSent, is noted, and it is tried again later; TransportUnavailable, DatabaseBusy,
        DatabaseUnavailable, StorageFull are held against no letter.
        """
        now = self._book.now()
        lease = self.outbox.claim(dispatch_id, now)
        if lease is None:
            raise DispatchLeaving()
        try:
            return self._send(dispatch_id, now)
        except SERVICE_WIDE:
            raise
        except Exception as error:
            code = code_of(error)
            give = self.outbox.give_back if isinstance(error, TransportUnavailable) else self.outbox.put_off
            if give(dispatch_id, lease, code=code, now=self._book.now()):
                raise
            return self._fail(dispatch_id, code)

    def _send(self, dispatch_id: UUID, now: datetime) -> DispatchState:
        dispatch = self._queued(dispatch_id)
        if dispatch.state is not DispatchState.QUEUED:
            self.outbox.remove(dispatch_id)
            return dispatch.state
        case = self._case(dispatch)
        file = CaseFile(self._book, case, now)
        rehearsed = (case.version, file.today)
        try:
            content = self._up_to_date(file, dispatch)
            message = self._message(dispatch, content, now)
            text = sealed_for_case(self._book, case, content)
            record(file, Departure(dispatch, text, file.calendar, now), at=now, actor=_OUTBOX.caller.actor)
        except SERVICE_WIDE:
            raise
        except VersionStale:  # somebody opened it just now
            raise
        except DomainError as refusal:
            return self._fail(dispatch_id, refusal.code)
        try:
            self._transport.send(message)
        except MessageRefused as refused:
            return self._fail(dispatch_id, refused.code)
        return self._left(dispatch_id, self._book.now(), rehearsed=rehearsed)

    @once
    def mark_posted(self, dispatch_id: UUID, call: Call, *, posted_at: datetime | None = None) -> Answer:
        """Record that a letter on paper was posted (`posted_at` None: now), and what that means for its case.

        Where the case does not take it, or it said what held no longer, it is recorded all the same with the code of
        the refusal: it left.
        Raises DispatchUnknown, VersionStale, Forbidden, DispatchNotQueued, DispatchNotByPost, DispatchDatesInvalid.
        """
        book, at = self._book, self._book.now()
        dispatch = self._to_decide(dispatch_id, call)
        case = self._case_of(dispatch, call.caller)
        dispatch.require_on_paper()
        left_at = posted_at or at
        refusal = self._take(dispatch, case, left_at, at=at, actor=call.caller.actor)
        dispatch.record_sent(sent_at=left_at, transport=_BY_POST, unrecorded=refusal, at=at, actor=call.caller.actor)
        return book.commit(*_changed(dispatch, case, refusal), call=call, respond=lambda: self._answer(dispatch_id))

    # Recording -------------------------------------------------------------------------------------------------

    def _left(self, dispatch_id: UUID, left_at: datetime, *, rehearsed: tuple[int, date]) -> DispatchState:
        """Record that it left. Raises VersionStale only where others change the case again and again.

        `rehearsed`: the version of the case, and the day, for which it was found up to date.
        """
        book, actor = self._book, _OUTBOX.caller.actor
        for attempt in range(1, _TRIES + 1):
            dispatch = self._queued(dispatch_id)
            if dispatch.state in (DispatchState.SENT, DispatchState.BOUNCED):  # another process recorded it
                self.outbox.remove(dispatch_id)
                return dispatch.state
            case, at = self._case(dispatch), book.now()
            refusal = self._take(dispatch, case, left_at, at=at, actor=actor, rehearsed=rehearsed)
            transport = self._transport.name
            dispatch.record_sent(sent_at=left_at, transport=transport, unrecorded=refusal, at=at, actor=actor)
            try:
                book.commit(
                    *_changed(dispatch, case, refusal),
                    call=_OUTBOX,
                    respond=lambda: Answer(b""),
                    effects=self._settled(dispatch, refusal),
                )
            except VersionStale:
                if attempt == _TRIES:
                    raise
            else:
                return DispatchState.SENT
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _take(
        self,
        dispatch: Dispatch,
        case: Request,
        left_at: datetime,
        *,
        at: datetime,
        actor: str,
        rehearsed: tuple[int, date] | None = None,
    ) -> str | None:
        """Let the case take what left; else the code of why it does not, which keeps nothing from being recorded.

        A letter that tells what no longer held when it left tells the case nothing.
        """
        book = self._book
        file = CaseFile(book, case, left_at)
        try:
            content = open_content(book, dispatch)
            if (case.version, file.today) != rehearsed:
                then = book.request(case.id, _OUTBOX.caller, recorded_until=left_at)
                self._require_up_to_date(CaseFile(book, then, left_at), dispatch, content)
            departure = Departure(dispatch, sealed_for_case(book, case, content), file.calendar, left_at)
            record(file, departure, at=at, actor=actor)
        except SERVICE_WIDE:
            raise
        except DomainError as error:
            log.warning("%s left, and its case did not take it: %s", dispatch.id, error.code)
            return error.code
        return None

    def _up_to_date(self, file: CaseFile, dispatch: Dispatch) -> Content:
        """What it says, which is what stands on the case. A letter that no person wrote, changed or released is written
        anew, and leaves under another Message-ID.

        Raises DispatchStale, what `_require_up_to_date`, `_renew` and `Dispatch.release` raise, VersionStale.
        """
        book, actor = self._book, _OUTBOX.caller.actor
        content = open_content(book, dispatch)
        try:
            self._require_up_to_date(file, dispatch, content)
        except DispatchStale as stale:
            if not is_service(dispatch.prepared_by, *dispatch.edited_by, dispatch.released_by):
                raise
            before = self._remembering(dispatch)
            dispatch.record_failed(reason=stale.code, at=file.at, actor=actor)
            self._renew(file, dispatch, content, actor=actor)
            dispatch.release(not_before=file.at, at=file.at, actor=actor)
            book.commit(dispatch, call=_OUTBOX, respond=lambda: Answer(b""), effects=[before])
            return open_content(book, dispatch)
        return content

    def _settled(self, dispatch: Dispatch, code: str | None) -> Sequence[Effect]:
        """What belongs to the commit that records what became of a letter."""
        remembered = [] if code == KeyDestroyed.code else [self._remembering(dispatch)]
        return [lambda: self.outbox.remove(dispatch.id), *remembered]

    def _remembering(self, dispatch: Dispatch) -> Effect:
        """So that replies join the case, also to what may have arrived although it failed; whoever forged the id before
        keeps nothing from leaving."""
        messages, case_id, message_id = self._book.messages, dispatch.request_id, dispatch.message_id

        def remember() -> None:
            if messages.find(message_id) is None:
                messages.remember(message_id, message_id.encode(), case_id)

        return remember

    def _fail(self, dispatch_id: UUID, code: str) -> DispatchState:
        """Record that it does not leave, with a code that says why."""
        log.warning("%s does not leave: %s", dispatch_id, code)
        for attempt in range(1, _TRIES + 1):
            dispatch = self._queued(dispatch_id)
            if dispatch.state is not DispatchState.QUEUED:
                self.outbox.remove(dispatch_id)
                return dispatch.state
            dispatch.record_failed(reason=code, at=self._book.now(), actor=_OUTBOX.caller.actor)
            try:
                self._book.commit(
                    dispatch,
                    call=_OUTBOX,
                    respond=lambda: Answer(b""),
                    effects=self._settled(dispatch, code),
                )
            except VersionStale:
                if attempt == _TRIES:
                    raise
            else:
                return DispatchState.FAILED
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _queued(self, dispatch_id: UUID) -> Dispatch:
        """Raises DispatchUnknown."""
        dispatch = self._book.find(Dispatch, dispatch_id)
        if dispatch is None:
            raise DispatchUnknown()
        return dispatch

    def _case(self, dispatch: Dispatch) -> Request:
        return self._book.request(dispatch.request_id, _OUTBOX.caller)

    def _message(self, dispatch: Dispatch, content: Content, now: datetime) -> OutgoingMessage:
        """The mail; the same on every try. Raises DispatchNotQueued for what was never rendered, StaffUnreachable."""
        wording, given = content.wording, content.given
        if wording is None:
            raise DispatchNotQueued()
        return OutgoingMessage(
            message_id=dispatch.message_id,
            sender=content.fields.sender.mailbox,
            recipient=self._mailbox(given.address),
            subject=wording.subject,
            text=wording.text,
            languages=languages_of(content.fields),
            written_at=dispatch.not_before or now,
            html=wording.html,
            in_reply_to=given.in_reply_to,
            is_reply=given.in_reply_to is not None,
        )


def _changed(dispatch: Dispatch, case: Request, refusal: str | None) -> tuple[Aggregate, ...]:
    """What is saved: the letter, and its case where that took it and there is news in it."""
    return (dispatch, case) if refusal is None and case.pending_events else (dispatch,)
