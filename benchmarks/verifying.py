"""Checking a package offline; run as a program, in a process of its own, as whoever received it does."""

import json
import statistics
import sys
import time
from pathlib import Path

from benchmarks.memory import peak
from dsr.exports import verify_package


def main(package: Path, rounds: int) -> None:
    """Print the median of bytes per second, and the most memory that this process ever held, as JSON."""
    rates: list[float] = []
    for _ in range(rounds):
        started = time.perf_counter()
        with package.open("rb") as file:
            assert verify_package(file) == []
        rates.append(package.stat().st_size / (time.perf_counter() - started))
    print(json.dumps({"verify": statistics.median(rates), "verify_peak": peak()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
