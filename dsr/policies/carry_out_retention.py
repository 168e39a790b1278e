"""Whenever a retention batch is ordered, order each of its files to be forgotten (docs/law §7)."""

from typing import ClassVar

from dsr.desk.retention import RetentionDesk
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.retention_batch import RetentionBatchOrdered
from dsr.policies.policy import call_for


class CarryOutRetention:
    """Whenever a retention batch is ordered, order each of its files to be forgotten, unless something holds it
    (docs/law §7).
    """

    name: ClassVar[str] = "carry-out-retention"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({RetentionBatchOrdered})

    def __init__(self, retention: RetentionDesk) -> None:
        self._retention = retention

    def react(self, recorded: Recorded) -> None:
        """Raises what `RetentionDesk.carry_out` raises; it goes on where it was broken off."""
        self._retention.carry_out(recorded.stream_id, call_for(self, recorded))
