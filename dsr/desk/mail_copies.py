"""Plain copies of mail outside the log: filed messages, and letters in the outgoing folder (GDPR Art. 5(1)(e), (f)).

The log keeps every message sealed, so a copy only has to outlive a mishap. A copy that is not on record is never
discarded, for example after an older backup was restored: it may be the only one.
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from itertools import takewhile
from typing import Final, Protocol
from uuid import UUID

from dsr.desk.mail import MailDesk
from dsr.desk.mail.reading import content_ids
from dsr.desk.repository import Repository
from dsr.domain.quarantine import QuarantinedMessage, QuarantineStatus
from dsr.mailbox.headers import message_ids, raw_fields
from dsr.mailbox.inbox import Filing, Inbox, Waiting
from dsr.mailbox.limits import MailLimits
from dsr.mailbox.trace import without_trace
from dsr.projections.dispatches import dispatch_of_message
from dsr.projections.matter_letters import matter_letter_of_message
from dsr.vault.known_messages import KnownMessage

_ANY_TIME: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Before it, every message was filed."""


class TakenLetters(Protocol):
    """Port: an outgoing folder, from which others take letters."""

    def discard_taken(self, before: datetime) -> int:
        """Delete letters that were taken before this time, and what a crash left half written; return how many."""

    def discard_letters(self, message_ids: Collection[str]) -> None:
        """Delete the letters with these Message-IDs that were taken."""

    def waiting_since(self, before: datetime) -> int:
        """How many letters were written before this time and not taken. All raise TransportUnavailable."""


@dataclass(frozen=True)
class Discarded:
    """What one pass discarded and left."""

    filed: Counter[Filing] = field(default_factory=Counter)
    """Deleted messages, by the folder in which they were filed."""
    kept: int = 0
    """Older messages that stay: not on record, or in quarantine and waiting for a person."""
    letters: int = 0
    """Deleted letters of the outgoing folder."""
    untaken: int = 0
    """Older letters of the outgoing folder that nobody took, which stay."""


class MailCopies:
    """discard copies of mail that are older than promised."""

    def __init__(self, repository: Repository, mail: MailDesk, limits: MailLimits) -> None:
        self._repository = repository
        self._mail = mail
        self._limits = limits

    def discard(
        self,
        inbox: Inbox | None,
        outgoing: TakenLetters | None,
        *,
        before: datetime,
        goes_on: Callable[[], bool] = lambda: True,
    ) -> Discarded:
        """Delete copies from before this time; safe to repeat. `goes_on` is asked before each message.

        Raises TransportUnavailable, InboxUnavailable, InboxRefused, InboxUnsuited, DatabaseBusy, DatabaseUnavailable,
        also midway: what was deleted was on record.
        """
        letters = outgoing.discard_taken(before) if outgoing is not None else 0
        untaken = outgoing.waiting_since(before) if outgoing is not None else 0
        filed, kept = self._discard_filed(inbox, before, goes_on) if inbox is not None else (Counter[Filing](), 0)
        return Discarded(filed, kept, letters, untaken)

    def forget(
        self,
        inbox: Inbox | None,
        outgoing: TakenLetters | None,
        *,
        streams: Collection[UUID],
        letters: Collection[str],
    ) -> None:
        """Delete the copies of a case file that is forgotten: messages of these streams, and letters of these
        Message-IDs that were taken. Called while the messages are still known. Safe to repeat.

        Raises as `discard`.
        """
        if outgoing is not None:
            outgoing.discard_letters(letters)
        if inbox is None:
            return
        with inbox.open() as session:
            for filing in Filing:
                for message in session.filed(filing, _ANY_TIME):
                    known = self._known(message.raw) if isinstance(message, Waiting) else None
                    if isinstance(message, Waiting) and known is not None and known.stream_id in streams:
                        session.delete(message)

    def _discard_filed(
        self, inbox: Inbox, before: datetime, goes_on: Callable[[], bool]
    ) -> tuple[Counter[Filing], int]:
        discarded, kept = Counter[Filing](), 0
        with inbox.open() as session:
            for filing in Filing:
                for message in takewhile(lambda _: goes_on(), session.filed(filing, before)):
                    if isinstance(message, Waiting) and self._is_spare(message):
                        session.delete(message)
                        discarded[filing] += 1
                    else:
                        kept += 1
        return discarded, kept

    def _is_spare(self, message: Waiting) -> bool:
        """Whether the log has the message, and nobody has to look at it any more.

        Of a message too large to read, the log has the header only, so it is spare once it was discarded as no request.
        """
        known = self._known(message.raw)
        if known is None:
            return message.is_whole and self._returns_our_letter(message.raw)
        quarantined = self._repository.find(QuarantinedMessage, known.stream_id)
        if quarantined is None:
            return True
        if quarantined.status is QuarantineStatus.ENTERED:
            return message.is_whole
        return quarantined.status is QuarantineStatus.DISCARDED

    def _known(self, raw: bytes) -> KnownMessage | None:
        """The entry of this very message, not of another one with its Message-ID."""
        messages = self._repository.messages
        known = messages.find(*content_ids(self._repository, raw))
        if known is not None:
            return known
        header = BytesHeaderParser().parsebytes(raw[: self._limits.max_header_bytes])
        known = messages.find(*message_ids(raw_fields(header, "Message-ID"))[:1])
        return known if known and messages.is_of(known, without_trace(raw)) else None

    def _returns_our_letter(self, raw: bytes) -> bool:
        """Whether it is a report about one of our letters, or one that came back: the letter is on record."""
        apart, names = self._mail.take_apart(raw), tuple[str, ...]()
        if apart.bounce is not None:
            names = apart.bounce.message_ids
        elif apart.readable is not None and apart.readable.auto_submitted and apart.readable.message_id:
            sender = apart.readable.from_address
            if self._repository.ropa.current().document.controller_of_mailbox(sender) is not None:
                names = (apart.readable.message_id,)
        with self._repository.database.glancing() as connection:
            return any(
                dispatch_of_message(connection, f"<{name}>") or matter_letter_of_message(connection, f"<{name}>")
                for name in names
            )
