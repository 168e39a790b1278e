"""How far each audit bundle is that is written over HTTP.

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

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    op.create_table(
        "audit_bundles",
        sa.Column("bundle_id", sa.Uuid, primary_key=True),
        sa.Column("asked_by", sa.String(40), nullable=False, comment="identifier of the member of staff"),
        sa.Column("scope", sa.Text, nullable=False, comment="as it was given"),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("cases", sa.Integer, nullable=False, comment="in the bundle"),
        sa.Column("matters", sa.Integer, nullable=False, comment="in the bundle"),
        sa.Column("cases_done", sa.Integer, nullable=False),
        sa.Column("bytes_written", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.String(27), nullable=False),
        sa.Column("noted_at", sa.String(27), nullable=False, comment="when it was last said how far it is"),
    )
    op.create_index("ix_audit_bundles_started_at", "audit_bundles", ["started_at"])
