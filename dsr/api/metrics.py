"""Metrics for Prometheus.

All processes of one `dsr serve` count HTTP requests together: each in a file of its own, in a folder that they share,
and the one that answers a scrape adds the files up. A process that ended still counts, so that no counter falls. A
process without such a folder, as in a test, counts alone. All other numbers are read at each scrape (`readings.py`).
"""

import os
from typing import Final

from flask import Flask, Response, current_app
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from dsr.api.operation import allow
from dsr.api.readings import Readings
from dsr.api.resource import Resource
from dsr.bootstrap import Service
from dsr.domain.roles import Role

bp = Resource("metrics", "", "Metrics for monitoring.")
bp.url_prefix = ""

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The library's own: it counts in files if this is set before it is imported. `dsr serve` sets it."""

_EXTENSION: Final = "dsr-meter"


class Meter:
    """The numbers of all processes of this server, and those of the whole service."""

    def __init__(self, app: Flask, service: Service) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(Readings(service))
        own = self.registry
        if folder := os.environ.get(FOLDER_VARIABLE):
            MultiProcessCollector(self.registry, folder)  # type: ignore[no-untyped-call]
            own = CollectorRegistry()
        self._requests = Counter(
            "dsr_http_requests", "HTTP requests by route and status.", ("method", "route", "status"), registry=own
        )
        self._seconds = Histogram(
            "dsr_http_seconds", "Seconds that a request took, by route.", ("method", "route"), registry=own
        )
        app.extensions[_EXTENSION] = self

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one HTTP request. `route` is the rule, never the path: ids would make a series each."""
        known = method if method in ("GET", "POST") else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(known, route).observe(seconds)


@bp.get("/metrics")
@bp.unlimited
@allow(Role.OPERATOR, open_when=lambda settings: settings.metrics_open)
@bp.hands_out(("text/plain",), "In the text format of Prometheus.", attached=False)
def show_metrics() -> Response:
    """Show the numbers of this server and of the whole service."""
    meter: Meter = current_app.extensions[_EXTENSION]
    return Response(generate_latest(meter.registry), content_type=CONTENT_TYPE)
