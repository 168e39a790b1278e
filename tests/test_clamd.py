"""The scanner over its own protocol: what passes is unchanged, and nothing is called clean without a verdict."""

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from dsr.clamd import ClamdScanner
from dsr.domain.scanning import MalwareFound, NoScanner, ScannerUnavailable, examine
from dsr.settings import ScannerAddress
from tests.clamd_server import EICAR, OWN, Clamd


def test_what_passes_is_unchanged_and_was_shown_as_a_whole(clamd: Clamd) -> None:
    chunks = [b"a", b"", b"b" * 3_000_000, b"c"]
    assert list(ClamdScanner(clamd.where).passing(chunks)) == chunks
    assert clamd.shown == [b"".join(chunks)]
    examine(ClamdScanner(clamd.where), [])
    assert list(NoScanner().passing(chunks)) == chunks


@pytest.mark.parametrize(
    ("content", "signature"), [(EICAR, "Eicar-Test-Signature"), (OWN, "Own.Malware-1.UNOFFICIAL")], ids=["eicar", "own"]
)
def test_malware_is_named_by_its_signature_also_across_chunks(clamd: Clamd, content: bytes, signature: str) -> None:
    with pytest.raises(MalwareFound) as found:
        examine(ClamdScanner(clamd.where), [b"before" + content[:9], content[9:] + b"after"])
    assert found.value.facts == {"signature": signature}


@pytest.mark.parametrize(
    "says", [b"", b"stream: OK", b"OK\0", b"stream: oops ERROR\0", b"stream: <script> FOUND\0", b"\xff" * 9000]
)
def test_without_a_verdict_nothing_is_clean(clamd: Clamd, says: bytes) -> None:
    clamd.says = says
    with pytest.raises(ScannerUnavailable) as told:
        examine(ClamdScanner(clamd.where), [b"x"])
    assert "script" not in repr(told.value)


def test_a_file_larger_than_the_scanner_takes_is_told_with_what_to_raise(clamd: Clamd) -> None:
    clamd.longest = 100_000
    with pytest.raises(ScannerUnavailable, match="StreamMaxLength"):
        examine(ClamdScanner(clamd.where), [bytes(50_000)] * 200)


def test_a_scanner_that_is_away_or_hangs_is_unavailable(clamd: Clamd, tmp_path: Path) -> None:
    ClamdScanner(clamd.where).probe()
    for where in (ScannerAddress(path=tmp_path / "nowhere"), ScannerAddress(host="127.0.0.1", port=1)):
        with pytest.raises(ScannerUnavailable):
            examine(ClamdScanner(where), [b"x"])
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = ClamdScanner(
            ScannerAddress(host="127.0.0.1", port=silent.getsockname()[1]), seconds=0.3, verdict_seconds=0.3
        )
        with pytest.raises(ScannerUnavailable):
            examine(slow, [b"x"])
        with pytest.raises(ScannerUnavailable):
            slow.probe()


def test_a_scanner_that_drips_its_verdict_is_unavailable_in_time() -> None:
    # given: a byte comes before each wait is over
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                for _ in range(30):
                    connection.sendall(b"s")
                    time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        where = ScannerAddress(host="127.0.0.1", port=server.getsockname()[1])
        # when
        began = time.monotonic()
        with pytest.raises(ScannerUnavailable):
            examine(ClamdScanner(where, verdict_seconds=0.3), [b"x"])
        # then
        assert time.monotonic() - began < 2
