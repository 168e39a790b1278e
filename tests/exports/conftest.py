"""A package as a call centre would make it."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from uuid import UUID

import pytest

from dsr.domain.export import ExportKind
from dsr.domain.request.data_set import DataSet, FieldDescription
from dsr.domain.request.information_point import InformationPoint
from dsr.domain.request.values import Provenance
from dsr.domain.sealed import BlobRef
from dsr.exports import (
    CSV,
    JSON,
    Collected,
    ControllerFacts,
    Information,
    PackageContents,
    PackagedFile,
    PackageStream,
    Record,
    read_records,
)
from dsr.ropa import authority, load

CANARY = "CANARY-INFERRED"
"""Stands in every inferred value, nowhere else."""

CALLS = b"""\xef\xbb\xbfcall_id;started_at;duration_s;note;mood
c-1;2026-02-01T09:30:00+01:00;312;"Asked for ""everything"";
twice";CANARY-INFERRED angry
c-2;2026-02-03T17:05:00+01:00;0045;;CANARY-INFERRED calm
"""
ACCOUNT = """{"name": "Zoë Ångström", "customer_no": 900719925474099312345, "balance": 10.50,
 "address": {"city": "Köln", "segment": "CANARY-INFERRED-A"},
 "visits": [{"at": "2026-01-01T00:00:00Z", "intent": "CANARY-INFERRED-buy"}, {"at": null}],
 "profile": {"risk": "CANARY-INFERRED"}}"""
CHURN = b'[{"score": "CANARY-INFERRED-0.9"}]'

ROPA = Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml"
RECORDING = b"RIFF" + bytes(range(256)) * 40

PROVIDED, OBSERVED, INFERRED = Provenance.PROVIDED, Provenance.OBSERVED, Provenance.INFERRED


def collected(
    number: int,
    name: str,
    records: list[Record],
    fields: tuple[tuple[str, Provenance], ...],
    *,
    provenance: Provenance = OBSERVED,
    controller_id: str = "callcentre-de",
) -> Collected:
    return Collected(
        data_set=DataSet(
            data_set_id=UUID(int=number),
            item_id="access",
            name=name,
            system=f"system-{number}",
            controller_id=controller_id,
            purpose="Handling of customers' calls",
            provenance=provenance,
            fields=tuple(FieldDescription(field, f"What {field} means", origin) for field, origin in fields),
            collected_at=datetime(2026, 3, 1, 8, number, tzinfo=UTC),
            content=BlobRef(UUID(int=100 + number), UUID(int=200 + number), 1, JSON, "00" * 32),
        ),
        read=lambda: records,
    )


def attached(number: int, name: str, content: bytes, provenance: Provenance, media_type: str) -> PackagedFile:
    return PackagedFile(
        attachment_id=UUID(int=300 + number),
        name=name,
        media_type=media_type,
        size=len(content),
        description=f"What {name} is",
        provenance=provenance,
        system="recordings",
        controller_id="callcentre-de",
        purpose="To improve the service",
        collected_at=datetime(2026, 3, 1, 9, number, tzinfo=UTC),
        chunks=lambda: iter((content[:1000], content[1000:])),
    )


@cache
def information() -> Information:
    """Of a customer of the sample company; one point was corrected."""
    document = load(ROPA).document
    return Information(
        record=document,
        controller_id="callcentre-de",
        subjects=("customers",),
        authority=authority("de-berlin"),
        corrections={InformationPoint.SOURCE: "From the directory of <Müller & Sons>."},
    )


def call_centre(kind: ExportKind) -> PackageContents:
    calls = list(read_records(CALLS, CSV, max_bytes=10_000, delimiter=";"))
    account = list(read_records(ACCOUNT.encode(), JSON, max_bytes=10_000))
    churn = list(read_records(CHURN, JSON, max_bytes=10_000))
    return PackageContents(
        reference="DSR-7KQ4-M2XN",
        kind=kind,
        controller=ControllerFacts("callcentre-de", "Call Centre GmbH", "DE", "privacy@callcentre.example"),
        joint_controllers=(
            ControllerFacts("callcentre-at", "Call Centre Austria", "AT", "datenschutz@callcentre.example"),
        ),
        prepared_at=datetime(2026, 3, 5, 11, 0, tzinfo=timezone(timedelta(hours=1))),
        data=(
            collected(
                1,
                "calls",
                calls,
                (
                    ("call_id", OBSERVED),
                    ("started_at", OBSERVED),
                    ("duration_s", OBSERVED),
                    ("note", PROVIDED),
                    ("mood", INFERRED),
                ),
            ),
            collected(
                2,
                "account",
                account,
                (
                    ("name", PROVIDED),
                    ("customer_no", OBSERVED),
                    ("balance", OBSERVED),
                    ("address", PROVIDED),
                    ("address.segment", INFERRED),
                    ("visits.at", OBSERVED),
                    ("visits.intent", INFERRED),
                    ("profile", INFERRED),
                    ("profile.risk", OBSERVED),
                ),
                provenance=PROVIDED,
                controller_id="callcentre-at",
            ),
            collected(3, "churn", churn, (("score", OBSERVED),), provenance=INFERRED),
        ),
        attachments=(
            attached(1, "call-2026-02-01.wav", RECORDING, OBSERVED, "audio/wav"),
            attached(2, "mood.txt", CANARY.encode(), INFERRED, "text/plain"),
        ),
        information=information(),
    )


@pytest.fixture(scope="session")
def contents() -> Callable[[ExportKind], PackageContents]:
    """Contents of every provenance, as either kind of export."""
    return call_centre


@pytest.fixture
def portability() -> PackageContents:
    return call_centre(ExportKind.PORTABILITY)


@pytest.fixture
def access() -> PackageContents:
    return call_centre(ExportKind.ACCESS)


def entries_of(contents: PackageContents) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(b"".join(PackageStream(contents)))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="session")
def unpacked() -> Callable[[PackageContents], dict[str, bytes]]:
    """Every file of the package that is made of some contents."""
    return entries_of


@pytest.fixture(scope="session")
def page() -> Callable[[PackageContents], str]:
    """The page of the package that is made of some contents."""
    return lambda contents: entries_of(contents)["index.html"].decode()
