"""Messages on matters, and how many of them nobody has examined.

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

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    op.create_table(
        "matter_messages",
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("matter_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("received_at", sa.String(27), nullable=False),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("sender", sa.String, nullable=False),
        sa.Column("automatic", sa.Boolean, nullable=False),
        sa.Column("suggested_rights", sa.Text, nullable=False),
        sa.Column("examined_at", sa.String(27)),
        sa.Column("examined_by", sa.String),
        sa.PrimaryKeyConstraint("message_id", name="pk_matter_messages"),
    )
    op.create_index("ix_matter_messages_position", "matter_messages", ["position"], unique=True)
    op.create_index("ix_matter_messages_matter_id_position", "matter_messages", ["matter_id", "position"])
    for name in ("matters", "matter_states"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("unexamined", sa.Integer, nullable=False, server_default="0"))
        with op.batch_alter_table(name) as table:
            table.alter_column("unexamined", server_default=None)
