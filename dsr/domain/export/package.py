"""The package of an export: prepared once, kept as long as promised, then purged (GDPR Art. 5(1)(e), 15(3), 20(1)).

The package is a blob. The sealed digest of its plaintext stays in the log, so that its content can be proved even after
the package was purged.
"""

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from dsr.domain.acting import Acting
from dsr.domain.events import CreatedEvent, Event
from dsr.domain.export.errors import ExportEmpty, ExportExpiryInvalid, ExportStillKept
from dsr.domain.export.links import LinkCommands
from dsr.domain.export.state import ExportState
from dsr.domain.export.values import ExportKind, PurgeReason, RevocationReason
from dsr.domain.sealed import BlobRef, KeyIntroduction, Sealed


class ExportPrepared(CreatedEvent):
    """A package was built and sealed for an item of a request."""

    TOPIC: ClassVar[str] = "dsr.export.prepared"
    request_id: UUID
    request_version: int
    """Version of the request when the package was built; later changes of the item make the package outdated."""
    item_id: str
    controller_id: str
    kind: ExportKind
    package: BlobRef
    package_digest: Sealed
    """SHA-256 of the plaintext zip, sealed because it is a digest of personal data; `package` has that of the stored
    file.
    """
    files: int
    """Data files in the package, without its manifest."""
    kept_until: datetime
    """When it is purged, unless it is offered meanwhile."""
    keys: tuple[KeyIntroduction, ...]

    def apply(self, export: ExportState) -> None:
        export.prepared_at = self.timestamp
        export.request_id = self.request_id
        export.request_version = self.request_version
        export.item_id = self.item_id
        export.controller_id = self.controller_id
        export.kind = self.kind
        export.package = self.package
        export.package_digest = self.package_digest
        export.files = self.files
        export.kept_until = self.kept_until


class ExportPurged(Event):
    """The package was deleted and its key destroyed; this event and the sealed digest stay."""

    TOPIC: ClassVar[str] = "dsr.export.purged"
    request_id: UUID
    reason: PurgeReason
    kept_until: datetime
    """End of its retention; it is purged later if the service was not running."""

    def apply(self, export: ExportState) -> None:
        export.purged_at = self.timestamp


class PackageCommands(LinkCommands):
    """Prepare and purge a package; a purged package has no links."""

    @classmethod
    def prepare(
        cls,
        acting: Acting,
        *,
        export_id: UUID,
        request_id: UUID,
        request_version: int,
        item_id: str,
        controller_id: str,
        kind: ExportKind,
        package: BlobRef,
        package_digest: Sealed,
        files: int,
        kept_until: datetime,
        keys: tuple[KeyIntroduction, ...],
    ) -> Self:
        """Record that a package is ready, and how long it is kept. Raises ExportEmpty, ExportExpiryInvalid."""
        if files < 1:
            raise ExportEmpty()
        if kept_until <= acting.at:
            raise ExportExpiryInvalid()
        return cls.create(
            acting,
            ExportPrepared,
            stream_id=export_id,
            request_id=request_id,
            request_version=request_version,
            item_id=item_id,
            controller_id=controller_id,
            kind=kind,
            package=package,
            package_digest=package_digest,
            files=files,
            kept_until=kept_until,
            keys=keys,
        )

    def purge(self, acting: Acting, *, reason: PurgeReason) -> None:
        """Purge the package: after its promised retention, or at once if its content is wrong.

        Links and sessions end with it. The caller destroys the key and deletes the file only after this event is
        stored. Raises ExportIsPurged, ExportStillKept. Source: GDPR Art. 5(1)(c), (e).
        """
        self._require_kept()
        if reason is PurgeReason.EXPIRED and acting.at < self.kept_until:
            raise ExportStillKept(kept_until=self.kept_until)
        for offer in tuple(self.offers.values()):
            if offer.works(acting.at):
                self._end(acting, offer.token_id, RevocationReason.CONTENT_WRONG)
        self.record(acting, ExportPurged, request_id=self.request_id, reason=reason, kept_until=self.kept_until)
