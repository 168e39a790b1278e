"""Context of a view: the service, the desk, the caller."""

from typing import cast

from flask import current_app, g, request

from dsr.api.downloads import Places
from dsr.api.proxies import ProxyWatch, address_of
from dsr.api.readiness import ReadinessWatch
from dsr.bootstrap import Service
from dsr.desk.caller import Caller
from dsr.desk.desk import Desk
from dsr.domain.roles import Role

EXTENSION = "dsr"
"""Where the application keeps its service."""
DOWNLOADS = "dsr-downloads"
"""Where it keeps how many packages leave."""
LARGE_FORMS = "dsr-large-forms"
"""Where it keeps how many forms with files arrive."""
READINESS = "dsr-readiness"
"""Where it keeps whether it can serve."""
PROXIES = "dsr-proxies"
"""Where it keeps whether a proxy is in front that is not trusted."""


def service() -> Service:
    """The service that this application was made for."""
    return cast(Service, current_app.extensions[EXTENSION])


def desk() -> Desk:
    """The use cases."""
    return service().desk


def downloads() -> Places:
    """The running downloads of this process."""
    return cast(Places, current_app.extensions[DOWNLOADS])


def large_forms() -> Places:
    """The forms with files that arrive in this process."""
    return cast(Places, current_app.extensions[LARGE_FORMS])


def readiness() -> ReadinessWatch:
    """Whether this process can serve."""
    return cast(ReadinessWatch, current_app.extensions[READINESS])


def proxies() -> ProxyWatch:
    """What this process saw of proxies."""
    return cast(ProxyWatch, current_app.extensions[PROXIES])


def goes_over_https() -> bool:
    """Whether browsers reach this service by https; behind a proxy its public URL says so."""
    return request.is_secure or service().settings.public_url.startswith("https:")


def client_address() -> str:
    """The client's address, as far as it can be known; empty if unknown.

    Each proxy appends the address of its client on the right. So the list is read from the right as long as its entries
    are trusted proxies; the first other address is the client's. Entries further to the left may be forged.
    """
    address = address_of(request.remote_addr or "")
    told = request.headers.get("X-Forwarded-For", "").split(",")
    while address is not None and told and any(address in each for each in service().settings.trusted_proxies):
        further = address_of(told.pop())
        if further is None:
            break
        address = further
    return "" if address is None else str(address)


def caller() -> Caller:
    """The caller, known on every route that names roles."""
    return cast(Caller, g.caller)


def is_subject() -> bool:
    """Whether a data subject asks, who is shown the public view of the one case."""
    return Role.DATA_SUBJECT in caller().roles
