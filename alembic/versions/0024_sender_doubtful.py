"""Senders whom our own mail server refuted.

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

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    for table in ("requests", "messages"):
        op.add_column(table, sa.Column("sender_doubtful", sa.Boolean, nullable=False, server_default=sa.false()))
        with op.batch_alter_table(table) as altered:
            altered.alter_column("sender_doubtful", server_default=None)
    op.create_index("ix_requests_sender_doubtful_request_id", "requests", ["sender_doubtful", "request_id"])
