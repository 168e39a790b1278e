"""Requests with an answer that came back; when messages were put on record, and examined for the first time.

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

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    with op.batch_alter_table("requests") as table:
        table.add_column(sa.Column("undelivered", sa.Boolean, nullable=False, server_default=sa.false()))
    with op.batch_alter_table("requests") as table:
        table.alter_column("undelivered", server_default=None)
    op.add_column("messages", sa.Column("recorded_at", sa.String(27)))
    op.add_column("messages", sa.Column("first_examined_at", sa.String(27)))
    op.create_index("ix_requests_undelivered_request_id", "requests", ["undelivered", "request_id"])
