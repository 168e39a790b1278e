"""Pages read what came back and what is due soon in order of dates, and the wanted cells of a month alone.

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

revision = "0063"
down_revision = "0062"


def upgrade() -> None:
    op.create_index(
        "ix_requests_undelivered_by_due_on",
        "requests",
        ["undelivered", "status", "needs_attention", "due_on", "request_id"],
    )
    op.drop_index("ix_requests_undelivered_request_id", "requests")
    op.create_index("ix_requests_by_effective_due", "requests", ["status", "clock", "effective_due", "request_id"])
    op.create_index("ix_case_counts_period_what", "case_counts", ["period", "what"])
    op.drop_index("ix_case_counts_period", "case_counts")
