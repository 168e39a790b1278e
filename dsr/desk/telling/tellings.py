"""The table of who is to be told of which event, and of who was told.

A row names an event and a kind, never its content. It stays for a month after it was told, so that no event is told
twice and a mail that came back finds its addressee.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.inserting import insert_into
from dsr.domain.telling import WaitKind
from dsr.projections.columns import UtcInstant

KEPT: Final = timedelta(days=30)
"""How long the record of who was told is kept."""

tellings: Final = sa.Table(
    "tellings",
    metadata.main,
    sa.Column("way", sa.String(8), primary_key=True, comment="staff, office or channel"),
    sa.Column("recipient", sa.String, primary_key=True, comment="a member of staff, or the controller of a DPO"),
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False, comment="of the event"),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("urgent", sa.Boolean, nullable=False, comment="told at once, not in the digest"),
    sa.Column("noted_at", UtcInstant, nullable=False),
    sa.Column("tell_at", UtcInstant, nullable=False),
    sa.Column("told_at", UtcInstant, comment="when it was told, or needed no telling any more"),
    sa.Column("mail_id", sa.Uuid, comment="of the mail in which it was told; NULL: in none"),
    sa.Index(None, "told_at", "tell_at"),
    sa.Index(None, "mail_id"),
)
_c: Final = tellings.c


class Way(StrEnum):
    """Who is told."""

    STAFF = "staff"
    """A member of staff, at their work address."""
    OFFICE = "office"
    """The data protection officer of a controller, where no member of staff can be reached."""
    CHANNEL = "channel"
    """The channel of the team, beside them."""


@dataclass(frozen=True)
class TellingRecipient:
    """Who is told."""

    way: Way
    name: str
    """Identifier of the member of staff, id of the controller, or `team`."""


@dataclass(frozen=True)
class Telling:
    """One event, and the recipient who is to be told of it."""

    recipient: TellingRecipient
    position: int
    kind: WaitKind
    urgent: bool
    noted_at: datetime
    tell_at: datetime
    mail_id: UUID | None = None
    """Id of the mail that tells it, set before the mail leaves."""


class Tellings:
    """The table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, noted: Iterable[Telling]) -> None:
        """Store events to be told; those on record already, even as told, stay as they are."""
        rows = [
            {
                "way": each.recipient.way.value,
                "recipient": each.recipient.name,
                "position": each.position,
                "kind": each.kind.value,
                "urgent": each.urgent,
                "noted_at": each.noted_at,
                "tell_at": each.tell_at,
            }
            for each in noted
        ]
        if rows:
            insert = insert_into(tellings, self._database.engine.dialect.name).on_conflict_do_nothing()
            with self._database.writing() as connection:
                connection.execute(insert, rows)

    def recipients(self, at: datetime) -> list[TellingRecipient]:
        """All recipients for whom an event is due, in order."""
        query = sa.select(_c.way, _c.recipient).where(_c.told_at.is_(None), _c.tell_at <= at).distinct()
        with self._database.glancing() as connection:
            rows = connection.execute(query.order_by(_c.way, _c.recipient)).all()
        return [TellingRecipient(Way(way), name) for way, name in rows]

    def due(self, recipient: TellingRecipient, at: datetime) -> list[Telling]:
        """What is due for one recipient, oldest first."""
        query = sa.select(tellings).where(_of(recipient), _c.told_at.is_(None), _c.tell_at <= at)
        with self._database.glancing() as connection:
            rows = connection.execute(query.order_by(_c.position, _c.kind)).all()
        return [_telling(row) for row in rows]

    def last_mail_at(self, recipient: TellingRecipient) -> datetime | None:
        """When the last mail to this recipient left."""
        query = sa.select(sa.func.max(_c.told_at, type_=UtcInstant())).where(_of(recipient), _c.mail_id.is_not(None))
        with self._database.glancing() as connection:
            found: datetime | None = connection.scalar(query)
        return found

    def mail_of(self, chosen: Sequence[Telling]) -> UUID:
        """The id of the mail that tells these: the one stored for exactly these before a crash, else a new one."""
        known = {each.mail_id for each in chosen}
        if len(known) == 1 and (mail_id := next(iter(known))) is not None:
            return mail_id
        mail_id = uuid4()
        self._change(chosen, {"mail_id": mail_id})
        return mail_id

    def settle(self, told: Sequence[Telling], *, at: datetime, mail_id: UUID | None) -> None:
        """Store that these were told in this mail, or without one need no telling any more."""
        self._change(told, {"told_at": at, "mail_id": mail_id})

    def put_off(self, untold: Sequence[Telling], *, until: datetime) -> None:
        """Try these again at that time."""
        self._change(untold, {"tell_at": until})

    def drop(self, moot: Sequence[Telling]) -> None:
        """Delete these, so that they can be noted for another recipient."""
        with self._database.writing() as connection:
            for each in moot:
                connection.execute(sa.delete(tellings).where(_is(each)))

    def of_mail(self, mail_id: UUID) -> tuple[list[Telling], datetime | None]:
        """What was told in this mail, and when it left; empty and None for a mail that never left."""
        query = sa.select(tellings).where(_c.mail_id == mail_id, _c.told_at.is_not(None)).order_by(_c.position)
        with self._database.glancing() as connection:
            rows = connection.execute(query).all()
        return [_telling(row) for row in rows], max((row.told_at for row in rows), default=None)

    def forget_old(self, at: datetime) -> int:
        """Delete what was told more than a month ago; return how much."""
        old = _c.told_at <= at - KEPT
        with self._database.writing() as connection:
            return connection.execute(sa.delete(tellings).where(old)).rowcount

    def _change(self, some: Sequence[Telling], values: dict[str, object]) -> None:
        with self._database.writing() as connection:
            for each in some:
                connection.execute(sa.update(tellings).where(_is(each)).values(**values))


def _telling(row: Any) -> Telling:
    return Telling(
        TellingRecipient(Way(row.way), row.recipient),
        row.position,
        WaitKind(row.kind),
        row.urgent,
        row.noted_at,
        row.tell_at,
        row.mail_id,
    )


def _of(recipient: TellingRecipient) -> sa.ColumnElement[bool]:
    return sa.and_(_c.way == recipient.way.value, _c.recipient == recipient.name)


def _is(one: Telling) -> sa.ColumnElement[bool]:
    return sa.and_(_of(one.recipient), _c.position == one.position, _c.kind == one.kind.value)
