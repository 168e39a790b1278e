"""A month of dates, and the earliest date of all, read the matters that are due alone.

House rules
- Never change an event: no UPDATE, no DELETE, no back-fill of `events`. A new shape is a class version with an upcast.
- A read model: alter the table, then `dsr projections rebuild NAME`. Never back-fill.
- Alter with `op.batch_alter_table`, so that SQLite can follow; name every constraint as the naming convention does.
- `batch_alter_table` on `events` would drop the triggers that keep it append-only: add columns only, or make them
  again.
- A migration that was released is never edited, and never imports from `dsr`: it must run as it did on its first day.
- There is no downgrade: a backup is the way back.
"""

from alembic import op

revision = "0064"
down_revision = "0063"


def upgrade() -> None:
    op.create_index("ix_matters_due_on_matter_id", "matters", ["due_on", "matter_id"])
    op.create_index("ix_matters_controller_id_due_on_matter_id", "matters", ["controller_id", "due_on", "matter_id"])
