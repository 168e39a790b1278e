"""The fingerprint of a command's body, kept beside its idempotency key."""

import hmac

from dsr.vault.keyring import Keyring


class Fingerprint:
    """HMAC-SHA256 under a key of the keyring: shows whether two bodies are equal without revealing them.

    A plain hash would not be enough, since short bodies with names and addresses can be guessed.
    """

    def __init__(self, keyring: Keyring) -> None:
        """The key stays the same when key-encryption keys are rotated."""
        self._keyring = keyring

    def __call__(self, body: bytes) -> str:
        """Hex, 64 characters."""
        return self.all(body)[0]

    def all(self, body: bytes) -> tuple[str, ...]:
        """Under every key that a row may stand under, that for a new row first."""
        keys = self._keyring.index_keys("idempotency")
        return tuple(hmac.new(key.material, body, "sha256").hexdigest() for key in keys)
