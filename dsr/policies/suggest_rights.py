"""Whenever a message arrived, have it read, and suggest which rights it exercises and what it is (docs/law §9)."""

import logging
from typing import ClassVar

from dsr.desk.suggestions import SuggestionDesk
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.intake import FollowUpReceived, RequestReceived
from dsr.domain.request.suggestion import MessageReadBefore, SuggestionNeedless
from dsr.domain.sealed import KeyDestroyed
from dsr.policies.policy import call_for, request_id_of

log = logging.getLogger("dsr.policies")


class SuggestRights:
    """Whenever a message arrived, have it read, and suggest which rights it exercises and what it is (docs/law §9).

    It has a runner of its own, since the reader may be slow (docs/decisions, no. 86).
    """

    name: ClassVar[str] = "suggest-rights"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({RequestReceived, FollowUpReceived})

    def __init__(self, suggestions: SuggestionDesk) -> None:
        self._suggestions = suggestions

    def react(self, recorded: Recorded) -> None:
        """A message that was examined meanwhile is not read any more. Raises ReaderUnavailable, VersionStale."""
        event = recorded.event
        assert isinstance(event, RequestReceived | FollowUpReceived)  # noqa: S101 - all that it handles
        if event.message is None:
            return
        call, message_id = call_for(self, recorded), event.message.seal_id
        try:
            self._suggestions.suggest(request_id_of(recorded), call, message_ids=(message_id,), asked=False)
        except (SuggestionNeedless, MessageReadBefore, KeyDestroyed) as settled:
            log.info("policy %s: event %d: nothing suggested: %s", self.name, recorded.position, settled.code)
