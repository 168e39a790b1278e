"""Tickets of the intake form: proof that a form was made here, for which controller and when; and of the links with
which an address is confirmed.

A form that anybody may fill in knows no session and sets no cookie, also since a browser sends none from within a
frame. So the form itself carries a signed ticket. A bot that answers within seconds is told to send it again, and one
ticket makes one request, however often it is sent.
"""

import hmac
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from dsr.desk.my import FormOutdated
from dsr.vault import Keyring

SOONEST: Final = timedelta(seconds=3)
"""Nobody reads the form, fills it in and sends it faster."""
LATEST: Final = timedelta(hours=24)

LINK_HOLDS: Final = timedelta(days=7)
"""How long the link works that confirms an address."""

CONFIRMATION_PAGE: Final = "/request/mail/confirmation"
"""Where it leads."""

_LONGEST: Final = 200


class FormTickets:
    """issue a ticket, look at one that comes back."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def issue(self, about: str, at: datetime) -> str:
        """A ticket of a form about something, such as `controller:acme`."""
        named = f"{secrets.token_urlsafe(16)}.{int(at.timestamp())}"
        return f"{named}.{next(self._macs(about, named))}"

    def require(
        self, about: str, ticket: str, at: datetime, *, soonest: timedelta = SOONEST, latest: timedelta = LATEST
    ) -> None:
        """Raise FormOutdated unless the ticket was issued for this, neither too lately nor too long ago."""
        named, _, mac = ticket[:_LONGEST].rpartition(".")
        given = mac.encode()
        if not any(hmac.compare_digest(each.encode(), given) for each in self._macs(about, named)):
            raise FormOutdated()
        issued = datetime.fromtimestamp(int(named.rpartition(".")[2]), UTC)
        if not soonest <= at - issued <= latest:
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


class FormLinks:
    """make the link that confirms an address, read it when it comes back."""

    def __init__(self, tickets: FormTickets) -> None:
        self._tickets = tickets

    def link(self, request_id: UUID, at: datetime) -> str:
        """The link of a case."""
        return f"{request_id.hex}.{self._tickets.issue(f'address:{request_id}', at)}"

    def request_id(self, link: str, at: datetime) -> UUID:
        """The case of a link. Raises FormOutdated."""
        name, _, ticket = link.partition(".")
        try:
            request_id = UUID(hex=name)
        except ValueError:
            raise FormOutdated() from None
        self._tickets.require(f"address:{request_id}", ticket, at, soonest=timedelta(0), latest=LINK_HOLDS)
        return request_id


def _hex(key: bytes, what: bytes) -> str:
    return hmac.digest(key, what, "sha256").hex()
