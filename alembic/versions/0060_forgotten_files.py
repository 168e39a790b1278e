"""The record of deletions names files of every kind. It is a read model, so it is made anew from the events.

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

revision = "0060"
down_revision = "0059"


def upgrade() -> None:
    op.drop_index("ix_forgotten_position", table_name="forgotten")
    op.drop_table("forgotten")
    op.create_table(
        "forgotten",
        sa.Column("file_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("controller_id", sa.String),
        sa.Column("closed_at", sa.String(27)),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("ground", sa.String, nullable=False),
        sa.Column("kept_until", sa.Date),
        sa.Column("proposed_by", sa.String, nullable=False),
        sa.Column("ordered_by", sa.String, nullable=False),
        sa.Column("ordered_at", sa.String(27), nullable=False),
        sa.Column("attested_at", sa.String(27)),
        sa.Column("keys", sa.Integer),
        sa.Column("files", sa.Integer),
        sa.Column("unreadable_on", sa.Date),
        sa.PrimaryKeyConstraint("file_id", name="pk_forgotten"),
    )
    op.create_index("ix_forgotten_position", "forgotten", ["position"], unique=True)
    # The program asks whether a case was forgotten before it files anything: it waits until the rows are there.
    op.execute("DELETE FROM projections WHERE name = 'forgotten'")
