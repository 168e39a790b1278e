"""The dates that were missed, with what moved them later.

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

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "missed_dates",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("noted_at", sa.String(27), nullable=False),
        sa.Column("moved_at", sa.String(27)),
        sa.Column("stated_at", sa.String(27)),
        sa.Column("moved_by", sa.String),
        sa.Column("confirmed_by", sa.String),
        sa.PrimaryKeyConstraint("request_id", "kind", "due", name="pk_missed_dates"),
    )
    op.create_index("ix_missed_dates_noted_at_request_id", "missed_dates", ["noted_at", "request_id"])
