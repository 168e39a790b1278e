"""Reserve of data keys: created in advance in one transaction, then handed out one by one from memory."""

import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Final
from uuid import UUID

LIFETIME: Final = timedelta(hours=1)
"""How long a reserve key may be handed out."""

FEWEST: Final = 8
MOST: Final = 64
"""Smallest and largest number of keys created at once."""


@dataclass(frozen=True)
class ReserveKey:
    """A key without purpose until an event introduces it."""

    key_id: UUID
    expires_at: datetime
    """Its stored expiry: from then on it is not handed out, and may be swept after the grace period."""
    material: bytes = field(repr=False)
    """32 random bytes."""


class Reserve:
    """The reserve of one process. Safe to share between threads; a forked process starts its own.

    The batch size doubles if the last batch was used up within its hour, and otherwise falls back to the smallest, so
    that an idle process leaves few unused keys.
    """

    def __init__(self, make: Callable[[int], list[ReserveKey]], now: Callable[[], datetime]) -> None:
        """`make` creates this many keys, which are durable on return."""
        self._make, self._now = make, now
        self._lock = Lock()
        self._keys: deque[ReserveKey] = deque()
        self._process = os.getpid()
        self._batch = FEWEST

    def take(self, number: int) -> list[ReserveKey]:
        """Take this many keys, each handed out once. Raises the errors of `make`, in which case no key is lost."""
        with self._lock:
            self._discard()
            if len(self._keys) < number:
                self._fill(number)
            return [self._keys.popleft() for _ in range(number)]

    def _discard(self) -> None:
        """Drop keys inherited by a fork, which belong to the other process, and expired ones, which are swept."""
        if self._process != os.getpid():
            self._keys.clear()
            self._process, self._batch = os.getpid(), FEWEST
        now = self._now()
        while self._keys and self._keys[0].expires_at <= now:
            self._keys.popleft()
            self._batch = FEWEST

    def _fill(self, number: int) -> None:
        self._keys += self._make(max(self._batch, number))
        self._batch = min(2 * self._batch, MOST)
