"""Rate limit per network for signing in and opening links, across all processes.

Attempts are counted per minute, in the database. A row holds only a keyed hash of network and minute, so that two
minutes of one network can't be linked; the next attempt deletes old rows.
"""

import hmac
from typing import Final

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.inserting import insert_into
from dsr.domain.clock import Clock
from dsr.domain.export import network_of
from dsr.vault import Keyring

ATTEMPTS_A_MINUTE: Final = 20
"""Attempts per network: codes asked for, codes tried, passwords tried."""

_SECONDS: Final = 60

attempts: Final = sa.Table(
    "attempts",
    metadata.main,
    sa.Column("network", sa.String(64), primary_key=True, comment="HMAC of network and minute, hex"),
    sa.Column("minute", sa.BigInteger, nullable=False, index=True, comment="since 1970, UTC"),
    sa.Column("made", sa.Integer, nullable=False),
)

_MADE: Final = sa.select(attempts.c.made).where(attempts.c.network == sa.bindparam("network"))
# Clocks of several machines differ by less than a minute.
_OVER: Final = attempts.delete().where(attempts.c.minute < sa.bindparam("now") - 1)


class Attempts:
    """The table of counts."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock
        insert = insert_into(attempts, database.engine.dialect.name)
        self._count = insert.on_conflict_do_update(
            index_elements=[attempts.c.network], set_={"made": attempts.c.made + 1}
        ).returning(attempts.c.made)

    def count(self, address: str) -> int:
        """Count one attempt of an address's network; return the seconds to wait after too many, else 0.

        Attempts during the wait are not counted, so that a flood costs no writes.
        """
        minute, second = divmod(int(self._clock.now().timestamp()), _SECONDS)
        name = f"{minute}:{network_of(address)}"
        network = hmac.digest(self._keyring.index_key("attempts"), name.encode(), "sha256").hex()
        with self._database.glancing() as connection:
            made = connection.execute(_MADE, {"network": network}).scalar() or 0
        if made < ATTEMPTS_A_MINUTE:
            with self._database.writing() as connection:
                connection.execute(_OVER, {"now": minute})
                made = connection.execute(self._count, {"network": network, "minute": minute, "made": 1}).scalar_one()
            if made <= ATTEMPTS_A_MINUTE:
                return 0
        return _SECONDS - second
