"""Random secrets: those that are kept for minutes, the root of a link, and the mark of the keyring.

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

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "passing_secrets",
        sa.Column("secret_id", sa.Uuid, nullable=False, comment="of the token or code"),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="nonce and AES-256-GCM ciphertext"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("secret_id", name="pk_passing_secrets"),
    )
    op.create_index("ix_passing_secrets_expires_at", "passing_secrets", ["expires_at"])
    op.create_table(
        "keyring_mark",
        sa.Column("proof", sa.String(64), nullable=False, comment="HMAC under the index key, hex; one row"),
        sa.PrimaryKeyConstraint("proof", name="pk_keyring_mark"),
    )
    op.add_column(
        "export_links",
        sa.Column(
            "root", sa.Text, comment="random, sealed under the key of the package, JSON; none of links before 0.3.0"
        ),
    )
    if op.get_context().dialect.name == "postgresql":  # SQLite keeps no comments
        op.alter_column(
            "sign_in_codes",
            "code_id",
            existing_type=sa.Uuid(),
            existing_nullable=False,
            comment="the code is kept, sealed, until it expires",
            existing_comment="the code is computed from it",
        )
