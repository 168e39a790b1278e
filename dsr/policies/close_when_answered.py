"""Whenever nothing is left to do in a case but to close it, close it (docs/law §3).

Its items are answered, its letters have left, the password of each package was passed on, its messages are examined.
"""

import logging
from typing import ClassVar, Final

from dsr.desk.answers import AnswerDesk
from dsr.desk.caller import Caller
from dsr.desk.repository import Repository
from dsr.domain.dispatch import DispatchState
from dsr.domain.dispatch.events import DispatchDiscarded, DispatchSent
from dsr.domain.errors import Refused
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.domain.request.answer import AnswerSent
from dsr.domain.request.awaited import Need, awaited
from dsr.domain.request.claims import ClaimSettled
from dsr.domain.request.earlier_facts import EarlierFactConfirmed
from dsr.domain.request.fee_outcomes import FeePaid, FeeWaived
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.messages import MessageExamined
from dsr.domain.request.offers import OfferRevoked
from dsr.domain.request.password import PasswordSent, PasswordTold
from dsr.domain.request.questions import QuestionAnswered
from dsr.domain.request.recipients import RecipientExcused, RecipientTold
from dsr.domain.request.sender import SenderConfirmed
from dsr.policies.policy import call_for, request_id_of
from dsr.projections.dispatches import dispatches_of

log = logging.getLogger("dsr.policies")

_NOT_LEFT: Final = frozenset({DispatchState.DRAFT, DispatchState.QUEUED, DispatchState.FAILED})
"""States of a letter that a person or the worker still deals with."""


class CloseWhenAnswered:
    """Whenever nothing is left to do in a case but to close it, close it (docs/law §3)."""

    name: ClassVar[str] = "close-when-answered"
    handles: ClassVar[frozenset[type[Event]]] = frozenset(
        {
            *(AnswerSent, PasswordTold, PasswordSent, OfferRevoked, MessageExamined, ClaimSettled),
            *(RecipientTold, RecipientExcused, QuestionAnswered, EarlierFactConfirmed, FeePaid, FeeWaived),
            *(SenderConfirmed, DispatchSent, DispatchDiscarded),
        }
    )
    """The events that can end the last wait of a case."""

    def __init__(self, repository: Repository, answers: AnswerDesk, *, closes: bool) -> None:
        """`closes`: whether the setting leaves it on; else it lets every event pass."""
        self._repository = repository
        self._answers = answers
        self._closes = closes

    def react(self, recorded: Recorded) -> None:
        """A case that was changed in the meantime stays open. Raises KeyDestroyed,
        EvidenceNotPurged, VersionStale.
        """
        if not self._closes:
            return
        call = call_for(self, recorded)
        case = self._repository.request(request_id_of(recorded), call.caller)
        if case.is_closed or not self._is_all_done(case, call.caller):
            return
        try:
            self._answers.close(case.id, call, unidentified=False)
        except Refused as refusal:
            log.info("policy %s: event %d: the case stays open: %s", self.name, recorded.position, refusal.code)

    def _is_all_done(self, case: Request, caller: Caller) -> bool:
        """Whether the case waits for nothing but its closing, and none of its letters is still to leave."""
        acting = self._repository.acting_on(case, caller.acting(self._repository.now()))
        waits_for = awaited(case, acting)
        if [(each.need, each.about) for each in waits_for] != [(Need.CLOSING, {"unidentified": False})]:
            return False
        with self._repository.database.glancing() as connection:
            letters = dispatches_of(connection, case.id)
        return not any(each["state"] in _NOT_LEFT and each["kind"] != LetterKind.STAFF_WARNING for each in letters)
