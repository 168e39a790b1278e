"""What is known of a letter; events assign it, and nothing else does."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dsr.domain.events import Aggregate
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import Channel
from dsr.domain.sealed import Sealed


class DispatchState(StrEnum):
    """How far a letter is; codes are public."""

    DRAFT = "draft"
    QUEUED = "queued"
    """Released: it leaves by itself, or waits for a person to post it."""
    SENT = "sent"
    BOUNCED = "bounced"
    """It left, and came back for good."""
    FAILED = "failed"
    """It never left."""
    DISCARDED = "discarded"


@dataclass(frozen=True)
class Filling:
    """What a letter says now: sealed, but for what has to be known of it to let it leave."""

    controller_id: str
    """Whose letter it is: who answers what it is about."""
    content: Sealed
    """Fields, address, rendered parts."""
    addressed: bool
    """There is an address for its channel."""
    statements: tuple[str, ...]
    missing: tuple[str, ...]
    """Required statements that it does not make yet."""
    nothing_held: bool
    """It answers that no data was found."""
    refuses: bool
    """It refuses an item, or a part of one."""
    template_version: str


class DispatchRecord(Aggregate):
    """The state of one letter, without its commands."""

    def __init__(self) -> None:
        self.request_id: UUID
        self.kind: LetterKind
        self.item_ids: tuple[str, ...] = ()
        self.concerns: str | None = None
        self.recipient: str | None = None
        self.addressee = AnswerTo.DATA_SUBJECT
        self.channel = Channel.EMAIL
        self.is_late = False
        self.language = ""
        self.message_id = ""
        self.filling: Filling
        self.state = DispatchState.DRAFT
        self.prepared_by = ""
        self.edited_by: tuple[str, ...] = ()
        self.approved_by = ""
        self.released_by = ""
        self.queued_at: datetime | None = None
        self.not_before: datetime | None = None
        self.sent_at: datetime | None = None
