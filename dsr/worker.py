"""The worker: mail is taken in, policies react to what happened, letters leave; beside the web processes or alone.

Whatever it does is done once, however often it is killed: policies by idempotency keys, letters by their Message-ID.
Codes to sign in leave in a thread of their own: who asked for one waits in front of the page, and not behind letters.
"""

import logging
import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Final

from dsr.bootstrap import Service, inbox_of
from dsr.database.leadership import Leadership
from dsr.desk.dispatching import Drained
from dsr.domain.errors import DomainError
from dsr.domain.ropa import RopaMissing
from dsr.mailbox.inbox import InboxUnavailable

log = logging.getLogger("dsr.worker")

PAUSE: Final = 1.0
"""Seconds between two rounds that found nothing to do."""

CODES_PAUSE: Final = 0.5
"""Seconds between two looks whether somebody asked for a code."""

LONGEST_PAUSE: Final = 30.0
"""Seconds to which the pause grows while rounds fail: a database that is away is not hammered."""

_LETTERS: Final = 20
"""Sent before policies have their turn again, and before it is looked whether to stop."""

_MESSAGES: Final = 20
"""Taken in before policies have their turn: whoever wrote is answered while others still wait."""

INBOX_PAUSE: Final = 10.0
"""Seconds between two looks into an inbox that was empty; twice as long after each failure."""

LONGEST_INBOX_PAUSE: Final = 320.0
"""Seconds to which that grows: a mail server that is away keeps no letter from leaving."""


class Worker:
    """One of several processes works at a time; another one takes over when it is gone."""

    def __init__(self, service: Service, *, pause: float = PAUSE) -> None:
        self._service = service
        self._pause = pause
        self._leadership = Leadership(service.database, "worker", service.settings.home)
        self._inbox = inbox_of(service.settings)
        self._inbox_pause = INBOX_PAUSE
        self._look_at = time.monotonic()

    def work(self, stop: Event) -> None:
        """Round after round, until told to stop; nothing that goes wrong ends it."""
        codes = Thread(target=self._keep_on, args=(self._service.desk.sign_in_mail.send_due, CODES_PAUSE, stop))
        codes.start()
        try:
            self._keep_on(self._lead, self._pause, stop)
        finally:
            codes.join()
            self._leadership.release()

    def round(self) -> int:
        """What is to be done now: codes, some mail, reactions of policies, then some letters; how much it was.

        Raises DatabaseBusy, DatabaseUnavailable, StorageFull: nothing is lost.
        """
        codes = self._service.desk.sign_in_mail.send_due()
        taken = self._take_in()
        reactions = self._service.policies.run()
        drained = self._service.desk.dispatching.drain(self._service.clock.now(), _LETTERS)
        if drained != Drained():
            log.info("letters: %d sent, %d failed, %d put off", drained.sent, drained.failed, drained.put_off)
        return codes + taken + reactions + drained.sent + drained.failed + drained.put_off

    def _take_in(self) -> int:
        """How many messages were taken in. What is wrong with the inbox is said, and keeps nothing else waiting."""
        if self._inbox is None or time.monotonic() < self._look_at:
            return 0
        try:
            taken = self._service.desk.inbox.read(self._inbox, most=_MESSAGES).taken
        except (InboxUnavailable, RopaMissing) as error:
            log.warning("the inbox could not be read: %s", error.code)
            self._inbox_pause = min(self._inbox_pause * 2, LONGEST_INBOX_PAUSE)
            self._look_at = time.monotonic() + self._inbox_pause
            return 0
        self._inbox_pause = INBOX_PAUSE
        if not taken:
            self._look_at = time.monotonic() + self._inbox_pause
        return taken

    def _lead(self) -> int:
        return self.round() if self._leadership.acquire() else 0

    def _keep_on(self, act: Callable[[], int], pause: float, stop: Event) -> None:
        """Again and again until told to stop, with a pause where nothing was to be done."""
        longer = pause
        while not stop.is_set():
            done = self._try(act)
            if done is None:
                longer = min(longer * 2, LONGEST_PAUSE)
                stop.wait(longer)
                continue
            longer = pause
            if not done:
                stop.wait(pause)

    @staticmethod
    def _try(act: Callable[[], int]) -> int | None:
        """None where it failed; said by code or type, for what an error quotes may be personal data."""
        try:
            return act()
        except DomainError as error:
            log.warning("a round failed: %s", error.code)
        except Exception as error:  # noqa: BLE001 - a worker that ends would let letters wait for a person
            log.error("a round failed: %s", type(error).__name__)  # noqa: TRY400
        return None
