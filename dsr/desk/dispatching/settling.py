"""What became of a letter: it left, or does not. What left is never lost.

That it left stands in one commit with what that means for its case. It is judged by how the case stood when it began to
leave, for from then on nobody could change it: a mail by what it was compared with before its first hand-over, paper by
the case as it stood when it was posted.
"""

import logging
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from dsr.database.errors import SERVICE_WIDE
from dsr.desk.caller import Call, service
from dsr.desk.casebook import once
from dsr.desk.dispatching.case_file import CaseFile
from dsr.desk.dispatching.content import Content, open_content
from dsr.desk.dispatching.outbox import HandOver, Lease
from dsr.desk.dispatching.recording import Departure, record, sealed_for_case
from dsr.desk.dispatching.room import DispatchRoom
from dsr.desk.errors import DispatchUnknown, VersionStale
from dsr.desk.idempotency import Answer
from dsr.domain.acting import Acting
from dsr.domain.dispatch import Dispatch, DispatchState
from dsr.domain.errors import DomainError
from dsr.domain.events import Aggregate
from dsr.domain.messages import MessageInDoubt
from dsr.domain.request import Request

log = logging.getLogger("dsr.outbox")

OUTBOX: Final = Call(service("outbox"))
"""Who sends letters, and records what became of them."""

_TRIES: Final = 32
"""Against others who change the case while the letter is recorded."""

_BY_POST: Final = "post"


class Settling(DispatchRoom):
    """mark as posted; record that a mail left, or does not."""

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
        refusal = self._take(dispatch, case, left_at, None, at=at, actor=call.caller.actor)
        dispatch.record_sent(Acting(call.caller.actor, at), sent_at=left_at, transport=_BY_POST, unrecorded=refusal)
        return book.commit(*_changed(dispatch, case, refusal), call=call, respond=lambda: self._answer(dispatch_id))

    def _left(self, dispatch_id: UUID, hand_over: HandOver) -> DispatchState:
        """Record that it left just now. Raises VersionStale only where others change the case again and again."""
        book, actor, left_at = self._book, OUTBOX.caller.actor, max(self._book.now(), hand_over.begun_at)
        for attempt in range(1, _TRIES + 1):
            dispatch = self._released(dispatch_id)
            if dispatch.state in (DispatchState.SENT, DispatchState.BOUNCED):  # another process recorded it
                self.outbox.remove(dispatch_id)
                return dispatch.state
            case = self._case(dispatch)
            at = max(book.now(), left_at, case.modified_on, dispatch.modified_on)  # by whichever clock is ahead
            refusal = self._take(dispatch, case, left_at, hand_over, at=at, actor=actor)
            transport = self._transport.name
            dispatch.record_sent(Acting(actor, at), sent_at=left_at, transport=transport, unrecorded=refusal)
            try:
                book.commit(
                    *_changed(dispatch, case, refusal),
                    call=OUTBOX,
                    respond=lambda: Answer(b""),
                    effects=[lambda: self.outbox.remove(dispatch_id)],
                )
            except VersionStale:
                if attempt == _TRIES:
                    raise
            else:
                return DispatchState.SENT
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _fail(self, lease: Lease, code: str) -> DispatchState:
        """Record that it does not leave, with a code that says why; of what may have left before, that it may have."""
        dispatch_id = lease.dispatch_id
        log.warning("%s does not leave: %s", dispatch_id, code)
        if lease.in_doubt is not None:
            code = MessageInDoubt.code
        for attempt in range(1, _TRIES + 1):
            dispatch = self._released(dispatch_id)
            if dispatch.state is not DispatchState.QUEUED:
                self.outbox.remove(dispatch_id)
                return dispatch.state
            dispatch.record_failed(Acting(OUTBOX.caller.actor, self._book.now()), reason=code)
            try:
                self._book.commit(
                    dispatch,
                    call=OUTBOX,
                    respond=lambda: Answer(b""),
                    effects=[lambda: self.outbox.remove(dispatch_id)],
                )
            except VersionStale:
                if attempt == _TRIES:
                    raise
            else:
                return DispatchState.FAILED
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _take(
        self,
        dispatch: Dispatch,
        case: Request,
        left_at: datetime,
        hand_over: HandOver | None,
        *,
        at: datetime,
        actor: str,
    ) -> str | None:
        """Let the case take what left; else the code of why it does not, which keeps nothing from being recorded.

        A letter that told what held no longer tells the case nothing. `hand_over`: of a mail.
        """
        book = self._book
        file = CaseFile(book, case, left_at)
        try:
            content = open_content(book, dispatch)
            departure = Departure(dispatch, sealed_for_case(book, case, content), file.calendar, left_at)
            if hand_over is None:
                then = book.request(case.id, OUTBOX.caller, recorded_until=left_at)
                self._require_up_to_date(CaseFile(book, then, left_at, stood_at=left_at), dispatch, content)
            else:
                self._require_as_it_began(file, departure, content, hand_over, at=at, actor=actor)
            record(file, departure, at=at, actor=actor)
        except SERVICE_WIDE:
            raise
        except DomainError as error:
            log.warning("%s left, and its case did not take it: %s", dispatch.id, error.code)
            return error.code
        return None

    def _require_as_it_began(
        self, file: CaseFile, departure: Departure, content: Content, hand_over: HandOver, *, at: datetime, actor: str
    ) -> None:
        """It left when it began to, or at last: dates that move with the days have to be those of both, and what was
        decided anew in between it does not tell. Raises DispatchStale, and what `record` raises.
        """
        book, case, dispatch, begun_at = self._book, file.case, departure.dispatch, hand_over.begun_at
        if file.today != file.local_date(begun_at):
            then = book.find(Request, case.id, version=hand_over.case_version)
            assert then is not None  # noqa: S101 - it was compared with that
            self._require_up_to_date(CaseFile(book, then, file.at, stood_at=begun_at), dispatch, content)
        if case.version != hand_over.case_version:
            rehearsal = CaseFile(book, self._case(dispatch), begun_at)
            record(rehearsal, replace(departure, left_at=begun_at), at=at, actor=actor)

    def _released(self, dispatch_id: UUID) -> Dispatch:
        """Raises DispatchUnknown."""
        dispatch = self._book.find(Dispatch, dispatch_id)
        if dispatch is None:
            raise DispatchUnknown()
        return dispatch

    def _case(self, dispatch: Dispatch) -> Request:
        return self._book.request(dispatch.request_id, OUTBOX.caller)


def _changed(dispatch: Dispatch, case: Request, refusal: str | None) -> tuple[Aggregate, ...]:
    """What is saved: the letter, and its case where that took it and there is news in it."""
    return (dispatch, case) if refusal is None and case.pending_events else (dispatch,)
