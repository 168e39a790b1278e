"""Past states of matters, so that their numbers and dates can be asked for as of any time.

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

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.create_table(
        "matter_states",
        sa.Column("matter_id", sa.Uuid, nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("until", sa.String(27)),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("received_at", sa.String(27), nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("opened_at", sa.String(27), nullable=False),
        sa.Column("opened_by", sa.String, nullable=False),
        sa.Column("request_ids", sa.Text, nullable=False),
        sa.Column("message_id", sa.Uuid),
        sa.Column("responsible", sa.String),
        sa.Column("due", sa.String),
        sa.Column("due_on", sa.Date),
        sa.Column("due_at", sa.String(27)),
        sa.Column("latest_on", sa.Date),
        sa.Column("due_source", sa.String),
        sa.Column("next_at", sa.String(27)),
        sa.Column("missed", sa.Boolean, nullable=False),
        sa.Column("authority", sa.String),
        sa.Column("holds", sa.Text, nullable=False),
        sa.Column("authorities", sa.Text, nullable=False),
        sa.Column("notified", sa.Text, nullable=False),
        sa.Column("notified_at", sa.String(27)),
        sa.Column("not_notified", sa.Boolean, nullable=False),
        sa.Column("risk", sa.String),
        sa.Column("people_told_at", sa.String(27)),
        sa.Column("people_exception", sa.String),
        sa.Column("processor_for", sa.String),
        sa.Column("controller_told_at", sa.String(27)),
        sa.Column("acknowledged_at", sa.String(27)),
        sa.Column("progress_told_at", sa.String(27)),
        sa.Column("answered_at", sa.String(27)),
        sa.Column("outcome", sa.String),
        sa.Column("closed_at", sa.String(27)),
        sa.Column("closed_by", sa.String),
        sa.PrimaryKeyConstraint("matter_id", "since", name="pk_matter_states"),
    )
