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

    def make(self, purpose: str, browser: str, *, at: datetime) -> bytes:
        """A challenge for one purpose, and for the browser that has this secret in a cookie."""
        ends_at = int((at + timedelta(minutes=CHALLENGE_MINUTES)).timestamp())
        known = secrets.token_bytes(_RANDOM) + ends_at.to_bytes(_TIME)
        return known + self._seals(known, purpose, browser)[0]

    def require(self, challenge: bytes, purpose: str, browser: str, *, at: datetime) -> None:
        """Raise ChallengeInvalid unless it was made for this, and still holds; whether it was used, `use` says."""
        known, seal = challenge[: _RANDOM + _TIME], challenge[_RANDOM + _TIME :]
        if not browser or not any(hmac.compare_digest(seal, each) for each in self._seals(known, purpose, browser)):
            raise ChallengeInvalid()
        if _ends_at(challenge) <= at:
            raise ChallengeInvalid()

    def use(self, challenge: bytes, *, at: datetime) -> None:
        """Use a challenge up, in the transaction of the event; forget those whose time is over.

        Raises ChallengeInvalid for one that was used.
        """
        row = {"sha256": hashlib.sha256(challenge).hexdigest(), "ends_at": _ends_at(challenge)}
        used = sa.select(used_challenges.c.sha256).where(used_challenges.c.sha256 == row["sha256"])
        with self._database.writing() as connection:  # which holds the lock, so nobody comes in between
            if connection.execute(used).first() is not None:
                raise ChallengeInvalid()
            connection.execute(used_challenges.delete().where(used_challenges.c.ends_at <= at))
            connection.execute(used_challenges.insert(), row)

    def _seals(self, known: bytes, purpose: str, browser: str) -> list[bytes]:
        """Under every key that it may have been sealed by, that for a new one first."""
        keys = self._keyring.index_keys("challenges")
        return [hmac.digest(each.material, known + f"{purpose}:{browser}".encode(), "sha256") for each in keys]


def _ends_at(challenge: bytes) -> datetime:
    return datetime.fromtimestamp(int.from_bytes(challenge[_RANDOM : _RANDOM + _TIME]), UTC)
