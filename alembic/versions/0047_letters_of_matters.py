"""Letters of matters, which the service sends.

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

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.create_table(
        "matter_letters",
        sa.Column("letter_id", sa.Uuid, nullable=False),
        sa.Column("matter_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("written_at", sa.String(27), nullable=False),
        sa.Column("written_by", sa.String, nullable=False),
        sa.Column("released_at", sa.String(27)),
        sa.Column("released_by", sa.String),
        sa.Column("not_before", sa.String(27)),
        sa.Column("sent_at", sa.String(27)),
        sa.Column("transport", sa.String),
        sa.Column("failed_at", sa.String(27)),
        sa.Column("failure", sa.String),
        sa.Column("returned_at", sa.String(27)),
        sa.Column("return_status", sa.String),
        sa.Column("discarded_at", sa.String(27)),
        sa.Column("discarded_by", sa.String),
        sa.PrimaryKeyConstraint("letter_id", name="pk_matter_letters"),
    )
    op.create_index("ix_matter_letters_position", "matter_letters", ["position"], unique=True)
    op.create_index("ix_matter_letters_matter_id_position", "matter_letters", ["matter_id", "position"])
