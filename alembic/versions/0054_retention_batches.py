"""Retention batches: what was due, who proposed and ordered to forget it, what was kept.

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

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    op.create_table(
        "retention_batches",
        sa.Column("batch_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("drawn_up_at", sa.String(27), nullable=False),
        sa.Column("files", sa.Text, nullable=False),
        sa.Column("kept", sa.Text, nullable=False),
        sa.Column("kept_in_all", sa.Integer, nullable=False),
        sa.Column("left_out", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.String),
        sa.Column("proposed_at", sa.String(27)),
        sa.Column("decided_by", sa.String),
        sa.Column("decided_at", sa.String(27)),
        sa.Column("carried_out_at", sa.String(27)),
        sa.Column("forgotten", sa.Integer),
        sa.PrimaryKeyConstraint("batch_id", name="pk_retention_batches"),
    )
    op.create_index("ix_retention_batches_position", "retention_batches", ["position"], unique=True)
    op.create_index(
        "ix_retention_batches_controller_id_status_position",
        "retention_batches",
        ["controller_id", "status", "position"],
    )
