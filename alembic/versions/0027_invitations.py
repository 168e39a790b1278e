"""Invitations of members of staff.

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

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("sha256", sa.String(64), nullable=False, comment="of the code, hex"),
        sa.Column("invitation_id", sa.Uuid, nullable=False),
        sa.Column("staff", sa.String(40), nullable=False, comment="identifier of the member of staff"),
        sa.PrimaryKeyConstraint("sha256", name="pk_invitations"),
        sa.UniqueConstraint("invitation_id", name="uq_invitations_invitation_id"),
    )
    if op.get_context().dialect.name == "postgresql":  # SQLite keeps no comments
        op.alter_column(
            "credential_mails",
            "recipient",
            existing_type=sa.String(40),
            existing_nullable=False,
            comment="id of case or controller, or a member of staff",
            existing_comment="id of the case; never an address",
        )
