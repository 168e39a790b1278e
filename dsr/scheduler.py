"""Time-driven work: recording due dates, and deleting data after its promised retention.

APScheduler is only a ticker here: due dates come from events, and the case guarantees that each is recorded once. So
jobs are kept in memory, and a leader is elected only to avoid duplicate work.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event
from time import monotonic
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler

from dsr.bootstrap import Service, inbox_of, outgoing_folder
from dsr.clock_watch import ClockWatch, elapsed
from dsr.database.leadership import Leadership
from dsr.desk.caller import Call, service
from dsr.desk.heartbeats import Heartbeat, Part
from dsr.domain.errors import DomainError, code_of
from dsr.mailbox.inbox import Filing

log: Final = logging.getLogger(__name__)

DATES: Final = "scheduler"
"""Name of the leadership for recording due dates."""

KEEPING: Final = "housekeeping"
"""Name of the leadership for deletions, separate so that due dates do not wait for it."""

SIGNING: Final = "evidence"
"""Name of the leadership for checkpoints, separate since a witness may take long to answer."""

SECONDS: Final = 20
"""Seconds between two sweeps."""

AT_ONCE: Final = 100
"""Maximum rows of one sweep; if that many were due, the next one follows at once."""

AFTER_START: Final = timedelta(minutes=10)
"""Delay before deletions, since a machine that has just started may not have its time yet. It is short, since a service
restarted every night must tidy too.
"""

SIGNS: Final = 10.0
"""Seconds between two signs of life that say the same."""

PATIENCE: Final = timedelta(minutes=2)
"""Longest expected time of one step, beside the time between two."""


_EVERY_MINUTE: Final = timedelta(minutes=1)
_EVERY_HOUR: Final = timedelta(hours=1)
_EVERY_DAY: Final = timedelta(days=1)


class Scheduler:
    """Runs time-driven work while this process leads."""

    def __init__(self, service: Service, *, seconds: float = SECONDS, elapsed: Callable[[], float] = elapsed) -> None:
        self._service = service
        self._every = timedelta(seconds=seconds)
        self._stopping = Event()
        self._watch = ClockWatch(service.clock, elapsed)
        # Each used by one thread: a leadership is not shared.
        self._dates = Leadership(service.database, DATES, service.settings.home)
        self._keeping = Leadership(service.database, KEEPING, service.settings.home)
        self._signing = Leadership(service.database, SIGNING, service.settings.home)
        self._signs = {
            "record_due": (Part.DUE_DATES, 2 * self._every + PATIENCE),
            "mark_log": (Part.LOG_MARK, 2 * _EVERY_MINUTE + PATIENCE),
            "sign_log": (Part.CHECKPOINTS, 2 * _EVERY_MINUTE + PATIENCE),
            "purge": (Part.PURGING, 2 * _EVERY_HOUR + PATIENCE),
            "tidy": (Part.TIDYING, 2 * _EVERY_DAY + PATIENCE),
            "rotate_keys": (Part.ROTATING_KEYS, 2 * _EVERY_DAY + PATIENCE),
            "discard_mail": (Part.DISCARDING_MAIL, 2 * _EVERY_DAY + PATIENCE),
            "draw_up_retention": (Part.RETENTION, 2 * _EVERY_DAY + PATIENCE),
        }
        """By the name of a job: its part, and after what time without a sign it is silent."""
        self._is_expected = False
        self._told: dict[Part, str | None] = {}
        self._next_sign: dict[Part, float] = {}

    def run(self, until: Event) -> None:
        """Work until `until` is set, finishing the present row first."""
        ticker = self.ticker()
        ticker.start()
        try:
            while not until.wait(self._every.total_seconds()):
                pull_in(ticker)
        finally:
            self._stopping.set()
            ticker.shutdown(wait=True)
            self._dates.release()
            self._keeping.release()
            self._signing.release()

    def ticker(self) -> BaseScheduler:
        """The schedule, with a thread each for due dates, deletions and checkpoints; not started yet."""
        executors = {DATES: ThreadPoolExecutor(1), KEEPING: ThreadPoolExecutor(1), SIGNING: ThreadPoolExecutor(1)}
        ticker = BackgroundScheduler(timezone="UTC", executors=executors)
        now = datetime.now(UTC)

        def every(
            span: timedelta, work: Callable[[], None], leadership: Leadership, name: str, first: datetime
        ) -> None:
            ticker.add_job(
                self._leading(work, leadership),
                "interval",
                seconds=span.total_seconds(),
                id=work.__name__,
                executor=name,
                next_run_time=first,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )

        every(
            self._every, self.record_due, self._dates, DATES, now
        )  # at once: the service may have been off for a week
        every(_EVERY_MINUTE, self.mark_log, self._dates, DATES, now)
        every(_EVERY_MINUTE, self.sign_log, self._signing, SIGNING, now + _EVERY_MINUTE)
        every(_EVERY_HOUR, self.purge, self._keeping, KEEPING, now + AFTER_START)
        every(_EVERY_DAY, self.tidy, self._keeping, KEEPING, now + AFTER_START)
        every(_EVERY_DAY, self.rotate_keys, self._keeping, KEEPING, now + AFTER_START)
        every(_EVERY_DAY, self.discard_mail, self._keeping, KEEPING, now + AFTER_START)
        every(_EVERY_DAY, self.draw_up_retention, self._keeping, KEEPING, now + AFTER_START)
        return ticker

    def record_due(self) -> None:
        """Record all due dates; write one log line if there were any."""
        found = recorded = failed = 0
        for desk in (self._service.desk.due_dates, self._service.desk.matter_dates):
            while self._goes_on():
                swept = desk.sweep(AT_ONCE)
                found, recorded, failed = found + swept.found, recorded + swept.recorded, failed + swept.failed
                if swept.found < AT_ONCE or swept.failed == swept.found:
                    break
        if found:
            log.info("sweep: %d due, %d recorded, %d failed", found, recorded, failed)

    def mark_log(self) -> None:
        """Note in the key database how far the log is, so that an older copy of the log is recognised."""
        self._service.log_mark.note()

    def sign_log(self) -> None:
        """Sign the log if it grew by much or for long; ask witnesses that did not cosign yet, and for a time stamp.

        Raises what keeps the log from being signed, and what a witness or the time-stamp authority failed by.
        """
        evidence, settings = self._service.desk.evidence, self._service.settings
        if not settings.checkpoint_minutes:
            return
        made = evidence.checkpoint_if_due(
            Call(service("evidence")), after=timedelta(minutes=settings.checkpoint_minutes)
        )
        if made is None:
            return
        failures = [each.failure for each in evidence.cosign(made)]
        failures.append(evidence.stamp(made, after=timedelta(minutes=settings.timestamp_minutes)))
        for failure in failures:
            if failure is not None:
                raise failure

    def purge(self) -> None:
        """Purge packages whose promised retention has ended, and secrets that nobody may ask for again."""
        self._service.passing_secrets.drop_expired(self._service.clock.now())
        purged = 0
        for _ in self._service.desk.exports.purge_due():
            purged += 1
            if not self._goes_on():
                break
        if purged:
            log.info("purge: %d packages", purged)

    def tidy(self) -> None:
        """Take away files, upload parts and keys without a reference, and what staff was told long ago."""
        self._service.desk.telling.forget_old()
        swept = self._service.desk.sweeping.sweep(dry_run=False, goes_on=self._goes_on)
        log.info(
            "tidy: %d files and %d uploads deleted, %d files and %d keys set aside, %d destroyed, %d taken back",
            swept.forgotten + swept.half_written,
            swept.uploads,
            swept.unnamed,
            swept.keys,
            swept.destroyed,
            swept.taken_back,
        )

    def rotate_keys(self) -> None:
        """Replace the key-encryption key where it is due, keep the copy of the keyring, finish with a new index key."""
        if self._service.index_rotation.is_running:
            done = self._service.index_rotation.turn(goes_on=self._goes_on)
            log.info("index: %d rows made anew, %d can't be", done.rows, done.left)
        rewrapped = self._service.key_rotation.turn()
        if rewrapped is not None:
            log.info("keys: %d rewrapped under a new key-encryption key", rewrapped)

    def discard_mail(self) -> None:
        """Delete plain copies of mail that are older than promised and on record."""
        settings = self._service.settings
        if not settings.mail_days:
            return
        done = self._service.desk.mail_copies.discard(
            inbox_of(settings),
            outgoing_folder(settings.mail_out),
            before=self._service.clock.now() - timedelta(days=settings.mail_days),
            goes_on=self._goes_on,
        )
        log.info(
            "mail: %d done, %d failed and %d letters deleted, %d older messages kept",
            done.filed[Filing.DONE],
            done.filed[Filing.FAILED],
            done.letters,
            done.kept,
        )
        if done.untaken:
            log.warning("mail: nobody takes %d letters that lie in `new` of DSR_MAIL_OUT", done.untaken)

    def draw_up_retention(self) -> None:
        """Draw up which files may be forgotten, for two people to decide."""
        batches = self._service.desk.retention.draw_up(Call(service("retention")))
        if batches:
            log.info("retention: %d batches drawn up", batches)

    def _goes_on(self) -> bool:
        """Whether to continue; called before each step of long work."""
        return not self._stopping.is_set() and self._watch.is_believed()

    def _leading(self, work: Callable[[], None], leadership: Leadership) -> Callable[[], None]:
        def turn() -> None:
            if self._goes_on() and leadership.acquire():
                self._expect_all()
                self._sign(work.__name__, _attempt(work.__name__, work))

        def job() -> None:
            _attempt(work.__name__, turn)

        return job

    def _expect_all(self) -> None:
        """Once: the first signs of jobs that never ran, since some begin later."""
        if self._is_expected:
            return
        now = self._service.clock.now()
        first = (Heartbeat(part, now, now + AFTER_START + silent) for part, silent in self._signs.values())
        self._service.desk.heartbeats.expect(first)
        self._is_expected = True

    def _sign(self, job: str, failure: str | None) -> None:
        """Give a sign of life, unless it would say the same again within seconds."""
        part, silent_after = self._signs[job]
        if self._told.get(part) == failure and monotonic() < self._next_sign.get(part, 0):
            return
        now = self._service.clock.now()
        sign = Heartbeat(part, now, now + silent_after, None if failure else now, failure)
        self._service.desk.heartbeats.give((sign,))
        self._told[part], self._next_sign[part] = failure, monotonic() + SIGNS


def _attempt(name: str, work: Callable[[], None]) -> str | None:
    """Do it; return the code of what it failed by. A ticker goes on: the next tick tries again."""
    try:
        work()
    except DomainError as error:  # such as a database that is down
        log.warning("%s: %s", name, error.code)
        return error.code
    except Exception as error:  # noqa: BLE001 - a ticker goes on
        # Type only, since an error may quote personal data.
        log.error("%s: %s", name, code_of(error))  # noqa: TRY400
        return code_of(error)
    return None


def pull_in(ticker: BaseScheduler) -> None:
    """Run jobs at once that would wait longer than their interval because the clock was set back."""
    now = datetime.now(UTC)
    for job in ticker.get_jobs():
        if job.next_run_time is not None and job.next_run_time - now > job.trigger.interval + timedelta(seconds=1):
            job.modify(next_run_time=now)
