"""Small originals, sealed, as rows beside their events; larger ones stay files.

House rules
- Never change an event: no UPDATE, no DELETE, no back-fill of `events`. A new shape is a class version with an upcast.
- A read model: alter the table, then `dsr projections rebuild NAME`. Never back-fill.
- Alter with `op.batch_alter_table`, so that SQLite can follow; name every constraint as the naming convention does.
- `batch_alter_table` on `events` would drop the triggers that keep it append-only: add columns only, or make them
  again.
- A migration that was released is never edited, and never imports from `dsr`: it must run as it did on its first day.
- There is no downgrade: a backup is the way back.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "small_blobs",
        sa.Column("blob_id", sa.Uuid, nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False, comment="sealed, in the format of a blob file"),
        sa.PrimaryKeyConstraint("blob_id", name="pk_small_blobs"),
    )
    op.create_index("ix_small_blobs_kept_at", "small_blobs", ["kept_at"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE small_blobs ALTER COLUMN content SET STORAGE EXTERNAL")  # ciphertext does not compress
