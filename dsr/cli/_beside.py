"""What `dsr serve` runs beside the web processes: other commands, started again where they end, and ended with it.

A process of its own looks after them: gunicorn takes every child of its own process that ends for one of its workers.
It ends when its input does, so that none of them outlives a service that was killed.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

from dsr.cli import main
from dsr.cli._service import until_told

_AGAIN_SECONDS: Final = 2.0
_END_SECONDS: Final = 20.0
"""Until what does not end by itself is killed; less than gunicorn waits for its own."""

_LOOK_SECONDS: Final = 0.5

_KEEP: Final = "--keep"
"""Tells the process that looks after commands from those that run one."""


@contextmanager
def beside(*commands: str) -> Iterator[None]:
    """Run these commands of `dsr` meanwhile."""
    process_id = os.getpid()
    keeper = subprocess.Popen([sys.executable, "-m", __name__, _KEEP, *commands], stdin=subprocess.PIPE)  # noqa: S603 - our own
    try:
        yield
    finally:
        if os.getpid() == process_id:  # gunicorn's workers, forked meanwhile, end by coming through here too
            assert keeper.stdin is not None  # noqa: S101 - asked for above
            keeper.stdin.close()
            keeper.wait()


def keep(commands: Sequence[str], stop: Event) -> None:
    """Run them, again and again, until told to stop."""
    running = {each: _start(each) for each in commands}
    while not stop.wait(_LOOK_SECONDS):
        for name, process in running.items():
            if process.poll() is not None and not stop.wait(_AGAIN_SECONDS):
                running[name] = _start(name)
    for process in running.values():
        process.terminate()
    for process in running.values():
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _start(name: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "dsr.cli._beside", name])  # noqa: S603 - our own


def end_at_eof() -> None:
    """Be told to stop when the input ends: when whoever started this process is gone, however that came about."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    if sys.argv[1] == _KEEP:
        with until_told() as told:
            end_at_eof()
            keep(sys.argv[2:], told)
    else:
        end_at_eof()
        main(sys.argv[1:])
