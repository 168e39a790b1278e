"""A reader suggests which rights a message exercises and what it is; a person decides (docs/law §9)."""

from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import MessageUnknown
from dsr.domain.request.message import LIKELY, LikelyKind, LikelyRight, ReaderNote, Suggestion
from dsr.domain.request.messages import MessageStandsElsewhere
from dsr.domain.request.state_guards import state_guard
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class SuggestionNeedless(Refused):
    """A person has examined this message, or it was sent automatically, so the service suggests nothing by itself.
    `POST /requests/{request_id}/suggestion` with `message_ids` has it read anyway.
    """

    code = "suggestion-needless"


class MessageReadBefore(Refused):
    """This version of the reader has already read this message, and would read it the same way again. Have it read
    again once another version is installed.
    """

    code = "message-read-before"


class RightsSuggested(RequestEvent):
    """A reader read a message: which rights it may exercise, and what it may be. A person decides."""

    TOPIC: ClassVar[str] = "dsr.request.rights-suggested"
    message_id: UUID
    model: str
    """Name and version of the reader."""
    asks: int
    """Percent: how likely the message asks for anything at all."""
    rights: tuple[LikelyRight, ...]
    suggested: tuple[Right, ...]
    """Those that were likely enough then, in the order of the law."""
    kinds: tuple[LikelyKind, ...]
    notes: tuple[ReaderNote, ...]
    passages: Sealed | None
    """Which sentences made each suggestion, sealed under the key of the message; None if there is none."""

    def apply(self, case: Case) -> None:
        suggestion = Suggestion(
            version=self.originator_version,
            model=self.model,
            suggested_at=self.timestamp,
            asks=self.asks,
            rights=self.rights,
            suggested=self.suggested,
            kinds=self.kinds,
            notes=self.notes,
        )
        message = case.messages[self.message_id]
        case.messages[self.message_id] = replace(message, suggested_rights=self.suggested, suggestion=suggestion)
        if message.opens_case:
            case.suggested_rights = self.suggested


@state_guard
def may_suggest_rights(case: Case, *, message_id: UUID, asked: bool = False) -> None:
    """A message of the case, including its first, on a closed case too. One that a person has examined, or that was
    sent automatically, only if a handler `asked`. Raises MessageUnknown, MessageStandsElsewhere, SuggestionNeedless.
    """
    if message_id in case.claims:
        raise MessageStandsElsewhere(message_id=message_id, stands_in=case.claims[message_id].stands_in)
    message = case.messages.get(message_id)
    if message is None:
        raise MessageUnknown(message_id=message_id)
    if not asked and (message.kind is not None or message.automatic):
        raise SuggestionNeedless(message_id=message_id)


class SuggestionCommands(Case):
    """suggest rights."""

    def suggest_rights(
        self,
        acting: CaseActing,
        *,
        message_id: UUID,
        model: str,
        asks: int,
        rights: tuple[LikelyRight, ...],
        kinds: tuple[LikelyKind, ...] = (),
        notes: tuple[ReaderNote, ...] = (),
        passages: Sealed | None = None,
        asked: bool = False,
    ) -> None:
        """Record what a reader made of a message; the newest suggestion counts.

        Until a person has examined the message, the suggested rights decide which data is held (docs/law §9). Raises
        MessageUnknown, MessageStandsElsewhere, SuggestionNeedless, MessageReadBefore.
        """
        may_suggest_rights(self, message_id=message_id, asked=asked)
        before = self.messages[message_id].suggestion
        if before is not None and before.model == model:
            raise MessageReadBefore(message_id=message_id, model=model)
        likely = {each.right for each in rights if each.percent >= LIKELY}
        self.record(
            acting,
            RightsSuggested,
            message_id=message_id,
            model=model,
            asks=asks,
            rights=tuple(sorted(rights, key=lambda each: -each.percent)),
            suggested=tuple(right for right in Right if right in likely),
            kinds=tuple(sorted(kinds, key=lambda each: -each.percent)),
            notes=notes,
            passages=passages,
        )
