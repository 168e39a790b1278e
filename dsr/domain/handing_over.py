"""Port for transferring a package to another controller's interface, and its errors.

Source: GDPR Art. 20(2), 32(1)(a). `dsr/transfer` holds the adapter.
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
"""The last label is not numeric, so the host is a name that a certificate can confirm, not an address."""

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
        """`status`: HTTP status of the answer (RFC 9110)."""
        self.status = status
        super().__init__(target_status=status)


class TargetUnanswered(Unavailable):
    """The recipient's interface did not answer in time, so the package may or may not have arrived. Hand it over
    again.
    """

    code = "target-unanswered"


@dataclass(frozen=True, repr=False)
class TargetAddress:
    """Address of the interface. It has no `repr`, since a path may hold a secret or identify a person."""

    host: str
    """In lower case."""
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
    """Metadata sent with a package."""

    size: int
    sha256: str
    """SHA-256 of the package, hex; a digest of personal data."""
    key: str
    """Stays the same for the same package, so that a recipient recognises a repetition."""
    declaration: str
    """Signed statement of sender, package and recipient."""


class HandOverConnection(Protocol):
    """A connection to a target whose host name was verified; no data was sent yet."""

    def send(self, parcel: Parcel, chunks: Iterable[bytes]) -> str:
        """Send the package and return the target's answer, which may be empty.

        Raises TargetRefused, TargetUnanswered, and errors of `chunks`.
        """


class HandOverTransport(Protocol):
    """Port: connects to the interface of another controller."""

    def connect(self, address: TargetAddress, *, within: timedelta) -> AbstractContextManager[HandOverConnection]:
        """Connect and verify the target before any data is sent.

        The whole transfer, including the answer, takes at most `within`. Raises TargetUnsafe, TargetUnreachable,
        TargetUntrusted.
        """


class TeamChannel(Protocol):
    """Port: a channel in which a team reads what waits for it."""

    def post(self, text: str) -> None:
        """Post a text without personal data.

        Raises TargetUnsafe, TargetUnreachable, TargetUntrusted, TargetRefused; TargetUnanswered if it may have arrived.
        """


def longest(size: int) -> timedelta:
    """Time limit for transferring this many bytes: two minutes plus the time at 256 KiB a second."""
    return _ALWAYS + timedelta(seconds=size / _SLOWEST)
