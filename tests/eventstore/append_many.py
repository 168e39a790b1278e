"""A process of its own that appends: `append_many.py URL COUNT`, started by a line on standard input."""

import sys
from uuid import uuid4

from eventsourcing.persistence import StoredEvent

from dsr.database import Database
from dsr.eventstore.recorder import LogApplicationRecorder

if __name__ == "__main__":
    url, count = sys.argv[1], int(sys.argv[2])
    recorder = LogApplicationRecorder(Database(url))
    recorder.max_notification_id()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for _ in range(count):
        positions = recorder.insert_events([StoredEvent(uuid4(), version, "test.many", b"{}") for version in (1, 2)])
        sys.stdout.write(" ".join(map(str, positions)) + "\n")
