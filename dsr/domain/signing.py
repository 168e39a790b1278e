"""Signing keys of a controller, for packages it hands over (GDPR Art. 20(2), 32(1)(b)).

The private key is in the key database only. The log records when each public key was in use, so that old signatures can
always be verified.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from dsr.domain.acting import Acting
from dsr.domain.events import Aggregate, CreatedEvent, Event
from dsr.domain.sealed import KeyIntroduction

_NAMESPACE: Final = uuid5(NAMESPACE_URL, "urn:dsr:signing-keys")


def signing_keys_id(controller_id: str) -> UUID:
    """The stream id of a controller's keys."""
    return uuid5(_NAMESPACE, controller_id)


@dataclass(frozen=True)
class SigningKey:
    """The public key of one key pair."""

    kid: str
    """RFC 7638 thumbprint of the public key."""
    public_key: str
    """Ed25519, base64url without padding: `x` of the JWK (RFC 8037)."""
    key: KeyIntroduction
    valid_from: datetime
    retired_at: datetime | None = None
    """End of its use; earlier signatures stay valid."""


class SigningKeysOpened(CreatedEvent):
    """The stream of a controller's keys starts; the first key is introduced in the same transaction."""

    TOPIC = "dsr.signing-key.opened"
    controller_id: str


class SigningKeyIntroduced(Event):
    """From `valid_from` on the controller signs with this key."""

    TOPIC = "dsr.signing-key.introduced"
    controller_id: str
    kid: str
    public_key: str
    key: KeyIntroduction
    valid_from: datetime

    def apply(self, aggregate: "SigningKeys") -> None:
        """Keep it beside the earlier ones."""
        made = SigningKey(kid=self.kid, public_key=self.public_key, key=self.key, valid_from=self.valid_from)
        aggregate.keys += (made,)


class SigningKeyRetired(Event):
    """The controller no longer signs with this key; its public key stays published."""

    TOPIC = "dsr.signing-key.retired"
    controller_id: str
    kid: str
    retired_at: datetime

    def apply(self, aggregate: "SigningKeys") -> None:
        """Note the end; the key stays."""
        aggregate.keys = tuple(
            replace(each, retired_at=self.retired_at) if each.kid == self.kid else each for each in aggregate.keys
        )


class SigningKeys(Aggregate):
    """All signing keys of a controller, oldest first."""

    TOPIC = "dsr.signing-key"

    def __init__(self, controller_id: str) -> None:
        self.controller_id = controller_id
        self.keys: tuple[SigningKey, ...] = ()

    @classmethod
    def open(cls, acting: Acting, *, controller_id: str) -> "SigningKeys":
        """Start the stream of a controller; `introduce` follows in the same transaction."""
        return cls.create(
            acting, SigningKeysOpened, stream_id=signing_keys_id(controller_id), controller_id=controller_id
        )

    @property
    def current(self) -> SigningKey | None:
        """The key that signs now; None before the first."""
        return next((each for each in reversed(self.keys) if each.retired_at is None), None)

    def introduce(self, acting: Acting, *, kid: str, public_key: str, key: KeyIntroduction) -> None:
        """Sign with this key from now on, and with the one before no more."""
        before = self.current
        self.record(
            acting,
            SigningKeyIntroduced,
            controller_id=self.controller_id,
            kid=kid,
            public_key=public_key,
            key=key,
            valid_from=acting.at,
        )
        if before is not None:
            self.record(
                acting, SigningKeyRetired, controller_id=self.controller_id, kid=before.kid, retired_at=acting.at
            )
