"""Tickets of the intake form: proof that a form was made here, for which controller and when.

A form that anybody may fill in knows no session and sets no cookie, also since a browser sends none from within a
frame. So the form itself carries a signed ticket. A bot that answers within seconds is told to send it again, and one
ticket makes one request, however often it is sent.
"""

import hmac
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from dsr.desk.my import FormOutdated
from dsr.vault import Keyring

SOONEST: Final = timedelta(seconds=3)
"""Nobody reads the form, fills it in and sends it faster."""
LATEST: Final = timedelta(hours=24)

_LONGEST: Final = 200


class FormTickets:
    """issue a ticket, look at one that comes back."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def issue(self, about: str, at: datetime) -> str:
        """A ticket of a form about something, such as `controller:acme`."""
        named = f"{secrets.token_urlsafe(16)}.{int(at.timestamp())}"
        return f"{named}.{next(self._macs(about, named))}"

    def require(self, about: str, ticket: str, at: datetime) -> None:
        """Raise FormOutdated unless the ticket was issued for this form, neither seconds nor days ago."""
        named, _, mac = ticket[:_LONGEST].rpartition(".")
        given = mac.encode()
        if not any(hmac.compare_digest(each.encode(), given) for each in self._macs(about, named)):
            raise FormOutdated()
        issued = datetime.fromtimestamp(int(named.rpartition(".")[2]), UTC)
        if not SOONEST <= at - issued <= LATEST:
            raise FormOutdated()

    def names(self, ticket: str, content: bytes) -> Iterator[tuple[str, str]]:
        """Under each key, that for a new row first: the name of the ticket's one request, and its fingerprint."""
        for key in self._keys():
            yield _hex(key, b"request:" + ticket.encode()), _hex(key, b"content:" + content)

    def _macs(self, about: str, named: str) -> Iterator[str]:
        for key in self._keys():
            yield _hex(key, f"ticket:{about}:{named}".encode())

    def _keys(self) -> Iterator[bytes]:
        for key in self._keyring.index_keys("intake-form"):
            yield key.material


def _hex(key: bytes, what: bytes) -> str:
    return hmac.digest(key, what, "sha256").hex()
