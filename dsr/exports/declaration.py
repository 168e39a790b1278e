"""A controller's signed declaration about a package it transfers to another (GDPR Art. 20(2), 32(1)(a)).

It is a JWT (RFC 7519) with `alg` Ed25519, sent in a header with the package. `aud` names the target, so that a
recipient can't pass the package on as if it were meant for another; `exp` ends it with the transfer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import OKPKey

from dsr.exports.signature import ALGORITHM

TYPE: Final = "hand-over+jwt"
"""Type of the JWT, so that no other statement signed by a controller passes for one (RFC 8725, 3.11)."""


@dataclass(frozen=True, repr=False)
class HandOverClaims:
    """Sender, package and recipient of a transfer. No `repr`, since the digest is one of personal data."""

    issuer: str
    """Id of the controller, in its own record of processing."""
    audience: str
    """Host name of the target."""
    hand_over_id: UUID
    export_id: UUID
    sha256: str
    """SHA-256 of the package, hex."""
    size: int
    """Bytes of the package."""
    issued_at: datetime
    ends_by: datetime


def declaration(said: HandOverClaims, *, key: OKPKey, jwks: str) -> str:
    """The signed statement. `jwks` is the address of the public keys; if empty, the receiver has to know it."""
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
