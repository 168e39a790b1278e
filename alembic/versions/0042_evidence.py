"""The Merkle tree over the log, and checkpoints of it.

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

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.create_table(
        "tree_tiles",
        sa.Column("log", sa.String(64), nullable=False),
        sa.Column("level", sa.Integer, nullable=False, autoincrement=False, comment="0: hashes of leaves"),
        sa.Column(
            "place", sa.BigInteger, nullable=False, autoincrement=False, comment="from the left, 0 for the first"
        ),
        sa.Column("hashes", sa.LargeBinary, nullable=False, comment="up to 256 hashes of 32 bytes"),
        sa.PrimaryKeyConstraint("log", "level", "place", name="pk_tree_tiles"),
    )
    op.create_table(
        "checkpoints",
        sa.Column("log", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False, autoincrement=False, comment="position of the last event"),
        sa.Column("note", sa.Text, nullable=False, comment="signed note, with the cosignatures so far"),
        sa.Column("signed_at", sa.String(27), nullable=False, comment="ISO 8601, UTC, microseconds"),
        sa.PrimaryKeyConstraint("log", "size", name="pk_checkpoints"),
    )
