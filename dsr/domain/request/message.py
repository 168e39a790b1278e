"""A message on a case: what arrived, and what it turned out to be (docs/law §9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from dsr.domain.request.values import Channel
from dsr.domain.rights import Right


class MessageKind(StrEnum):
    """What a handler found a message to be; codes are public."""

    IDENTITY_ANSWER = "identity-answer"
    """It answers the question about identity."""
    CLARIFICATION_ANSWER = "clarification-answer"
    """It says which data is meant."""
    ANSWER = "answer"
    """It answers any other question."""
    NEW_REQUEST = "new-request"
    """It exercises rights of its own: a linked case, whose dates count from the arrival of this message."""
    REMINDER = "reminder"
    """It asks where the answer is."""
    DISPUTE = "dispute"
    """It does not agree with the answer."""
    WITHDRAWAL = "withdrawal"
    """It withdraws the request, or a part of it."""
    COMPLAINT = "complaint"
    """It complains about how the request was handled."""
    IDENTIFIERS = "identifiers"
    """It gives identifiers after nobody could be singled out (GDPR Art. 11(2))."""
    MANDATE = "mandate"
    """It shows that somebody may act for the person."""
    CONTACT_CORRECTION = "contact-correction"
    """It corrects an address or a name."""
    INCIDENT = "incident"
    """It reports that data reached the wrong person, or was lost."""
    NOTHING_TO_DO = "nothing-to-do"
    """It asks for nothing, such as a thank-you; the reason says why."""


class StandsIn(StrEnum):
    """Where a message elsewhere that claims the thread of a case is kept."""

    REQUEST = "request"
    """It became a request of its own."""
    QUARANTINE = "quarantine"
    """It is in quarantine."""


LIKELY: Final = 60
"""Percent from which a right is suggested. The reader names less likely ones too, and ranks them."""


class ReaderNote(StrEnum):
    """What a reader says of its own reading; codes are public."""

    READ_THIS_ONE = "read-this-one"
    """Nothing is likely enough to be suggested: a person has to read the message."""
    ATTACHMENT_MAY_HOLD_IT = "attachment-may-hold-it"
    """The request may be in an attachment, which the reader does not open."""
    LANGUAGE_NOT_READ = "language-not-read"
    """The reader does not know the language of the message."""


@dataclass(frozen=True)
class LikelyRight:
    """How likely a message exercises a right."""

    right: Right
    percent: int


@dataclass(frozen=True)
class LikelyKind:
    """How likely a message in a thread is of a kind."""

    kind: MessageKind
    percent: int


@dataclass(frozen=True)
class Suggestion:
    """What a reader made of a message: a suggestion for the person who examines it, never a decision."""

    version: int
    """Version of the event, whose opening shows the passages."""
    model: str
    """Name and version of the reader."""
    suggested_at: datetime
    asks: int
    """Percent: how likely the message asks for anything at all."""
    rights: tuple[LikelyRight, ...]
    """The likeliest first."""
    suggested: tuple[Right, ...]
    """Those that were likely enough then, in the order of the law."""
    kinds: tuple[LikelyKind, ...]
    """The likeliest first; empty for a message that opened its case, or where the reader does not tell."""
    notes: tuple[ReaderNote, ...]


@dataclass(frozen=True)
class Judged:
    """What a person first found a message to be, beside what had been suggested by then."""

    at: datetime
    kind: MessageKind
    rights: tuple[Right, ...]
    """Those that were registered; none for a message that was no request."""
    suggestion: Suggestion


@dataclass(frozen=True)
class Message:
    """A message on a case, assigned by events only; it never holds plaintext."""

    message_id: UUID
    channel: Channel
    received_at: datetime
    language: str
    """ISO 639-1, empty where it could not be told."""
    keys: Mapping[UUID, UUID | None] = field(default_factory=dict)
    """Keys of its own, which a decision on identity destroys; with the blob of each that opens a file."""
    automatic: bool = False
    """Sent automatically: filed and shown, and examined by nobody."""
    opens_case: bool = False
    """The first message, which registration or dismissal examines."""
    suggested_rights: tuple[Right, ...] = ()
    """By the newest suggestion; until there is one, by the rules that read a message as it is taken in."""
    suggestion: Suggestion | None = None
    """The newest; None until a reader has read the message."""
    judged: Judged | None = None
    """Once a person examined it, if something had been suggested."""
    received_on: date | None = None
    """Local date of arrival; None, as the dates below, for one that was filed before messages were examined."""
    due: date | None = None
    """The effective date that would hold if it were a new request."""
    examine_by: date | None = None
    """The last day on which it is examined in time: one working day after its arrival."""
    examine_ends_at: datetime | None = None
    """24:00 local on that day, in UTC."""
    recorded_at: datetime | None = None
    """When it was put on record: later than it arrived where a person entered it by hand."""
    first_examined_at: datetime | None = None
    """When a handler examined it for the first time."""
    kind: MessageKind | None = None
    """What it turned out to be; None until it is examined."""
    examined_at: datetime | None = None
    examined_by: str | None = None
    """The member of staff who examined it."""
    followed: bool = False
    """Something followed from its examination, so that it is not examined again."""
    sender_doubtful: bool = False
    """Our own mail server refuted its sender, and nobody has confirmed them."""
    stands_in: StandsIn | None = None
    """Where a claim stands, and is looked at; None for a message of the case."""

    @property
    def suggested_now(self) -> Suggestion | None:
        """What stands suggested while nobody has examined it."""
        return self.suggestion if self.first_examined_at is None else None

    @property
    def is_dated(self) -> bool:
        """False if it was filed before messages were examined."""
        return self.examine_by is not None
