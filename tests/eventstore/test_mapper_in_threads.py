"""A process that has just started reads its first events from many threads at once."""

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent / "fixtures"

READ_AT_ONCE = """
import sys
from pathlib import Path
from threading import Barrier, Thread
from uuid import uuid4

from eventsourcing.persistence import StoredEvent

import dsr.bootstrap
from dsr.eventstore.mapper import EventMapper

sys.setswitchinterval(1e-5)
stored = [(path.name.split(".v")[0], path.read_bytes()) for path in sorted(Path(sys.argv[1]).glob("*.json"))]
mappers, together, read = [EventMapper(), EventMapper()], Barrier(8), []

def start(mapper):
    together.wait()
    for name, payload in stored:
        mapper.to_domain_event(StoredEvent(uuid4(), 1, name, payload))
    read.append(len(stored))

threads = [Thread(target=start, args=(mappers[number % 2],)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(read))
"""


def test_first_reads_from_many_threads_do_not_crash_the_process() -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ_AT_ONCE, str(EXAMPLES)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "8"), done.stderr[-2000:]
