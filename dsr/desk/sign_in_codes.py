"""One-time codes and sessions of data subjects: nothing stored opens a case without a key of the keyring."""

import hmac
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.inserting import insert_into
from dsr.domain.export import network_of
from dsr.projections.columns import UtcInstant
from dsr.projections.credentials import credentials
from dsr.vault import Keyring, PassingSecrets
from dsr.vault.passing_secrets import passing_secrets

CODE_MINUTES: Final = 10
CODE_TRIES: Final = 5
"""Tries per code and network."""

CODE_TRIES_IN_ALL: Final = 20
"""Tries per code across networks that did not ask for it. A network that asked has its own tries, whatever others do,
so that strangers who know the reference can't keep its person out.
"""

CODE_ASKERS: Final = 4
"""Networks that asked for a code and have tries of their own. Guessing stays hopeless: 40 tries hit a code of eight
digits once in 2.5 million times. An attacker at eight networks who has a code sent every 7 minutes and tries all of
them day and night succeeds within a month once in 400 times; by then the person has had 12,000 mails.
"""

CODE_MAILS: Final = 2
"""Mails with the same code: a person who asks again is sent the code that still holds."""

LEAST_MINUTES: Final = 3
"""A code with less time left than this is not sent: it could not be read and typed in time. So a case has at most
CODES_AN_HOUR.
"""

CODES_AN_HOUR: Final = 60 // (CODE_MINUTES - LEAST_MINUTES)
MAILS_AN_HOUR: Final = CODES_AN_HOUR * CODE_MAILS
SESSION_MINUTES: Final = 30

_AGAIN: Final = timedelta(seconds=30)
"""Wait before a mail that could not be sent is tried again, by any process."""

_NOBODY: Final = UUID(int=0)

wishes: Final = sa.Table(
    "sign_in_wishes",
    metadata.main,
    sa.Column("code_id", sa.Uuid, primary_key=True),
    sa.Column("reference", sa.String, nullable=False, comment="that was typed; empty where it was none"),
    sa.Column("language", sa.String, nullable=False),
    sa.Column("asked_by", sa.String(64), nullable=False, comment="reference and network: HMAC, hex"),
    sa.Column("grants", sa.Uuid, comment="the code that its mail brings; none until that is recorded"),
    sa.Column("expires_at", UtcInstant, nullable=False, comment="the code, and the wish with it"),
    sa.Column("next_attempt_at", UtcInstant, nullable=False, index=True),
)

codes: Final = sa.Table(
    "sign_in_codes",
    metadata.main,
    sa.Column("code_id", sa.Uuid, primary_key=True, comment="the code is kept, sealed, until it expires"),
    sa.Column("request_id", sa.Uuid, nullable=False, index=True),
    sa.Column("left_at", sa.DateTime(timezone=True), comment="its mail; none while it waits"),
    sa.Column("mails", sa.Integer, nullable=False, comment="that left with it"),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("tries_before", sa.Integer, nullable=False, comment="of its reference, when it was made"),
    sa.Column("used", sa.Boolean, nullable=False),
)

tries: Final = sa.Table(
    "sign_in_tries",
    metadata.main,
    sa.Column("reference", sa.String(64), primary_key=True, comment="that was typed: HMAC under the keyring, hex"),
    sa.Column("made", sa.Integer, nullable=False),
    sa.Column("last_at", UtcInstant, nullable=False, index=True),
)

tries_by_network: Final = sa.Table(
    "sign_in_tries_by_network",
    metadata.main,
    sa.Column("reference", sa.String(64), primary_key=True, comment="as in `sign_in_tries`"),
    sa.Column("tried_by", sa.String(64), primary_key=True, comment="reference and network: HMAC, hex"),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False, comment="among all of its reference"),
    sa.Column("tried_at", UtcInstant, nullable=False, index=True),
)

askers: Final = sa.Table(
    "sign_in_askers",
    metadata.main,
    sa.Column("code_id", sa.Uuid, primary_key=True),
    sa.Column("asked_by", sa.String(64), primary_key=True, comment="as `tried_by` in `sign_in_tries_by_network`"),
)

sessions: Final = sa.Table(
    "subject_sessions",
    metadata.main,
    sa.Column("hmac", sa.String(64), primary_key=True, comment="of the token, under the keyring; hex"),
    sa.Column("request_id", sa.Uuid, nullable=False, index=True),
    sa.Column("code_id", sa.Uuid, comment="it began with this code"),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
)


_NOT_ENDED: Final = sa.select(credentials.c.credential_id).where(credentials.c.ended_at.is_(None))
"""Codes and sessions that an event knows and none has ended, such as the closing of the case."""


@dataclass(frozen=True)
class Session:
    """A session: the case it opens, and its end."""

    request_id: UUID
    code_id: UUID
    """The code that it began with."""
    expires_at: datetime


@dataclass(frozen=True)
class Wish:
    """A wish for a code, whether or not the case exists."""

    code_id: UUID
    reference: str
    """Reference in stored form; empty if none was typed."""
    language: str
    """Language of the page; ISO 639-1."""
    expires_at: datetime
    asked_by: str = ""
    """Keyed hash of reference and network, as tries are counted."""


@dataclass(frozen=True)
class Held:
    """A code of a case that can still be read and typed."""

    code_id: UUID
    expires_at: datetime
    mails: int
    """Number of mails that left with it."""


@dataclass(frozen=True)
class _Counted:
    """The last tries for one reference: their sequence numbers, by network."""

    by_network: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, connection: sa.Connection, named: str) -> Self:
        query = sa.select(tries_by_network.c.tried_by, tries_by_network.c.number)
        by_network = defaultdict[str, list[int]](list)
        for tried_by, number in connection.execute(query.where(tries_by_network.c.reference == named)):
            by_network[tried_by].append(number)
        return cls(by_network)

    def bears(self, tried_by: str, *, since: int, askers: AbstractSet[str]) -> bool:
        """Whether a code may still be tried by this network, given the number of tries before the code and the networks
        that asked for it.
        """
        made = {each: sum(number > since for number in numbers) for each, numbers in self.by_network.items()}
        of_others = sum(min(number, CODE_TRIES) for each, number in made.items() if each not in askers)
        return made[tried_by] <= CODE_TRIES and (tried_by in askers or of_others <= CODE_TRIES_IN_ALL)


class SignInCodes:
    """The tables. A code is random, and kept sealed until it expires, since its mail may have to be sent again."""

    def __init__(self, database: Database, passing: PassingSecrets, keyring: Keyring) -> None:
        self._database = database
        self._passing = passing
        self._keyring = keyring
        insert = insert_into(tries, database.engine.dialect.name)
        self._count = insert.on_conflict_do_update(
            index_elements=[tries.c.reference],
            set_={"made": tries.c.made + insert.excluded.made, "last_at": insert.excluded.last_at},
        ).returning(tries.c.made)
        self._add_asker = insert_into(askers, database.engine.dialect.name).on_conflict_do_nothing()

    # Wishes ----------------------------------------------------------------------------------------------------

    def wish(self, wish: Wish, *, at: datetime) -> None:
        """Store a wish; always the same single write, whatever was typed."""
        values = {
            "code_id": wish.code_id,
            "reference": wish.reference,
            "language": wish.language,
            "asked_by": wish.asked_by,
            "expires_at": wish.expires_at,
            "next_attempt_at": at,
        }
        with self._database.writing() as connection:
            connection.execute(wishes.insert(), values)

    def wishes_due(self, at: datetime, *, limit: int) -> Sequence[Wish]:
        """Wishes to process now, the longest due first."""
        query = sa.select(wishes).where(wishes.c.next_attempt_at <= at).order_by(wishes.c.next_attempt_at).limit(limit)
        with self._database.glancing() as connection:
            rows = connection.execute(query).all()
        return [Wish(row.code_id, row.reference, row.language, row.expires_at, row.asked_by) for row in rows]

    def claim(self, wish: Wish, at: datetime) -> bool:
        """Claim a wish for half a minute; False if another process holds it. A failed wish is not retried before
        that.
        """
        mine = sa.and_(wishes.c.code_id == wish.code_id, wishes.c.next_attempt_at <= at)
        with self._database.writing() as connection:
            return connection.execute(wishes.update().where(mine).values(next_attempt_at=at + _AGAIN)).rowcount == 1

    def drop(self, wish: Wish) -> None:
        """Delete a wish that was granted or never will be, with a code whose mail was never sent."""
        with self._database.writing() as connection:
            connection.execute(wishes.delete().where(wishes.c.code_id == wish.code_id))
            connection.execute(codes.delete().where(codes.c.code_id == wish.code_id, codes.c.left_at.is_(None)))

    # Codes -----------------------------------------------------------------------------------------------------

    def code(self, code_id: UUID, *, at: datetime) -> str | None:
        """Eight digits; None once the code expired."""
        return self._passing.find(code_id, at=at)

    def held(self, request_id: UUID, at: datetime) -> Held | None:
        """The code of a case that holds long enough to be sent once more, the last one; None if there is none."""
        query = sa.select(codes.c.code_id, codes.c.expires_at, codes.c.mails).where(
            codes.c.request_id == request_id,
            codes.c.used.is_(sa.false()),
            codes.c.code_id.in_(_NOT_ENDED),
            codes.c.expires_at >= at + timedelta(minutes=LEAST_MINUTES),
        )
        with self._database.glancing() as connection:
            row = connection.execute(query.order_by(codes.c.expires_at.desc())).first()
        return None if row is None else Held(row.code_id, _aware(row.expires_at), row.mails)

    def granted(self, wish: Wish) -> Held | None:
        """The code that the mail of this wish brings, if that is recorded, so that only the mail has to be sent."""
        of_it = wishes.join(codes, codes.c.code_id == wishes.c.grants)
        query = sa.select(codes.c.code_id, codes.c.expires_at, codes.c.mails).select_from(of_it)
        with self._database.glancing() as connection:
            row = connection.execute(query.where(wishes.c.code_id == wish.code_id)).first()
        return None if row is None else Held(row.code_id, _aware(row.expires_at), row.mails)

    def grant(self, wish: Wish, code_id: UUID) -> None:
        """Note that the mail of this wish brings that code, in the transaction of the event."""
        with self._database.writing() as connection:
            connection.execute(wishes.update().where(wishes.c.code_id == wish.code_id).values(grants=code_id))
            self._note_asker(connection, wish, code_id)

    def note_asker(self, wish: Wish, code_id: UUID) -> None:
        """Give the network that asked tries of its own for a code that was sent often enough."""
        with self._database.writing() as connection:
            self._note_asker(connection, wish, code_id)

    def _note_asker(self, connection: sa.Connection, wish: Wish, code_id: UUID) -> None:
        known = sa.select(sa.func.count()).select_from(askers).where(askers.c.code_id == code_id)
        if wish.asked_by and connection.execute(known).scalar_one() < CODE_ASKERS:
            connection.execute(self._add_asker, {"code_id": code_id, "asked_by": wish.asked_by})

    def keep(self, wish: Wish, request_id: UUID, *, at: datetime) -> None:
        """Store a new code, in the transaction of the event; delete codes that expired an hour ago."""
        self._passing.keep(wish.code_id, f"{secrets.randbelow(10**8):08}", at=at, until=wish.expires_at)
        with self._database.writing() as connection:
            connection.execute(codes.delete().where(codes.c.expires_at <= at - timedelta(hours=1)))
            connection.execute(askers.delete().where(askers.c.code_id.not_in(sa.select(codes.c.code_id))))
            connection.execute(
                codes.insert(),
                {
                    "code_id": wish.code_id,
                    "request_id": request_id,
                    "expires_at": wish.expires_at,
                    "tries_before": self._tried(connection, wish.reference, 0, at),
                    "mails": 0,
                    "used": False,
                },
            )
        self.grant(wish, wish.code_id)

    def has_left(self, code_id: UUID, *, at: datetime) -> None:
        """Note that a mail with this code was sent."""
        left = {"left_at": at, "mails": codes.c.mails + 1}
        with self._database.writing() as connection:
            connection.execute(codes.update().where(codes.c.code_id == code_id).values(left))

    def asked_by(self, reference: str, network: str) -> str:
        """The keyed hash by which tries of this network are counted for a reference; `network` may be an address."""
        return self._hmac("tries", f"{reference} {network_of(network)}")

    def try_code(
        self, reference: str, request_id: UUID | None, code: str, *, network: str, at: datetime
    ) -> UUID | None:
        """Use up the matching valid code and return it; only the first caller succeeds.

        The try is counted and committed before the code is looked up. It is counted by the typed reference and the
        network (`network` may be an address), so that the same is written whether or not the case, or a code for it,
        exists.
        """
        named, tried_by = self._hmac("tries", reference), self.asked_by(reference, network)
        with self._database.writing() as connection:
            connection.execute(tries_by_network.delete().where(tries_by_network.c.tried_at <= at - timedelta(hours=1)))
            connection.execute(tries.delete().where(tries.c.last_at <= at - timedelta(hours=2)))
            made = self._tried(connection, reference, 1, at)
            self._note(connection, named, tried_by, made, at)
            counted = _Counted.of(connection, named)
            holds = sa.and_(
                codes.c.request_id == (request_id or _NOBODY),
                codes.c.expires_at > at,
                codes.c.used.is_(sa.false()),
                codes.c.code_id.in_(_NOT_ENDED),
            )
            # One statement for all, so that a code that exists costs the same as one that does not.
            with_secret = codes.join(passing_secrets, passing_secrets.c.secret_id == codes.c.code_id)
            held = sa.select(codes.c.code_id, codes.c.tries_before, passing_secrets.c.sealed).select_from(with_secret)
            asked = sa.select(askers.c.code_id, askers.c.asked_by).join(codes, codes.c.code_id == askers.c.code_id)
            asked_for = {(code_id, each) for code_id, each in connection.execute(asked.where(holds))}
            for code_id, tries_before, sealed in connection.execute(held.where(holds)).all():
                own = {each for asked_id, each in asked_for if asked_id == code_id}
                is_right = hmac.compare_digest(self._passing.opened(code_id, sealed).encode(), code.encode())
                if is_right and counted.bears(tried_by, since=tries_before, askers=own):
                    connection.execute(codes.update().where(codes.c.code_id == code_id).values(used=True))
                    self._passing.forget(code_id)
                    found: UUID = code_id
                    return found
        return None

    @staticmethod
    def _note(connection: sa.Connection, named: str, tried_by: str, number: int, at: datetime) -> None:
        """Store the last tries of each network, as many as needed to know whether one is left."""
        values = {"reference": named, "tried_by": tried_by, "number": number, "tried_at": at}
        connection.execute(tries_by_network.insert(), values)
        mine = sa.and_(tries_by_network.c.reference == named, tries_by_network.c.tried_by == tried_by)
        last = sa.select(tries_by_network.c.number).where(mine).order_by(tries_by_network.c.number.desc())
        kept = last.limit(CODE_TRIES + 1).subquery()
        connection.execute(
            tries_by_network.delete().where(mine, tries_by_network.c.number.not_in(sa.select(kept.c.number)))
        )

    def _tried(self, connection: sa.Connection, reference: str, more: int, at: datetime) -> int:
        """Number of tries for the typed reference, including `more`; concurrent tries wait."""
        values = {"reference": self._hmac("tries", reference), "made": more, "last_at": at}
        made: int = connection.execute(self._count, values).scalar_one()
        return made

    # Sessions --------------------------------------------------------------------------------------------------

    def add_session(self, request_id: UUID, token: str, *, code_id: UUID, at: datetime) -> None:
        """Store the hash of a session's token, in the transaction of the event; delete ended sessions."""
        with self._database.writing() as connection:
            connection.execute(sessions.delete().where(sessions.c.expires_at <= at))
            connection.execute(
                sessions.insert(),
                {
                    "hmac": self._hmac("session", token),
                    "request_id": request_id,
                    "code_id": code_id,
                    "expires_at": at + timedelta(minutes=SESSION_MINUTES),
                },
            )

    def session(self, token: str, *, at: datetime) -> Session | None:
        """The session with this token; None if it ended, also with its case, or never existed."""
        its = sessions.c.hmac.in_(self._hmacs("session", token))
        query = sa.select(sessions).where(its, sessions.c.code_id.in_(_NOT_ENDED))
        with self._database.glancing() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        expires_at = _aware(row.expires_at)
        return Session(row.request_id, row.code_id, expires_at) if expires_at > at else None

    def end_session(self, token: str) -> None:
        """Sign out."""
        with self._database.writing() as connection:
            connection.execute(sessions.delete().where(sessions.c.hmac.in_(self._hmacs("session", token))))

    def end_all(self, request_id: UUID) -> None:
        """End every session and every code of a case, in the transaction of the event."""
        with self._database.writing() as connection:
            connection.execute(sessions.delete().where(sessions.c.request_id == request_id))
            connection.execute(codes.update().where(codes.c.request_id == request_id).values(used=True))

    def form_token(self, secret: str) -> str:
        """The token of a form, computed from the secret in a cookie, so that no other site can send the form."""
        return self._hmac("form", secret)

    def is_form_of(self, secret: str, given: str) -> bool:
        """Whether a form was made for the browser with this secret."""
        return any(hmac.compare_digest(each.encode(), given.encode()) for each in self._hmacs("form", secret))

    def _hmac(self, use: str, value: str) -> str:
        return self._hmacs(use, value)[0]

    def _hmacs(self, use: str, value: str) -> list[str]:
        """Under every key that a row may stand under, that for a new row first. Tries are counted under the newest."""
        keys = self._keyring.index_keys("sign-in-code")
        return [hmac.digest(key.material, f"{use}:{value}".encode(), "sha256").hex() for key in keys]


def _aware(moment: datetime) -> datetime:
    """SQLite returns times without their zone; they were written in UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
