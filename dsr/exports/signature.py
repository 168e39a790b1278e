"""The controller's signature on a package, with which a receiver verifies its origin (GDPR Art. 20(2), 32).

It is a compact JWS (RFC 7515) with `alg` Ed25519 (RFC 9864) and a detached payload (RFC 7515, Appendix F): the middle
part is empty, and the payload is the file beside it, byte for byte. RFC 7797 (`b64: false`) would save one base64url
encoding but needs library support; here a receiver inserts the encoded file between the two dots and uses any JWS
library.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from joserfc.registry import HeaderParameter

ALGORITHM: Final = "Ed25519"
LONGEST: Final = 8192
"""Maximum bytes of a signature; ours have about 300."""

_REGISTRY: Final = jws.JWSRegistry(
    header_registry={
        "iss": HeaderParameter("Controller that signed", "str", required=True),
        "iat": HeaderParameter("When, in seconds since 1970, UTC", "int", required=True),
        "kid": HeaderParameter("Key", "str", required=True),
    },
    algorithms=[ALGORITHM],
)
"""Supports no other algorithm, so that none can be substituted."""


class SignatureInvalid(ValueError):
    """A signature is not valid; the code gives the reason."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        """Stable, kebab-case."""
        super().__init__(message)


@dataclass(frozen=True)
class Signed:
    """The facts of a valid signature."""

    issuer: str
    """Id of the controller, in its own record of processing."""
    key_id: str
    """RFC 7638 thumbprint of the public key."""
    signed_at: datetime


def sign(payload: bytes, *, key: OKPKey, issuer: str, at: datetime) -> bytes:
    """The signature of an Ed25519 key over these bytes, with the payload detached. `at` is aware."""
    header = {"alg": ALGORITHM, "kid": key.thumbprint(), "iss": issuer, "iat": int(at.timestamp())}
    return jws.detach_content(jws.serialize_compact(header, payload, key, registry=_REGISTRY)).encode()


def signer(key: OKPKey, *, issuer: str, at: datetime) -> Callable[[bytes], bytes]:
    """A function that makes `manifest.jws` from the manifest's bytes."""
    return lambda manifest: sign(manifest, key=key, issuer=issuer, at=at)


def read_keys(published: bytes) -> KeySet:
    """The public keys of a controller's JWK Set. Raises SignatureInvalid (`jwks-unreadable`)."""
    try:
        document = json.loads(published)
        found = [one for one in document["keys"] if (one.get("kty"), one.get("crv")) == ("OKP", ALGORITHM)]
        keys = [OKPKey.import_key({**one, "kid": OKPKey.import_key(one).thumbprint()}) for one in found]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, JoseError):
        keys = []
    if not keys:
        raise SignatureInvalid("jwks-unreadable", "The key file is not a JWK Set with an Ed25519 key.")
    return KeySet([*keys])


def check(signature: bytes, payload: bytes, keys: KeySet) -> Signed:
    """Verify a signature of these bytes; return signer and time. ¶Raises SignatureInvalid: `signature-unreadable`,
    `signature-key-unknown`, `signature-wrong`.
    """
    unreadable = SignatureInvalid("signature-unreadable", "The signature is not a detached JWS with Ed25519.")
    if len(signature) > LONGEST:
        raise unreadable
    try:
        found = jws.extract_compact(signature, payload, _REGISTRY)
        header: dict[str, Any] = found.headers()
        said = Signed(str(header["iss"]), str(header["kid"]), datetime.fromtimestamp(header["iat"], UTC))
        is_ours = header["alg"] == ALGORITHM and not signature.split(b".")[1]
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, OSError, RecursionError, JoseError):
        raise unreadable from None
    if not is_ours:
        raise unreadable
    key = next((one for one in keys.keys if one.kid == said.key_id), None)
    if key is None:
        raise SignatureInvalid("signature-key-unknown", "The key of the signature is not among the keys given.")
    try:
        jws.deserialize_compact(signature, key, registry=_REGISTRY, payload=payload)
    except (ValueError, JoseError):
        raise SignatureInvalid("signature-wrong", "The signature does not match this key and content.") from None
    return said
