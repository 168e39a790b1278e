"""A table of due dates that could not be recorded, under the name that the program gives them.

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

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "failed_due",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("about", sa.Date, nullable=False),
        sa.Column("code", sa.String(64), nullable=False, comment="of the error; never its words"),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("next_try_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "kind", "subject", "about", name="pk_failed_due"),
    )
    columns = "request_id, kind, subject, about, code, attempts, since, next_try_at"
    op.execute(f"INSERT INTO failed_due ({columns}) SELECT {columns} FROM put_aside")  # noqa: S608 - our own names
    op.drop_table("put_aside")
