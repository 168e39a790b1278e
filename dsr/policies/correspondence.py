"""Writing the letters that policies write: once, released where nothing is missing, else a draft for a person."""

import logging
from typing import Any
from uuid import UUID

from dsr.desk.casebook import Casebook
from dsr.desk.dispatching import DispatchDesk
from dsr.domain.dispatch.errors import (
    DispatchAddressMissing,
    DispatchAlreadyWritten,
    DispatchNeedsPerson,
    DispatchNotApproved,
    DispatchNotDraft,
    DispatchStale,
)
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.domain.request.answer import AnswerSent
from dsr.domain.request.errors import LetterIncomplete
from dsr.domain.request.letters import LetterKind
from dsr.domain.sealed import KeyDestroyed
from dsr.policies.policy import Policy, call_for, case_of

log = logging.getLogger("dsr.policies")

_STAYS_A_DRAFT = (
    DispatchAddressMissing,
    DispatchAlreadyWritten,
    DispatchNeedsPerson,
    DispatchNotApproved,
    DispatchNotDraft,
    DispatchStale,
    LetterIncomplete,
)
"""What a person completes, releases or discards, or has by now: nothing that trying again would change."""


class Correspondence:
    """What policies that write letters share."""

    def __init__(self, book: Casebook, dispatching: DispatchDesk) -> None:
        self._book = book
        self._dispatching = dispatching

    def case(self, policy: Policy, recorded: Recorded) -> Request:
        """The case as it stands now. Raises RequestUnknown."""
        return self._book.request(case_of(recorded), call_for(policy, recorded).caller)

    def history(self, recorded: Recorded) -> list[Event]:
        """The events of the case."""
        return [each for each in self._book.application.events.get(case_of(recorded)) if isinstance(each, Event)]

    def draft(self, policy: Policy, recorded: Recorded, kind: LetterKind, step: str = "", **about: Any) -> UUID | None:
        """Write a letter about this event; None where a person wrote one before, or the person was forgotten.

        `about` and what is raised are those of `DispatchDesk.prepare`.
        """
        if self._was_told_by_hand(recorded, kind, about.get("item_ids", ())):
            return None
        try:
            answer = self._dispatching.prepare(
                case_of(recorded), call_for(policy, recorded, f"prepare:{step}"), kind=kind, **about
            )
        except (DispatchAlreadyWritten, KeyDestroyed) as settled:
            log.info("policy %s: event %d: nothing written: %s", policy.name, recorded.position, settled.code)
            return None
        return None if answer.resource_id is None else UUID(answer.resource_id)

    def send(self, policy: Policy, recorded: Recorded, kind: LetterKind, step: str = "", **about: Any) -> None:
        """Write the letter and let it leave; where that needs a person, it stays a draft.

        Raises what `DispatchDesk.prepare` and `release` raise beyond that.
        """
        dispatch_id = self.draft(policy, recorded, kind, step, **about)
        if dispatch_id is None:
            return
        try:
            self._dispatching.release(dispatch_id, call_for(policy, recorded, f"release:{step}"))
        except (*_STAYS_A_DRAFT, KeyDestroyed) as settled:
            log.info("policy %s: letter %s waits for a person: %s", policy.name, dispatch_id, settled.code)

    def _was_told_by_hand(self, recorded: Recorded, kind: LetterKind, item_ids: tuple[str, ...]) -> bool:
        """Whether somebody recorded since then that they sent such a letter themselves."""
        return any(
            isinstance(event, AnswerSent)
            and event.originator_version > recorded.stream_version
            and event.letter.kind is kind
            and event.letter.dispatch_id is None
            and (not item_ids or bool(set(item_ids) & set(event.item_ids)))
            for event in self.history(recorded)
        )
