"""`agenda` and `request_states` without what their handlers remembered: both are shown from the case now.

A row of `agenda` stands while the case waits for its date. A row of `request_states` is told apart by the instant from
which its state holds. Both tables are made again, empty: `dsr upgrade` goes on to rebuild them, since their versions
rose.

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

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.drop_table("agenda")
    op.create_table(
        "agenda",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("about", sa.Date, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "kind", "subject", "about", name="pk_agenda"),
    )
    op.create_index("ix_agenda_at_request_id", "agenda", ["at", "request_id"])
    op.drop_table("request_states")
    op.create_table(
        "request_states",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("until", sa.String(27)),
        sa.Column("controller_id", sa.String, nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("rights", sa.Text, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("outcome", sa.String),
        sa.Column("owed", sa.Boolean, nullable=False),
        sa.Column("suspended", sa.Boolean, nullable=False),
        sa.Column("effective_due", sa.Date, nullable=False),
        sa.Column("effective_ends_at", sa.String(27), nullable=False),
        sa.Column("extended", sa.Boolean, nullable=False),
        sa.Column("answered_on", sa.Date),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("request_id", "since", name="pk_request_states"),
    )
    op.create_index("ix_request_states_received_on", "request_states", ["received_on"])
