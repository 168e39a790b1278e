"""The suppression list of direct marketing, which does not store who is on it (GDPR Art. 21(3)).

Tokens are computed as in the blind index, but under keys of their own: the list outlives the erasure of its case, and
shared keys would reveal later cases of the erased person. The list holds only tokens, so it can confirm an address but
never reveal one.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.statements import InsertRows
from dsr.vault.blind_index import tokens_of
from dsr.vault.keyring import Keyring
from dsr.vault.normal_form import IndexPurpose

Marks = Mapping[IndexPurpose, Iterable[str]]
"""Identifiers of a person, by kind."""

SUPPRESSED_BY: Final = (IndexPurpose.EMAIL, IndexPurpose.PHONE, IndexPurpose.IDENTIFIER)
"""Kinds that suppress a person; not names, which many people share."""

suppressions: Final = sa.Table(
    "suppressions",
    metadata.main,
    sa.Column("purpose", sa.String(32), primary_key=True, comment="the kind of identifier"),
    sa.Column("token", sa.String(64), primary_key=True, comment="HMAC-SHA256 of the normal form, hex"),
    sa.Column("controller_id", sa.String, primary_key=True),
    sa.Column("request_id", sa.Uuid, primary_key=True, comment="the case of the objection"),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False, index=True, comment="of the index key that made it"),
)

_ADD: Final = InsertRows(suppressions, skips_known=True)


class SuppressionList:
    """Table of tokens, written by the desk in the command's transaction. Nothing is deleted from it, not even on
    erasure.
    """

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """`database` holds the tables of the metadata `main`."""
        self._database = database
        self._keyring = keyring

    def add(self, request_id: UUID, controller_id: str, marks: Marks, since: date) -> None:
        """Add a person by these identifiers; existing entries keep their date.

        Names, and values with an empty normal form, are skipped. Raises RuntimeError outside a transaction, since the
        objection and its effect must be stored together.
        """
        rows = [
            {
                "purpose": purpose.value,
                "token": token,
                "controller_id": controller_id,
                "request_id": request_id,
                "since": since,
                "generation": key.generation,
            }
            for purpose in SUPPRESSED_BY
            for key in self._keyring.index_keys(use_of(purpose))[:1]
            for token in sorted(tokens_of(key.material, purpose, marks.get(purpose, ())))
        ]
        if rows:
            _ADD.send(self._database.connection, rows)

    def matches(self, controller_id: str, marks: Marks) -> date | None:
        """The date from which the controller may not send marketing to a person with one of these identifiers; None: no
        objection.
        """
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
        """Under every key that a row may stand under."""
        return {
            purpose: {
                token
                for key in self._keyring.index_keys(use_of(purpose))
                for token in tokens_of(key.material, purpose, marks[purpose])
            }
            for purpose in SUPPRESSED_BY
            if purpose in marks
        }


def use_of(purpose: IndexPurpose) -> str:
    """The use of the index key for rows of this purpose."""
    return f"suppression {purpose}"
