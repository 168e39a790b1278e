"""Key pairs of controllers: the private key is a data key, 32 random bytes, in the key database.

Like all data keys, it is wrapped under the keyring, rewrapped by rotation, and destroyed with a tombstone.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from dsr.domain.sealed import DataKey, KeyPurpose

CURVE: Final = "Ed25519"


def key_pair(key: DataKey) -> OKPKey:
    """The key pair with this data key as private key (RFC 8032 §5.1.5). Raises ValueError for a sealing key."""
    if key.purpose is not KeyPurpose.SIGNING:
        raise ValueError("a sealing key can't sign")
    private = Ed25519PrivateKey.from_private_bytes(key.material)
    return OKPKey.import_key(private)


def public_part(pair: OKPKey) -> tuple[str, str]:
    """Its RFC 7638 thumbprint and `x` of its public JWK."""
    return pair.thumbprint(), str(pair.as_dict(private=False)["x"])
