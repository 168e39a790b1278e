"""Numbers of the whole service for Prometheus, read at each scrape.

They come from the database and the disks, so they are the same from every process, except for the connections of the
process that answers.
"""

import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection
from sqlalchemy.pool import QueuePool

from dsr.backup import BackupWatch
from dsr.bootstrap import Service
from dsr.desk.heartbeats import Heartbeat, Part
from dsr.policies.runner import PolicyState
from dsr.projections import Totals, projection_states, totals
from dsr.projections.dispatches import letters_waiting
from dsr.projections.matter_letters import matter_letters_waiting
from dsr.projections.matters import attention_to_matters
from dsr.projections.quarantine import quarantined_waiting
from dsr.projections.staff import unconfirmed_staff


class Readings(Collector):
    """Collector of numbers that are read at each scrape."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._backups: BackupWatch | None = None

    def collect(self) -> Iterable[Metric]:
        """The library's hook. All numbers of the database are from one snapshot."""
        service, now = self._service, self._service.clock.now()
        with service.database.reading() as connection:
            yield from self._of_the_log(connection)
            yield from _of_cases(totals(connection, now))
            yield from _of_messages(connection, now)
            about = "Matters on which somebody has to act, by the reason."
            needing = {reason.value: number for reason, number in attention_to_matters(connection, now).items()}
            yield _by("reason", "dsr_matters_attention", about, needing)
            yield _number(
                "dsr_unconfirmed_staff",
                "Members of staff whom a second person has to confirm.",
                len(unconfirmed_staff(connection)),
            )
            failures = service.desk.sign_in_failures
            yield _by(
                "known",
                "dsr_failed_sign_ins",
                "Attempts of staff to sign in that failed, by whether the passkey is known.",
                {"yes": failures.known(), "no": failures.unknown()},
            )
            yield from _of_the_background(service.desk.heartbeats.last(connection).values(), now)
            yield from _of_policies(service.policy_states())
        yield from self._of_the_machine(now)

    def _of_the_log(self, connection: Connection) -> Iterable[Metric]:
        head = self._service.log.head().position
        yield _number("dsr_log_position", "Last position of the log.", head)
        behind = {state.name: state.behind for state in projection_states(connection, head)}
        yield _by("name", "dsr_read_model_lag", "Events that a read model lacks; 0 in service.", behind)

    def _of_the_machine(self, now: datetime) -> Iterable[Metric]:
        key_age = (now - self._service.keyring.current.created_at).total_seconds()
        yield _number("dsr_key_age_seconds", "Since the key-encryption key was made.", key_age)
        signed = self._service.desk.evidence.signed_at()
        if signed is not None:
            age = (now - signed).total_seconds()
            yield _number("dsr_checkpoint_age_seconds", "Since a checkpoint of the log was last signed.", age)
        settings = self._service.settings
        if settings.backups is not None:
            self._backups = self._backups or BackupWatch(settings.backups, self._service.keyring)
            times = self._backups.look()
            for name, about, at in (
                ("dsr_backup_age_seconds", "Since the newest backup was made; infinite without any.", times.newest),
                (
                    "dsr_oldest_backup_age_seconds",
                    "Since the oldest backup that still opens was made; infinite without any.",
                    times.oldest_that_opens,
                ),
            ):
                yield _number(name, about, float("inf") if at is None else (now - at).total_seconds())
        folders = {"home": settings.home, "files": settings.blobs}
        free = {name: shutil.disk_usage(path).free for name, path in folders.items() if path.exists()}
        yield _by("folder", "dsr_disk_free_bytes", "Free bytes of the disk of a folder.", free)
        pool = self._service.database.engine.pool
        if isinstance(pool, QueuePool):
            states = {"used": pool.checkedout(), "idle": pool.checkedin()}
            about = "Connections to the main database of the process that answers."
            yield _by("state", "dsr_database_connections", about, states)


def _of_cases(counted: Totals) -> Iterable[Metric]:
    yield _by("lifecycle", "dsr_open_requests", "Open requests by lifecycle.", counted.open_by_lifecycle)
    yield _by("clock", "dsr_open_requests_clock", "Open requests by clock.", counted.open_by_clock)
    yield _number("dsr_late_requests", "Open requests whose answer is missed.", counted.late)
    yield _number("dsr_due_soon_requests", "Open requests due within seven days.", counted.due_soon)
    about = "Messages of people on a request that nobody has examined."
    yield _number("dsr_unexamined_messages", about, counted.messages_unexamined)
    about = "Unexamined messages whose time to be examined has passed."
    yield _number("dsr_unexamined_messages_late", about, counted.messages_late)


def _of_messages(connection: Connection, now: datetime) -> Iterable[Metric]:
    quarantined = {None: 0, **quarantined_waiting(connection)}
    about = "Messages in quarantine by controller; empty: unknown."
    named = {controller_id or "": number for controller_id, number in quarantined.items()}
    yield _by("controller", "dsr_quarantined_messages", about, named)
    of_cases, of_matters = letters_waiting(connection, now), matter_letters_waiting(connection, now)
    number = of_cases[0] + of_matters[0]
    since = min(filter(None, (of_cases[1], of_matters[1])), default=None)
    yield _number("dsr_letters_waiting", "Released letters that should have left by mail.", number)
    age = 0 if since is None else (now - since).total_seconds()
    yield _number("dsr_letters_waiting_age_seconds", "Since the first of these should have left; 0 if none waits.", age)


def _of_the_background(signs: Iterable[Heartbeat], now: datetime) -> Iterable[Metric]:
    every = list(signs)
    beat = {sign.part.value: (now - sign.beat_at).total_seconds() for sign in every}
    yield _by("part", "dsr_heartbeat_age_seconds", "Since the last sign of life, by part.", beat)
    silent = {sign.part.value: int(now > sign.silent_after) for sign in every}
    yield _by("part", "dsr_silent", "1 where no sign of life came in time, by part.", silent)
    failing = {sign.part.value: int(sign.failure is not None) for sign in every}
    yield _by("part", "dsr_failing", "1 where the last turn failed, by part.", failing)
    success = {
        sign.part.value: (now - sign.succeeded_at).total_seconds() for sign in every if sign.succeeded_at is not None
    }
    yield _by("part", "dsr_success_age_seconds", "Since a turn went well, by part.", success)
    inbox = next((sign for sign in every if sign.part is Part.INBOX), None)
    if inbox is not None:
        since = inbox.waiting_since
        age = 0 if since is None else (now - since).total_seconds()
        yield _number("dsr_waiting_age_seconds", "Age of the oldest message in the inbox; 0 if none waits.", age)


def _of_policies(states: Iterable[PolicyState]) -> Iterable[Metric]:
    every = list(states)
    lag = {state.name: state.lag for state in every}
    yield _by("policy", "dsr_policy_lag", "Events that a policy was not given yet.", lag)
    stopped = {state.name: int(state.stopped_by is not None) for state in every}
    yield _by("policy", "dsr_policy_stopped", "1 where a policy is stopped for all requests.", stopped)
    parked = {state.name: len(state.parked) for state in every}
    yield _by("policy", "dsr_parked_requests", "Requests that a policy failed on, and tries again.", parked)
    given_up = {state.name: sum(each.next_try_at is None for each in state.parked) for state in every}
    yield _by("policy", "dsr_given_up_requests", "Requests that a policy waits for a person with.", given_up)


def _number(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


def _by(label: str, name: str, about: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
