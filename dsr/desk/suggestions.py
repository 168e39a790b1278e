"""What a reader makes of messages, recorded as a suggestion (docs/law §9). Intake never waits for it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository, require_version
from dsr.desk.unit_of_work import CaseWork, changing, idempotent, use_case
from dsr.domain.reader import MAX_TEXT, Reader, Reading, ToRead
from dsr.domain.request import Request
from dsr.domain.request.errors import MessageUnknown
from dsr.domain.request.intake import FollowUpReceived, RequestReceived
from dsr.domain.request.suggestion import MessageReadBefore, may_suggest_rights


class SuggestionDesk:
    """read messages and suggest."""

    def __init__(self, repository: Repository, reader: Reader) -> None:
        self._repository = repository
        self._reader = reader

    @use_case
    def suggest(
        self, request_id: UUID, call: Call, *, message_ids: tuple[UUID, ...] | None = None, asked: bool = True
    ) -> Answer:
        """Have messages read (None: all that nobody has examined), and record what the reader makes of them.

        They are read before anything is changed, so that nothing waits for the reader. Of several, those that this
        version of the reader has read already are passed over. Raises RequestUnknown, VersionStale, MessageUnknown
        (also where no message waits), MessageStandsElsewhere, SuggestionNeedless, MessageReadBefore, KeyDestroyed,
        ReaderUnavailable.
        """
        with idempotent(self._repository, call):
            seen = self._repository.request(request_id, call.caller)
            require_version(seen, call.expected)
            chosen = _waiting(seen) if message_ids is None else tuple(dict.fromkeys(message_ids))
            if not chosen:
                raise MessageUnknown(
                    "No message of this request waits: name in `message_ids` those that are to be read."
                )
            for message_id in chosen:
                may_suggest_rights(seen, message_id=message_id, asked=asked)
            read = {message_id: self._read(seen, message_id) for message_id in chosen}
        with changing(self._repository, request_id, call) as work:
            taken = [self._record(work, each, read[each], asked=asked) for each in chosen]
            if not any(taken):
                raise MessageReadBefore(model=read[chosen[0]].model)
        return work.answer

    def _record(self, work: CaseWork, message_id: UUID, reading: Reading, *, asked: bool) -> bool:
        """Whether it is new; the passages are sealed under the key of the message."""
        repository, case = self._repository, work.case
        message = _event_of(repository, case, message_id).message
        assert message is not None  # noqa: S101 - as in `_read`
        passages = reading.passages and repository.sealer.seal_json(
            reading.passages, key=repository.keystore.open(message.key_id), stream_id=case.id, field="passages"
        )
        try:
            case.suggest_rights(
                work.acting,
                message_id=message_id,
                model=reading.model,
                asks=reading.asks,
                rights=reading.rights,
                kinds=reading.kinds,
                notes=reading.notes,
                passages=passages or None,
                asked=asked,
            )
        except MessageReadBefore:
            return False
        return True

    def _read(self, case: Request, message_id: UUID) -> Reading:
        """Raises KeyDestroyed, ReaderUnavailable."""
        event = _event_of(self._repository, case, message_id)
        assert event.message is not None  # noqa: S101 - a message without content has no id
        content = self._repository.sealer.open_json(event.message, stream_id=case.id, field="message")
        said: Mapping[str, Any] = content if isinstance(content, Mapping) else {}
        is_file = event.original is not None and event.original.media_type != "message/rfc822"
        return self._reader.read(
            ToRead(
                text=str(said.get("text") or "")[:MAX_TEXT],
                subject=str(said.get("subject") or ""),
                language=event.language,
                in_thread=not case.messages[message_id].opens_case,
                has_attachment=bool(said.get("attachments") or is_file),
            )
        )


def _waiting(case: Request) -> tuple[UUID, ...]:
    """The messages that nobody has examined, the first of an unregistered case included; none that stands elsewhere."""
    return tuple(each.message_id for each in case.messages.values() if each.kind is None and not each.automatic)


def _event_of(repository: Repository, case: Request, message_id: UUID) -> RequestReceived | FollowUpReceived:
    return next(
        each
        for each in repository.events_of(case)
        if isinstance(each, RequestReceived | FollowUpReceived)
        and each.message is not None
        and each.message.seal_id == message_id
    )
