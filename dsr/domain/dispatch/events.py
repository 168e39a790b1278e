"""Events of a letter, and the state that follows from them."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.dispatch.state import DispatchRecord, DispatchState, Filling
from dsr.domain.events import CreatedEvent, Event
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.sealed import Sealed


class DispatchPrepared(CreatedEvent):
    """A letter was written from its template."""

    TOPIC: ClassVar[str] = "dsr.dispatch.prepared"
    request_id: UUID
    kind: LetterKind
    item_ids: tuple[str, ...]
    """Ids of the items that it answers; none for questions and notices."""
    concerns: str | None
    """Id of the fee or restriction, or version of the event, that the letter is about, if any."""
    recipient: str | None
    """Id of the receiving organisation in the record of processing; None: the letter goes to `addressee`."""
    addressee: AnswerTo
    """The person or their representative; `data-subject` also for a letter to a recipient or to the team."""
    channel: Channel
    language: str
    """ISO 639-1 code of the language of the data subject; the English text follows below."""
    message_id: str
    """Message-ID of the mail, with its angle brackets: the same on every attempt."""
    filling: Filling

    def apply(self, dispatch: DispatchRecord) -> None:
        dispatch.request_id = self.request_id
        dispatch.kind = self.kind
        dispatch.item_ids = self.item_ids
        dispatch.concerns = self.concerns
        dispatch.recipient = self.recipient
        dispatch.addressee = self.addressee
        dispatch.channel = self.channel
        dispatch.language = self.language
        dispatch.message_id = self.message_id
        dispatch.filling = self.filling
        dispatch.prepared_by = self.actor


class DispatchEdited(Event):
    """A person changed the free parts, the address or the channel; earlier wordings stay in the history."""

    TOPIC: ClassVar[str] = "dsr.dispatch.edited"
    request_id: UUID
    channel: Channel
    message_id: str
    """A new Message-ID if the letter may have left under the old one, since a changed text is another message."""
    filling: Filling

    def apply(self, dispatch: DispatchRecord) -> None:
        dispatch.channel = self.channel
        dispatch.message_id = self.message_id
        dispatch.filling = self.filling
        dispatch.state = DispatchState.DRAFT
        dispatch.edited_by = (*dispatch.edited_by, self.actor)
        dispatch.approved_by = ""


class DispatchRenewed(Event):
    """The letter was brought up to date with its case; no person changed it."""

    TOPIC: ClassVar[str] = "dsr.dispatch.renewed"
    request_id: UUID
    message_id: str
    """As in `DispatchEdited`."""
    filling: Filling

    def apply(self, dispatch: DispatchRecord) -> None:
        dispatch.message_id = self.message_id
        dispatch.filling = self.filling
        dispatch.state = DispatchState.DRAFT
        dispatch.approved_by = ""


class DispatchApproved(Event):
    """A second person agreed to the edit."""

    TOPIC: ClassVar[str] = "dsr.dispatch.approved"
    request_id: UUID

    def apply(self, dispatch: DispatchRecord) -> None:
        dispatch.approved_by = self.actor


class DispatchQueued(Event):
    """The letter was released: it may leave from `not_before` on."""

    TOPIC: ClassVar[str] = "dsr.dispatch.queued"
    request_id: UUID
    not_before: datetime

    def apply(self, dispatch: DispatchRecord) -> None:
        dispatch.state = DispatchState.QUEUED
        dispatch.queued_at = self.timestamp
        dispatch.released_by = self.actor
        dispatch.not_before = self.not_before


class DispatchOpened(Event):
    """A person read the letter. One event records one opening (GDPR Art. 5(2), 32)."""

    TOPIC: ClassVar[str] = "dsr.dispatch.opened"
    request_id: UUID
    purpose: DisclosurePurpose

    def apply(self, dispatch: DispatchRecord) -> None:
        """Reading changes no state."""


class DispatchSent(Event):
    """The letter was sent: the mail server accepted it, or a person posted it."""

    TOPIC: ClassVar[str] = "dsr.dispatch.sent"
    request_id: UUID
    sent_at: datetime
    transport: str
    """`smtp`, `maildir`, `post`."""
    unrecorded: str | None
    """Code of the error with which the case, changed meanwhile, refused to record the letter; a person has to look at
    it.
    """

    def apply(self, dispatch: DispatchRecord) -> None:
        dispatch.state = DispatchState.SENT
        dispatch.sent_at = self.sent_at


class DispatchFailed(Event):
    """The letter will not be sent: the case or the mail server refuses it, or no attempt succeeded in time."""

    TOPIC: ClassVar[str] = "dsr.dispatch.failed"
    request_id: UUID
    reason: str
    """A stable code."""

    def apply(self, dispatch: DispatchRecord) -> None:
        dispatch.state = DispatchState.FAILED


class DispatchBounced(Event):
    """A mail server reported that the letter did not arrive (RFC 3464), or its envelope came back."""

    TOPIC: ClassVar[str] = "dsr.dispatch.bounced"
    request_id: UUID
    status: str
    """RFC 3463, such as `5.1.1`; empty for an envelope."""
    permanent: bool
    """True: the letter is lost. False: the server is still trying."""

    def apply(self, dispatch: DispatchRecord) -> None:
        if self.permanent:
            dispatch.state = DispatchState.BOUNCED
        else:
            dispatch.is_late = True


class DispatchDiscarded(Event):
    """A person decided not to send the letter."""

    TOPIC: ClassVar[str] = "dsr.dispatch.discarded"
    request_id: UUID
    reason: Sealed | None
    """None: the person was forgotten, so that no reason is kept."""

    def apply(self, dispatch: DispatchRecord) -> None:
        dispatch.state = DispatchState.DISCARDED
