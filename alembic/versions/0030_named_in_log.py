"""An index of the keys and blobs that the log names, for the sweep.

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

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "named_in_log",
        sa.Column("id", sa.Uuid, nullable=False, comment="of a key or a blob"),
        sa.Column("sealed_by", sa.Uuid, comment="the key of a blob; null for a key"),
        sa.Column("position", sa.BigInteger, nullable=False, comment="of an event that names it"),
        sa.PrimaryKeyConstraint("id", name="pk_named_in_log"),
    )
    op.create_table(
        "indexed_logs",
        sa.Column("log", sa.String(64), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False, comment="the last event whose keys and blobs are indexed"),
        sa.PrimaryKeyConstraint("log", name="pk_indexed_logs"),
    )
