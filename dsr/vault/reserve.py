"""Data keys that were made ahead of need: wrapped in one commit, then handed out one by one from memory."""

import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Final
from uuid import UUID

LIFETIME: Final = timedelta(hours=1)
"""How long a key of the reserve may be handed out."""

FEWEST: Final = 8
MOST: Final = 64
"""Keys that are made at once."""


@dataclass(frozen=True)
class ReserveKey:
    """A key without purpose, as long as no event introduces it."""

    key_id: UUID
    expires_at: datetime
    """From then on it is handed out no more, and may be swept after the grace: the date that is stored with it."""
    material: bytes = field(repr=False)
    """32 random bytes."""


class Reserve:
    """The keys that one process has ahead. Safe to share between threads; a process that was forked starts its own.

    A batch is twice as large as the one before when that one was used up within its hour, and the smallest again when
    it was not: an idle process leaves few unused keys behind.
    """

    def __init__(self, make: Callable[[int], list[ReserveKey]], now: Callable[[], datetime]) -> None:
        """`make` stores so many new keys, which are durable when it returns."""
        self._make, self._now = make, now
        self._lock = Lock()
        self._keys: deque[ReserveKey] = deque()
        self._process = os.getpid()
        self._batch = FEWEST

    def take(self, number: int) -> list[ReserveKey]:
        """So many keys, each handed out once. Raises what `make` raises; then none is lost."""
        with self._lock:
            self._discard()
            if len(self._keys) < number:
                self._fill(number)
            return [self._keys.popleft() for _ in range(number)]

    def _discard(self) -> None:
        """What another process was given by a fork is its own; what has expired is swept."""
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
