"""Use cases of the quarantine: messages opened on record, entered or discarded."""

from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from dsr.desk.caller import Call, Caller
from dsr.desk.errors import QuarantineUnknown
from dsr.desk.idempotency import Answer
from dsr.desk.originals import kept
from dsr.desk.repository import Repository
from dsr.desk.scanning import noted
from dsr.desk.unit_of_work import retrying, unit_of_work, use_case
from dsr.desk.without_request import own_key, text_sealer
from dsr.domain.quarantine import QuarantinedMessage
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.scanning import Scanner, examine
from dsr.domain.sealed import Sealed
from dsr.mailbox.trace import without_trace


class QuarantineDesk:
    """put, open, propose and decide a discarding; entering is part of `EntryDesk.enter_request`."""

    def __init__(self, repository: Repository, scanner: Scanner) -> None:
        self._repository = repository
        self._scanner = scanner

    def put(
        self,
        raw: bytes,
        call: Call,
        *,
        known_as: str,
        error: str,
        stated_arrival: datetime | None,
        controller_id: str | None,
        claimed_request: UUID | None = None,
    ) -> UUID:
        """Quarantine a message with its arrival, and the case whose thread it claims.

        Raises MessageKnown if another delivery was faster.
        """
        repository, message_id = self._repository, uuid4()
        with unit_of_work(repository, call) as work:
            keys = work.enter(kept(repository, raw, "message/rfc822"))
            assert keys.blob is not None  # noqa: S101 - content was given
            message = QuarantinedMessage.quarantine(
                work.acting,
                message_id=message_id,
                received_at=min(stated_arrival or work.acting.at, work.acting.at),
                error=error,
                controller_id=controller_id,
                keys=keys.introductions,
                original=keys.blob,
                claimed_request=claimed_request,
            )
            work.add(message)
            work.effect(keys.store)
            work.effect(lambda: repository.messages.remember(known_as, without_trace(raw), message_id))
        return message_id

    def load(self, message_id: UUID, caller: Caller) -> QuarantinedMessage:
        """A message of a controller in scope; one of an unknown controller is for callers with every controller.

        Raises QuarantineUnknown.
        """
        message = self._repository.find(QuarantinedMessage, message_id)
        if message is None or caller.request_id is not None:
            raise QuarantineUnknown()
        if not caller.sees(message_id, *filter(None, [message.controller_id])):
            raise QuarantineUnknown()
        return message

    def open(self, message_id: UUID, call: Call, *, purpose: DisclosurePurpose, unscanned: bool = False) -> bytes:
        """Open the original; the opening is recorded first, even if it fails. It is scanned unless `unscanned`.

        Raises QuarantineUnknown, KeyDestroyed, MalwareFound, ScannerUnavailable.
        """
        repository, message = self._repository, self.load(message_id, call.caller)
        assert message.original is not None  # noqa: S101 - the first event sets it
        with unit_of_work(repository, Call(call.caller)) as work:
            message.open(work.acting, purpose=purpose)
            work.add(message)
        raw = b"".join(repository.blobs.read(message.original, repository.keystore.open(message.original.key_id)))
        if not unscanned:
            with noted(f"quarantined message {message_id}", lambda found: self._note(message_id, call, found)):
                examine(self._scanner, (raw,))
        return raw

    def _note(self, message_id: UUID, call: Call, signature: str) -> None:
        def noted_once() -> None:
            with unit_of_work(self._repository, Call(call.caller)) as work:
                message = self.load(message_id, call.caller)
                message.note_malware(work.acting, signature=signature)
                work.add(message)

        retrying(noted_once)

    @use_case
    def propose_discarding(self, message_id: UUID, call: Call, *, reason: str) -> Answer:
        """Propose to discard the message. Raises QuarantineUnknown, VersionStale."""
        with unit_of_work(self._repository, call) as work:
            message = self.load(message_id, call.caller)
            work.change(message, lambda: _answer(message))
            message.propose_discarding(work.acting, reason=self._sealed(message, reason))
        return work.answer

    @use_case
    def decide_discarding(self, message_id: UUID, call: Call, *, approve: bool, reason: str) -> Answer:
        """Discard the message, or let it wait with a reason.

        Raises QuarantineUnknown, VersionStale, FourEyes for a DPO.
        """
        with unit_of_work(self._repository, call) as work:
            call.caller.require_decision_maker()
            message = self.load(message_id, call.caller)
            work.change(message, lambda: _answer(message))
            if approve:
                message.approve_discarding(work.acting)
            else:
                message.decline_discarding(work.acting, reason=self._sealed(message, reason))
        return work.answer

    def _sealed(self, message: QuarantinedMessage, reason: str) -> Sealed | None:
        return text_sealer(self._repository, message.id, own_key(self._repository, message))("reason", reason)


def _answer(message: QuarantinedMessage) -> Answer:
    body = {
        "quarantine_id": message.id,
        "status": message.status,
        "received_at": message.received_at,
        "discarding_proposed_by": None if message.discarding is None else message.discarding.proposed_by,
    }
    return Answer(msgspec.json.encode(body), message.version, str(message.id))
