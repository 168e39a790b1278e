"""State of a package and its links, assigned by events only."""

from datetime import datetime
from uuid import UUID

from dsr.domain.events import Aggregate
from dsr.domain.export.errors import ExportIsPurged
from dsr.domain.export.values import ExportKind, Offer
from dsr.domain.sealed import BlobRef, Sealed


class ExportState(Aggregate):
    """State of an export, with the checks shared by all commands."""

    def __init__(self) -> None:
        self.prepared_at: datetime
        self.request_id: UUID
        self.request_version = 0
        self.item_id = ""
        self.controller_id = ""
        self.kind: ExportKind
        self.package: BlobRef
        self.package_digest: Sealed
        self.files = 0
        self.offers: dict[UUID, Offer] = {}
        self.latest: UUID | None = None
        self.downloads = 0
        self.kept_until: datetime
        self.purged_at: datetime | None = None

    @property
    def offer_made(self) -> Offer | None:
        """The latest link, used, ended or neither."""
        return None if self.latest is None else self.offers[self.latest]

    def _require_kept(self) -> None:
        if self.purged_at is not None:
            raise ExportIsPurged(purged_at=self.purged_at)
