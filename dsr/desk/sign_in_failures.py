"""Attempts to sign in that failed: those with a known credential reach the log, four an hour at most.

So strangers can make neither the log nor a table grow: there is a row for each credential that exists, and one for all
that do not.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.inserting import insert_into
from dsr.desk.caller import Call, service
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import unit_of_work
from dsr.domain.staff_session import FailedSignIn
from dsr.projections.columns import UtcInstant

NOTED_EVERY: Final = timedelta(minutes=15)

_UNKNOWN: Final = UUID(int=0)

sign_in_failures: Final = sa.Table(
    "sign_in_failures",
    metadata.main,
    sa.Column("credential_id", sa.Uuid, primary_key=True, comment="all zeros: any that is not known"),
    sa.Column("made", sa.BigInteger, nullable=False, comment="failures in all"),
    sa.Column("noted", sa.BigInteger, nullable=False, comment="of them, told by events"),
    sa.Column("noted_at", UtcInstant, comment="when the last event told of them"),
)


class SignInFailures:
    """count, and record what concerns a known credential."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        insert = insert_into(sign_in_failures, self._database.engine.dialect.name)
        self._count = insert.on_conflict_do_update(
            index_elements=[sign_in_failures.c.credential_id], set_={"made": sign_in_failures.c.made + 1}
        ).returning(sign_in_failures.c.made, sign_in_failures.c.noted, sign_in_failures.c.noted_at)

    @property
    def _database(self) -> Database:
        return self._repository.database

    def count_unknown(self) -> None:
        """Count an attempt with a credential that nobody has."""
        with self._database.writing() as connection:
            connection.execute(self._count, {"credential_id": _UNKNOWN, "made": 1, "noted": 0, "noted_at": None})

    def note(self, credential_id: UUID, identifier: str) -> None:
        """Count an attempt with the credential of a member; the first in a quarter of an hour is an event, which tells
        of all before it.
        """
        with self._database.writing() as connection:
            row = connection.execute(
                self._count, {"credential_id": credential_id, "made": 1, "noted": 0, "noted_at": None}
            ).one()
        if self._is_due(row.noted_at):
            self._record(credential_id, identifier)

    def unknown(self) -> int:
        """How many attempts were made with credentials that nobody has."""
        query = sa.select(sign_in_failures.c.made).where(sign_in_failures.c.credential_id == _UNKNOWN)
        with self._database.glancing() as connection:
            return connection.execute(query).scalar() or 0

    def known(self) -> int:
        """How many attempts were made with credentials of members, and failed."""
        query = sa.select(sa.func.sum(sign_in_failures.c.made)).where(sign_in_failures.c.credential_id != _UNKNOWN)
        with self._database.glancing() as connection:
            return int(connection.execute(query).scalar() or 0)

    def _record(self, credential_id: UUID, identifier: str) -> None:
        mine = sign_in_failures.c.credential_id == credential_id
        with self._database.appending(), unit_of_work(self._repository, Call(service("sign-in"))) as work:
            with self._database.writing() as connection:  # under the lock: of several at once, one records
                row = connection.execute(sa.select(sign_in_failures).where(mine)).one()
                if not self._is_due(row.noted_at):
                    return
                connection.execute(
                    sign_in_failures.update().where(mine).values(noted=row.made, noted_at=work.acting.at)
                )
            work.add(
                FailedSignIn.note(
                    work.acting,
                    identifier=identifier,
                    credential_id=credential_id,
                    failures=row.made - row.noted,
                )
            )

    def _is_due(self, noted_at: datetime | None) -> bool:
        return noted_at is None or noted_at + NOTED_EVERY <= self._repository.now()
