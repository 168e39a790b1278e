"""Who is to be told of what; this replaces the warnings of dates of cases and of matters.

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

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.create_table(
        "tellings",
        sa.Column("way", sa.String(8), nullable=False, comment="staff, office or channel"),
        sa.Column("recipient", sa.String, nullable=False, comment="a member of staff, or the controller of a DPO"),
        sa.Column("position", sa.BigInteger, nullable=False, autoincrement=False, comment="of the event"),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("urgent", sa.Boolean, nullable=False, comment="told at once, not in the digest"),
        sa.Column("noted_at", sa.String(27), nullable=False),
        sa.Column("tell_at", sa.String(27), nullable=False),
        sa.Column("told_at", sa.String(27), comment="when it was told, or needed no telling any more"),
        sa.Column("mail_id", sa.Uuid, comment="of the mail in which it was told; NULL: in none"),
        sa.PrimaryKeyConstraint("way", "recipient", "position", "kind", name="pk_tellings"),
    )
    op.create_index("ix_tellings_told_at_tell_at", "tellings", ["told_at", "tell_at"])
    op.create_index("ix_tellings_mail_id", "tellings", ["mail_id"])
    # The policy goes on where the one before stopped, so that no date is passed over.
    for table in ("policy_positions", "policy_parked", "policy_waiting"):
        op.execute(f"UPDATE {table} SET policy = 'tell-who-is-waited-for' WHERE policy = 'warn-team'")  # noqa: S608
    # What waits to be sent about the dates of matters is told by the new policy's mails.
    op.execute(
        """
        INSERT INTO tellings (way, recipient, position, kind, urgent, noted_at, tell_at)
        SELECT CASE kind WHEN 'matter-office' THEN 'office' ELSE 'staff' END, recipient,
            (SELECT MAX(position) FROM events WHERE stream_id = credential_id
                AND name IN ('dsr.matter.date-approaching', 'dsr.matter.date-missed')),
            'date', true, MIN(next_attempt_at), MIN(next_attempt_at)
        FROM credential_mails WHERE kind IN ('matter-warning', 'matter-office')
        GROUP BY kind, recipient, credential_id
        """
    )
    op.execute("DELETE FROM credential_mails WHERE kind IN ('matter-warning', 'matter-office')")
