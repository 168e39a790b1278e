"""Key pairs of controllers: the private key is a data key of the key database, which is 32 random bytes.

So it is wrapped under the keyring, rewrapped by its rotation, and destroyed with a tombstone, as all keys are.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from dsr.domain.sealed import DataKey, KeyPurpose

CURVE: Final = "Ed25519"


def key_pair(key: DataKey) -> OKPKey:
    """The key pair whose private key (RFC 8032 §5.1.5) this data key is. Raises ValueError for one that seals."""
    if key.purpose is not KeyPurpose.SIGNING:
        raise ValueError("a key that seals does not sign")
    private = Ed25519PrivateKey.from_private_bytes(key.material)
    return OKPKey.import_key(private)


def public_part(pair: OKPKey) -> tuple[str, str]:
    """Its RFC 7638 thumbprint and `x` of its public JWK."""
    return pair.thumbprint(), str(pair.as_dict(private=False)["x"])
