"""Counters of cases, for statistics and metrics.

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

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "case_counts",
        sa.Column("cell_id", sa.Uuid, nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("cases", sa.Integer, nullable=False),
        sa.Column("open", sa.Integer, nullable=False),
        sa.Column("closed", sa.Integer, nullable=False),
        sa.Column("answered", sa.Integer, nullable=False),
        sa.Column("within_one_month", sa.Integer, nullable=False),
        sa.Column("within_three_months", sa.Integer, nullable=False),
        sa.Column("late", sa.Integer, nullable=False),
        sa.Column("extended", sa.Integer, nullable=False),
        sa.Column("with_refusal", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("cell_id", name="pk_case_counts"),
    )
    op.create_index("ix_case_counts_period", "case_counts", ["period"])
    op.create_table(
        "due_counts",
        sa.Column("cell_id", sa.Uuid, nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("due", sa.String(10), nullable=False),
        sa.Column("ends_at", sa.String(27)),
        sa.Column("clock", sa.String, nullable=False),
        sa.Column("cases", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("cell_id", name="pk_due_counts"),
    )
    op.create_index("ix_due_counts_period_ends_at_due", "due_counts", ["period", "ends_at", "due"])
