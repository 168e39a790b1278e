"""The WSGI application: guard, problems, resources, headers, access log."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final
from uuid import UUID

from flask import Flask, Response, current_app, g, request

from dsr.api import (
    access_information,
    agenda,
    announcements,
    answers,
    audit,
    authorities,
    authority_disclosures,
    authority_letters,
    automated_decision,
    bulk,
    bundles,
    calendar_correction,
    case_reports,
    collection,
    complaints,
    consent,
    deadlines,
    decisions,
    disclosures,
    dispatches,
    duplicates,
    earlier_facts,
    evidence,
    exports,
    fees,
    finishing,
    forgetting,
    health,
    holds,
    identity,
    incidents,
    information,
    intake,
    items,
    link_requests,
    matter_bundle,
    matter_dispatches,
    matter_forgetting,
    matter_letters,
    matter_messages,
    matter_notices,
    matters,
    messages,
    metrics,
    misdeliveries,
    next_steps,
    objection,
    own_erasures,
    passwords,
    policies,
    quarantine,
    questions,
    recipients,
    rectification,
    redaction,
    reports,
    representation,
    requests,
    restriction,
    retention,
    returned_letters,
    rights,
    ropa,
    saved_filters,
    schemas,
    search,
    search_lists,
    sessions,
    signing_keys,
    splitting,
    staff,
    statistics,
    subject_access,
    suggestions,
    suppressions,
    telling,
    transfer,
    triage,
    uploads,
)
from dsr.api.authentication import register_guard
from dsr.api.console import register_console
from dsr.api.context import DOWNLOADS, EXTENSION, LARGE_FORMS, PROXIES, READINESS, goes_over_https
from dsr.api.docs import register_docs
from dsr.api.downloads import Places, share_of_downloads, share_of_forms
from dsr.api.front import register_front
from dsr.api.looks import register_looks
from dsr.api.metrics import Meter
from dsr.api.my import register_my
from dsr.api.problems import register_problems
from dsr.api.proxies import ProxyWatch
from dsr.api.readiness import ReadinessWatch
from dsr.api.references import take_references
from dsr.bootstrap import Service
from dsr.logs import begin_work, end_work

if TYPE_CHECKING:  # which has no module at run time
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

REQUEST_ID: Final = "X-Request-ID"

access_log = logging.getLogger("dsr.access")

RESOURCES = (
    requests.bp,
    search.bp,
    saved_filters.bp,
    triage.bp,
    bulk.bp,
    duplicates.bp,
    earlier_facts.bp,
    calendar_correction.bp,
    identity.bp,
    subject_access.bp,
    deadlines.bp,
    fees.bp,
    representation.bp,
    items.bp,
    finishing.bp,
    next_steps.bp,
    search_lists.bp,
    rights.bp,
    holds.bp,
    holds.of_request,
    messages.bp,
    messages.of_request,
    questions.bp,
    recipients.bp,
    recipients.report,
    collection.bp,
    uploads.bp,
    redaction.bp,
    access_information.bp,
    rectification.bp,
    restriction.bp,
    objection.bp,
    consent.bp,
    automated_decision.bp,
    information.bp,
    transfer.bp,
    evidence.bp,
    signing_keys.bp,
    answers.bp,
    forgetting.bp,
    forgetting.retention,
    retention.bp,
    forgetting.deletions,
    disclosures.bp,
    dispatches.bp,
    exports.bp,
    passwords.bp,
    link_requests.bp,
    misdeliveries.bp,
    returned_letters.bp,
    suggestions.bp,
    splitting.bp,
    intake.bp,
    quarantine.bp,
    own_erasures.bp,
    authority_disclosures.bp,
    matters.bp,
    matter_letters.bp,
    matter_dispatches.bp,
    matter_messages.bp,
    matter_notices.bp,
    matter_forgetting.bp,
    matter_bundle.bp,
    case_reports.bp,
    bundles.bp,
    complaints.bp,
    incidents.bp,
    authority_letters.bp,
    decisions.bp,
    reports.bp,
    statistics.bp,
    audit.bp,
    staff.bp,
    sessions.bp,
    ropa.bp,
    agenda.bp,
    announcements.bp,
    suppressions.bp,
    telling.bp,
    policies.bp,
    authorities.bp,
    schemas.bp,
    health.bp,
    metrics.bp,
)
"""All resources. To add one, write its module and list it here."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""Default of all views: answers hold or reveal personal data, so they are not cached."""


_HSTS = "max-age=31536000; includeSubDomains"
"""A browser that saw the service over https asks for it, and for hosts below it, in no other way for a year."""


class _App(Flask):
    """Flask's, which asks the database through one connection while it prepares the answer to a request."""

    def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Flask's hook for what goes around it."""
        service: Service = self.extensions[EXTENSION]
        with service.database.lending():
            return super().wsgi_app(environ, start_response)


def create_app(service: Service, *, threads: int = 4) -> Flask:
    """The WSGI application of a service. Create it after the fork, one per process; `threads` is the process's number
    of threads.
    """
    app = _App("dsr.api", static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.strict_slashes = False
    app.url_map.redirect_defaults = False
    app.url_map.merge_slashes = False
    take_references(app)
    app.extensions[EXTENSION] = service
    app.extensions[DOWNLOADS] = Places(share_of_downloads(threads))
    app.extensions[LARGE_FORMS] = Places(share_of_forms(threads), of_one=1)
    app.extensions[READINESS] = ReadinessWatch(service)
    app.extensions[PROXIES] = ProxyWatch(service.settings.trusted_proxies)
    meter = Meter(app, service)
    register_problems(app)
    register_guard(app, per_minute=service.settings.rate_per_minute)
    for blueprint in RESOURCES:
        app.register_blueprint(blueprint)
    register_docs(app, RESOURCES)
    register_front(app)
    register_looks(app)
    register_my(app)
    register_console(app)
    if service.settings.scim_token:  # its library is an extra
        from dsr.api.scim import register_scim  # noqa: PLC0415 - as above

        register_scim(app)
    app.before_request(_start)
    app.after_request(_finish(meter))
    app.teardown_request(lambda _: end_work())
    # The timer starts before the guard, so that refusals are measured too.
    app.before_request_funcs[None].insert(0, app.before_request_funcs[None].pop())
    return app


def _start() -> None:
    g.started = time.perf_counter()
    g.work = begin_work(request.headers.get(REQUEST_ID))
    current_app.extensions[PROXIES].look(request.remote_addr or "", request.headers)


def _finish(meter: Meter) -> Callable[[Response], Response]:
    """Headers, metrics, access log. The log holds routes and ids, but no query string and no other part of a path."""

    def finish(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if goes_over_https():
            response.headers.setdefault("Strict-Transport-Security", _HSTS)
        seconds = time.perf_counter() - g.get("started", time.perf_counter())
        route = request.url_rule.rule if request.url_rule else "-"
        meter.observe(request.method, route, response.status_code, seconds)
        work, caller = g.get("work"), g.get("caller")
        said = {
            "method": request.method,
            "route": route,
            "ids": ",".join(str(each) for each in (request.view_args or {}).values() if isinstance(each, UUID)) or "-",
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
            "actor": caller.actor if caller is not None else "-",
            "events": work.events if work is not None else "-",
        }
        access_log.info(
            "%(method)s %(route)s %(ids)s %(status)d %(ms).1fms %(actor)s %(events)s", said, extra={"fields": said}
        )
        if work is not None:
            response.headers[REQUEST_ID] = work.work_id
        return response

    return finish
