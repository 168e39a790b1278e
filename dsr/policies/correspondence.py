"""Writing the letters that policies write: once, released where nothing is missing, else a draft for a person."""

import logging
from typing import Any
from uuid import UUID

from dsr.desk.dispatching import DispatchDesk, Subject
from dsr.desk.repository import Repository
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
from dsr.domain.request.standing import AnswerTo
from dsr.domain.sealed import KeyDestroyed
from dsr.policies.policy import Policy, call_for, request_id_of

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

    def __init__(self, repository: Repository, dispatching: DispatchDesk) -> None:
        self._repository = repository
        self._dispatching = dispatching

    def case(self, policy: Policy, recorded: Recorded) -> Request:
        """The case as it stands now. Raises RequestUnknown."""
        return self._repository.request(request_id_of(recorded), call_for(policy, recorded).caller)

    def history(self, recorded: Recorded) -> list[Event]:
        """The events of the case."""
        return [
            each for each in self._repository.application.events.get(request_id_of(recorded)) if isinstance(each, Event)
        ]

    def draft(self, policy: Policy, recorded: Recorded, kind: LetterKind, step: str = "", **about: Any) -> list[UUID]:
        """Write a letter about this event to each who gets one; to none whom a person wrote to before, and no letter
        about who was forgotten.

        `about` and what is raised are those of `DispatchDesk.prepare`.
        """
        call, request_id, item_ids = call_for(policy, recorded), request_id_of(recorded), about.get("item_ids", ())
        subject = Subject(kind, item_ids, about.get("concerns"), about.get("recipient"))
        written: list[UUID] = []
        for addressee in self._dispatching.addressees(request_id, call.caller, subject):
            if self._was_told_by_hand(recorded, subject, addressee):
                continue
            call = call_for(policy, recorded, f"prepare:{addressee}:{step}")
            try:
                answer = self._dispatching.prepare(request_id, call, kind=kind, addressee=addressee, **about)
            except (DispatchAlreadyWritten, KeyDestroyed) as settled:
                log.info("policy %s: event %d: nothing written: %s", policy.name, recorded.position, settled.code)
            else:
                written += [] if answer.resource_id is None else [UUID(answer.resource_id)]
        return written

    def send(self, policy: Policy, recorded: Recorded, kind: LetterKind, step: str = "", **about: Any) -> None:
        """Write the letter to each who gets one, and let it leave; where that needs a person, it stays a draft.

        Raises what `DispatchDesk.prepare` and `release` raise beyond that.
        """
        # All are written before the first leaves, after which the case may have no more to say.
        for dispatch_id in self.draft(policy, recorded, kind, step, **about):
            try:
                self._dispatching.release(dispatch_id, call_for(policy, recorded, f"release:{dispatch_id}"))
            except (*_STAYS_A_DRAFT, KeyDestroyed) as settled:
                log.info("policy %s: letter %s waits for a person: %s", policy.name, dispatch_id, settled.code)

    def _was_told_by_hand(self, recorded: Recorded, subject: Subject, addressee: AnswerTo) -> bool:
        """Whether somebody recorded since then that they sent them such a letter themselves."""
        return any(
            isinstance(event, AnswerSent)
            and event.originator_version > recorded.stream_version
            and event.letter.kind is subject.kind
            and event.letter.dispatch_id is None
            and event.letter.addressee in (addressee, AnswerTo.BOTH)
            and (not subject.item_ids or bool(set(subject.item_ids) & set(event.item_ids)))
            for event in self.history(recorded)
        )
