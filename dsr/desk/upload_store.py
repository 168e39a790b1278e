"""Tables of uploads until they are complete, so that a restart loses nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.domain.clock import Clock
from dsr.domain.errors import Refused, Unknown
from dsr.domain.request.values import Provenance
from dsr.domain.sealed import BlobRef
from dsr.projections.columns import Json, UtcInstant

uploads: Final = sa.Table(
    "uploads",
    metadata.main,
    sa.Column("upload_id", sa.Uuid, primary_key=True),
    sa.Column("request_id", sa.Uuid, nullable=False, index=True),
    sa.Column("item_id", sa.String, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False, comment="bytes that are to come"),
    sa.Column("received", sa.BigInteger, nullable=False, comment="bytes that have come"),
    sa.Column("details", Json, nullable=False, comment="JSON: where the file comes from; nothing of its content"),
    sa.Column("key_id", sa.Uuid, nullable=False, comment="seals the parts"),
    sa.Column("touched_at", UtcInstant, nullable=False, index=True, comment="when the last part came"),
)

upload_parts: Final = sa.Table(
    "upload_parts",
    metadata.main,
    sa.Column("upload_id", sa.Uuid, primary_key=True),
    sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False, comment="its first byte in the file"),
    sa.Column("size", sa.BigInteger, nullable=False, comment="bytes"),
    sa.Column("blob_id", sa.Uuid, nullable=False),
    sa.Column("ciphertext_sha256", sa.String(64), nullable=False, comment="of the stored file, hex"),
)

PART_TYPE: Final = "application/octet-stream"


class UploadUnknown(Unknown):
    """There is no such upload: it was completed, discarded or abandoned for too long. Start another."""

    code = "upload-unknown"


class UploadOffsetWrong(Refused):
    """This part does not continue the upload: send the bytes from the `offset` in `facts` on."""

    code = "upload-offset-wrong"


class UploadUnfinished(Refused):
    """Uploads for this item are unfinished, and a package would lack these files. Complete or discard the uploads that
    `facts` names.
    """

    code = "upload-unfinished"


@dataclass(frozen=True)
class UploadDetails:
    """Origin and description of the file; its media type is a hint until the content is checked."""

    name: str
    """File name in the export, without extension."""
    media_type: str
    system: str
    purpose: str
    provenance: Provenance
    description: str
    collected_at: datetime | None


@dataclass(frozen=True)
class Upload:
    """Progress of an upload."""

    upload_id: UUID
    request_id: UUID
    item_id: str
    size: int
    """Bytes of the whole file."""
    offset: int
    """Bytes received; the next part starts there."""
    details: UploadDetails
    key_id: UUID
    expires_at: datetime
    """When it counts as abandoned unless another part arrives."""


class UploadStore:
    """Rows of uploads and their parts, without their content."""

    def __init__(self, database: Database, clock: Clock, *, days: int) -> None:
        """`days`: an upload without a new part for this long is abandoned."""
        self._database = database
        self._clock = clock
        self._days = timedelta(days=days)

    def add(
        self, *, upload_id: UUID, request_id: UUID, item_id: str, size: int, details: UploadDetails, key_id: UUID
    ) -> None:
        """Add an upload without parts."""
        row = {"upload_id": upload_id, "request_id": request_id, "item_id": item_id, "size": size, "received": 0}
        row |= {"details": msgspec.to_builtins(details), "key_id": key_id, "touched_at": self._clock.now()}
        with self._database.writing() as connection:
            connection.execute(uploads.insert(), row)

    def find(self, upload_id: UUID) -> Upload:
        """Raises UploadUnknown."""
        with self._database.glancing() as connection:
            row = connection.execute(sa.select(uploads).where(uploads.c.upload_id == upload_id)).first()
        if row is None:
            raise UploadUnknown()
        return Upload(
            upload_id=row.upload_id,
            request_id=row.request_id,
            item_id=row.item_id,
            size=row.size,
            offset=row.received,
            details=msgspec.convert(row.details, UploadDetails),
            key_id=row.key_id,
            expires_at=row.touched_at + self._days,
        )

    def extend(self, upload: Upload, part: BlobRef) -> None:
        """Note the next part. Raises UploadOffsetWrong if another part came first, UploadUnknown."""
        moved = sa.update(uploads).where(uploads.c.upload_id == upload.upload_id, uploads.c.received == upload.offset)
        row = {"upload_id": upload.upload_id, "start": upload.offset, "size": part.size, "blob_id": part.blob_id}
        with self._database.writing() as connection:
            moved = moved.values(received=upload.offset + part.size, touched_at=self._clock.now())
            if connection.execute(moved).rowcount == 0:
                raise UploadOffsetWrong(offset=self.find(upload.upload_id).offset)
            connection.execute(upload_parts.insert(), row | {"ciphertext_sha256": part.ciphertext_sha256})

    def parts(self, upload: Upload) -> list[BlobRef]:
        """Its parts in their order."""
        query = sa.select(upload_parts).where(upload_parts.c.upload_id == upload.upload_id)
        with self._database.glancing() as connection:
            rows = connection.execute(query.order_by(upload_parts.c.start)).all()
        return [
            BlobRef(
                blob_id=row.blob_id,
                key_id=upload.key_id,
                size=row.size,
                media_type=PART_TYPE,
                ciphertext_sha256=row.ciphertext_sha256,
            )
            for row in rows
        ]

    def forget(self, upload: Upload) -> None:
        """Remove its rows. Raises UploadUnknown if it was completed, discarded or continued meanwhile."""
        seen = (uploads.c.upload_id == upload.upload_id, uploads.c.received == upload.offset)
        with self._database.writing() as connection:
            if connection.execute(sa.delete(uploads).where(*seen)).rowcount == 0:
                raise UploadUnknown()
            connection.execute(sa.delete(upload_parts).where(upload_parts.c.upload_id == upload.upload_id))

    def require_none(self, request_id: UUID, item_id: str) -> None:
        """Raise UploadUnfinished if an upload for this item is neither completed nor discarded."""
        of_item = (uploads.c.request_id == request_id, uploads.c.item_id == item_id)
        query = sa.select(uploads.c.upload_id).where(*of_item).order_by(uploads.c.upload_id)
        with self._database.glancing() as connection:
            found = list(connection.execute(query).scalars())
        if found:
            raise UploadUnfinished(upload_ids=[str(upload_id) for upload_id in found])

    def abandoned(self) -> list[Upload]:
        """Abandoned uploads."""
        query = sa.select(uploads.c.upload_id).where(uploads.c.touched_at < self._clock.now() - self._days)
        with self._database.glancing() as connection:
            found = list(connection.execute(query).scalars())
        return [self.find(upload_id) for upload_id in found]
