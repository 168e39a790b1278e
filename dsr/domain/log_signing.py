"""The keys that sign checkpoints of the log, by which others know that its history only grew.

The private key is in the key database only. The log records each public key; all but the first are vouched for by the
key before, so that a reader who trusts one key can follow to the next.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from dsr.domain.acting import Acting
from dsr.domain.events import Aggregate, CreatedEvent, Event
from dsr.domain.sealed import KeyIntroduction

LOG_SIGNING_ID: Final = UUID("1f0d7f6c-31a4-5c0a-9d3e-6d4c3fb0a2b7")
"""The stream of these keys."""


@dataclass(frozen=True)
class LogKey:
    """A public key that signs checkpoints, or once did."""

    verifier: str
    """`name+hash+key`, as a signed note names its key (C2SP signed-note)."""
    key: KeyIntroduction
    valid_from: datetime
    vouched_by: str
    """Signature of the key before over `new_key_text`, as a line of a signed note; empty for the first key."""


def new_key_text(origin: str, verifier: str) -> str:
    """What the key before signs to vouch for a new one."""
    return f"{origin}\nnew key\n{verifier}\n"


def bundle_text(origin: str, sha256: str) -> str:
    """What the key signs of an audit bundle: the digest of its bytes. It reads like no checkpoint and no new key."""
    return f"{origin}\naudit bundle\n{sha256}\n"


class LogSigningOpened(CreatedEvent):
    """The log gets the name that its checkpoints have; the first key is introduced in the same transaction."""

    TOPIC = "dsr.log-signing.opened"
    origin: str


class LogKeyIntroduced(Event):
    """From `valid_from` on this key signs checkpoints of the log, and the one before no more."""

    TOPIC = "dsr.log-signing.key-introduced"
    verifier: str
    key: KeyIntroduction
    valid_from: datetime
    vouched_by: str

    def apply(self, aggregate: "LogSigning") -> None:
        """Keep it beside the earlier ones."""
        aggregate.keys += (LogKey(self.verifier, self.key, self.valid_from, self.vouched_by),)


class LogSigning(Aggregate):
    """The name of the log in its checkpoints, and all keys that ever signed them, the oldest first."""

    TOPIC = "dsr.log-signing"

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.keys: tuple[LogKey, ...] = ()

    @classmethod
    def open(cls, acting: Acting, *, origin: str) -> "LogSigning":
        """Name the log, for good; `introduce` follows in the same transaction."""
        return cls.create(acting, LogSigningOpened, stream_id=LOG_SIGNING_ID, origin=origin)

    @property
    def current(self) -> LogKey:
        """The key that signs now."""
        return self.keys[-1]

    def introduce(self, acting: Acting, *, verifier: str, key: KeyIntroduction, vouched_by: str) -> None:
        """Sign with this key from now on."""
        self.record(
            acting,
            LogKeyIntroduced,
            verifier=verifier,
            key=key,
            valid_from=acting.at,
            vouched_by=vouched_by,
        )
