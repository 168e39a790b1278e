"""Commands by many clients at a time: two processes of the desk, whose threads give commands on cases of their own.

On PostgreSQL through its socket, and through a proxy that adds half a millisecond to each round trip.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from os import environ
from typing import Final

from benchmarks.distance import distant
from benchmarks.places import Place, installed
from benchmarks.results import Result, medians
from benchmarks.watching import Watching

CLIENTS: Final = (1, 2, 4, 8, 16)
FEW, MANY = 4, 16
NOT_SLOWER: Final = 0.95
"""Ratio of the rates of `MANY` clients and of `FEW`: two medians of equal rates differ by so much."""
AIMS: Final = {"near": 400, "0.5 ms away": 350}
"""Commands a second by `MANY` clients on PostgreSQL."""
PROCESSES: Final = 2
_ROUND_TRIP: Final = 0.0005
_SECONDS: Final = 0.8
_ROUNDS: Final = 5


def run(place: Place, watching: Watching) -> list[Result]:
    """Measure all numbers of clients in turn, near and far."""
    environment = place.environment("contention")
    with installed(environment):
        pass
    with ExitStack() as stack:
        crews = {"near": stack.enter_context(_crew(environment))}
        if place.server is not None:
            far = {
                name: stack.enter_context(distant(environment[name], round_trip=_ROUND_TRIP))
                for name in ("DSR_DATABASE_URL", "DSR_KEYS_URL")
            }
            crews["0.5 ms away"] = stack.enter_context(_crew(environment | far))
        lines = [(where, clients) for where in crews for clients in CLIENTS]
        step = watching.steps(f"contention, {place.kind}", _ROUNDS)
        blocks = [partial(crews[where].work, clients) for where, clients in lines]
        found = dict(zip(lines, medians(blocks, rounds=_ROUNDS, progress=step), strict=True))
    return [_result(place, where, clients, found[where, clients], found[where, FEW]) for where, clients in lines]


def _result(place: Place, where: str, clients: int, rate: float, few: float) -> Result:
    aim = 0 if place.server is None else AIMS[where]
    told = f"{NOT_SLOWER}" + (f", {aim}/s" if aim else "")
    return Result(
        f"assign, database {where}, {clients} client{'s' * (clients > 1)} ÷ {FEW}",
        place.kind,
        f"{rate:,.0f}/s",
        f"{few:,.0f}/s",
        rate / few,
        f"at least {told}" if clients == MANY else "–",
        met=clients != MANY or (rate >= aim and rate / few >= NOT_SLOWER),
    )


class _Crew:
    """Clerks in processes of their own."""

    def __init__(self, processes: list["subprocess.Popen[str]"]) -> None:
        self._processes = processes

    def work(self, clients: int) -> int:
        """Let so many clerks work at a time, and return how many commands they gave."""
        shares = [(clients + number) // len(self._processes) for number in range(len(self._processes))]
        for process, share in zip(self._processes, shares, strict=True):
            assert process.stdin is not None
            print(share, _SECONDS, file=process.stdin, flush=True)
        return sum(int(_line(process)) for process in self._processes)


@contextmanager
def _crew(environment: Mapping[str, str]) -> Iterator[_Crew]:
    command = [sys.executable, "-m", "benchmarks.clerks", str(max(CLIENTS) // PROCESSES)]
    environment = {**{name: value for name, value in environ.items() if not name.startswith("DSR_")}, **environment}
    with ExitStack() as stack:
        processes = []
        for _ in range(PROCESSES):
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            processes.append(stack.enter_context(process))  # which ends once its input is closed
        for process in processes:
            _line(process)
        yield _Crew(processes)


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    if not (line := process.stdout.readline()):
        raise RuntimeError("a process of clerks ended too early; its own output says why")
    return line
