"""What a reader suggested, beside what a person found.

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

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.create_table(
        "judged_suggestions",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("about", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("received_on", sa.Date),
        sa.Column("judged_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "message_id", "about", name="pk_judged_suggestions"),
    )
    op.create_index("ix_judged_suggestions_judged_at", "judged_suggestions", ["judged_at"])
