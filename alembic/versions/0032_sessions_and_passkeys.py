"""Sessions and passkeys of members of staff.

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

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "passkeys",
        sa.Column("passkey_id", sa.Uuid, nullable=False),
        sa.Column("staff_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("staff", sa.String(40), nullable=False),
        sa.Column("webauthn_id", sa.Text, nullable=False),
        sa.Column("public_key", sa.Text, nullable=False),
        sa.Column("rp_id", sa.String(253), nullable=False),
        sa.Column("is_synced", sa.Boolean, nullable=False),
        sa.Column("transports", sa.Text, nullable=False),
        sa.Column("registered_at", sa.String(27), nullable=False),
        sa.Column("revoked_at", sa.String(27)),
        sa.Column("revoked_by", sa.String),
        sa.PrimaryKeyConstraint("passkey_id", name="pk_passkeys"),
    )
    op.create_index("ix_passkeys_staff_id", "passkeys", ["staff_id"])
    op.create_index("ix_passkeys_webauthn_id", "passkeys", ["webauthn_id"])
    op.create_table(
        "passkey_uses",
        sa.Column("passkey_id", sa.Uuid, nullable=False),
        sa.Column(
            "sign_count",
            sa.BigInteger,
            nullable=False,
            comment="signatures that the authenticator counted; 0: none",
        ),
        sa.Column("last_used_on", sa.Date),
        sa.PrimaryKeyConstraint("passkey_id", name="pk_passkey_uses"),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("session_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("staff", sa.String(40), nullable=False),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("credential_id", sa.Uuid, nullable=False),
        sa.Column("signed_in_at", sa.String(27), nullable=False),
        sa.Column("proved_at", sa.String(27), nullable=False),
        sa.Column("ends_at", sa.String(27), nullable=False),
        sa.Column("ended_at", sa.String(27)),
        sa.Column("ended_by", sa.String),
        sa.Column("end_reason", sa.String(32)),
        sa.PrimaryKeyConstraint("session_id", name="pk_staff_sessions"),
    )
    op.create_index("ix_staff_sessions_staff", "staff_sessions", ["staff"])
    op.create_index("ix_staff_sessions_position", "staff_sessions", ["position"])
    op.create_table(
        "staff_session_secrets",
        sa.Column("sha256", sa.String(64), nullable=False, comment="of the secret in the cookie, hex"),
        sa.Column("session_id", sa.Uuid, nullable=False),
        sa.Column("last_seen_at", sa.String(27), nullable=False, comment="at most a minute too early"),
        sa.Column("ends_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_staff_session_secrets"),
        sa.UniqueConstraint("session_id", name="uq_staff_session_secrets_session_id"),
    )
    op.create_index("ix_staff_session_secrets_ends_at", "staff_session_secrets", ["ends_at"])
    op.create_table(
        "used_challenges",
        sa.Column("sha256", sa.String(64), nullable=False, comment="of the challenge, hex"),
        sa.Column("ends_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_used_challenges"),
    )
    op.create_index("ix_used_challenges_ends_at", "used_challenges", ["ends_at"])
