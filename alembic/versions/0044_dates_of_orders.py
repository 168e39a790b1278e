"""The date that an order of an authority sets for a request, and which date holds; the queue sorts by that one.

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

revision = "0044"
down_revision = "0043"

_WALKED = ["status", "needs_attention"]
_SORTED = ["due_on", "request_id"]


def upgrade() -> None:
    op.drop_index("ix_requests_by_effective_due", "requests")
    op.drop_index("ix_requests_of_controller_by_effective_due", "requests")
    op.drop_index("ix_requests_of_assignee_by_effective_due", "requests")
    op.add_column("requests", sa.Column("order_due", sa.Date))
    op.add_column("requests", sa.Column("due_on", sa.Date))
    op.add_column("requests", sa.Column("due_source", sa.String))
    # The queue shows its old rows until they are rebuilt, and is sorted by this column from now on: without an order,
    # the effective date holds.
    op.execute(
        "UPDATE requests SET due_on = effective_due,"
        " due_source = CASE WHEN effective_due = statutory_due THEN 'statute' ELSE 'promise' END"
    )
    with op.batch_alter_table("requests") as requests:
        requests.alter_column("due_on", existing_type=sa.Date, nullable=False)
        requests.alter_column("due_source", existing_type=sa.String, nullable=False)
    op.create_index("ix_requests_by_due_on", "requests", [*_WALKED, *_SORTED])
    op.create_index("ix_requests_of_controller_by_due_on", "requests", ["controller_id", *_WALKED, *_SORTED])
    op.create_index("ix_requests_of_assignee_by_due_on", "requests", ["assignee", *_WALKED, *_SORTED])
    op.create_index("ix_requests_order_due_request_id", "requests", ["order_due", "request_id"])
