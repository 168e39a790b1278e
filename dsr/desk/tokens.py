"""Bearer tokens: 256 random bits, shown once, stored as SHA-256; they expire, can be revoked, and note the day of their
last use.
"""

import base64
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.statements import Statement
from dsr.desk.errors import SecretShown, TokenInvalid
from dsr.desk.kept_secrets import hash_of
from dsr.domain.roles import Role
from dsr.domain.staff import TokenLimits
from dsr.projections.credentials import credentials
from dsr.projections.staff import StaffMember, member_of, staff
from dsr.vault import PassingSecrets

REPEATED_FOR: Final = timedelta(minutes=10)
"""How long a repeated command still shows the secret that its first answer showed."""

tokens: Final = sa.Table(
    "tokens",
    metadata.main,
    sa.Column("sha256", sa.String(64), primary_key=True, comment="of the token, hex"),
    sa.Column("token_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("staff", sa.String(40), index=True, comment="identifier of the member of staff"),
    sa.Column("request_id", sa.Uuid, index=True, comment="the one case of a data subject"),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("revoked", sa.Boolean, nullable=False),
    sa.Column("last_used_on", sa.Date),
)

_BY_HASH: Final = Statement(
    sa.select(
        tokens.c.token_id,
        tokens.c.staff,
        tokens.c.request_id,
        tokens.c.expires_at,
        tokens.c.revoked,
        tokens.c.last_used_on,
        staff.c.identifier,
        staff.c.roles,
        staff.c.controllers,
        staff.c.has_left,
        staff.c.access_ends_on,
        staff.c.asked_roles,
        credentials.c.only_roles,
        credentials.c.only_controllers,
        credentials.c.reads_only,
        credentials.c.calendar_only,
    )
    .select_from(
        tokens.join(credentials, credentials.c.credential_id == tokens.c.token_id).outerjoin(
            staff, staff.c.identifier == tokens.c.staff
        )
    )
    .where(tokens.c.sha256 == sa.bindparam("sha256"), credentials.c.ended_at.is_(None))
)
"""A token that an event knows and none has ended, with the member of staff that it belongs to, as they stand now.

It is looked up on every request.
"""


@dataclass(frozen=True)
class Holder:
    """Holder of a token: a member of staff, or the data subject of one case."""

    token_id: UUID
    staff: str | None
    request_id: UUID | None
    member: StaffMember | None
    """The member of staff; None for a data subject."""
    limits: TokenLimits


@dataclass(frozen=True)
class TokenLine:
    """A token as lists show it: never the token."""

    token_id: UUID
    expires_at: datetime
    revoked: bool
    last_used_on: date | None
    name: str | None
    """What it is for."""
    limits: TokenLimits


class Tokens:
    """The table of hashes. The token itself is kept, sealed, only as long as a lost answer may be asked for again."""

    def __init__(self, database: Database, passing: PassingSecrets) -> None:
        self._database = database
        self._passing = passing

    def secret(self, token_id: UUID, *, at: datetime) -> str:
        """The token itself: `dsr_` and 256 bits. Raises SecretShown ten minutes after it was made, or once it ended."""
        secret = self._passing.find(token_id, at=at)
        if secret is None:
            raise SecretShown()
        return secret

    def add(
        self, token_id: UUID, *, staff: str | None, request_id: UUID | None, expires_at: datetime, at: datetime
    ) -> None:
        """Make a token and store its hash, in the transaction of the event; its answer shows it."""
        secret = self.make(token_id, staff=staff, request_id=request_id, expires_at=expires_at)
        self._passing.keep(token_id, secret, at=at, until=at + REPEATED_FOR)

    def make(self, token_id: UUID, *, staff: str | None, request_id: UUID | None, expires_at: datetime) -> str:
        """Make a token and store its hash; one that was made before under this id is replaced."""
        secret = "dsr_" + secrets.token_urlsafe(32)
        row = {
            "sha256": hash_of(secret),
            "token_id": token_id,
            "staff": staff,
            "request_id": request_id,
            "expires_at": expires_at,
            "revoked": False,
        }
        with self._database.writing() as connection:
            connection.execute(tokens.delete().where(tokens.c.token_id == token_id))
            connection.execute(tokens.insert(), row)
        return secret

    def revoke(self, *, token_id: UUID | None = None, staff: str | None = None, request_id: UUID | None = None) -> None:
        """End one token, or all tokens of a member of staff, or those of the data subject of a case."""
        given = {"token_id": token_id, "staff": staff, "request_id": request_id}
        which = sa.and_(*(tokens.c[name] == value for name, value in given.items() if value is not None))
        with self._database.writing() as connection:
            ended = connection.execute(tokens.update().where(which).values(revoked=True).returning(tokens.c.token_id))
            ids = ended.scalars().all()
        self._passing.forget(*ids)

    def holder(self, token: str, *, at: datetime) -> Holder:
        """The holder of this token; notes the day of its use. Raises TokenInvalid."""
        sha256 = hash_of(token)
        with self._database.glancing() as connection:
            rows = _BY_HASH.rows(connection, {"sha256": sha256})
        if not rows or rows[0]["revoked"] or _aware(rows[0]["expires_at"]) <= at:
            raise TokenInvalid()
        row = rows[0]
        if row["last_used_on"] != at.date():
            with self._database.writing() as connection:
                used = tokens.update().where(tokens.c.sha256 == sha256)
                connection.execute(used.values(last_used_on=at.date()))
        member = None if row["identifier"] is None else member_of(row)
        return Holder(row["token_id"], row["staff"], row["request_id"], member, _limits(row))

    def are_computed_under(self, key: bytes) -> bool:
        """Whether the tokens of a version before 0.3.0 were computed under this key; true if there are none."""
        query = sa.select(tokens.c.token_id, tokens.c.sha256).limit(1)
        with self._database.glancing() as connection:
            row = connection.execute(query).first()
        if row is None:
            return True
        bits = hmac.digest(key, b"token" + row.token_id.bytes, "sha256")
        return hmac.compare_digest(row.sha256, hash_of("dsr_" + base64.urlsafe_b64encode(bits).decode().rstrip("=")))

    def living(self, at: datetime) -> list[tuple[str, UUID, datetime]]:
        """Holder, id and expiry of every token that works, the first to expire first."""
        holder = sa.func.coalesce(tokens.c.staff, "data-subject")
        query = (
            sa.select(holder, tokens.c.token_id, tokens.c.expires_at)
            .join(credentials, credentials.c.credential_id == tokens.c.token_id)
            .where(tokens.c.revoked.is_(False), tokens.c.expires_at > at, credentials.c.ended_at.is_(None))
        )
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(tokens.c.expires_at)).all()
        return [(name, token_id, _aware(expires_at)) for name, token_id, expires_at in found]

    def of_staff(self, staff: str) -> list[TokenLine]:
        """All tokens ever issued to a member of staff, the latest to expire first."""
        on_record = tokens.join(credentials, credentials.c.credential_id == tokens.c.token_id)
        given = (
            credentials.c[each] for each in ("name", "only_roles", "only_controllers", "reads_only", "calendar_only")
        )
        query = sa.select(tokens, *given).select_from(on_record).where(tokens.c.staff == staff)
        with self._database.reading() as connection:
            return [
                TokenLine(
                    row["token_id"],
                    _aware(row["expires_at"]),
                    row["revoked"],
                    row["last_used_on"],
                    row["name"],
                    _limits(row),
                )
                for row in connection.execute(query.order_by(tokens.c.expires_at.desc())).mappings()
            ]


def _limits(row: Mapping[Any, Any]) -> TokenLimits:
    roles, controllers = row["only_roles"], row["only_controllers"]
    return TokenLimits(
        roles=None if roles is None else tuple(Role(each) for each in roles),
        controllers=None if controllers is None else tuple(controllers),
        reads_only=row["reads_only"],
        calendar_only=row["calendar_only"],
    )


def _aware(moment: datetime) -> datetime:
    """SQLite returns times without their zone; they were written in UTC."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
