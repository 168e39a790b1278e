"""How often one token, or one address without a token, may ask.

A token bucket for each, in the memory of each process: with several processes a client may get up to so many times
more, which is fine for a limit that protects the service and not a quota that is sold. Whose address it
is says `client_address`: that of the connection, or what a trusted proxy tells.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from dsr.api.errors import RateLimited

_MOST_BUCKETS: Final = 10_000
"""Beyond so many, those that are full again are forgotten; and if none is, all are."""


@dataclass
class _Bucket:
    left: float
    seen_at: float


@dataclass(frozen=True)
class Allowance:
    """What is left after a request was let in."""

    limit: int
    left: int


class RateLimit:
    """So many requests a minute for each key; what was not used is saved up to one minute's worth."""

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
