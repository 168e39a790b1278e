"""Rate limits per token, or per address without a token.

Each process keeps token buckets in memory, so several processes multiply the limit, which is acceptable for protecting
the service. `client_address` is the address of the connection, or the one reported by a trusted proxy.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network
from threading import Lock
from typing import Final

from dsr.api.errors import RateLimited

_MOST_BUCKETS: Final = 10_000
"""Maximum number of buckets; beyond it, full ones are dropped, and if none is full, all are."""


@dataclass
class _Bucket:
    left: float
    seen_at: float


@dataclass(frozen=True)
class Allowance:
    """The remaining allowance after an admitted request."""

    limit: int
    left: int


class RateLimit:
    """Requests per minute and key; unused ones are saved up to one minute's worth."""

    def __init__(self, per_minute: int, *, now: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._now = now
        self._buckets: dict[str, _Bucket] = {}
        self._lock = Lock()

    def take(self, key: str) -> Allowance:
        """Count one request. Raises RateLimited."""
        now = self._now()
        with self._lock:
            bucket = self._bucket(key, now)
            if bucket.left < 1:
                raise RateLimited(retry_after=max(1, math.ceil((1 - bucket.left) * 60 / self.per_minute)))
            bucket.left -= 1
            return Allowance(self.per_minute, int(bucket.left))

    def _bucket(self, key: str, now: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= _MOST_BUCKETS:
                self._forget(now)
            bucket = self._buckets[key] = _Bucket(self.per_minute, now)
        bucket.left = min(self.per_minute, bucket.left + (now - bucket.seen_at) * self.per_minute / 60)
        bucket.seen_at = now
        return bucket

    def _forget(self, now: float) -> None:
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if now - bucket.seen_at < 60}
        if len(self._buckets) >= _MOST_BUCKETS:
            self._buckets = {}


def visitor_of(address: str) -> str:
    """As whom an address is counted: IPv6 by its /64, since each subscriber has all addresses of one."""
    try:
        known = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(known.ipv4_mapped or IPv6Network((known, 64), strict=False))
