"""Sealing of personal data as ciphertext bound to its place."""

import secrets
from typing import Any
from uuid import UUID, uuid4

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dsr.domain.sealed import DataKey, KeyStore, SealBroken, Sealed
from dsr.vault.associated_data import associated_data

_NONCE_BYTES = 12


class Sealer:
    """Seals and opens values of one log.

    Log, stream, seal id, field and key id are associated data of the AES-256-GCM ciphertext, so that a value moved to
    another case, field or log can't be opened there. Sealing takes an opened key; opening asks the key store each time,
    so a key destroyed by any process is useless from then on.
    """

    def __init__(self, keystore: KeyStore, log: str = "main") -> None:
        """`log` is the name in the log's `log` column."""
        self._keystore = keystore
        self._log = log

    def seal(self, data: bytes, *, key: DataKey, stream_id: UUID, field: str) -> Sealed:
        """Encrypt `data` for `field` of the stream; two seals of the same data look unrelated."""
        seal_id = uuid4()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        place = self._place(stream_id=stream_id, seal_id=seal_id, field=field, key_id=key.key_id)
        ciphertext = AESGCM(key.material).encrypt(nonce, data, place)
        return Sealed(key_id=key.key_id, seal_id=seal_id, nonce=nonce, ciphertext=ciphertext)

    def open(self, sealed: Sealed, *, stream_id: UUID, field: str) -> bytes:
        """Return the plaintext. Raises KeyDestroyed, KeyUnknown, SealBroken."""
        key = self._keystore.open(sealed.key_id)
        place = self._place(stream_id=stream_id, seal_id=sealed.seal_id, field=field, key_id=sealed.key_id)
        try:
            return AESGCM(key.material).decrypt(sealed.nonce, sealed.ciphertext, place)
        except (InvalidTag, ValueError):  # ValueError: no nonce of ours has that length
            raise SealBroken(stream_id=stream_id, seal_id=sealed.seal_id, key_id=sealed.key_id, field=field) from None

    def seal_json(self, value: object, *, key: DataKey, stream_id: UUID, field: str) -> Sealed:
        """Seal a plain value (str, numbers, lists, dicts, dates, dataclasses) as JSON."""
        return self.seal(msgspec.json.encode(value), key=key, stream_id=stream_id, field=field)

    def open_json(self, sealed: Sealed, *, stream_id: UUID, field: str) -> Any:
        """Return the value as plain JSON types. Raises as `open`."""
        return msgspec.json.decode(self.open(sealed, stream_id=stream_id, field=field))

    def _place(self, *, stream_id: UUID, seal_id: UUID, field: str, key_id: UUID) -> bytes:
        return associated_data(
            b"dsr seal 1", self._log.encode(), stream_id.bytes, seal_id.bytes, field.encode(), key_id.bytes
        )
