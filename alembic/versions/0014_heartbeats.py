"""Signs of life of the work in the background.

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

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("part", sa.String(32), nullable=False),
        sa.Column("beat_at", sa.String(27), nullable=False, comment="when it last began or ended a turn"),
        sa.Column("silent_after", sa.String(27), nullable=False, comment="when the next sign must have come"),
        sa.Column("succeeded_at", sa.String(27), comment="when a turn last went well"),
        sa.Column("failure", sa.String(64), comment="code of what the last turn failed by; never its words"),
        sa.Column("waiting_since", sa.String(27), comment="arrival of the oldest message that it left waiting"),
        sa.PrimaryKeyConstraint("part", name="pk_heartbeats"),
    )
