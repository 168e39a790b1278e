"""The package of an export: prepared once, kept as long as was promised, purged (GDPR Art. 5(1)(e), 15(3), 20(1)).

It is a blob; the digest of its plaintext stands sealed in the log, so that it can be shown later what was in it, also
when the package itself was purged.
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
    """Of the request as the package tells it: what changed the item later makes it outdated."""
    item_id: str
    controller_id: str
    kind: ExportKind
    package: BlobRef
    package_digest: Sealed
    """SHA-256 of the plaintext zip: a digest of personal data, so sealed. That of the stored file is in `package`."""
    files: int
    """Data files in the package, its manifest left out."""
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
    """The package was deleted and its key destroyed; that it was, and its sealed digest, stay."""

    TOPIC: ClassVar[str] = "dsr.export.purged"
    request_id: UUID
    reason: PurgeReason
    kept_until: datetime
    """Until when it was to be kept; where the service was off, it is purged later than that."""

    def apply(self, export: ExportState) -> None:
        export.purged_at = self.timestamp


class PackageCommands(LinkCommands):
    """Prepare, purge; what is purged has no link left."""

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
        """Record that a package stands ready, for as long as it is kept. Raises ExportEmpty, ExportExpiryInvalid."""
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
        """Delete the package: when it was kept as long as was promised, or at once where its content is wrong.

        Whatever link or session still leads to it ends. Destroy its key and delete its file only once this event is
        stored. Raises ExportIsPurged, ExportStillKept. Source: GDPR Art. 5(1)(c), (e).
        """
        self._require_kept()
        if reason is PurgeReason.EXPIRED and acting.at < self.kept_until:
            raise ExportStillKept(kept_until=self.kept_until)
        for offer in tuple(self.offers.values()):
            if offer.works(acting.at):
                self._end(acting, offer.token_id, RevocationReason.CONTENT_WRONG)
        self.record(acting, ExportPurged, request_id=self.request_id, reason=reason, kept_until=self.kept_until)
