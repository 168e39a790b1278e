"""Run by tests in a process of its own: prints how much memory it took.

`pack BYTES RECORDS FILE`: to pack a recording of so many bytes and a data set of so many records. `verify FILE`: to
check what was packed.
"""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from dsr.domain.export import ExportKind
from dsr.domain.request.data_set import DataSet, FieldDescription
from dsr.domain.request.values import Provenance
from dsr.domain.sealed import BlobRef
from dsr.exports import (
    JSON,
    Collected,
    ControllerFacts,
    Information,
    PackageContents,
    PackagedFile,
    PackageStream,
    Record,
    verify_package,
)
from dsr.ropa import authority, load

CHUNK = bytes(range(256)) * 512
AT = datetime(2026, 3, 5, tzinfo=UTC)


def chunks(size: int) -> Iterator[bytes]:
    for start in range(0, size, len(CHUNK)):
        yield CHUNK[: min(len(CHUNK), size - start)]


def calls(number: int) -> Iterator[Record]:
    """Made while they are read, and unlike each other."""
    return ({"call": f"c-{index * 7919 % 1_000_003}", "seconds": index % 977} for index in range(number))


def data_set(number: int) -> Collected:
    return Collected(
        DataSet(
            data_set_id=UUID(int=2),
            item_id="access",
            name="calls",
            system="telephony",
            controller_id="callcentre-de",
            purpose="To connect calls",
            provenance=Provenance.OBSERVED,
            fields=tuple(
                FieldDescription(name, f"What {name} is", Provenance.OBSERVED) for name in ("call", "seconds")
            ),
            collected_at=AT,
            content=BlobRef(UUID(int=3), UUID(int=4), 1, JSON, "00" * 32),
        ),
        lambda: calls(number),
    )


def contents(size: int, records: int) -> PackageContents:
    document = load(Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml").document
    recording = PackagedFile(
        attachment_id=UUID(int=1),
        name="calls.flac",
        media_type="audio/flac",
        size=size,
        description="Your calls",
        provenance=Provenance.OBSERVED,
        system="recordings",
        controller_id="callcentre-de",
        purpose="To improve the service",
        collected_at=AT,
        chunks=lambda: chunks(size),
    )
    return PackageContents(
        reference="DSR-7KQ4-M2XN",
        kind=ExportKind.ACCESS,
        controller=ControllerFacts("callcentre-de", "Call Centre GmbH", "DE", "privacy@callcentre.example"),
        prepared_at=AT,
        data=(data_set(records),),
        information=Information(document, "callcentre-de", ("customers",), authority("de-berlin")),
        attachments=(recording,),
    )


def peak() -> int:
    """Most memory that this process held, in bytes. Linux counts that of the parent into `ru_maxrss`."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def pack(size: str, records: str, file: str) -> int:
    with Path(file).open("wb") as package:
        return sum(map(package.write, PackageStream(contents(int(size), int(records)))))


def verify(file: str) -> int:
    with Path(file).open("rb") as package:
        return len(verify_package(package))


what, *arguments = sys.argv[1:]
given = pack(*arguments) if what == "pack" else verify(*arguments)
print(json.dumps({"given": given, "peak": peak()}))  # noqa: T201
