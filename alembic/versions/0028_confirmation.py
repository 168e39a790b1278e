"""Members of staff whom a second person has to confirm.

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

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    with op.batch_alter_table("staff") as batch:
        batch.add_column(sa.Column("unconfirmed", sa.Boolean, nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("asked_roles", sa.Text, nullable=False, server_default="[]"))
        batch.add_column(sa.Column("asked_controllers", sa.Text, nullable=False, server_default="[]"))
        batch.add_column(sa.Column("confirmed_by", sa.String(40)))
    with op.batch_alter_table("staff") as batch:
        for name in ("unconfirmed", "asked_roles", "asked_controllers"):
            batch.alter_column(name, server_default=None)
