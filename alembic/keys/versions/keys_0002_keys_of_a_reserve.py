"""Keys of a reserve: made ahead of need, without stream and purpose, to be taken until a moment.

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

revision = "keys_0002"
down_revision = "keys_0001"


def upgrade() -> None:
    with op.batch_alter_table("data_keys") as table:
        table.alter_column(
            "stream_id",
            existing_type=sa.Uuid(),
            nullable=True,
            existing_comment="the case",
            comment="the case; null for a key of a reserve",
        )
        table.alter_column("purpose", existing_type=sa.String(32), nullable=True, comment="null for a key of a reserve")
        table.add_column(
            sa.Column(
                "expires_at", sa.DateTime(timezone=True), comment="until when a key of a reserve may be taken from it"
            )
        )
        table.create_check_constraint(
            op.f("ck_data_keys_bound_or_of_a_reserve"),
            "(stream_id IS NULL) = (expires_at IS NOT NULL) AND (purpose IS NULL) = (expires_at IS NOT NULL)",
        )
