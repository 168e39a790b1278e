"""Columns under the names that the program gives them: what names a case says `request`, and an attempt is an attempt.

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

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for table in ("policy_parked", "policy_waiting"):
        op.alter_column(table, "case_id", new_column_name="request_id")
    op.alter_column("outbox", "handed_over", new_column_name="doubtful_attempts")
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        op.alter_column("outbox", "doubtful_attempts", comment="attempts since then whose outcome is unknown")
