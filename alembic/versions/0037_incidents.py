"""Incidents: whom they have to be notified to, and what was done.

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

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    with op.batch_alter_table("matters") as batch:
        batch.add_column(sa.Column("authorities", sa.Text, nullable=False, server_default="[]"))
        batch.add_column(sa.Column("notified", sa.Text, nullable=False, server_default="[]"))
        batch.add_column(sa.Column("notified_at", sa.String(27)))
        batch.add_column(sa.Column("not_notified", sa.Boolean, nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("risk", sa.String))
        batch.add_column(sa.Column("people_told_at", sa.String(27)))
        batch.add_column(sa.Column("people_exception", sa.String))
        batch.add_column(sa.Column("processor_for", sa.String))
        batch.add_column(sa.Column("controller_told_at", sa.String(27)))
    with op.batch_alter_table("matters") as batch:
        for name in ("authorities", "notified", "not_notified"):
            batch.alter_column(name, server_default=None)
