"""Exports to start from, as they stand on 5 March 2026."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from dsr.domain.acting import Acting
from dsr.domain.export import Export, ExportKind
from dsr.domain.sealed import BlobRef, KeyIntroduction, KeyPurpose, Sealed
from dsr.eventstore.mapper import EventMapper

NOW = datetime(2026, 3, 5, 10, 0, tzinfo=UTC)
MONTH = timedelta(days=30)
MINUTE = timedelta(minutes=1)
ADDRESS = "203.0.113.77"


def prepared(files: int = 2, kept_until: datetime = NOW + MONTH) -> Export:
    key_id = uuid4()
    return Export.prepare(
        Acting("ann", NOW),
        export_id=uuid4(),
        request_id=uuid4(),
        request_version=7,
        item_id="portability",
        controller_id="callcentre-de",
        kind=ExportKind.PORTABILITY,
        package=BlobRef(uuid4(), uuid4(), 4711, "application/zip", "ab" * 32),
        package_digest=Sealed(key_id, uuid4(), b"nonce", b"ciphertext"),
        files=files,
        kept_until=kept_until,
        keys=(KeyIntroduction(key_id, KeyPurpose.EXPORT, "cd" * 32),),
    )


def offered() -> tuple[Export, UUID]:
    export = prepared()
    token_id = uuid4()
    export.offer(Acting("ann", NOW), token_id=token_id, expires_at=NOW + MONTH)
    return export, token_id


def replayed(events: Iterable[Any]) -> Export:
    """The export as another process loads it: through the stored JSON."""
    mapper = EventMapper()
    export: Export | None = None
    for event in events:
        export = mapper.to_domain_event(mapper.to_stored_event(event)).mutate(export)
    assert export is not None
    return export


def redeemed() -> tuple[Export, UUID]:
    export, token_id = offered()
    export.redeem(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS)
    export.collect_events()
    return export, token_id


def download(export: Export, token_id: UUID, at: datetime = NOW, first: int = 0, last: int = 4710) -> None:
    export.download(Acting("data-subject", at), token_id=token_id, first_byte=first, last_byte=last, network=ADDRESS)
