"""Messages on a matter: a reply to one of its letters joins it, and a person examines it (docs/law §13).

A reply never makes a request by itself. The handler who examines it opens a request where the sender asks for one.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import Acting
from dsr.domain.errors import Refused, Unknown
from dsr.domain.events import Event
from dsr.domain.matter.state import MatterState
from dsr.domain.matter.values import MatterSender
from dsr.domain.request.errors import ReasonRequired, ReceiptInFuture
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.domain.sealed import BlobRef, KeyIntroduction, Sealed


class MatterMessageUnknown(Unknown):
    """The matter has no such message. `GET /matters/{matter_id}/messages` lists its messages."""

    code = "matter-message-unknown"


class MatterMessageSettled(Refused):
    """Nobody has to examine this message: somebody has examined it, or it was sent automatically."""

    code = "matter-message-settled"


class MatterMessageReceived(Event):
    """A message joined the matter: it replies to one of its letters, or names its reference."""

    TOPIC: ClassVar[str] = "dsr.matter.message-received"
    message_id: UUID
    channel: Channel
    received_at: datetime
    claimed_at: datetime | None
    """When it was sent, as it says itself."""
    language: str
    """ISO 639-1, empty where it could not be told."""
    sender: MatterSender
    automatic: bool
    """It was sent automatically: nobody has to examine it."""
    suggested_rights: tuple[Right, ...]
    keys: tuple[KeyIntroduction, ...]
    """Of its original."""
    content: Sealed
    original: BlobRef

    def apply(self, matter: MatterState) -> None:
        matter.messages[self.message_id] = self.originator_version
        matter.originals += tuple(key.key_id for key in self.keys)
        if not self.automatic:
            matter.unexamined |= {self.message_id}


class MatterMessageExamined(Event):
    """A person examined the message, and wrote down what it says and what follows from it."""

    TOPIC: ClassVar[str] = "dsr.matter.message-examined"
    message_id: UUID
    finding: Sealed

    def apply(self, matter: MatterState) -> None:
        matter.unexamined -= {self.message_id}


class ReplyCommands(MatterState):
    """receive and examine messages."""

    def receive_message(
        self,
        acting: Acting,
        *,
        message_id: UUID,
        channel: Channel,
        received_at: datetime,
        claimed_at: datetime | None,
        language: str,
        sender: MatterSender,
        automatic: bool,
        suggested_rights: tuple[Right, ...],
        keys: tuple[KeyIntroduction, ...],
        content: Sealed,
        original: BlobRef,
    ) -> None:
        """Record that a message joined the matter, also after it was closed. Raises ReceiptInFuture."""
        if received_at > acting.at:
            raise ReceiptInFuture(received_at=received_at.isoformat())
        self.record(
            acting,
            MatterMessageReceived,
            message_id=message_id,
            channel=channel,
            received_at=received_at,
            claimed_at=claimed_at,
            language=language,
            sender=sender,
            automatic=automatic,
            suggested_rights=suggested_rights,
            keys=keys,
            content=content,
            original=original,
        )

    def examine_message(self, acting: Acting, *, message_id: UUID, finding: Sealed | None) -> None:
        """Record what a message says and what follows from it; once.

        Raises MatterMessageUnknown, MatterMessageSettled, ReasonRequired (no finding).
        """
        if message_id not in self.messages:
            raise MatterMessageUnknown()
        if message_id not in self.unexamined:
            raise MatterMessageSettled()
        if finding is None:
            raise ReasonRequired("Write down what the message says, and what follows from it.")
        self.record(acting, MatterMessageExamined, message_id=message_id, finding=finding)
