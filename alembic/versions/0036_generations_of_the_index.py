"""Which index key made a row, and whether a later one made another beside it.

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

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    for name in ("blind_index", "known_messages", "suppressions"):
        with op.batch_alter_table(name) as batch:
            batch.add_column(
                sa.Column(
                    "generation",
                    sa.Integer,
                    nullable=False,
                    server_default="0",
                    comment="of the index key that made it",
                )
            )
            if name == "blind_index":
                batch.add_column(
                    sa.Column(
                        "superseded",
                        sa.Boolean,
                        nullable=False,
                        server_default=sa.false(),
                        comment="a row under a later index key says the same",
                    )
                )
        with op.batch_alter_table(name) as batch:
            batch.alter_column("generation", server_default=None)
            if name == "blind_index":
                batch.alter_column("superseded", server_default=None)
            batch.create_index(f"ix_{name}_generation", ["generation"])
