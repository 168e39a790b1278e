"""The first tables of the key database.

Frozen: installations were made with it. It is never edited; a change is a new migration, `keys_0002_….py`.
"""

import sqlalchemy as sa
from alembic import op

revision = "keys_0001"
down_revision = None


def upgrade() -> None:
    create_data_keys()


def create_data_keys() -> None:
    op.create_table(
        "data_keys",
        sa.Column("key_id", sa.Uuid, nullable=False),
        sa.Column("stream_id", sa.Uuid, nullable=False, comment="the case"),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("kek_id", sa.Uuid, comment="the key-encryption key that wraps it; null once destroyed"),
        sa.Column("wrapped", sa.LargeBinary, comment="nonce and AES-256-GCM ciphertext; null once destroyed"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("key_id", name="pk_data_keys"),
        sa.CheckConstraint(
            "(destroyed_at IS NULL) = (wrapped IS NOT NULL) AND (destroyed_at IS NULL) = (kek_id IS NOT NULL)",
            name=op.f("ck_data_keys_material_until_destroyed"),
        ),
    )
    op.create_index("ix_data_keys_kek_id", "data_keys", ["kek_id"])
    op.create_table(
        "keyring_check",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("kek_id", sa.Uuid, nullable=False, comment="the key-encryption key that wraps new data keys"),
        sa.Column("proof", sa.LargeBinary, nullable=False, comment="opens only with the keyring of this database"),
        sa.PrimaryKeyConstraint("id", name="pk_keyring_check"),
        sa.CheckConstraint("id = 1", name=op.f("ck_keyring_check_one_row")),
    )
