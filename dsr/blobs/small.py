"""Small originals as rows of the log's database: stored and deleted with their event, without a file and its sync."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.statements import InsertRows, Statement
from dsr.domain.clock import Clock

MOST_BYTES: Final = 64 * 1024
"""Maximum size of a sealed blob in a row; a larger one is a file."""

small_blobs: Final = sa.Table(
    "small_blobs",
    metadata.main,
    sa.Column("blob_id", sa.Uuid, primary_key=True),
    sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.Column("content", sa.LargeBinary, nullable=False, comment="sealed, in the format of a blob file"),
)

_BATCH: Final = 500
_ADD: Final = InsertRows(small_blobs)
_BY_ID: Final = Statement(
    sa.select(small_blobs.c.content).where(small_blobs.c.blob_id == sa.bindparam("blob_id", type_=sa.Uuid))
)


class SmallBlobs:
    """The table of sealed blobs. A row is not a reference to its blob; only the event is."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """`database` holds the tables of the metadata `main`."""
        self._database = database
        self._clock = clock

    def add(self, blob_id: UUID, content: bytes) -> None:
        """Add a blob in the open transaction. Raises RuntimeError outside a transaction."""
        row = {"blob_id": blob_id, "kept_at": self._clock.now(), "content": content}
        _ADD.send(self._database.connection, [row])

    def find(self, blob_id: UUID) -> bytes | None:
        """The sealed content; None if there is no such row."""
        with self._database.glancing() as connection:
            found = _BY_ID.fetch(connection, {"blob_id": blob_id})
        return found[0][0] if found else None

    def delete(self, blob_id: UUID) -> None:
        """Remove the row for good; joins an open write transaction. Idempotent."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(small_blobs).where(small_blobs.c.blob_id == blob_id))

    def kept_before(self, moment: datetime) -> Iterator[UUID]:
        """Yield every blob stored before that moment, in short transactions."""
        query = sa.select(small_blobs.c.blob_id).where(small_blobs.c.kept_at < moment)
        query, last = query.order_by(small_blobs.c.blob_id).limit(_BATCH), UUID(int=0)
        while True:
            with self._database.glancing() as connection:
                found = connection.execute(query.where(small_blobs.c.blob_id > last)).scalars().all()
            yield from found
            if len(found) < _BATCH:
                return
            last = found[-1]
