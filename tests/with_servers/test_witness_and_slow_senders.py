"""The witness as a process of its own, beside senders that send nothing more."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dsr.evidence.signed_note import LOG_KEY, NoteSigner
from dsr.witness.key_file import make_key

LOG = NoteSigner.of(Ed25519PrivateKey.from_private_bytes(bytes(32)), "dsr/log", LOG_KEY)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[int]:
    """The port at which `dsr witness serve` listens."""
    make_key("w/w", tmp_path / "key")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "dsr.cli", "witness", "serve", str(tmp_path / "key"), "--port", str(port)]
    command += ["--state", str(tmp_path / "state"), "--log", str(LOG.verifier)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            while process.poll() is None:
                with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.1)
            yield port
        finally:
            process.send_signal(signal.SIGQUIT)


def test_slow_senders_keep_nobody_from_the_witness(served: int) -> None:
    with ExitStack() as slow:
        # given: more of them than a process has threads, in their head or in their body
        for sent in [b"POST /add-checkpoint HT", b"POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\nold"] * 5:
            slow.enter_context(socket.create_connection(("127.0.0.1", served))).sendall(sent)
        time.sleep(0.3)
        # when
        asks = HTTPConnection("127.0.0.1", served, timeout=5)
        asks.request("POST", "/add-checkpoint", b"old 0")
        # then
        assert asks.getresponse().status == 400
        asks.close()
