"""The versions of the record of processing, cached in memory, since versions never change and are only added."""

from threading import Lock

from dsr.domain.ropa import ROPA_ID, RecordOfProcessing, RopaMissing, RopaVersion
from dsr.eventstore.store import LogEventStore


class RopaCache:
    """Cache of adopted versions; a refresh costs one indexed query."""

    def __init__(self, events: LogEventStore) -> None:
        self._events = events
        self._lock = Lock()
        self._record: RecordOfProcessing | None = None

    def record(self) -> RecordOfProcessing | None:
        """The present record; None before the first adoption. Read-only: commands load their own."""
        with self._lock:
            record = self._record
            for event in self._events.get(ROPA_ID, gt=record.version if record else None):
                record = event.mutate(record)  # type: ignore[attr-defined]  # the library's protocol leaves it out
            self._record = record
            return record

    def current(self) -> RopaVersion:
        """The version that new cases pin. Raises RopaMissing.

        A command may assume that it is the one that this process saw last, or reads now: see
        `dsr/database/assumptions.py`.
        """
        record = self._record
        if record is None or not self._events.is_assumed_to_end(ROPA_ID, record.version):
            record = self.record()
            if record is None:
                raise RopaMissing()
            self._events.is_assumed_to_end(ROPA_ID, record.version)  # another may be adopted before the lock is taken
        return record.current

    def at_version(self, number: int) -> RopaVersion:
        """A version that a case pinned; the log is read only for one not cached yet.

        Raises RopaVersionUnknown, RopaMissing.
        """
        record = self._record
        if record is None or len(record.versions) < number:
            record = self.record()
        if record is None:
            raise RopaMissing()
        return record.at_version(number)
