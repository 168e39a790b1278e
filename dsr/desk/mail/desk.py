"""Taking in mail (GDPR Art. 12(2), (3); docs/law §2 on arrival, §3 on follow-ups)."""

from datetime import datetime
from typing import Final

from dsr.desk.caller import Call
from dsr.desk.errors import AuthoritySender, AutomaticMessage, MailboxUnknown, OwnMailboxSender, VersionStale
from dsr.desk.mail.placing import came_back, claimed_request, placed
from dsr.desk.mail.reading import Mail, addressed_controller, content_ids, read, stamped_arrival
from dsr.desk.mail.recording import MessageOutcome, record
from dsr.desk.quarantine import QuarantineDesk
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import retrying
from dsr.domain.deadlines import CalendarExhausted
from dsr.domain.own_file import FileForgotten
from dsr.domain.request.errors import CaseForgotten, ReceiptInFuture
from dsr.domain.ropa import RopaVersion
from dsr.domain.sealed import KeyDestroyed
from dsr.mailbox.confined import take_apart_safely
from dsr.mailbox.errors import MessageTooLarge, UnreadableMessage
from dsr.mailbox.limits import MailLimits
from dsr.mailbox.own_servers import OwnServers
from dsr.mailbox.taking_apart import MailApart
from dsr.vault import MessageKnown

_SET_ASIDE: Final = (
    UnreadableMessage,
    MailboxUnknown,
    AutomaticMessage,
    OwnMailboxSender,
    AuthoritySender,
    ReceiptInFuture,
    CalendarExhausted,
    CaseForgotten,
    FileForgotten,
    KeyDestroyed,
)
"""Errors that send a message to the quarantine."""


class MailDesk:
    """receive a message: a case, a follow-up, nothing new, or the quarantine."""

    def __init__(self, repository: Repository, quarantine: QuarantineDesk, limits: MailLimits) -> None:
        self._repository = repository
        self._quarantine = quarantine
        self._limits = limits

    def take_apart(self, raw: bytes) -> MailApart:
        """Take one mail apart, whatever a stranger put into it. Raises RopaMissing."""
        return self._take_apart(raw, self._repository.ropa.current())

    def receive_message(
        self,
        raw: bytes,
        call: Call,
        *,
        apart: MailApart | None = None,
        stated_arrival: datetime | None = None,
        controller_id: str | None = None,
        mailbox: str | None = None,
    ) -> MessageOutcome:
        """Take in one mail. A repeated mail makes nothing new; one that can't be read or placed is quarantined.

        The arrival is the time stamped by our own mail server, else `stated_arrival` (IMAP INTERNALDATE, or as entered
        by a person), else now. `controller_id` overrides the mailbox that the mail was sent to; `mailbox` is the
        address of the one it was fetched from, which counts where it was sent to none of ours. `apart` is the mail
        where it was taken apart already. No idempotency key is needed: Message-ID and content identify a mail.
        Raises RopaMissing, ControllerUnknown, Forbidden (the controller
        is outside the caller's scope).
        """
        call = Call(call.caller)
        if controller_id is not None:
            self._repository.ropa.current().document.controller(controller_id)
            call.caller.require_controller(controller_id)
        try:
            version = self._repository.ropa.current()
            apart = apart or self._take_apart(raw, version)
            mail = read(
                self._repository,
                version,
                raw,
                apart,
                stated_arrival=stated_arrival,
                controller_id=controller_id,
                mailbox=mailbox,
            )
            call.caller.require_controller(mail.controller_id)
            if came_back(self._repository, mail):
                return MessageOutcome("automatic")
            return self._record(mail, call)
        except _SET_ASIDE as error:
            return self._set_aside(raw, call, error.code, stated_arrival, controller_id=controller_id, mailbox=mailbox)

    def set_aside_too_large(
        self, head: bytes, call: Call, *, size: int, stated_arrival: datetime | None, mailbox: str | None = None
    ) -> MessageOutcome:
        """Quarantine the header of a message too large to read; the whole stays in its mailbox."""
        error = MessageTooLarge(size=size, max_bytes=self._limits.max_bytes)
        return self._set_aside(head, Call(call.caller), error.code, stated_arrival, mailbox=mailbox)

    def set_aside_failed(
        self, raw: bytes, call: Call, *, error: str, stated_arrival: datetime | None, mailbox: str | None = None
    ) -> MessageOutcome:
        """Quarantine a message that failed unexpectedly; `error` is the code."""
        return self._set_aside(raw, Call(call.caller), error, stated_arrival, mailbox=mailbox)

    def _take_apart(self, raw: bytes, version: RopaVersion) -> MailApart:
        document = version.document
        own = OwnServers(frozenset(document.mail_servers), frozenset(document.authentication_servers))
        return take_apart_safely(raw, own=own, limits=self._limits)

    def _record(self, mail: Mail, call: Call) -> MessageOutcome:
        """Record the mail; retry if another delivery or a command on the same case was faster. Raises VersionStale."""
        try:
            return retrying(
                lambda: record(self._repository, mail, placed(self._repository, mail), call),
                on=(MessageKnown, VersionStale),
            )
        except (MessageKnown, VersionStale):
            raise VersionStale(
                "The case was changed again and again while this message arrived. Deliver it again."
            ) from None

    def _set_aside(
        self,
        raw: bytes,
        call: Call,
        error: str,
        stated_arrival: datetime | None,
        *,
        controller_id: str | None = None,
        mailbox: str | None,
    ) -> MessageOutcome:
        known_as = content_ids(self._repository, raw)
        known = self._repository.messages.find(*known_as)
        arrival = stamped_arrival(self._repository, self._limits, raw) or stated_arrival
        if known is None:
            try:
                quarantine_id = self._quarantine.put(
                    raw,
                    call,
                    known_as=known_as[0],
                    error=error,
                    stated_arrival=arrival,
                    controller_id=controller_id or addressed_controller(self._repository, self._limits, raw, mailbox),
                    claimed_request=None
                    if error == AutomaticMessage.code
                    else claimed_request(self._repository, self._limits, raw),
                )
                return MessageOutcome("quarantined", error=error, quarantine_id=quarantine_id)
            except MessageKnown:
                known = self._repository.messages.find(*known_as)
        return MessageOutcome("duplicate", error=error, quarantine_id=known.stream_id if known else None)
