"""Use cases of messages: what a message on a case is, and what follows from it (docs/law §9)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from dsr.desk.caller import Call, Caller
from dsr.desk.idempotency import Answer
from dsr.desk.new_case import Arrival, new_case
from dsr.desk.originals import kept
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import CaseWork, changing, use_case
from dsr.domain.request import Request
from dsr.domain.request.intake import FollowUpReceived, RequestReceived
from dsr.domain.request.message import Message, MessageKind
from dsr.domain.request.messages import may_examine_messages
from dsr.domain.request.values import ItemStatus
from dsr.domain.rights import Right
from dsr.domain.ropa import RopaMissing
from dsr.projections.messages import rows_of
from dsr.projections.rows import Row


class MessageDesk:
    """examine messages; list those of a case."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

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
    ) -> Answer:
        """Say what these messages are, and do what follows.

        A new request, and identifiers that come after the case was closed, open a linked case, which is registered at
        once: its R is the arrival of the first of these messages, and it pins the record of processing that was in
        force then. Raises what `Request.examine_messages` does; KeyDestroyed.
        """
        with changing(self._repository, request_id, call) as work:
            case = work.case
            messages = may_examine_messages(case, message_ids=message_ids)
            rights = rights if kind is MessageKind.NEW_REQUEST else _rights_of_closed(case, kind)
            linked = self._open(work, messages, kind, rights, direct_marketing) if messages and rights else None
            case.examine_messages(
                work.acting,
                message_ids=message_ids,
                kind=kind,
                reason=work.seal("reason", reason),
                rights=rights,
                linked_request=linked,
                item_ids=item_ids,
                evidence_destroyed=case.identity.evidence_keys,
                retained=self._repository.retained(case, case.controllers, case.subjects),
            )
        return work.answer

    def of_case(self, request_id: UUID, caller: Caller) -> list[Row]:
        """The messages of a case with the first, in the order in which they were recorded. Raises RequestUnknown."""
        return rows_of(self._repository.request(request_id, caller))

    def _open(
        self,
        work: CaseWork,
        messages: list[Message],
        kind: MessageKind,
        rights: tuple[Right, ...],
        direct_marketing: bool,
    ) -> UUID:
        """Open and register a linked case for a message; its id."""
        repository, case, request_id = self._repository, work.case, uuid4()
        record = repository.ropa.record()
        if record is None:
            raise RopaMissing()
        first = min(messages, key=lambda each: each.received_at)
        event = self._event_of(case, first.message_id)
        content = self._content_of(case, event)
        original = None if event.original is None else self._original_of(event)
        keys = work.enter(kept(repository, original, "" if event.original is None else event.original.media_type))
        arrival = Arrival(
            controller_id=case.controller_id,
            channel=first.channel,
            received_at=first.received_at,
            content=content,
            language=first.language or case.language,
            rights=rights,
            claimed_at=event.claimed_at,
            linked_to=case.id,
            link_reason=kind.value,
        )
        version = record.in_force_at(first.received_at)
        opened = new_case(work.acting, repository, version, request_id, keys=keys, arrival=arrival)
        opened.register(
            repository.acting_on(opened, work.acting.actor, work.acting.at),
            rights=rights,
            direct_marketing=direct_marketing,
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
            for each in self._repository.application.events.get(case.id)
            if isinstance(each, FollowUpReceived) and each.message.seal_id == message_id
        )

    def _content_of(self, case: Request, event: FollowUpReceived) -> dict[str, Any]:
        """The content of the message; with the person on file, where the message itself names nobody."""
        content = self._open_message(case, event)
        if "from_address" in content or "person" in content:
            return content
        first = next(iter(self._repository.application.events.get(case.id)))
        on_file = self._open_message(case, first) if isinstance(first, RequestReceived) else {}
        person = on_file.get("person") or {
            "name": on_file.get("from_name", ""),
            "email": on_file.get("from_address", ""),
        }
        return {"person": person} | content

    def _open_message(self, case: Request, event: FollowUpReceived | RequestReceived) -> dict[str, Any]:
        if event.message is None:
            return {}
        content = self._repository.sealer.open_json(event.message, stream_id=case.id, field="message")
        return dict(content) if isinstance(content, Mapping) else {}

    def _original_of(self, event: FollowUpReceived) -> bytes:
        assert event.original is not None  # noqa: S101 - asked before
        key = self._repository.keystore.open(event.original.key_id)
        return b"".join(self._repository.blobs.read(event.original, key))


def _rights_of_closed(case: Request, kind: MessageKind) -> tuple[Right, ...]:
    """The rights that identifiers take up again: those that the closed case could not carry out."""
    if kind is not MessageKind.IDENTIFIERS or not case.is_closed:
        return ()
    items = [item for item in case.items.values() if item.status is not ItemStatus.WITHDRAWN]
    return tuple(dict.fromkeys(item.right for item in items))
