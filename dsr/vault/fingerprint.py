"""The fingerprint of a command's body, kept beside its idempotency key."""

import hmac

from dsr.vault.keyring import Keyring


class Fingerprint:
    """HMAC-SHA256 under a key of the keyring: tells whether two bodies are the same, and nothing of what they hold.

    A plain hash would not do: bodies hold names and addresses, and short ones can be guessed.
    """

    def __init__(self, keyring: Keyring) -> None:
        """The key stays the same when key-encryption keys are rotated."""
        self._key = keyring.index_key("idempotency")

    def __call__(self, body: bytes) -> str:
        """Hex, 64 characters."""
        return hmac.new(self._key, body, "sha256").hexdigest()
