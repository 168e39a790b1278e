"""The record of deletions: case files that were forgotten.

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

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    op.create_table(
        "forgotten",
        sa.Column("request_id", sa.Uuid, nullable=False),
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
        sa.PrimaryKeyConstraint("request_id", name="pk_forgotten"),
    )
    op.create_index("ix_forgotten_position", "forgotten", ["position"], unique=True)
