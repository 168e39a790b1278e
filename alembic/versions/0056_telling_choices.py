"""When each member of staff wants to be told of what.

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

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.create_table(
        "telling_choices",
        sa.Column("identifier", sa.String(40), nullable=False, comment="of the member of staff"),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("choice", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("identifier", "kind", name="pk_telling_choices"),
    )
