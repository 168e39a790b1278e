"""The mark of the log, and keys that are set aside before they are destroyed.

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

revision = "keys_0003"
down_revision = "keys_0002"


def upgrade() -> None:
    op.create_table(
        "log_mark",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False, comment="of an event that was committed"),
        sa.Column("header_sha256", sa.String(64), nullable=False, comment="hex digest of its header"),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_log_mark"),
        sa.CheckConstraint("id = 1", name=op.f("ck_log_mark_one_row")),
    )
    with op.batch_alter_table("data_keys") as table:
        table.add_column(
            sa.Column(
                "set_aside_at", sa.DateTime(timezone=True), comment="since when nothing names it; null: something does"
            )
        )
