"""Splitting: one letter for many people becomes a case for each of them (GDPR Art. 5(1)(c), 12(3); docs/law §9)."""

from collections.abc import Collection
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import resume_at_end
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.guards import purged
from dsr.domain.request.holds import release_ended_holds
from dsr.domain.request.message import MessageKind
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.triage import may_dismiss
from dsr.domain.request.values import Outcome


class SplitOfOne(Refused):
    """A letter is split into the cases of two people or more. Name each of them, or register the request."""

    code = "split-of-one"


class RequestSplit(RequestEvent):
    """The letter was written for several people, each of whom has a case now; this one closes as `not-a-request`.

    It keeps the original, once, under its own key, as long as one of these cases is kept.
    """

    TOPIC: ClassVar[str] = "dsr.request.split"
    request_ids: tuple[UUID, ...]
    """The cases, linked to this one for the reason `split`."""
    evidence_destroyed: tuple[UUID, ...] = ()
    """Keys of identity evidence that were destroyed."""

    def apply(self, case: Case) -> None:
        case.split_into = self.request_ids
        case.examine_first(MessageKind.NEW_REQUEST, at=self.timestamp, by=self.actor)
        case.end(Outcome.NOT_A_REQUEST, at=self.timestamp)


@state_guard
def may_split(case: Case) -> None:
    """Before registration, with every later message examined, as `dismiss`.

    Raises AlreadyRegistered, MessageUnexamined, RequestIsClosed.
    """
    may_dismiss(case)


class SplittingCommands(DatedCase):
    """split a letter for many people."""

    def split(
        self, acting: CaseActing, *, request_ids: tuple[UUID, ...], evidence_destroyed: Collection[UUID] = ()
    ) -> None:
        """Close the case of a letter for several people; each gets a case of their own, with its R.

        Raises SplitOfOne, AlreadyRegistered, MessageUnexamined, EvidenceNotPurged, RequestIsClosed.
        """
        may_split(self)
        if len(set(request_ids)) < 2:
            raise SplitOfOne()
        self.record(acting, RequestSplit, request_ids=request_ids, evidence_destroyed=purged(self, evidence_destroyed))
        resume_at_end(self, acting)
        release_ended_holds(self, acting)
