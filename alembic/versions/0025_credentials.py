"""Credentials that were issued, and the mails that bring them to their holders.

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

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "credentials",
        sa.Column("credential_id", sa.Uuid, nullable=False),
        sa.Column("stream_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("staff", sa.String(40)),
        sa.Column("issued_by", sa.String, nullable=False),
        sa.Column("issued_at", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("ended_at", sa.String(27)),
        sa.PrimaryKeyConstraint("credential_id", name="pk_credentials"),
    )
    op.create_index("ix_credentials_stream_id", "credentials", ["stream_id"])
    op.create_index("ix_credentials_position", "credentials", ["position"])
    op.create_table(
        "credential_mails",
        sa.Column("mail_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("recipient", sa.String(40), nullable=False, comment="id of the case; never an address"),
        sa.Column("credential_id", sa.Uuid, nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False, comment="of the credential, and of the mail with it"),
        sa.Column("next_attempt_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("mail_id", name="pk_credential_mails"),
    )
    op.create_index("ix_credential_mails_next_attempt_at", "credential_mails", ["next_attempt_at"])
