"""Letters written by policies: each once, released if nothing is missing, otherwise left as a draft for a person."""

import logging
from typing import Any
from uuid import UUID

from dsr.desk.caller import is_service
from dsr.desk.dispatching import DispatchDesk, Subject
from dsr.desk.dispatching.addressing import goes_to_who_asks
from dsr.desk.repository import Repository
from dsr.domain.dispatch import DispatchState
from dsr.domain.dispatch.errors import (
    DispatchAddressMissing,
    DispatchAlreadyWritten,
    DispatchLeaving,
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
from dsr.domain.request.sender import SenderDoubtful
from dsr.domain.request.standing import AnswerTo
from dsr.domain.sealed import KeyDestroyed
from dsr.policies.policy import Policy, call_for, request_id_of
from dsr.projections.dispatches import dispatches_of

log = logging.getLogger("dsr.policies")

_STAYS_A_DRAFT = (
    DispatchAddressMissing,
    DispatchAlreadyWritten,
    DispatchNeedsPerson,
    DispatchNotApproved,
    DispatchNotDraft,
    DispatchStale,
    LetterIncomplete,
    SenderDoubtful,
)
"""Errors that a person resolves by completing, releasing or discarding the letter; retrying would not help."""


_NOT_LEFT = (DispatchState.DRAFT, DispatchState.QUEUED, DispatchState.FAILED)
"""States of a letter that can still be released or sent."""


class Correspondence:
    """Shared by policies that write letters."""

    def __init__(self, repository: Repository, dispatching: DispatchDesk) -> None:
        self._repository = repository
        self._dispatching = dispatching

    def case(self, policy: Policy, recorded: Recorded) -> Request:
        """The present case. Raises RequestUnknown."""
        return self._repository.request(request_id_of(recorded), call_for(policy, recorded).caller)

    def history(self, recorded: Recorded) -> list[Event]:
        """The events of the case."""
        return [
            each for each in self._repository.application.events.get(request_id_of(recorded)) if isinstance(each, Event)
        ]

    def draft(self, policy: Policy, recorded: Recorded, kind: LetterKind, step: str = "", **about: Any) -> list[UUID]:
        """Draft a letter about this event for each addressee. Skips an addressee whom a person already wrote to, a
        person who has died, and a case whose keys are destroyed.

        `about` and errors as in `DispatchDesk.prepare`.
        """
        call, request_id, item_ids = call_for(policy, recorded), request_id_of(recorded), about.get("item_ids", ())
        subject = Subject(kind, item_ids, about.get("concerns"), about.get("recipient"))
        written: list[UUID] = []
        if goes_to_who_asks(subject) and self.case(policy, recorded).is_deceased:
            return written
        for addressee in self._dispatching.addressees(request_id, call.caller, subject):
            if self._was_told_by_hand(recorded, subject, addressee):
                continue
            call = call_for(policy, recorded, f"prepare:{addressee}:{step}")
            try:
                answer = self._dispatching.prepare(request_id, call, kind=kind, addressee=addressee, **about)
            except (DispatchAlreadyWritten, KeyDestroyed) as settled:
                log.info("policy %s: event %d: nothing written: %s", policy.name, recorded.position, settled.code)
            else:
                if answer.resource_id is not None:
                    log.info("policy %s: event %d: letter %s", policy.name, recorded.position, answer.resource_id)
                    written.append(UUID(answer.resource_id))
        return written

    def send(self, policy: Policy, recorded: Recorded, kind: LetterKind, step: str = "", **about: Any) -> None:
        """Write the letter for each addressee and release it; if that needs a person, it stays a draft.

        Raises the other errors of `DispatchDesk.prepare` and `release`.
        """
        # All are written before the first is released, since a released letter may change what the case has to tell.
        for dispatch_id in self.draft(policy, recorded, kind, step, **about):
            self._release(policy, recorded, dispatch_id)

    def release_drafts(self, policy: Policy, recorded: Recorded, kind: LetterKind) -> None:
        """Release the drafts of this kind that the service wrote, now that they can leave."""
        with self._repository.database.glancing() as connection:
            letters = dispatches_of(connection, request_id_of(recorded))
        for letter in letters:
            if (letter["state"], letter["kind"]) == (DispatchState.DRAFT, kind) and is_service(letter["prepared_by"]):
                self._release(policy, recorded, letter["dispatch_id"])

    def _release(self, policy: Policy, recorded: Recorded, dispatch_id: UUID) -> None:
        try:
            self._dispatching.release(dispatch_id, call_for(policy, recorded, f"release:{dispatch_id}"))
        except (*_STAYS_A_DRAFT, KeyDestroyed) as settled:
            log.info("policy %s: letter %s waits for a person: %s", policy.name, dispatch_id, settled.code)

    def refresh(self, policy: Policy, recorded: Recorded, item_id: str) -> None:
        """Bring each draft that answers the item up to date with its case; edits of people stay.

        Skips a draft that a person released or discarded meanwhile, and a case whose keys are destroyed.
        """
        with self._repository.database.glancing() as connection:
            letters = dispatches_of(connection, request_id_of(recorded))
        for letter in letters:
            if letter["state"] != DispatchState.DRAFT or item_id not in letter["item_ids"]:
                continue
            dispatch_id = letter["dispatch_id"]
            try:
                self._dispatching.edit(dispatch_id, call_for(policy, recorded, f"refresh:{dispatch_id}"))
            except (DispatchNotDraft, KeyDestroyed) as settled:
                log.info("policy %s: letter %s stays as it is: %s", policy.name, dispatch_id, settled.code)

    def discard(self, policy: Policy, recorded: Recorded, *, reason: str) -> None:
        """Discard every letter to the person, or to their representative, that has not left.

        Skips one that was sent or discarded meanwhile, or is just leaving: its case refuses it.
        """
        with self._repository.database.glancing() as connection:
            letters = dispatches_of(connection, request_id_of(recorded))
        for letter in letters:
            subject = Subject(LetterKind(letter["kind"]), recipient=letter["recipient"])
            if letter["state"] not in _NOT_LEFT or not goes_to_who_asks(subject):
                continue
            dispatch_id = letter["dispatch_id"]
            try:
                self._dispatching.discard(
                    dispatch_id, call_for(policy, recorded, f"discard:{dispatch_id}"), reason=reason
                )
            except (DispatchNotDraft, DispatchLeaving) as settled:
                log.info("policy %s: letter %s stays as it is: %s", policy.name, dispatch_id, settled.code)

    def _was_told_by_hand(self, recorded: Recorded, subject: Subject, addressee: AnswerTo) -> bool:
        """Whether a person recorded since then that they sent such a letter by hand."""
        return any(
            isinstance(event, AnswerSent)
            and event.originator_version > recorded.stream_version
            and event.letter.kind is subject.kind
            and event.letter.dispatch_id is None
            and event.letter.addressee in (addressee, AnswerTo.BOTH)
            and (not subject.item_ids or bool(set(subject.item_ids) & set(event.item_ids)))
            for event in self.history(recorded)
        )
