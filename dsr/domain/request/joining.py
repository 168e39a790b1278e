"""Joining: a letter that became a case of its own turns out to be a message on another case (docs/law §9)."""

from collections.abc import Collection
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.request.case import HAS_JOINED, Case, RequestEvent
from dsr.domain.request.clock import resume_at_end
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.guards import purged
from dsr.domain.request.holds import release_ended_holds
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.triage import may_dismiss
from dsr.domain.request.values import Outcome


class NotJoinable(Refused):
    """A letter can join only another request, and not one whose own letter has joined a third. Name the request that
    the letter belongs to.
    """

    code = "not-joinable"


class RequestJoined(RequestEvent):
    """The letter is a message on another case, which it joined; this case closes as `not-a-request`."""

    TOPIC: ClassVar[str] = "dsr.request.joined"
    joined_to: UUID
    evidence_destroyed: tuple[UUID, ...] = ()
    """Keys of identity evidence that were destroyed."""

    def apply(self, case: Case) -> None:
        case.linked_to = self.joined_to
        case.link_reason = HAS_JOINED
        case.end(Outcome.NOT_A_REQUEST, at=self.timestamp)


@state_guard
def may_join(case: Case) -> None:
    """Before registration, with every later message examined, as `dismiss`.

    Raises AlreadyRegistered, MessageUnexamined, RequestIsClosed.
    """
    may_dismiss(case)


class JoiningCommands(DatedCase):
    """join another case."""

    def join(
        self, acting: CaseActing, *, joined_to: UUID, has_joined: bool, evidence_destroyed: Collection[UUID] = ()
    ) -> None:
        """Close a case whose letter is a message on another one; it is examined there.

        `has_joined`: the letter of the other case has joined a third one. Raises NotJoinable, AlreadyRegistered,
        MessageUnexamined, EvidenceNotPurged, RequestIsClosed.
        """
        may_join(self)
        if joined_to == self.id or has_joined:
            raise NotJoinable()
        self.record(acting, RequestJoined, joined_to=joined_to, evidence_destroyed=purged(self, evidence_destroyed))
        resume_at_end(self, acting)
        release_ended_holds(self, acting)
