"""The scanner against a real clamd (Debian: clamav-daemon) with signatures of its own; nothing is downloaded.

Not collected by `make test`, which needs no server from elsewhere: `.ci/run` names this folder.
"""

import hashlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsr.clamd import ClamdScanner
from dsr.domain.scanning import MalwareFound, ScannerUnavailable, examine
from dsr.settings import ScannerAddress
from tests.clamd_server import EICAR, OWN


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClamdScanner]:
    clamd = shutil.which("clamd")
    assert clamd is not None, "install clamav-daemon"
    folder = tmp_path_factory.mktemp("clamd")
    (folder / "own.hdb").write_text(
        "".join(
            f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}:{len(content)}:{name}\n"
            for content, name in ((EICAR, "Eicar-Test-Signature"), (OWN, "Own.Malware-1"))
        )
    )
    (folder / "clamd.conf").write_text(
        f"Foreground yes\nLocalSocket {folder}/clamd.ctl\nDatabaseDirectory {folder}\nStreamMaxLength 1M\n"
        f"LogFile {folder}/clamd.log\nTemporaryDirectory {folder}\nFixStaleSocket yes\n"
    )
    started = subprocess.Popen([clamd, "--config-file", str(folder / "clamd.conf")])
    try:
        found = ClamdScanner(ScannerAddress(path=folder / "clamd.ctl"))
        _wait_for(found, folder / "clamd.log")
        yield found
    finally:
        started.terminate()
        started.wait(30)


def _wait_for(scanner: ClamdScanner, log: Path) -> None:
    ends = time.monotonic() + 60
    while True:
        try:
            scanner.probe()
        except ScannerUnavailable:
            assert time.monotonic() < ends, log.read_text() if log.exists() else "clamd does not start"
            time.sleep(0.2)
        else:
            return


def test_a_clean_file_passes(scanner: ClamdScanner) -> None:
    assert list(scanner.passing([b"Hello, ", b"Ada."])) == [b"Hello, ", b"Ada."]


@pytest.mark.parametrize("content", [EICAR, OWN], ids=["eicar", "own"])
def test_malware_is_found(scanner: ClamdScanner, content: bytes) -> None:
    with pytest.raises(MalwareFound) as found:
        examine(scanner, [content[:5], content[5:]])
    assert str(found.value.facts["signature"]).startswith(("Eicar-Test-Signature", "Own.Malware-1"))


def test_malware_is_found_in_the_attachment_of_a_mail(scanner: ClamdScanner) -> None:
    mail = (
        b"From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nHello.\r\n--b\r\nContent-Type: application/octet-stream\r\n"
        b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=a.bin\r\n\r\n"
        b"WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNULUZJTEUhJEgrSCo=\r\n--b--\r\n"
    )
    with pytest.raises(MalwareFound):
        examine(scanner, [mail])


def test_a_file_larger_than_it_takes_is_told_so(scanner: ClamdScanner) -> None:
    with pytest.raises(ScannerUnavailable, match="StreamMaxLength"):
        examine(scanner, [bytes(100_000)] * 50)
