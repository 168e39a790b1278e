"""New links that people ask for, and completed downloads, both on record since a link survives an opened page.

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

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "link_requests",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("item_id", sa.String, nullable=False),
        sa.Column("export_id", sa.Uuid, nullable=False),
        sa.Column("requested_at", sa.String(27), nullable=False),
        sa.Column("granted_at", sa.String(27)),
        sa.PrimaryKeyConstraint("request_id", "item_id", name="pk_link_requests"),
    )
    op.create_index("ix_link_requests_granted_at_requested_at", "link_requests", ["granted_at", "requested_at"])
    with op.batch_alter_table("exports") as exports:
        exports.add_column(sa.Column("downloaded_at", sa.String(27)))
