"""Proxies in front of the service: which of them are trusted, and whether one is there that is not.

Behind a proxy that is not trusted, all visitors count as one: a visitor who tries too often locks all others out.
"""

import logging
import time
from collections.abc import Callable, Container
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from threading import Lock
from typing import Final

log = logging.getLogger("dsr.api")

UNTRUSTED: Final = "proxy-untrusted"

_FORWARDING: Final = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-Ip", "Forwarded")
_LOG_SECONDS: Final = 60
_SHOWN_SECONDS: Final = 3600


def address_of(hop: str) -> IPv4Address | IPv6Address | None:
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


class ProxyWatch:
    """Notes requests that were forwarded by somebody who is not trusted. Each process keeps its own."""

    def __init__(
        self, trusted: tuple[IPv4Network | IPv6Network, ...], *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._trusted = trusted
        self._now = now
        self._lock = Lock()
        self._seen_at: float | None = None
        self._logged_at: float | None = None

    def look(self, peer: str, headers: Container[str]) -> None:
        """Note a request with forwarding fields from a peer that is no trusted proxy; log it, once a minute."""
        if not any(name in headers for name in _FORWARDING):
            return
        address = address_of(peer)
        if address is not None and any(address in network for network in self._trusted):
            return
        now = self._now()
        with self._lock:
            self._seen_at = now
            if self._logged_at is not None and now - self._logged_at < _LOG_SECONDS:
                return
            self._logged_at = now
        log.warning(
            "%s: a request was forwarded by a proxy that DSR_TRUSTED_PROXIES does not name, so all its visitors count "
            "as one. Name the network of the proxy there, or let nobody reach the service past it.",
            UNTRUSTED,
        )

    @property
    def state(self) -> str:
        """`ok`, or the code of what was seen within the hour."""
        with self._lock:
            seen_at = self._seen_at
        return "ok" if seen_at is None or self._now() - seen_at > _SHOWN_SECONDS else UNTRUSTED
