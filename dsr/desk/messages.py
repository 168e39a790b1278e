"""Use cases of messages: staff enter one that came by any channel; a handler says what each is (docs/law §9)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from dsr.blobs import Inspection
from dsr.desk.caller import Call, Caller
from dsr.desk.idempotency import Answer
from dsr.desk.matter_opening import ComplaintArrival, IncidentNoticed, open_complaint, open_incident
from dsr.desk.new_case import Arrival, new_case
from dsr.desk.on_file import on_file
from dsr.desk.originals import kept
from dsr.desk.quarantine import QuarantineDesk
from dsr.desk.read_attachment import to_be_read
from dsr.desk.repository import Repository
from dsr.desk.scanning import noted, on_case
from dsr.desk.unit_of_work import CaseWork, changing, use_case
from dsr.domain.claimed_name import name_or_nothing
from dsr.domain.errors import Invalid
from dsr.domain.request import Request
from dsr.domain.request.intake import FollowUpReceived, RequestReceived
from dsr.domain.request.letters import is_blank
from dsr.domain.request.malware import Scanned
from dsr.domain.request.message import Message, MessageKind
from dsr.domain.request.messages import may_examine_messages
from dsr.domain.request.values import Channel, ItemStatus
from dsr.domain.rights import Right
from dsr.domain.ropa import RopaMissing
from dsr.domain.scanning import Scanner, examine
from dsr.domain.sealed import KeyPurpose
from dsr.exports.errors import require_size
from dsr.mailbox.rights import suggest_rights
from dsr.projections.matters import is_of_matter
from dsr.projections.messages import rows_of
from dsr.projections.rows import Row


class MessageEmpty(Invalid):
    """This message has neither a text nor a file. Write down what was said, or send the paper as a file."""

    code = "message-empty"


@dataclass(frozen=True)
class Entered:
    """A message as staff enter it."""

    channel: Channel
    received_at: datetime
    language: str
    text: str = ""
    content: bytes | None = None
    """A file, such as the scan of a letter."""
    media_type: str = ""
    """A hint; the content decides."""
    quarantine_id: UUID | None = None
    """The quarantined message from which this was entered."""


@dataclass(frozen=True)
class _Written:
    """A message in plain words."""

    content: dict[str, Any]
    """As it is sealed in the event."""
    original: bytes | None


@dataclass(frozen=True)
class Finding:
    """What a handler found messages to be, with the details that this kind needs."""

    kind: MessageKind
    reason: str = ""
    rights: tuple[Right, ...] = ()
    direct_marketing: bool = False
    item_ids: tuple[str, ...] | None = None
    question_id: UUID | None = None
    """The open question that an `answer` answers."""


class MessageDesk:
    """enter a message; examine messages; list those of a case."""

    def __init__(
        self, repository: Repository, quarantine: QuarantineDesk, scanner: Scanner, max_upload_bytes: int
    ) -> None:
        self._repository = repository
        self._quarantine = quarantine
        self._scanner = scanner
        self._max_upload_bytes = max_upload_bytes

    @use_case
    def enter(self, request_id: UUID, call: Call, *, entered: Entered) -> Answer:
        """Add a telephone call, a letter or a visit to its case, open or closed; it waits to be examined.

        The quarantined message from which it was entered is settled in the same transaction. Raises MessageEmpty,
        FileTypeUnsupported, DataTooLarge, MalwareFound, ScannerUnavailable, ReceiptInFuture, KeyDestroyed,
        QuarantineUnknown, QuarantineSettled, ClockResetForbidden (a later arrival than the message had).
        """
        self._require_content(request_id, call, entered)
        with changing(self._repository, request_id, call) as work:
            self._enter(work, entered)
        return work.answer

    @use_case
    def enter_examined(self, request_id: UUID, call: Call, *, entered: Entered, finding: Finding) -> Answer:
        """Add a message to its case and say what it is, in one step. Raises what `enter` and `examine` do."""
        self._require_content(request_id, call, entered)
        with changing(self._repository, request_id, call) as work:
            message_id, written = self._enter(work, entered)
            self._examine(work, (message_id,), finding, written)
        return work.answer

    @use_case
    def examine(
        self,
        request_id: UUID,
        call: Call,
        *,
        message_ids: tuple[UUID, ...],
        kind: MessageKind,
        reason: str = "",
        rights: tuple[Right, ...] = (),
        direct_marketing: bool = False,
        item_ids: tuple[str, ...] | None = None,
        question_id: UUID | None = None,
    ) -> Answer:
        """Say what these messages are, and do what follows.

        A new request, and identifiers that come after the case was closed, open a linked case, which is registered at
        once: its R is the arrival of the first of these messages, and it pins the record of processing that was in
        force then. A complaint or an incident opens a matter, whose date runs from that arrival
        (docs/law §13).
        Raises what `Request.examine_messages` does; KeyDestroyed.
        """
        finding = Finding(kind, reason, rights, direct_marketing, item_ids, question_id)
        with changing(self._repository, request_id, call) as work:
            self._examine(work, message_ids, finding, None)
        return work.answer

    def of_case(self, request_id: UUID, caller: Caller) -> list[Row]:
        """The messages of a case with the first, in the order in which they were recorded. Raises RequestUnknown."""
        case = self._repository.request(request_id, caller)
        hinted = to_be_read(self._repository, self._repository.events_of(case))
        return [row | {"read_attachment": row["message_id"] in hinted} for row in rows_of(case)]

    def listed(self, request_id: UUID, caller: Caller) -> list[Row]:
        """The same without the hint at attachments, for which each message would be opened. Raises RequestUnknown."""
        return rows_of(self._repository.request(request_id, caller))

    def _require_content(self, request_id: UUID, call: Call, entered: Entered) -> None:
        """Raises MessageEmpty, DataTooLarge, MalwareFound, ScannerUnavailable."""
        if entered.content is None and is_blank(entered.text):
            raise MessageEmpty()
        if entered.content is not None:
            require_size(entered.content, self._max_upload_bytes, remedy="Ask for a smaller copy.")
            record = on_case(self._repository, request_id, call.caller, Scanned.MESSAGE)
            with noted(f"a message that somebody enters in request {request_id}", record):
                examine(self._scanner, (entered.content,))

    def _enter(self, work: CaseWork, entered: Entered) -> tuple[UUID, _Written]:
        """Add a message to the case; its id and its words."""
        repository, case, content = self._repository, work.case, entered.content
        repository.case_key(case)  # of somebody who was forgotten, nothing new is filed
        written = _Written({"text": entered.text}, content)
        purposes = (KeyPurpose.MESSAGE,) if content is None else (KeyPurpose.MESSAGE, KeyPurpose.BLOB)
        media_type = "" if content is None else _media_type(content, entered.media_type)
        keys = work.enter(kept(repository, content, media_type, *purposes))
        message = repository.sealer.seal_json(written.content, key=keys.message_key, stream_id=case.id, field="message")
        case.attach_follow_up(
            work.acting,
            channel=entered.channel,
            received_at=entered.received_at,
            keys=keys.introductions,
            message=message,
            original=keys.blob,
            language=entered.language,
            suggested_rights=tuple(each.right for each in suggest_rights(entered.text)),
        )
        work.effect(keys.store)
        if entered.quarantine_id is not None:
            waiting = self._quarantine.load(entered.quarantine_id, work.caller)
            waiting.enter(work.acting, request_id=case.id, received_at=entered.received_at)
            work.add(waiting)
            if waiting.id in case.claims:
                case.settle_claim(work.acting, message_id=waiting.id)
        return message.seal_id, written

    def _examine(
        self, work: CaseWork, message_ids: tuple[UUID, ...], finding: Finding, entered: _Written | None
    ) -> None:
        """Examine messages; `entered` is the one that the same work enters, which nobody can open yet."""
        case, kind = work.case, finding.kind
        messages = may_examine_messages(case, message_ids=message_ids)
        rights = finding.rights if kind is MessageKind.NEW_REQUEST else _rights_of_closed(case, kind)
        opens = bool(messages and rights)
        linked = self._open(work, messages, replace(finding, rights=rights), entered) if opens else None
        case.examine_messages(
            work.acting,
            message_ids=message_ids,
            kind=kind,
            reason=work.seal("reason", finding.reason),
            rights=rights,
            linked_request=linked,
            question_id=finding.question_id,
            item_ids=finding.item_ids,
            evidence_destroyed=case.identity.evidence_keys,
            retained=self._repository.retained(case, case.controllers, case.subjects),
        )
        if kind in (MessageKind.COMPLAINT, MessageKind.INCIDENT):
            self._open_matter(work, kind, messages, entered)

    def _open_matter(
        self, work: CaseWork, kind: MessageKind, messages: list[Message], entered: _Written | None
    ) -> None:
        """Open a matter for a complaint or an incident: under a key of its own, with what the first message says.

        A message that is examined once more opens no second one.
        """
        case, first = work.case, min(messages, key=lambda each: each.received_at)
        with self._repository.database.glancing() as connection:
            if is_of_matter(connection, first.message_id):
                return
        written = self._written(case, first, entered)
        content = self._with_person(case, written.content)
        sender, subject = on_file(content), str(content.get("subject", ""))
        said: dict[str, Any] = {
            "channel": first.channel,
            "sender": ", ".join(filter(None, (sender.name, sender.email, sender.phone, *sender.postal))),
            "content": "\n\n".join(filter(None, (subject, str(content.get("text", ""))))) or "See the message.",
            "request_ids": (case.id,),
            "message_id": first.message_id,
        }
        if kind is MessageKind.INCIDENT:
            others = sorted(case.controllers - {case.controller_id})
            noticed = IncidentNoticed(controllers=(case.controller_id, *others), certain_at=first.received_at, **said)
            open_incident(self._repository, work, noticed)
            return
        arrival = ComplaintArrival(
            controller_id=case.controller_id,
            received_at=first.received_at,
            language=first.language or case.language,
            **said,
        )
        open_complaint(self._repository, work, arrival)

    def _written(self, case: Request, message: Message, entered: _Written | None) -> _Written:
        """What a message says; `entered` if the same work enters it."""
        event = self._event_of(case, message.message_id)
        return entered or _Written(self._open_message(case, event), self._original_of(event))

    def _open(self, work: CaseWork, messages: list[Message], finding: Finding, entered: _Written | None) -> UUID:
        """Open and register a linked case for a message; its id."""
        repository, case, request_id = self._repository, work.case, uuid4()
        record = repository.ropa.record()
        if record is None:
            raise RopaMissing()
        first = min(messages, key=lambda each: each.received_at)
        event = self._event_of(case, first.message_id)
        written = self._written(case, first, entered)
        keys = work.enter(
            kept(repository, written.original, "" if event.original is None else event.original.media_type)
        )
        arrival = Arrival(
            controller_id=case.controller_id,
            channel=first.channel,
            received_at=first.received_at,
            content=self._with_person(case, written.content),
            language=first.language or case.language,
            rights=finding.rights,
            claimed_at=event.claimed_at,
            linked_to=case.id,
            link_reason=finding.kind.value,
        )
        version = record.in_force_at(first.received_at)
        opened = new_case(work.acting, repository, version, request_id, keys=keys, arrival=arrival)
        opened.register(
            repository.acting_on(opened, work.acting),
            rights=finding.rights,
            direct_marketing=finding.direct_marketing,
            subjects=case.subjects,
            retained=repository.retained(opened, (opened.controller_id,), case.subjects),
        )
        work.add(opened)
        work.effect(keys.store)
        work.effect(lambda: repository.index.copy(case.id, request_id))
        return request_id

    def _event_of(self, case: Request, message_id: UUID) -> FollowUpReceived:
        return next(
            each
            for each in (*self._repository.application.events.get(case.id), *case.pending_events)
            if isinstance(each, FollowUpReceived) and each.message.seal_id == message_id
        )

    def _with_person(self, case: Request, content: dict[str, Any]) -> dict[str, Any]:
        """The content of a message; with the person on file, where the message itself names nobody."""
        if "from_address" in content or "person" in content:
            return content
        first = next(iter(self._repository.application.events.get(case.id)))
        on_file = self._open_message(case, first) if isinstance(first, RequestReceived) else {}
        person = on_file.get("person") or {
            "name": name_or_nothing(on_file.get("from_name", "")),
            "email": on_file.get("from_address", ""),
        }
        return {"person": person} | content

    def _open_message(self, case: Request, event: FollowUpReceived | RequestReceived) -> dict[str, Any]:
        if event.message is None:
            return {}
        content = self._repository.sealer.open_json(event.message, stream_id=case.id, field="message")
        return dict(content) if isinstance(content, Mapping) else {}

    def _original_of(self, event: FollowUpReceived) -> bytes | None:
        if event.original is None:
            return None
        key = self._repository.keystore.open(event.original.key_id)
        return b"".join(self._repository.blobs.read(event.original, key))


def _rights_of_closed(case: Request, kind: MessageKind) -> tuple[Right, ...]:
    """The rights that identifiers take up again: those that the closed case could not carry out."""
    if kind is not MessageKind.IDENTIFIERS or not case.is_closed:
        return ()
    items = [item for item in case.items.values() if item.status is not ItemStatus.WITHDRAWN]
    return tuple(dict.fromkeys(item.right for item in items))


def _media_type(content: bytes, hint: str) -> str:
    """The media type found in the content. Raises FileTypeUnsupported."""
    seen = Inspection([content], hint)
    for _ in seen:
        pass
    return seen.media_type
