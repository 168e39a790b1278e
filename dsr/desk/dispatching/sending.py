"""Sending: a letter leaves only where the case takes it, and under one Message-ID.

Before anything leaves, the letter is compared with its case, and the command of the case is rehearsed: one that says
what holds no longer, or that the case refuses, fails with that code; one that no person looked at is brought up to date
instead. That its hand-over begins is noted, then the transport has it, and one commit records what became of it
(`settling.py`). Where nobody knows how a hand-over ended, since the process died or the reply was lost, the same
message leaves once more as it is, whatever became of its case: it may have arrived, and nobody gets it in two versions.
Only who may not have it any more does not get it again.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dsr.database.errors import SERVICE_WIDE
from dsr.desk.caller import is_service
from dsr.desk.dispatching.case_file import CaseFile
from dsr.desk.dispatching.content import Content, open_content
from dsr.desk.dispatching.only_one import LEAVING, require_only_one
from dsr.desk.dispatching.outbox import HandOver, Lease
from dsr.desk.dispatching.recording import Departure, record, require_may_have, sealed_for_case
from dsr.desk.dispatching.settling import OUTBOX, Settling
from dsr.desk.errors import VersionStale
from dsr.desk.idempotency import Answer
from dsr.domain.acting import Acting
from dsr.domain.dispatch import Dispatch, DispatchState
from dsr.domain.dispatch.errors import DispatchLeaving, DispatchNotQueued, DispatchStale
from dsr.domain.errors import DomainError, code_of
from dsr.domain.messages import MessageInDoubt, MessageNotSent, MessageRefused, OutgoingMessage, TransportUnavailable
from dsr.domain.request import Request
from dsr.letters import languages_of

log = logging.getLogger("dsr.outbox")


@dataclass(frozen=True)
class Drained:
    """What became of the letters that were due."""

    sent: int = 0
    failed: int = 0
    """For good."""
    put_off: int = 0
    """Tried again later."""


class Sending(Settling):
    """send; drain the outbox."""

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
                put_off += state is DispatchState.QUEUED
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
            return self._send(lease, now)
        except SERVICE_WIDE:
            raise
        except Exception as error:
            code, failed_at = code_of(error), self._book.now()
            if isinstance(error, TransportUnavailable):
                is_tried_again = self.outbox.give_back(lease, code=code, now=failed_at)
            else:
                may_have_left = not isinstance(error, MessageNotSent)
                is_tried_again = self.outbox.put_off(lease, code=code, now=failed_at, may_have_left=may_have_left)
            if is_tried_again:
                raise
            if not isinstance(error, MessageNotSent) and self.outbox.in_doubt([dispatch_id]):
                code = MessageInDoubt.code  # whatever went wrong once it was handed over
            return self._fail(lease, code)

    def _send(self, lease: Lease, now: datetime) -> DispatchState:
        dispatch = self._released(lease.dispatch_id)
        if dispatch.state is not DispatchState.QUEUED:
            self.outbox.remove(dispatch.id)
            return dispatch.state
        if lease.in_doubt is not None and lease.in_doubt.is_last:
            return self._fail(lease, MessageInDoubt.code)
        case = self._case(dispatch)
        last = max(dispatch.modified_on, case.modified_on)
        if now < last:  # by the clock of another machine, or by this one before it was set back
            self.outbox.wait(lease, until=last)
            return dispatch.state
        hand_over = HandOver(now, case.version)
        try:
            content = self._up_to_date(lease, dispatch, case, now)
            message = self._message(dispatch, content, now)
        except (*SERVICE_WIDE, DispatchLeaving, VersionStale):  # somebody has it, or opened it just now
            raise
        except DomainError as refusal:
            return self._fail(lease, refusal.code)
        first = self._begin(lease, dispatch, hand_over)
        try:
            self._transport.send(message)
        except MessageRefused as refused:
            return self._fail(lease, refused.code)
        return self._left(dispatch.id, first)

    def _up_to_date(self, lease: Lease, dispatch: Dispatch, case: Request, now: datetime) -> Content:
        """What it says, which is what stands on the case, and what the case would take; as it is where it may have left
        before.

        Raises AuthorityMissing, DispatchStale, DispatchLeaving, VersionStale; what `_require_up_to_date`, `_renewed`
        and `record` raise.
        """
        content, file = open_content(self._book, dispatch), CaseFile(self._book, case, now)
        if lease.in_doubt is None:
            try:
                self._require_up_to_date(file, dispatch, content)
            except DispatchStale as stale:
                if not is_service(dispatch.prepared_by, *dispatch.edited_by, dispatch.released_by):
                    raise
                content = self._renewed(lease, file, dispatch, content, reason=stale.code)
        departure = Departure(dispatch, sealed_for_case(self._book, case, content), file.calendar, now)
        if lease.in_doubt is None:
            record(file, departure, at=now, actor=OUTBOX.caller.actor)
        else:
            require_may_have(file, departure)
        return content

    def _renewed(self, lease: Lease, file: CaseFile, dispatch: Dispatch, content: Content, *, reason: str) -> Content:
        """What no person wrote, changed or released, written anew; it leaves under another Message-ID.

        Raises DispatchAlreadyWritten, DispatchLeaving, VersionStale; what `_renew` and `Dispatch.release` raise.
        """
        book, actor = self._book, OUTBOX.caller.actor
        dispatch.record_failed(Acting(actor, file.at), reason=reason)
        self._renew(file, dispatch, content, actor=actor)
        dispatch.release(Acting(actor, file.at), not_before=file.at)
        book.commit(
            dispatch,
            call=OUTBOX,
            respond=lambda: Answer(b""),
            effects=[
                lambda: self.outbox.keep(lease),
                lambda: require_only_one(book, dispatch, file.case, standing=LEAVING),
            ],
        )
        return open_content(book, dispatch)

    def _begin(self, lease: Lease, dispatch: Dispatch, hand_over: HandOver) -> HandOver:
        """From here on it may have left, and replies to it join the case; the first hand-over in doubt, or this one.

        Whoever forged its Message-ID before keeps nothing from leaving. Raises DispatchLeaving.
        """
        messages, message_id = self._book.messages, dispatch.message_id
        with self._book.database.writing():
            first = self.outbox.begin(lease, hand_over)
            if messages.find(message_id) is None:
                messages.remember(message_id, message_id.encode(), dispatch.request_id)
        return first

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
