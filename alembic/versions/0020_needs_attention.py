"""Whether somebody has to act on a request, in the queue and in the indexes that it walks.

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

revision = "0020"
down_revision = "0019"

_ORDERS = ("effective_due", "received_at", "reference", "last_position")


def upgrade() -> None:
    op.drop_index("ix_requests_assignee_status_effective_due_request_id", "requests")
    for order in _ORDERS:
        op.drop_index(f"ix_requests_status_{order}_request_id", "requests")
        op.drop_index(f"ix_requests_controller_id_status_{order}_request_id", "requests")
    op.add_column("requests", sa.Column("needs_attention", sa.Boolean, nullable=False, server_default=sa.true()))
    with op.batch_alter_table("requests") as requests:
        requests.alter_column("needs_attention", server_default=None)
    walked = ["status", "needs_attention"]
    for order in _ORDERS:
        op.create_index(f"ix_requests_by_{order}", "requests", [*walked, order, "request_id"])
        op.create_index(
            f"ix_requests_of_controller_by_{order}", "requests", ["controller_id", *walked, order, "request_id"]
        )
    op.create_index(
        "ix_requests_of_assignee_by_effective_due", "requests", ["assignee", *walked, "effective_due", "request_id"]
    )
