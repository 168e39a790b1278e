"""One-time codes and sessions of data subjects: only hashes are kept, under a key of the keyring."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database, metadata

CODE_MINUTES: Final = 15
CODE_TRIES: Final = 5
CODES_AN_HOUR: Final = 3
SESSION_MINUTES: Final = 30

codes: Final = sa.Table(
    "sign_in_codes",
    metadata.main,
    sa.Column("code_id", sa.Uuid, primary_key=True),
    sa.Column("request_id", sa.Uuid, nullable=False, index=True),
    sa.Column("hmac", sa.String(64), nullable=False, comment="of the code, under the keyring; hex"),
    sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("used", sa.Boolean, nullable=False),
)

sessions: Final = sa.Table(
    "subject_sessions",
    metadata.main,
    sa.Column("hmac", sa.String(64), primary_key=True, comment="of the token, under the keyring; hex"),
    sa.Column("request_id", sa.Uuid, nullable=False, index=True),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
)


@dataclass(frozen=True)
class Session:
    """Who is signed in, and until when."""

    request_id: UUID
    expires_at: datetime


class SignInCodes:
    """Both tables. Eight digits alone could be tried out against a plain hash: the key is not in the database."""

    def __init__(self, database: Database, key: bytes) -> None:
        """`key`: 32 bytes of the keyring, for this use only."""
        self._database = database
        self._key = key

    def new_code(self) -> str:
        """Eight random digits."""
        return f"{secrets.randbelow(10**8):08}"

    def sent_since(self, request_id: UUID, since: datetime) -> int:
        """How many codes were sent for a case since then."""
        query = sa.select(sa.func.count()).where(codes.c.request_id == request_id, codes.c.sent_at > since)
        with self._database.glancing() as connection:
            return connection.execute(query).scalar_one()

    def add_code(self, request_id: UUID, code_id: UUID, code: str, *, at: datetime) -> datetime:
        """Keep the hash, in the transaction of the event; what expired an hour ago goes. Returns when it expires."""
        expires_at = at + timedelta(minutes=CODE_MINUTES)
        with self._database.writing() as connection:
            connection.execute(codes.delete().where(codes.c.sent_at <= at - timedelta(hours=1)))
            connection.execute(
                codes.insert(),
                {
                    "code_id": code_id,
                    "request_id": request_id,
                    "hmac": self._hmac("code", code_id.hex + code),
                    "sent_at": at,
                    "expires_at": expires_at,
                    "tries": 0,
                    "used": False,
                },
            )
        return expires_at

    def try_code(self, request_id: UUID, code: str, *, at: datetime) -> UUID | None:
        """The code that this is, if it holds; None counts as a try of each that does. Whoever is first has used it.

        The try is counted before the code is looked at, and committed whatever comes after.
        """
        holds = sa.and_(
            codes.c.request_id == request_id,
            codes.c.expires_at > at,
            codes.c.tries < CODE_TRIES,
            codes.c.used.is_(sa.false()),
        )
        with self._database.writing() as connection:
            found = connection.execute(sa.select(codes.c.code_id, codes.c.hmac).where(holds).with_for_update()).all()
            connection.execute(codes.update().where(holds).values(tries=codes.c.tries + 1))
            for code_id, kept in found:
                if hmac.compare_digest(kept, self._hmac("code", code_id.hex + code)):
                    used = codes.update().where(codes.c.code_id == code_id, codes.c.used.is_(sa.false()))
                    return code_id if connection.execute(used.values(used=True)).rowcount else None
        return None

    def add_session(self, request_id: UUID, token: str, *, at: datetime) -> None:
        """Keep the hash of a session's token, in the transaction of the event; sessions that ended go."""
        with self._database.writing() as connection:
            connection.execute(sessions.delete().where(sessions.c.expires_at <= at))
            connection.execute(
                sessions.insert(),
                {
                    "hmac": self._hmac("session", token),
                    "request_id": request_id,
                    "expires_at": at + timedelta(minutes=SESSION_MINUTES),
                },
            )

    def session(self, token: str, *, at: datetime) -> Session | None:
        """Whose session this is; None where it ended or never was."""
        query = sa.select(sessions).where(sessions.c.hmac == self._hmac("session", token))
        with self._database.glancing() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        # SQLite gives times back without their zone; they were written in UTC.
        expires_at = row.expires_at if row.expires_at.tzinfo else row.expires_at.replace(tzinfo=UTC)
        return Session(row.request_id, expires_at) if expires_at > at else None

    def end_session(self, token: str) -> None:
        """Sign out."""
        with self._database.writing() as connection:
            connection.execute(sessions.delete().where(sessions.c.hmac == self._hmac("session", token)))

    def form_token(self, secret: str) -> str:
        """What a form carries, so that no other site can send it: computed from the secret in a cookie."""
        return self._hmac("form", secret)

    def _hmac(self, use: str, value: str) -> str:
        return hmac.digest(self._key, f"{use}:{value}".encode(), "sha256").hex()
