"""Programs from elsewhere, started for a test."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    assert found is not None, f"install {name}"
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def started(command: Sequence[str], port: int, environment: Mapping[str, str]) -> Iterator[None]:
    """A program that listens on a port, until it is ended."""
    with subprocess.Popen(command, env=os.environ | dict(environment)) as process:
        try:
            ends = time.monotonic() + 30
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                except ConnectionRefusedError:
                    assert process.poll() is None, "it ended"
                    assert time.monotonic() < ends, "it does not listen"
                    time.sleep(0.05)
                else:
                    break
            yield
        finally:
            process.terminate()
            process.wait(30)
