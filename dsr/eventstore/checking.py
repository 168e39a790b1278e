"""Checks stored rows against the headers beside them, one row after the other, in the order of the log.

Sound rows fit their headers. That does not prove that the events are those that were once written: an attacker who can
write the database can write other headers too. The tree over the headers (dsr/evidence) proves that.
"""

from collections.abc import Container
from typing import Any, Final
from uuid import UUID

from dsr.eventstore.header import parse_header

FLAWS: Final = {
    "position-missing": "the log has a hole, or an event twice: an event was taken out, or the log was cut",
    "header-wrong": "a header is not canonical, or differs from the columns beside it",
    "payload-wrong": "a payload does not have the digest in its header: it was altered",
    "time-decreases": "an event was recorded before the one in front of it",
    "key-missing": "an event names a key that the key database never held: it is older than the log, or another one",
}
"""What a row can have, and what each means."""


class RowCheck:
    """Goes through the rows of a log, and remembers what the next row has to follow."""

    def __init__(self, *, known_keys: Container[UUID] | None = None) -> None:
        """`known_keys`: every key that the key database ever held; None does not compare."""
        self._known_keys = known_keys
        self.events = 0
        """Position of the last row."""
        self.key_ids = set[UUID]()
        """Every data key that a header named so far."""
        self._latest = ""

    def flaws(self, row: Any) -> list[str]:
        """The flaws of the next row; empty if it is sound. It has the columns of the table `events`."""
        found = []
        if row.position != self.events + 1:
            found.append("position-missing")
        if row.recorded_at < self._latest:
            found.append("time-decreases")
        self.events, self._latest = row.position, row.recorded_at
        try:
            header = parse_header(row.header)
        except ValueError:
            return [*found, "header-wrong"]
        named = (header.log, header.position, header.stream_id, header.stream_version, header.name, header.recorded_at)
        if named != (row.log, row.position, row.stream_id, row.stream_version, row.name, row.recorded_at):
            found.append("header-wrong")
        if not header.proves(row.payload.encode()):
            found.append("payload-wrong")
        new = [each for each in header.key_ids if each not in self.key_ids]
        if self._known_keys is not None and not all(each in self._known_keys for each in new):
            found.append("key-missing")
        self.key_ids.update(new)
        return found
