"""Commands that `dsr serve` runs beside the web processes; they are restarted when they end, and stopped with it.

A process of its own supervises them, since gunicorn treats every child of its process that ends as one of its workers.
The supervisor ends when its input ends, so that no command outlives a killed service.
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
"""Seconds until a command that does not stop is killed; less than gunicorn waits for its workers."""

_LOOK_SECONDS: Final = 0.5

_KEEP: Final = "--keep"
"""Marks the supervising process."""


@contextmanager
def beside(*commands: str) -> Iterator[None]:
    """Run these commands of `dsr` while the block runs."""
    process_id = os.getpid()
    keeper = subprocess.Popen([sys.executable, "-m", __name__, _KEEP, *commands], stdin=subprocess.PIPE)  # noqa: S603 - our own
    try:
        yield
    finally:
        if os.getpid() == process_id:  # gunicorn's workers, forked meanwhile, also pass here when they end
            assert keeper.stdin is not None  # noqa: S101 - asked for above
            keeper.stdin.close()
            keeper.wait()


def keep(commands: Sequence[str], stop: Event) -> None:
    """Run and restart them until told to stop."""
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
    """Stop when the input ends, that is when the parent process is gone."""

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
