"""A data set as large as an upload may be, of small records; run as a program, in its own process.

Collected, packed and handed out in this process, verified in another: small records weigh many times in memory what
they weigh in a file.
"""

import json
import secrets
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from benchmarks.memory import peak
from benchmarks.places import ROPA
from dsr.blobs import FileBlobStore
from dsr.domain.export import ExportKind
from dsr.domain.request.data_set import DataSet, FieldDescription
from dsr.domain.request.values import Provenance
from dsr.domain.sealed import DataKey, KeyPurpose
from dsr.exports import (
    CSV,
    Collected,
    ControllerFacts,
    Information,
    PackageContents,
    PackageStream,
    described,
    json_chunks,
    json_records,
    read_records,
)
from dsr.ropa import authority, load

AT = datetime(2026, 3, 5, tzinfo=UTC)
_FIELDS = tuple(
    FieldDescription(name, f"What {name} means", Provenance.OBSERVED) for name in ("at", "number", "seconds")
)


def main(size: int) -> None:
    """Print bytes of the upload per second for each step, and the most memory that each process held, as JSON."""
    with tempfile.TemporaryDirectory(prefix="dsr-data-") as name:
        folder, rates = Path(name), {}
        blobs, key = (
            FileBlobStore.create(folder / "blobs", log_id="a log"),
            DataKey(uuid4(), KeyPurpose.BLOB, secrets.token_bytes(32)),
        )
        content = _calls(size)
        started = time.perf_counter()
        records = described(read_records(content, CSV, max_bytes=size), _FIELDS)
        ref = blobs.write(key, json_chunks(records), "application/json")
        rates["collect"] = size / (time.perf_counter() - started)
        del content
        data_set = DataSet(
            data_set_id=UUID(int=1),
            item_id="access",
            name="calls",
            system="telephony",
            controller_id="callcentre-de",
            purpose="To connect calls",
            provenance=Provenance.OBSERVED,
            fields=_FIELDS,
            collected_at=AT,
            content=ref,
        )
        started = time.perf_counter()
        contents = _contents(Collected(data_set, lambda: json_records(blobs.read(ref, key))))
        package = blobs.write(key, PackageStream(contents), "application/zip")
        rates["pack"] = size / (time.perf_counter() - started)
        with (folder / "download").open("wb") as file:
            file.writelines(blobs.read(package, key))
        verifying = [sys.executable, "-m", "benchmarks.verifying", str(folder / "download"), "1"]
        started = time.perf_counter()
        verified = json.loads(subprocess.run(verifying, capture_output=True, check=True, text=True).stdout)
        rates["verify"] = size / (time.perf_counter() - started)
    print(json.dumps(rates | {"peak": peak(), "verify_peak": verified["verify_peak"]}))


def _calls(size: int) -> bytes:
    content = bytearray(b"at,number,seconds")
    while len(content) < size - 50:
        number = secrets.randbits(30)
        content += b"\n2026-03-05T10:%02d:00Z,+49%d,%d" % (number % 60, number, number % 1000)
    return bytes(content)


def _contents(collected: Collected) -> PackageContents:
    document = load(ROPA).document
    return PackageContents(
        reference="DSR-7KQ4-M2XN",
        kind=ExportKind.ACCESS,
        controller=ControllerFacts("callcentre-de", "Callcentre Deutschland GmbH", "DE", "privacy@callcentre.example"),
        prepared_at=AT,
        data=(collected,),
        information=Information(document, "callcentre-de", ("customers",), authority("de-berlin")),
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
