"""The worker: takes in mail, runs policies, has mail read and sends letters; beside the web processes or alone.

Each effect happens once even if the worker is killed: idempotency keys protect policies, Message-IDs protect letters.
Each task has a thread of its own: one that fails, or waits for a server that does not answer, holds up no other. While
the clock is not trusted, nothing is done, since late work would fail or be given up for good.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Thread
from time import monotonic
from typing import Final

from dsr.bootstrap import Service, inbox_of
from dsr.clock_watch import ClockWatch, elapsed
from dsr.database.leadership import Leadership
from dsr.desk.dispatching import Drained
from dsr.desk.heartbeats import Heartbeat, Part
from dsr.domain.errors import code_of

log = logging.getLogger("dsr.worker")

PAUSE: Final = 1.0
"""Seconds between two turns of a task that found nothing to do."""

CODES_PAUSE: Final = 0.5
"""Seconds between two checks for sign-in codes to send."""

LONGEST_PAUSE: Final = 30.0
"""Longest pause in seconds after failures, so that a database that is down is not overloaded."""

_AT_ONCE: Final = 20
"""Batch sizes of messages, events per policy, and letters, between two looks at who leads."""

INBOX_PAUSE: Final = 10.0
"""Seconds between two checks of an empty inbox."""

LONGEST_INBOX_PAUSE: Final = 320.0

LONGEST_LETTERS_PAUSE: Final = 300.0
"""Longest pause in seconds while the mail server is down, short so that letters leave soon after its return."""

SIGNS: Final = 10.0
"""Seconds between two signs of life that the leader writes."""

SILENT_AFTER: Final = timedelta(minutes=2)
"""Longest step of a task: a mail that is taken apart, or a dialogue with a mail server."""

PATIENCE: Final = 8.0
"""Seconds until a task that does not stop is left: what it does is safe to break off at any point."""


class Task:
    """A recurring task. After a failure only this task pauses, each time twice as long."""

    def __init__(self, name: str, act: Callable[[], int], *, pause: float, longest: float, idle: float = 0) -> None:
        """`act` returns how much it did; `idle`: seconds until the next turn if it did nothing."""
        self.name = name
        self.failure: str | None = None
        """Code of the present failure."""
        self._act = act
        self._first = pause
        self._pause = pause
        self._longest = longest
        self._idle = idle
        self._not_before = monotonic()

    def turn(self) -> int:
        """Run once unless paused; return how much was done. Never raises."""
        if monotonic() < self._not_before:
            return 0
        try:
            done = self._act()
        except Exception as error:  # noqa: BLE001 - a worker that ends would let letters wait for a person
            self.failure = code_of(error)
            # Code or type only, since an error may quote personal data.
            log.error("%s failed: %s", self.name, self.failure)  # noqa: TRY400
            self._pause = min(self._pause * 2, self._longest)
            self._not_before = monotonic() + self._pause
            return 0
        self.failure, self._pause = None, self._first
        if not done:
            self._not_before = monotonic() + self._idle
        return done


class Worker:
    """The worker loop. Only one process works at a time; another takes over when it ends."""

    def __init__(self, service: Service, *, pause: float = PAUSE, elapsed: Callable[[], float] = elapsed) -> None:
        self._service = service
        self._pause = pause
        self._watch = ClockWatch(service.clock, elapsed)
        self._stop = Event()
        self._leadership = Leadership(service.database, "worker", service.settings.home)
        self._inbox = inbox_of(service.settings)
        self._leading = Task("leadership", self._leadership.acquire, pause=pause, longest=LONGEST_PAUSE)
        self._signing = Task("signs of life", self._give_signs, pause=SIGNS, longest=LONGEST_INBOX_PAUSE, idle=SIGNS)
        self._codes = Task(Part.CODES, self._send_codes, pause=CODES_PAUSE, longest=LONGEST_PAUSE)
        self._tasks = (
            Task(Part.INBOX, self._take_in, pause=INBOX_PAUSE, longest=LONGEST_INBOX_PAUSE, idle=INBOX_PAUSE),
            Task(Part.POLICIES, self._react, pause=pause, longest=LONGEST_PAUSE),
            Task(Part.READING, self._read, pause=pause, longest=LONGEST_PAUSE),
            Task(Part.LETTERS, self._send, pause=pause, longest=LONGEST_LETTERS_PAUSE),
        )
        self._alive_at: dict[Part, datetime] = {}
        """When each task last began a step."""
        self._succeeded_at: dict[Part, datetime] = {}
        self._waiting_since: datetime | None = None
        """Arrival of the oldest message that the last pass left in the inbox."""

    def work(self, stop: Event) -> None:
        """Work until told to stop; no error ends it. Every process sends codes to people who wait for them."""
        self._stop = stop
        leads = Event()
        threads = [
            Thread(target=self._keep_on, args=(task, leads), name=task.name, daemon=True) for task in self._tasks
        ]
        threads.append(Thread(target=self._keep_on, args=(self._codes, None), name="codes", daemon=True))
        for thread in threads:
            thread.start()
        try:
            while not stop.is_set():
                if self._leading.turn():
                    leads.set()
                    self._signing.turn()
                else:
                    leads.clear()
                stop.wait(self._pause)
        finally:
            ends = monotonic() + PATIENCE
            for thread in threads:
                thread.join(max(0.0, ends - monotonic()))
                if thread.is_alive():
                    log.warning("%s did not stop within %d seconds and is broken off", thread.name, PATIENCE)
            self._leadership.release()

    def _keep_on(self, task: Task, leads: Event | None) -> None:
        """Give the task its turns while this process leads, or always."""
        pause = CODES_PAUSE if leads is None else self._pause
        while not self._stop.is_set():
            if (leads is not None and not leads.is_set()) or not self._turn(task):
                self._stop.wait(pause)

    def _turn(self, task: Task) -> int:
        part = Part(task.name)
        self._alive_at[part] = self._service.clock.now()
        done = task.turn()
        self._alive_at[part] = self._service.clock.now()
        if task.failure is None:
            self._succeeded_at[part] = self._alive_at[part]
        return done

    def _give_signs(self) -> int:
        failures = self.failures
        self._service.desk.heartbeats.give(
            Heartbeat(
                part=part,
                beat_at=alive_at,
                silent_after=alive_at + SILENT_AFTER,
                succeeded_at=self._succeeded_at.get(part),
                failure=failures.get(part),
                waiting_since=self._waiting_since if part is Part.INBOX else None,
            )
            for part, alive_at in tuple(self._alive_at.items())
        )
        return 0

    def round(self) -> int:
        """One round: codes, some mail, policies, some reading, then some letters; return how much was done.

        A failed task pauses and appears in `failures`; the others continue.
        """
        return self._codes.turn() + sum(task.turn() for task in self._tasks)

    @property
    def failures(self) -> dict[str, str]:
        """Tasks whose last turn failed, with a code."""
        return {task.name: task.failure for task in (self._codes, *self._tasks) if task.failure is not None}

    def _halts(self, part: Part) -> bool:
        """Whether to stop; called before each message, event, letter and code, which is a sign of life."""
        self._alive_at[part] = self._service.clock.now()
        return self._stop.is_set() or not self._watch.is_believed()

    def _send_codes(self) -> int:
        desk, halts = self._service.desk, partial(self._halts, Part.CODES)
        return desk.sign_in_mail.send_due(halts) + desk.credential_mail.send_due(halts)

    def _take_in(self) -> int:
        if self._inbox is None:
            return 0
        done = self._service.desk.inbox.read(self._inbox, most=_AT_ONCE, stop=partial(self._halts, Part.INBOX))
        since = done.waiting_since
        self._waiting_since = None if since is None else min(since, self._waiting_since or since)
        return done.taken

    def _react(self) -> int:
        return self._service.policies.run(most=_AT_ONCE, stop=partial(self._halts, Part.POLICIES))

    def _read(self) -> int:
        return self._service.reading.run(most=_AT_ONCE, stop=partial(self._halts, Part.READING))

    def _send(self) -> int:
        desk, now, halts = self._service.desk, self._service.clock.now(), partial(self._halts, Part.LETTERS)
        drained = desk.dispatching.drain(now, _AT_ONCE, halts)
        if drained != Drained():
            log.info("letters: %d sent, %d failed, %d put off", drained.sent, drained.failed, drained.put_off)
        return drained.sent + drained.failed + drained.put_off + desk.telling.tell(halts)
