"""Metrics for Prometheus.

Counters are kept in the memory of each process and carry its `pid`. One of several processes answers a scrape, so each
series is correct for its process, and `sum by (route) (rate(…))` over some scrapes is a good estimate. Numbers of cases
are read from the database at each scrape, so they are the same from every process.
"""

import os
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from flask import Flask, Response, current_app
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dsr.api.operation import allow
from dsr.api.resource import Resource
from dsr.bootstrap import Service
from dsr.desk.heartbeats import Heartbeat, Part
from dsr.domain.roles import Role
from dsr.projections import projection_states, totals
from dsr.projections.quarantine import quarantined_waiting
from dsr.projections.staff import unconfirmed_staff

bp = Resource("metrics", "", "Metrics for monitoring.")
bp.url_prefix = ""

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_EXTENSION: Final = "dsr-meter"


class Meter:
    """The numbers of one process, and those of the database."""

    def __init__(self, app: Flask, service: Service) -> None:
        self.registry = CollectorRegistry()
        self._pid = str(os.getpid())
        labels = ("method", "route", "status", "pid")
        self._requests = Counter(
            "dsr_http_requests", "HTTP requests by route and status.", labels, registry=self.registry
        )
        self._seconds = Histogram(
            "dsr_http_seconds",
            "Seconds that a request took, by route.",
            ("method", "route", "pid"),
            registry=self.registry,
        )
        self.registry.register(_Cases(service))
        app.extensions[_EXTENSION] = self

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one HTTP request. `route` is the rule, never the path: ids would make a series each."""
        known = method if method in ("GET", "POST") else "other"
        self._requests.labels(known, route, str(status), self._pid).inc()
        self._seconds.labels(known, route, self._pid).observe(seconds)


class _Cases(Collector):
    """Collector of numbers from the database, read at each scrape."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterable[Metric]:
        """The library's hook. All from one snapshot."""
        service = self._service
        with service.database.reading() as connection:
            head = service.log.head().position
            states = projection_states(connection, head)
            counted = totals(connection, service.clock.now())
            signs = service.desk.heartbeats.last(connection)
            quarantined = quarantined_waiting(connection)
            unconfirmed = len(unconfirmed_staff(connection))
            failures = service.desk.sign_in_failures.known(), service.desk.sign_in_failures.unknown()
        yield GaugeMetricFamily("dsr_log_position", "Last position of the log.", value=head)
        lag = GaugeMetricFamily("dsr_read_model_lag", "Events that a read model lacks; 0 in service.", labels=["name"])
        for state in states:
            lag.add_metric([state.name], state.behind)
        yield lag
        by_lifecycle = GaugeMetricFamily("dsr_open_requests", "Open requests by lifecycle.", labels=["lifecycle"])
        for lifecycle, number in counted.open_by_lifecycle.items():
            by_lifecycle.add_metric([lifecycle], number)
        yield by_lifecycle
        by_clock = GaugeMetricFamily("dsr_open_requests_clock", "Open requests by clock.", labels=["clock"])
        for clock, number in counted.open_by_clock.items():
            by_clock.add_metric([clock], number)
        yield by_clock
        waiting = GaugeMetricFamily(
            "dsr_quarantined_messages", "Messages in quarantine by controller; empty: unknown.", labels=["controller"]
        )
        for controller_id, number in {None: 0, **quarantined}.items():
            waiting.add_metric([controller_id or ""], number)
        yield waiting
        yield GaugeMetricFamily(
            "dsr_unconfirmed_staff", "Members of staff whom a second person has to confirm.", value=unconfirmed
        )
        made_at = service.keyring.current.created_at
        yield GaugeMetricFamily(
            "dsr_key_age_seconds",
            "Since the key-encryption key was made.",
            value=(service.clock.now() - made_at).total_seconds(),
        )
        yield from _of_the_background(signs.values(), service.clock.now())
        failed = GaugeMetricFamily(
            "dsr_failed_sign_ins",
            "Attempts of staff to sign in that failed, by whether the passkey is known.",
            labels=["known"],
        )
        for known, made in zip(("yes", "no"), failures, strict=True):
            failed.add_metric([known], made)
        yield failed
        yield GaugeMetricFamily("dsr_late_requests", "Open requests whose answer is missed.", value=counted.late)
        yield GaugeMetricFamily("dsr_due_soon_requests", "Open requests due within seven days.", value=counted.due_soon)


def _of_the_background(signs: Iterable[Heartbeat], now: datetime) -> Iterable[Metric]:
    beat = GaugeMetricFamily("dsr_heartbeat_age_seconds", "Since the last sign of life, by part.", labels=["part"])
    success = GaugeMetricFamily("dsr_success_age_seconds", "Since a turn went well, by part.", labels=["part"])
    silent = GaugeMetricFamily("dsr_silent", "1 where no sign of life came in time, by part.", labels=["part"])
    waiting = GaugeMetricFamily("dsr_waiting_age_seconds", "Age of the oldest message in the inbox; 0 if none waits.")
    for sign in signs:
        beat.add_metric([sign.part], (now - sign.beat_at).total_seconds())
        silent.add_metric([sign.part], now > sign.silent_after)
        if sign.succeeded_at is not None:
            success.add_metric([sign.part], (now - sign.succeeded_at).total_seconds())
        if sign.part is Part.INBOX:
            since = sign.waiting_since
            waiting.add_metric([], 0 if since is None else (now - since).total_seconds())
    return (beat, success, silent, waiting)


@bp.get("/metrics")
@bp.unlimited
@allow(Role.OPERATOR, open_when=lambda settings: settings.metrics_open)
@bp.hands_out(("text/plain",), "In the text format of Prometheus.", attached=False)
def show_metrics() -> Response:
    """Show the numbers of this process and of the database."""
    meter: Meter = current_app.extensions[_EXTENSION]
    return Response(generate_latest(meter.registry), content_type=CONTENT_TYPE)
