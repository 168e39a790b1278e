"""Messages elsewhere that claim the thread of a case: the case waits for them too (docs/law §9).

Nobody may write into the file of another person, so such a message becomes a case of its own, or is quarantined. A
person looks at it there. Until then the case that it names does nothing that could defeat what the message asks for.
That case knows only the dates of the message and the rights that it suggests.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import MessageUnknown
from dsr.domain.request.message import Message, StandsIn
from dsr.domain.request.message_dates import dates_of_message
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right


class ThreadClaimed(RequestEvent):
    """A message elsewhere claims the thread of this case, which waits until a person has looked at it."""

    TOPIC: ClassVar[str] = "dsr.request.thread-claimed"
    class_version: ClassVar[int] = 2
    message_id: UUID
    """The request or the quarantined message that it is."""
    stands_in: StandsIn
    channel: Channel
    received_at: datetime
    language: str
    """ISO 639-1, empty where it could not be told."""
    suggested_rights: tuple[Right, ...]
    received_on: date
    due: date
    """The effective date that would hold if it were a new request here."""
    examine_by: date
    examine_ends_at: datetime
    """24:00 local on that day, in UTC."""
    sender_doubtful: bool
    """Our own mail server refuted its sender; False under version 1."""

    def apply(self, case: Case) -> None:
        case.claims[self.message_id] = Message(
            message_id=self.message_id,
            channel=self.channel,
            received_at=self.received_at,
            language=self.language,
            suggested_rights=self.suggested_rights,
            recorded_at=self.timestamp,
            received_on=self.received_on,
            due=self.due,
            examine_by=self.examine_by,
            examine_ends_at=self.examine_ends_at,
            sender_doubtful=self.sender_doubtful,
            stands_in=self.stands_in,
        )

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Under version 1 nobody asked whether the sender was refuted."""
        state["sender_doubtful"] = False


class ClaimSettled(RequestEvent):
    """A person decided what that message is: a request of its own, a follow-up of this case, or neither."""

    TOPIC: ClassVar[str] = "dsr.request.claim-settled"
    message_id: UUID

    def apply(self, case: Case) -> None:
        del case.claims[self.message_id]


@state_guard
def may_note_claim(_: Case) -> None:
    """Always allowed: messages claim the thread of closed cases too."""


@state_guard
def may_settle_claim(case: Case, *, message_id: UUID) -> None:
    """A claim that the case waits for. Raises MessageUnknown."""
    if message_id not in case.claims:
        raise MessageUnknown(message_id=message_id)


class ClaimCommands(Case):
    """note a claim, settle it; on closed cases too."""

    def note_claim(
        self,
        acting: CaseActing,
        *,
        message_id: UUID,
        stands_in: StandsIn,
        channel: Channel,
        received_at: datetime,
        language: str,
        suggested_rights: tuple[Right, ...],
        sender_doubtful: bool = False,
    ) -> None:
        """Wait for a message elsewhere that claims the thread of this case."""
        may_note_claim(self)
        self.record(
            acting,
            ThreadClaimed,
            message_id=message_id,
            stands_in=stands_in,
            channel=channel,
            received_at=received_at,
            language=language,
            suggested_rights=suggested_rights,
            sender_doubtful=sender_doubtful,
            **dates_of_message(self.clock.regime, acting.calendar, received_at),
        )

    def settle_claim(self, acting: CaseActing, *, message_id: UUID) -> None:
        """Stop waiting for that message: a person has looked at it where it is kept. Raises MessageUnknown."""
        may_settle_claim(self, message_id=message_id)
        self.record(acting, ClaimSettled, message_id=message_id)
