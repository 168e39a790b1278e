"""Rate limits across all processes: attempts to sign in or to open a link and requests by the form, both per network;
messages in a request; mails to addresses that a stranger typed.

They are counted in the database, attempts by the minute, requests and messages by the hour, mails by the day. A row
holds only a keyed hash of what is counted and of the time, so that two minutes of one network can't be linked; the next
attempt deletes old rows.
"""

import hmac
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.inserting import insert_into
from dsr.domain.clock import Clock
from dsr.domain.export import network_of
from dsr.vault import Keyring

ATTEMPTS_A_MINUTE: Final = 20
"""Attempts per network: codes asked for, codes tried, passwords tried."""

FORMS_AN_HOUR: Final = 20
"""Requests by the public form per network."""

FORMS_OF_ALL: Final = 600
"""Requests by the public form an hour, whatever networks they come from."""

MESSAGES_AN_HOUR: Final = 20
"""Messages that a person writes at `/my` in their request."""

MAILS_A_DAY: Final = 3
"""Mails to one mailbox whose address was typed into the form, and that nobody confirmed."""

MAILS_TO_A_DOMAIN: Final = 500
"""The same, to all mailboxes of a domain: its owner may get the mail to every name."""

MAILS_OF_A_NETWORK: Final = 10
"""Those to one domain that one network asks for: else it would use up a day's mails for all people of a provider."""

_SECONDS: Final = 60
_HOUR: Final = 60
_DAY: Final = 24 * 60

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
        if self._take(f"{minute}:{network_of(address)}", ATTEMPTS_A_MINUTE, minute, now=minute):
            return 0
        return _SECONDS - second

    def count_form(self, address: str) -> int:
        """Count one request by the form, as `count`, by the hour: of the address's network, and of all together."""
        minute, second = divmod(int(self._clock.now().timestamp()), _SECONDS)
        hour, past = divmod(minute, _HOUR)
        until = minute - past + _HOUR
        if self._take(f"form:{hour}:{network_of(address)}", FORMS_AN_HOUR, until, now=minute) and self._take(
            f"form:{hour}", FORMS_OF_ALL, until, now=minute
        ):
            return 0
        return (_HOUR - past) * _SECONDS - second

    def count_message(self, request_id: UUID) -> int:
        """Count one message that a person writes in their request, as `count_form` counts requests."""
        minute, second = divmod(int(self._clock.now().timestamp()), _SECONDS)
        hour, past = divmod(minute, _HOUR)
        if self._take(f"message:{hour}:{request_id}", MESSAGES_AN_HOUR, minute - past + _HOUR, now=minute):
            return 0
        return (_HOUR - past) * _SECONDS - second

    def may_write_to(self, address: str, *, typed_at: str) -> bool:
        """Count one mail to an e-mail address that a stranger typed, in its canonical form; False after enough of them
        on one day: to its domain from the network of `typed_at` (an address), to its mailbox, or to its domain.
        """
        minute = int(self._clock.now().timestamp()) // _SECONDS
        day = minute // _DAY
        domain = address.rpartition("@")[2]
        counted = (
            (f"mails:{day}:{domain}:{network_of(typed_at)}", MAILS_OF_A_NETWORK),
            (f"mail:{day}:{_mailbox(address)}", MAILS_A_DAY),
            (f"mails:{day}:{domain}", MAILS_TO_A_DOMAIN),
        )
        return all(self._take(name, most, (day + 1) * _DAY, now=minute) for name, most in counted)

    def _take(self, name: str, most: int, until: int, *, now: int) -> bool:
        """Count one more under this name, unless there were enough; `until`: the last minute in which it counts."""
        network = hmac.digest(self._keyring.index_key("attempts"), name.encode(), "sha256").hex()
        with self._database.glancing() as connection:
            made = connection.execute(_MADE, {"network": network}).scalar() or 0
        if made >= most:
            return False
        with self._database.writing() as connection:
            connection.execute(_OVER, {"now": now})
            counted = {"network": network, "minute": until, "made": 1}
            return bool(connection.execute(self._count, counted).scalar_one() <= most)


def _mailbox(address: str) -> str:
    """As which an address is counted: without a tag (`ada+news@…`) and without dots in its name.

    Not every provider delivers `ada+news` and `a.d.a` to `ada`. Where two people are counted as one, they share the few
    mails of a day, and nothing else follows; a list of providers would be a guess.
    """
    name, _, domain = address.rpartition("@")
    return f"{name.partition('+')[0].replace('.', '') or name}@{domain}"
