"""Attempts to sign in that failed.

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

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.create_table(
        "sign_in_failures",
        sa.Column("credential_id", sa.Uuid, nullable=False, comment="all zeros: any that is not known"),
        sa.Column("made", sa.BigInteger, nullable=False, comment="failures in all"),
        sa.Column("noted", sa.BigInteger, nullable=False, comment="of them, told by events"),
        sa.Column("noted_at", sa.String(27), comment="when the last event told of them"),
        sa.PrimaryKeyConstraint("credential_id", name="pk_sign_in_failures"),
    )
