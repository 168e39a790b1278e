"""Run by a test in a process of its own: packs a file of so many bytes, and prints how much memory that took."""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from dsr.domain.export import ExportKind
from dsr.domain.request.values import Provenance
from dsr.exports import Attachment, ControllerFacts, Information, PackageContents, PackageStream
from dsr.ropa import authority, load

CHUNK = bytes(range(256)) * 512
AT = datetime(2026, 3, 5, tzinfo=UTC)


def chunks(size: int) -> Iterator[bytes]:
    for start in range(0, size, len(CHUNK)):
        yield CHUNK[: min(len(CHUNK), size - start)]


def contents(size: int) -> PackageContents:
    document = load(Path(__file__).parents[2] / "examples" / "ropa.yaml").document
    recording = Attachment(
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
        data=(),
        information=Information(document, "callcentre-de", ("customers",), authority("de-berlin")),
        attachments=(recording,),
    )


def peak() -> int:
    """Most memory that this process held, in bytes. Linux counts that of the parent into `ru_maxrss`."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


given = sum(map(len, PackageStream(contents(int(sys.argv[1])))))
print(json.dumps({"given": given, "peak": peak()}))  # noqa: T201
