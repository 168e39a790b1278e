"""A process of the desk whose threads give commands on cases of their own; started by `contention`.

It reads lines with the number of clerks and of seconds, and answers each with the number of commands.
"""

import os
import secrets
import sys
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from typing import Final

from benchmarks.command import registered_cases
from benchmarks.places import CALL, STAFF
from dsr.bootstrap import Service, build
from dsr.desk.caller import Call, IdempotencyKey
from dsr.settings import load_settings

_CASES: Final = 100
"""So many that none gets a long history."""


class Office:
    """Cases that its clerks assign in turn, with the version each has and an idempotency key, as over HTTP."""

    def __init__(self, made: Service) -> None:
        self._made = made
        self._cases = deque(registered_cases(made, _CASES).items())
        self._laps = count()

    def work(self, until: float) -> int:
        """Give commands until that time, and return how many; many clerks may do so at a time."""
        for done in count():
            if time.monotonic() >= until:
                return done
            case, version = self._cases.popleft()
            key = IdempotencyKey(secrets.token_hex(32), fingerprint="")
            call = Call(CALL.caller, expected=version, idempotency=key)
            assignee = STAFF[next(self._laps) // _CASES % len(STAFF)]
            answer = self._made.desk.triage.assign(case, call, assignee=assignee)
            self._cases.append((case, answer.version))
        raise AssertionError("count() has no end")


def main(most: int) -> None:
    """Serve until the lines end, with at most so many clerks."""
    with closing(build(load_settings(os.environ))) as made, ThreadPoolExecutor(most) as threads:
        office = Office(made)
        print("ready", flush=True)
        for line in sys.stdin:
            number, seconds = line.split()
            until = time.monotonic() + float(seconds)
            at_work = [threads.submit(office.work, until) for _ in range(int(number))]
            print(sum(each.result() for each in at_work), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
