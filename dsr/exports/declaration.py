"""What a controller says, signed, of a package that it hands over to another one (GDPR Art. 20(2), 32(1)(a)).

A JWT (RFC 7519) with `alg` Ed25519 that travels in a header beside the package. `aud` names the target, so that nobody
who received a package can hand it on as if it had been meant for somebody else; `exp` ends it with the hand-over.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import OKPKey

from dsr.exports.signature import ALGORITHM

TYPE: Final = "hand-over+jwt"
"""Says what it is, so that no other signed statement of a controller passes for one (RFC 8725, 3.11)."""


@dataclass(frozen=True, repr=False)
class HandOverClaims:
    """Who hands what over to whom. It has no `repr`: the digest is one of personal data."""

    issuer: str
    """Id of the controller, in its own record of processing."""
    audience: str
    """Host name of the target."""
    hand_over_id: UUID
    export_id: UUID
    sha256: str
    """Of the package, hex."""
    size: int
    """Bytes of the package."""
    issued_at: datetime
    ends_by: datetime


def declaration(said: HandOverClaims, *, key: OKPKey, jwks: str) -> str:
    """The signed statement. `jwks` is the address of the public keys; empty, the receiver has to know it."""
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": key.thumbprint(), **({"jku": jwks} if jwks else {})}
    claims = {
        "iss": said.issuer,
        "aud": said.audience,
        "jti": str(said.hand_over_id),
        "export": str(said.export_id),
        "sha256": said.sha256,
        "size": said.size,
        "iat": int(said.issued_at.timestamp()),
        "exp": int(said.ends_by.timestamp()),
    }
    return jwt.encode(header, claims, key, algorithms=[ALGORITHM])
