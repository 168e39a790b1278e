"""Reading the inbox: waiting messages are taken in, and filed after the commit (GDPR Art. 12(2), (3))."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from dsr.desk.caller import Call, service
from dsr.desk.dispatching import DispatchDesk
from dsr.desk.errors import VersionStale
from dsr.desk.mail import MailDesk, MessageOutcome
from dsr.desk.repository import Repository
from dsr.desk.telling import TellingDesk
from dsr.domain.errors import ServiceWide, code_of
from dsr.domain.ropa import RopaMissing
from dsr.mailbox.bounce import Bounce
from dsr.mailbox.inbox import Filing, Inbox, UnreadableWaiting, Waiting

log = logging.getLogger("dsr.inbox")


@dataclass
class InboxPass:
    """The result of one pass."""

    counts: Counter[str] = field(default_factory=Counter)
    """Number of messages, by outcome."""
    waiting_since: datetime | None = None
    """Arrival of the first message that stayed in the inbox."""

    @property
    def taken(self) -> int:
        """Messages that left the inbox or were gone already; remaining ones are tried again."""
        return self.counts.total() - self.counts["unreadable"] - self.counts["left"]


class InboxDesk:
    """read an inbox.

    A message is filed after its result is committed. If the service dies in between, the next pass recognises the
    message and only files it: none is lost and none counts twice.
    """

    def __init__(self, repository: Repository, mail: MailDesk, dispatching: DispatchDesk, telling: TellingDesk) -> None:
        self._repository = repository
        self._mail = mail
        self._dispatching = dispatching
        self._telling = telling

    def read(
        self,
        inbox: Inbox,
        *,
        most: int | None = None,
        stop: Callable[[], bool] = lambda: False,
        told: Callable[[str, MessageOutcome], None] = lambda _, __: None,
    ) -> InboxPass:
        """Take in waiting messages, at most this many; `stop` is called before each, `told` after each.

        A message that fails unexpectedly goes to the quarantine; if that fails too, it stays in the inbox. Other
        messages continue. Raises RopaMissing before anything is read; InboxUnavailable, DatabaseBusy,
        DatabaseUnavailable, StorageFull, also midway; messages taken in before are kept.
        """
        self._repository.ropa.current()
        call, done = Call(service("inbox")), InboxPass()
        with inbox.open() as session:
            for message in session.messages():
                if stop() or (most is not None and done.taken >= most):
                    done.waiting_since = done.waiting_since or self._waits_since(message)
                    break
                outcome = self._take_in(message, call)
                if isinstance(message, Waiting) and outcome.outcome != "left":
                    session.file_away(message, _filing(outcome))
                elif outcome.outcome == "left":
                    done.waiting_since = done.waiting_since or self._waits_since(message)
                done.counts[outcome.outcome] += 1
                told(message.handle, outcome)
        return done

    def _take_in(self, message: Waiting | UnreadableWaiting, call: Call) -> MessageOutcome:
        if isinstance(message, UnreadableWaiting):
            log.error("message %s can't be read and stays in the inbox", message.handle)
            return MessageOutcome("unreadable", error="mail-source-unreadable")
        try:
            return self._place(message, call)
        except (ServiceWide, RopaMissing):
            raise
        except VersionStale as error:  # the case was busy: the message waits for the next pass
            return MessageOutcome("left", error=error.code)
        except Exception as error:  # noqa: BLE001 - whatever one message does, the others are taken in
            return self._set_aside(message, call, code_of(error))

    def _place(self, message: Waiting, call: Call) -> MessageOutcome:
        if not message.is_whole:
            return self._mail.set_aside_too_large(
                message.raw,
                call,
                size=message.size,
                stated_arrival=message.arrived_at,
                mailbox=message.mailbox,
            )
        apart = self._mail.take_apart(message.raw)
        if apart.bounce is not None and self._is_ours(apart.bounce, call):
            return MessageOutcome("bounce")
        return self._mail.receive_message(
            message.raw, call, apart=apart, stated_arrival=message.arrived_at, mailbox=message.mailbox
        )

    def _is_ours(self, bounce: Bounce, call: Call) -> bool:
        """Record that a letter, or a mail to a member of staff, came back."""
        recorded = self._dispatching.record_bounce(bounce, call) or self._telling.record_bounce(bounce, call)
        return recorded is not None

    def _waits_since(self, message: Waiting | UnreadableWaiting) -> datetime:
        """Its arrival, as far as the inbox tells it; else now, when it was seen to wait."""
        arrived_at = message.arrived_at if isinstance(message, Waiting) else None
        return arrived_at or self._repository.now()

    def _set_aside(self, message: Waiting, call: Call, code: str) -> MessageOutcome:
        """Quarantine the message for a person. If no message can be stored at all, none is moved."""
        log.error("a message could not be taken in: %s", code)
        try:
            return self._mail.set_aside_failed(
                message.raw, call, error=code, stated_arrival=message.arrived_at, mailbox=message.mailbox
            )
        except ServiceWide:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            log.error("nor could it be quarantined: %s", code_of(error))  # noqa: TRY400 - code or type only
            return MessageOutcome("left", error=code)


def _filing(outcome: MessageOutcome) -> Filing:
    """The folder to file a message in; a quarantined one is filed for a person, also on repeated delivery."""
    return Filing.DONE if outcome.quarantine_id is None else Filing.FAILED
