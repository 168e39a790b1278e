"""A code to sign in is sent again, and the networks that asked for it have tries of their own.

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

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    # Codes that were sent before count as sent once; wishes that wait name no network.
    op.add_column(
        "sign_in_codes", sa.Column("mails", sa.Integer, nullable=False, server_default="1", comment="that left with it")
    )
    asked_by = sa.Column(
        "asked_by", sa.String(64), nullable=False, server_default="", comment="reference and network: HMAC, hex"
    )
    op.add_column("sign_in_wishes", asked_by)
    op.add_column(
        "sign_in_wishes",
        sa.Column("grants", sa.Uuid, comment="the code that its mail brings; none until that is recorded"),
    )
    for table, column in (("sign_in_codes", "mails"), ("sign_in_wishes", "asked_by")):
        with op.batch_alter_table(table) as altered:
            altered.alter_column(column, server_default=None)
    op.create_table(
        "sign_in_askers",
        sa.Column("code_id", sa.Uuid, nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False, comment="as `tried_by` in `sign_in_tries_by_network`"),
        sa.PrimaryKeyConstraint("code_id", "asked_by", name="pk_sign_in_askers"),
    )
