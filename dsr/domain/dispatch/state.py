"""State of a letter, assigned by events only."""

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
    """Status of a letter; codes are public."""

    DRAFT = "draft"
    """Being written: it can be edited, approved, released or discarded."""
    QUEUED = "queued"
    """Released: the service sends it, or it waits for a person to post it."""
    SENT = "sent"
    """Sent by mail, or posted."""
    BOUNCED = "bounced"
    """Sent, and returned for good: by a mail server, or as an envelope."""
    FAILED = "failed"
    """Never sent."""
    DISCARDED = "discarded"
    """A person decided not to send it, with a reason."""


@dataclass(frozen=True)
class Filling:
    """The present content of a letter: sealed, except for the facts that decide whether it may leave."""

    controller_id: str
    """The controller that answers the letter's subject."""
    content: Sealed
    """Fields, address and rendered parts, sealed."""
    addressed: bool
    """Whether it has an address for its channel."""
    statements: tuple[str, ...]
    """Codes of its statements."""
    missing: tuple[str, ...]
    """Codes of the required statements still missing."""
    nothing_held: bool
    """Whether it states that no data is held."""
    refuses: bool
    """Whether it refuses an item or a part of one."""
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
