"""Challenges of ceremonies in a browser: nothing is stored when a page is shown, so that strangers fill no table.

A challenge is random, says when it ends, and is sealed by a key of the keyring for one purpose and one browser. Using
it stores its hash until it would have ended, so that it works once.
"""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.inserting import insert_into
from dsr.domain.errors import Denied
from dsr.projections.columns import UtcInstant
from dsr.vault import Keyring

CHALLENGE_MINUTES: Final = 5

_RANDOM: Final = 16
_TIME: Final = 8

used_challenges: Final = sa.Table(
    "used_challenges",
    metadata.main,
    sa.Column("sha256", sa.String(64), primary_key=True, comment="of the challenge, hex"),
    sa.Column("ends_at", UtcInstant, nullable=False, index=True),
)


class ChallengeInvalid(Denied):
    """This page is too old, was used before, or was made for another browser. Load it again."""

    code = "challenge-invalid"


class Challenges:
    """make, and use once."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        insert = insert_into(used_challenges, database.engine.dialect.name)
        self._insert = insert.on_conflict_do_nothing().returning(used_challenges.c.sha256)

    def make(self, purpose: str, browser: str, *, at: datetime, minutes: int = CHALLENGE_MINUTES) -> bytes:
        """A challenge for one purpose, and for the browser that has this secret in a cookie."""
        ends_at = int((at + timedelta(minutes=minutes)).timestamp())
        known = secrets.token_bytes(_RANDOM) + ends_at.to_bytes(_TIME)
        return known + self._seals(known, purpose, browser)[0]

    def require(self, challenge: bytes, purpose: str, browser: str, *, at: datetime) -> None:
        """Raise ChallengeInvalid unless it was made for this, and still holds; whether it was used, `use` says."""
        known, seal = challenge[: _RANDOM + _TIME], challenge[_RANDOM + _TIME :]
        if not browser or not any(hmac.compare_digest(seal, each) for each in self._seals(known, purpose, browser)):
            raise ChallengeInvalid()
        if ends_at_of(challenge) <= at:
            raise ChallengeInvalid()

    def use(self, challenge: bytes, *, at: datetime) -> None:
        """Use a challenge up, in the transaction of the event if there is one; forget those whose time is over.

        Raises ChallengeInvalid for one that was used.
        """
        row = {"sha256": hashlib.sha256(challenge).hexdigest(), "ends_at": ends_at_of(challenge)}
        with self._database.writing() as connection:
            connection.execute(used_challenges.delete().where(used_challenges.c.ends_at <= at))
            if connection.execute(self._insert, row).first() is None:
                raise ChallengeInvalid()

    def _seals(self, known: bytes, purpose: str, browser: str) -> list[bytes]:
        """Under every key that it may have been sealed by, that for a new one first."""
        keys = self._keyring.index_keys("challenges")
        return [hmac.digest(each.material, known + f"{purpose}:{browser}".encode(), "sha256") for each in keys]


def ends_at_of(challenge: bytes) -> datetime:
    """When a challenge ends; it has to be one of ours."""
    return datetime.fromtimestamp(int.from_bytes(challenge[_RANDOM : _RANDOM + _TIME]), UTC)
