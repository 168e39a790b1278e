"""Whenever a message from elsewhere claims the thread of a case, let the case wait until a person has looked at it
(docs/law §9).
"""

from typing import ClassVar
from uuid import UUID

from dsr.desk.claims import ClaimDesk
from dsr.desk.repository import Repository
from dsr.domain.events import Event
from dsr.domain.own_file import FileForgettingRestored
from dsr.domain.quarantine import (
    MessageQuarantined,
    QuarantineDiscarded,
    QuarantinedMessage,
    QuarantineEntered,
    QuarantineStatus,
)
from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.domain.request.closing import RequestClosed, RequestReopened
from dsr.domain.request.duplicates import DuplicateLinked
from dsr.domain.request.forwarding import RequestForwarded
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.joining import RequestJoined
from dsr.domain.request.message import StandsIn
from dsr.domain.request.placement import CLAIMS
from dsr.domain.request.splitting import RequestSplit
from dsr.domain.request.triage import RequestDismissed, RequestRegistered
from dsr.domain.request.values import Channel, Lifecycle
from dsr.policies.policy import call_for


class WaitForClaims:
    """Whenever a message from elsewhere claims the thread of a case, let the case wait until a person has looked at it
    (docs/law §9).
    """

    name: ClassVar[str] = "wait-for-claims"
    handles: ClassVar[frozenset[type[Event]]] = frozenset(
        {
            RequestReceived,
            RequestRegistered,
            RequestDismissed,
            RequestJoined,
            DuplicateLinked,
            RequestForwarded,
            RequestSplit,
            RequestClosed,
            RequestReopened,
            MessageQuarantined,
            QuarantineEntered,
            QuarantineDiscarded,
            FileForgettingRestored,
        }
    )

    def __init__(self, repository: Repository, claims: ClaimDesk) -> None:
        self._repository = repository
        self._claims = claims

    def react(self, recorded: Recorded) -> None:
        """Compare what the case waits for with how the message stands now. Raises what `ClaimDesk` raises."""
        if isinstance(
            recorded.event, MessageQuarantined | QuarantineEntered | QuarantineDiscarded | FileForgettingRestored
        ):
            self._quarantined(recorded)
        else:
            self._received(recorded)

    def _received(self, recorded: Recorded) -> None:
        first = next(iter(self._repository.application.events.get(recorded.stream_id)))
        letter = self._repository.find(Request, recorded.stream_id)
        if letter is None or not isinstance(first, RequestReceived) or first.link_reason not in CLAIMS:
            return
        if self._is_new(recorded, first.linked_to, waits=letter.lifecycle is Lifecycle.RECEIVED):
            assert first.linked_to is not None  # noqa: S101 - asked just now
            self._claims.note(
                first.linked_to,
                call_for(self, recorded),
                message_id=recorded.stream_id,
                stands_in=StandsIn.REQUEST,
                channel=first.channel,
                received_at=first.received_at,
                language=first.language,
                suggested_rights=first.suggested_rights,
                sender_doubtful=letter.sender_doubtful,
            )

    def _quarantined(self, recorded: Recorded) -> None:
        message = self._repository.find(QuarantinedMessage, recorded.stream_id)
        if message is None:
            return
        waits = message.status is QuarantineStatus.WAITING
        if self._is_new(recorded, message.claimed_request, waits=waits):
            assert message.claimed_request is not None  # noqa: S101 - asked just now
            assert message.received_at is not None  # noqa: S101 - the first event sets it
            self._claims.note(
                message.claimed_request,
                call_for(self, recorded),
                message_id=recorded.stream_id,
                stands_in=StandsIn.QUARANTINE,
                channel=Channel.EMAIL,
                received_at=message.received_at,
                language="",
                suggested_rights=(),
            )

    def _is_new(self, recorded: Recorded, claimed: UUID | None, *, waits: bool) -> bool:
        """Whether the case has to wait for the message and does not yet; a claim that is settled ends here."""
        case = None if claimed is None else self._repository.find(Request, claimed)
        if case is None or case.is_forgotten:
            return False
        if not waits and recorded.stream_id in case.claims:
            self._claims.settle(case.id, call_for(self, recorded), message_id=recorded.stream_id)
        return waits and recorded.stream_id not in case.claims
