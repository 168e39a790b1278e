"""Context of a view: the service, the desk, the caller."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import cast

from flask import current_app, g, request

from dsr.api.downloads import Downloads
from dsr.bootstrap import Service
from dsr.desk.caller import Caller
from dsr.desk.desk import Desk
from dsr.domain.roles import Role

EXTENSION = "dsr"
"""Where the application keeps its service."""
DOWNLOADS = "dsr-downloads"
"""Where it keeps how many packages leave."""


def service() -> Service:
    """The service that this application was made for."""
    return cast(Service, current_app.extensions[EXTENSION])


def desk() -> Desk:
    """The use cases."""
    return service().desk


def downloads() -> Downloads:
    """The running downloads of this process."""
    return cast(Downloads, current_app.extensions[DOWNLOADS])


def goes_over_https() -> bool:
    """Whether browsers reach this service by https; behind a proxy its public URL says so."""
    return request.is_secure or service().settings.public_url.startswith("https:")


def client_address() -> str:
    """The client's address, as far as it can be known; empty if unknown.

    Each proxy appends the address of its client on the right. So the list is read from the right as long as its entries
    are trusted proxies; the first other address is the client's. Entries further to the left may be forged.
    """
    address = _parsed(request.remote_addr or "")
    told = request.headers.get("X-Forwarded-For", "").split(",")
    while address is not None and told and any(address in each for each in service().settings.trusted_proxies):
        further = _parsed(told.pop())
        if further is None:
            break
        address = further
    return "" if address is None else str(address)


def _parsed(hop: str) -> IPv4Address | IPv6Address | None:
    """An address, also with a port as some proxies write it; IPv4 as such. None where it is none."""
    text = hop.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def caller() -> Caller:
    """The caller, known on every route that names roles."""
    return cast(Caller, g.caller)


def is_subject() -> bool:
    """Whether a data subject asks, who is shown the public view of the one case."""
    return Role.DATA_SUBJECT in caller().roles
