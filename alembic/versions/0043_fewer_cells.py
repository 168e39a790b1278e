"""Counters with a cell of all arrivals, and dates by year, month, ten days and day, with rights as columns.

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

revision = "0043"
down_revision = "0042"

RIGHTS = (
    *("access", "rectification", "erasure", "restriction", "portability", "objection"),
    *("automated_decision", "consent_withdrawal", "information"),
)


def upgrade() -> None:
    op.drop_table("due_counts")
    op.create_table(
        "due_counts",
        sa.Column("cell_id", sa.Uuid, nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("scale", sa.String(5), nullable=False),
        sa.Column("due", sa.String(10), nullable=False),
        sa.Column("ends_at", sa.String(27)),
        sa.Column("clock", sa.String, nullable=False),
        sa.Column("cases", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in RIGHTS),
        sa.PrimaryKeyConstraint("cell_id", name="pk_due_counts"),
    )
    op.create_index("ix_due_counts_period_what_scale_due", "due_counts", ["period", "what", "scale", "due"])
    # Their rows can't be shown as they were: the service waits until they are rebuilt.
    op.execute("DELETE FROM projections WHERE name IN ('case_counts', 'due_counts')")
