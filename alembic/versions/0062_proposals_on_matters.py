"""A matter shows who proposed to forget its file, until somebody else decides.

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

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    for table in ("matters", "matter_states"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("forgetting_proposed_at", sa.String(27)))
            batch.add_column(sa.Column("forgetting_proposed_by", sa.String))
