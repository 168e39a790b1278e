"""Handing a package over to another controller by its interface: the port, and what can go wrong on the way.

Source: GDPR Art. 20(2), 32(1)(a). The adapter stands in a room of its own, `dsr/transfer`.
"""

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from dsr.domain.errors import Invalid, Refused, Unavailable

_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(
    rf"https://(?P<host>(?:{_LABEL}\.)*(?=[0-9]*[A-Za-z-]){_LABEL})(?::(?P<port>[0-9]{{1,5}}))?(?P<path>/[!-\"$-~]*)?"
)
"""The last label is no number, so that the host is a name, which a certificate can name, and no address."""

_SLOWEST: Final = 256 * 1024
_ALWAYS: Final = timedelta(minutes=2)


class TargetAddressInvalid(Invalid):
    """Give the address of the recipient's interface as https://host/path, without user name and fragment."""

    code = "target-address-invalid"


class TargetUnsafe(Refused):
    """The host name resolves to an address in a private network. No data left; DSR_TRANSFER_PRIVATE_NETWORKS can allow
    it.
    """

    code = "target-unsafe"


class TargetUnreachable(Unavailable):
    """The recipient's interface can't be reached. No data left; try again later, or ask the recipient."""

    code = "target-unreachable"


class TargetUntrusted(Unavailable):
    """The certificate of the recipient's interface is not trusted for its host name. No data left; ask the recipient,
    or verify the address again.
    """

    code = "target-untrusted"


class TargetRefused(Unavailable):
    """The recipient's interface rejected the package; its status says why. Part of the data may have left, which is on
    record.
    """

    code = "target-refused"

    def __init__(self, *, status: int) -> None:
        """`status`: what it answered (RFC 9110)."""
        self.status = status
        super().__init__(target_status=status)


class TargetUnanswered(Unavailable):
    """The recipient's interface did not answer in time, so the package may or may not have arrived. Hand it over
    again.
    """

    code = "target-unanswered"


@dataclass(frozen=True, repr=False)
class TargetAddress:
    """Where the interface is. It has no `repr`: a path may hold what identifies a person, or a secret."""

    host: str
    """In small letters."""
    port: int
    path: str
    """With its query."""

    @classmethod
    def parse(cls, url: str) -> "TargetAddress":
        """Raises TargetAddressInvalid."""
        found = _ADDRESS.fullmatch(url)
        if found is None or len(found["host"]) > 253 or not 0 < (port := int(found["port"] or 443)) < 1 << 16:
            raise TargetAddressInvalid()
        return cls(host=found["host"].lower(), port=port, path=found["path"] or "/")


@dataclass(frozen=True, repr=False)
class Parcel:
    """What goes with the bytes of a package."""

    size: int
    sha256: str
    """Of the package, hex: a digest of personal data."""
    key: str
    """The same for the same package, so that who receives it twice sees that it is one."""
    declaration: str
    """Signed: who hands what over to whom."""


class HandOverConnection(Protocol):
    """A connection to a target whose name was proven; nothing has left yet."""

    def send(self, parcel: Parcel, chunks: Iterable[bytes]) -> str:
        """Send the package and return what the target answered, which may be empty.

        Raises TargetRefused, TargetUnanswered, and what `chunks` raise.
        """


class HandOverTransport(Protocol):
    """Connects to the interface of another controller."""

    def connect(self, address: TargetAddress, *, within: timedelta) -> AbstractContextManager[HandOverConnection]:
        """Connect, and prove that the target is who it should be, before anything leaves.

        All of it, the answer included, takes no longer than `within`.
        Raises TargetUnsafe, TargetUnreachable, TargetUntrusted.
        """


def longest(size: int) -> timedelta:
    """How long handing over so many bytes may take: two minutes, and what a line of 256 KiB a second needs."""
    return _ALWAYS + timedelta(seconds=size / _SLOWEST)
