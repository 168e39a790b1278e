"""Accounts of members of staff at the organisation's provider.

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

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.create_table(
        "staff_accounts",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("staff_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("staff", sa.String(40), nullable=False),
        sa.Column("issuer", sa.String, nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("linked_at", sa.String(27), nullable=False),
        sa.Column("linked_by", sa.String, nullable=False),
        sa.Column("unlinked_at", sa.String(27)),
        sa.Column("unlinked_by", sa.String),
        sa.PrimaryKeyConstraint("account_id", name="pk_staff_accounts"),
    )
    op.create_index("ix_staff_accounts_staff_id", "staff_accounts", ["staff_id"])
    op.create_index("ix_staff_accounts_subject", "staff_accounts", ["subject"])
