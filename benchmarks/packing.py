"""Packing and unpacking a large package ÷ a plain copy of as many bytes; run as a program, in a process of its own.

Ours, packing: read a sealed recording, build the package around it, seal the package, sync it to disk. Ours,
unpacking: open the package and write what a person downloads. Ours, verifying: check the package offline, in a process
of its own, as whoever received it does. Theirs: read a file, write it, sync it to disk.
"""

import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from benchmarks.memory import peak
from benchmarks.places import ROPA
from dsr.blobs import FileBlobStore
from dsr.domain.export import ExportKind
from dsr.domain.request.values import Provenance
from dsr.domain.sealed import BlobRef, DataKey, KeyPurpose
from dsr.exports import ControllerFacts, Information, PackageContents, PackagedFile, PackageStream
from dsr.ropa import authority, load

AT = datetime(2026, 3, 5, tzinfo=UTC)
_CHUNK_BYTES = 1 << 17


def main(size: int, rounds: int) -> None:
    """Print medians of bytes per second, and the most memory that each process ever held, as JSON."""
    with tempfile.TemporaryDirectory(prefix="dsr-packing-") as name:
        folder = Path(name)
        blobs, key = (
            FileBlobStore.create(folder / "blobs", log_id="a log"),
            DataKey(uuid4(), KeyPurpose.BLOB, secrets.token_bytes(32)),
        )
        recording = blobs.write(key, _noise(size), "audio/flac")
        plain = folder / "plain"
        _keep(plain, _noise(size))
        contents = _contents(recording, lambda: blobs.read(recording, key))
        rates: dict[str, list[float]] = {"pack": [], "unpack": [], "copy": []}
        for _ in range(rounds):
            started = time.perf_counter()
            _keep(folder / "copy", _read(plain))
            rates["copy"].append(size / (time.perf_counter() - started))
            started = time.perf_counter()
            package = blobs.write(key, PackageStream(contents), "application/zip")
            rates["pack"].append(size / (time.perf_counter() - started))
            started = time.perf_counter()
            _keep(folder / "download", blobs.read(package, key))
            rates["unpack"].append(size / (time.perf_counter() - started))
            blobs.delete(package.blob_id)
        verifying = [sys.executable, "-m", "benchmarks.verifying", str(folder / "download"), str(rounds)]
        verified = json.loads(subprocess.run(verifying, capture_output=True, check=True, text=True).stdout)
    measured = {name: statistics.median(found) for name, found in rates.items()}
    print(json.dumps(measured | {"peak": peak()} | verified))


def _noise(size: int) -> Iterator[bytes]:
    piece = secrets.token_bytes(_CHUNK_BYTES)
    for start in range(0, size, _CHUNK_BYTES):
        yield piece[: min(_CHUNK_BYTES, size - start)]


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _keep(path: Path, chunks: Iterator[bytes]) -> None:
    with path.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _contents(recording: BlobRef, chunks: Callable[[], Iterator[bytes]]) -> PackageContents:
    document = load(ROPA).document
    return PackageContents(
        reference="DSR-7KQ4-M2XN",
        kind=ExportKind.ACCESS,
        controller=ControllerFacts("callcentre-de", "Callcentre Deutschland GmbH", "DE", "privacy@callcentre.example"),
        prepared_at=AT,
        data=(),
        information=Information(document, "callcentre-de", ("customers",), authority("de-berlin")),
        attachments=(
            PackagedFile(
                attachment_id=UUID(int=1),
                name="calls.flac",
                media_type=recording.media_type,
                size=recording.size,
                description="Your calls",
                provenance=Provenance.OBSERVED,
                system="recordings",
                controller_id="callcentre-de",
                purpose="To improve the service",
                collected_at=AT,
                chunks=chunks,
            ),
        ),
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
