"""Whom nobody may write to for direct marketing any more, without keeping who that is (GDPR Art. 21(3)).

Tokens are made as those of the blind index are, under keys of their own: the list outlives the forgetting of the case
that it came from, and with the index in common it would tell which later cases are of the forgotten person. Kept are
only tokens, so the list answers a question about an address and never gives one away.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from dsr.database import Database, metadata
from dsr.vault.blind_index import tokens_of
from dsr.vault.keyring import Keyring
from dsr.vault.normal_form import IndexPurpose

Marks = Mapping[IndexPurpose, Iterable[str]]
"""What identifies a person, by kind."""

SUPPRESSED_BY: Final = (IndexPurpose.EMAIL, IndexPurpose.PHONE, IndexPurpose.IDENTIFIER)
"""By a name alone nobody is suppressed: many people share one."""

suppressions: Final = sa.Table(
    "suppressions",
    metadata.main,
    sa.Column("purpose", sa.String(32), primary_key=True, comment="the kind of identifier"),
    sa.Column("token", sa.String(64), primary_key=True, comment="HMAC-SHA256 of the normal form, hex"),
    sa.Column("controller_id", sa.String, primary_key=True),
    sa.Column("request_id", sa.Uuid, primary_key=True, comment="the case of the objection"),
    sa.Column("since", sa.Date, nullable=False),
)

_ADD_SQLITE: Final = sqlite.insert(suppressions).on_conflict_do_nothing()
_ADD_POSTGRESQL: Final = postgresql.insert(suppressions).on_conflict_do_nothing()


class SuppressionList:
    """Written by the desk inside the command's transaction. Nothing deletes from it, forgetting included."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """`database` holds the tables of the metadata `main`."""
        self._database = database
        self._keys = {purpose: keyring.index_key(f"suppression {purpose}") for purpose in SUPPRESSED_BY}

    def add(self, request_id: UUID, controller_id: str, marks: Marks, since: date) -> None:
        """Suppress whoever has one of the marks; what is there already keeps its date.

        Names are passed over, and what is empty in its normal form. Raises RuntimeError outside of a transaction: the
        objection and its effect stand or fall together.
        """
        rows = [
            {
                "purpose": purpose.value,
                "token": token,
                "controller_id": controller_id,
                "request_id": request_id,
                "since": since,
            }
            for purpose, tokens in self._tokens(marks).items()
            for token in sorted(tokens)
        ]
        if rows:
            statement = _ADD_SQLITE if self._database.is_sqlite else _ADD_POSTGRESQL
            self._database.connection.execute(statement, rows)

    def matches(self, controller_id: str, marks: Marks) -> date | None:
        """Since when the controller may not write to whoever has one of the marks; None: there was no objection."""
        c = suppressions.c
        found = sa.select(sa.func.min(c.since)).where(
            c.controller_id == controller_id,
            sa.or_(
                sa.false(),
                *(
                    (c.purpose == purpose.value) & c.token.in_(sorted(tokens))
                    for purpose, tokens in self._tokens(marks).items()
                ),
            ),
        )
        with self._database.glancing() as connection:
            since: date | None = connection.execute(found).scalar_one()
        return since

    def _tokens(self, marks: Marks) -> dict[IndexPurpose, set[str]]:
        return {
            purpose: tokens_of(key, purpose, marks[purpose]) for purpose, key in self._keys.items() if purpose in marks
        }
