"""Messages and who examined them: a read model of its own, and two columns of the queue.

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

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("requests", sa.Column("messages_waiting", sa.Integer, nullable=False, server_default="0"))
    op.add_column("requests", sa.Column("reply_by", sa.Date))
    with op.batch_alter_table("requests") as requests:  # the rebuild writes every row
        requests.alter_column("messages_waiting", server_default=None)
    op.create_table(
        "messages",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("assignee", sa.String),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("received_at", sa.String(27), nullable=False),
        sa.Column("received_on", sa.Date),
        sa.Column("automatic", sa.Boolean, nullable=False),
        sa.Column("suggested_rights", sa.Text, nullable=False),
        sa.Column("due", sa.Date),
        sa.Column("examine_by", sa.Date),
        sa.Column("examine_ends_at", sa.String(27)),
        sa.Column("unexamined", sa.Boolean, nullable=False),
        sa.Column("kind", sa.String),
        sa.Column("examined_at", sa.String(27)),
        sa.Column("examined_by", sa.String),
        sa.PrimaryKeyConstraint("request_id", "message_id", name="pk_messages"),
    )
    op.create_index(
        "ix_messages_unexamined_received_at_message_id", "messages", ["unexamined", "received_at", "message_id"]
    )
